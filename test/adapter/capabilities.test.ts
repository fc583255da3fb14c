/** What `initialize` answers, held to the table of capabilities below. */
import { readFileSync } from 'node:fs';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { expect, test } from 'vitest';
import { EVENT_FILTERS } from '../../engine/index.js';
import { FakeClient } from './fakes.js';

const answer = await new FakeClient().initialize();

/** The rows of the table: what is named there → the members of the answer that mean it. */
const rows: Readonly<Record<string, Partial<P.Capabilities>>> = {
  'ConfigurationDone, FunctionBreakpoints, ConditionalBreakpoints, HitConditionalBreakpoints, LogPoints': {
    supportsConfigurationDoneRequest: true,
    supportsFunctionBreakpoints: true,
    supportsConditionalBreakpoints: true,
    supportsHitConditionalBreakpoints: true,
    supportsLogPoints: true,
  },
  'exceptionBreakpointFilters + ExceptionFilterOptions (condition per filter)': {
    supportsExceptionFilterOptions: true,
    exceptionBreakpointFilters: EVENT_FILTERS.map((filter) => ({
      filter: filter.id,
      label: filter.label,
      description: filter.description,
      default: filter.default,
      supportsCondition: true,
      conditionDescription: `for example ${filter.conditionExample}`,
    })),
  },
  ExceptionInfo: { supportsExceptionInfoRequest: true },
  'StepBack + reverseContinue': { supportsStepBack: true },
  SteppingGranularity: { supportsSteppingGranularity: true },
  'EvaluateForHovers, SetVariable, SetExpression, Completions, ClipboardContext': {
    supportsEvaluateForHovers: true,
    supportsSetVariable: true,
    supportsSetExpression: true,
    supportsCompletionsRequest: true,
    completionTriggerCharacters: ['.', '>', ':'],
    supportsClipboardContext: true,
  },
  'RestartFrame, GotoTargets, StepInTargets, Restart, Terminate, TerminateDebuggee': {
    supportsRestartFrame: true,
    supportsGotoTargetsRequest: true,
    supportsStepInTargetsRequest: true,
    supportsRestartRequest: true,
    supportsTerminateRequest: true,
    supportTerminateDebuggee: true,
    supportSuspendDebuggee: false,
  },
  'DataBreakpoints, DataBreakpointBytes (by address and length)': {
    supportsDataBreakpoints: true,
    supportsDataBreakpointBytes: true,
  },
  breakpointModes: {
    breakpointModes: [
      { mode: 'any', label: 'any', appliesTo: ['source', 'instruction', 'data'] },
      { mode: 'cpu', label: 'cpu', appliesTo: ['source', 'instruction', 'data'] },
      { mode: 'device', label: 'device', appliesTo: ['source', 'instruction', 'data'] },
      { mode: 'first', label: 'first touch', appliesTo: ['source', 'instruction', 'data'] },
      { mode: 'migrate', label: 'migrates', appliesTo: ['data'] },
    ].map((mode): P.BreakpointMode => ({ ...mode, description: expect.any(String) as string })),
  },
  'ReadMemory, WriteMemory, `memory` event, memoryReference on variables': {
    supportsReadMemoryRequest: true,
    supportsWriteMemoryRequest: true,
  },
  'Disassemble, InstructionBreakpoints': { supportsDisassembleRequest: true, supportsInstructionBreakpoints: true },
  'Cancel + progress events': { supportsCancelRequest: true },
  'BreakpointLocations, LoadedSources, DelayedStackTraceLoading, variable paging, ANSIStyling, locations references': {
    supportsBreakpointLocationsRequest: true,
    supportsLoadedSourcesRequest: true,
    supportsDelayedStackTraceLoading: true,
    supportsANSIStyling: true,
  },
  'Modules, ValueFormattingOptions, SingleThreadExecutionRequests, ExceptionOptions, checksums': {
    supportsModulesRequest: true,
    additionalModuleColumns: [],
    supportsValueFormattingOptions: true,
    supportedChecksumAlgorithms: ['SHA256'],
    supportsSingleThreadExecutionRequests: false,
    supportsExceptionOptions: false,
  },
  TerminateThreads: { supportsTerminateThreadsRequest: false },
};

test.each(Object.entries(rows))('%s', (_, members) => {
  expect(answer).toMatchObject(members);
});

test('the answer holds nothing else, and decides every capability that the protocol knows', () => {
  const expected = Object.keys(Object.assign({}, ...Object.values(rows)) as object);
  expect(Object.keys(answer).sort()).toEqual(expected.sort());
  const protocol = readFileSync(
    new URL('../../node_modules/@vscode/debugprotocol/lib/debugProtocol.d.ts', import.meta.url),
    'utf8',
  );
  const declared = /interface Capabilities \{(.*?)\n\t\}/s.exec(protocol)?.[1] ?? '';
  const members = [...declared.matchAll(/^\t\t(\w+)\?:/gm)].map(([, name]) => name);
  expect(members).toHaveLength(42);
  expect(Object.keys(answer).sort()).toEqual(members.sort());
});
