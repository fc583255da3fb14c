/** What `initialize` answers: see the table in `shared/spec/vscode.md`, with which a test compares it. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { BreakpointMode, EventFilter } from '../../engine/index.js';

/** How a data breakpoint says that it waits for its pages to move: no access type of the protocol means that. */
export const MIGRATE_MODE = 'migrate';

const everywhere = ['source', 'instruction', 'data'];

/** The modes, the one that holds without a choice first. */
const breakpointModes: readonly (P.BreakpointMode & { mode: BreakpointMode | typeof MIGRATE_MODE })[] = [
  { mode: 'any', label: 'any', description: 'Every thread, of the CPU and of the devices', appliesTo: everywhere },
  { mode: 'cpu', label: 'cpu', description: "Only the CPU's threads", appliesTo: everywhere },
  { mode: 'device', label: 'device', description: "Only the devices' threads", appliesTo: everywhere },
  {
    mode: 'first',
    label: 'first touch',
    description: 'Only the first thread of each kernel launch that gets there',
    appliesTo: everywhere,
  },
  {
    mode: MIGRATE_MODE,
    label: 'migrates',
    description: 'When the page moves between nodes, whoever caused it',
    appliesTo: ['data'],
  },
];

export function capabilities(filters: readonly EventFilter[]): P.Capabilities {
  return {
    supportsConfigurationDoneRequest: true,
    supportsFunctionBreakpoints: true,
    supportsConditionalBreakpoints: true,
    supportsHitConditionalBreakpoints: true,
    supportsLogPoints: true,
    supportsBreakpointLocationsRequest: true,
    breakpointModes: [...breakpointModes],

    exceptionBreakpointFilters: filters.map(({ id, label, description, default: on, conditionExample }) => ({
      filter: id,
      label,
      description,
      default: on,
      supportsCondition: true,
      conditionDescription: `for example ${conditionExample}`,
    })),
    supportsExceptionFilterOptions: true,
    supportsExceptionInfoRequest: true,
    // Exceptions here have no tree of categories, which these options would choose from.
    supportsExceptionOptions: false,

    supportsDataBreakpoints: true,
    supportsDataBreakpointBytes: true,
    supportsInstructionBreakpoints: true,

    supportsStepBack: true,
    supportsSteppingGranularity: true,
    supportsStepInTargetsRequest: true,
    supportsGotoTargetsRequest: true,
    supportsRestartRequest: true,
    supportsRestartFrame: true,
    supportsTerminateRequest: true,
    supportTerminateDebuggee: true,
    // The program lives in the debugger: there is none to leave behind, stopped or not.
    supportSuspendDebuggee: false,
    // The threads of a program are one schedule, which makes a run deterministic: none goes on or ends alone.
    supportsSingleThreadExecutionRequests: false,
    supportsTerminateThreadsRequest: false,

    supportsDelayedStackTraceLoading: true,
    supportsLoadedSourcesRequest: true,
    supportsModulesRequest: true,
    additionalModuleColumns: [],
    supportedChecksumAlgorithms: ['SHA256'],

    supportsEvaluateForHovers: true,
    supportsClipboardContext: true,
    supportsSetVariable: true,
    supportsSetExpression: true,
    supportsCompletionsRequest: true,
    completionTriggerCharacters: ['.', '>', ':'],
    supportsValueFormattingOptions: true,

    supportsReadMemoryRequest: true,
    supportsWriteMemoryRequest: true,
    supportsDisassembleRequest: true,

    supportsCancelRequest: true,
    supportsANSIStyling: true,
  };
}
