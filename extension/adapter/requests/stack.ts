/** Threads, their stacks, why they stand, and the scopes of a frame. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { FrameInfo, ScopeInfo } from '../../../engine/index.js';
import type { ExceptionInfoBody } from '../custom-requests.js';
import { phaseLine } from '../migration-text.js';
import { RequestError } from '../request-error.js';
import { request } from '../request.js';
import { count, fields, flag, formatAddress, maybe, whole } from '../schema.js';
import type { AdapterState } from '../state.js';
import { MODULE_ID } from './sources.js';

const frameFormat = fields({ parameters: maybe(flag), line: maybe(flag), module: maybe(flag), hex: maybe(flag) });

const SCOPE_HINTS: Readonly<Record<ScopeInfo['kind'], string>> = {
  arguments: 'arguments',
  locals: 'locals',
  registers: 'registers',
  globals: 'globals',
  grid: 'grid',
  migration: 'migration',
};

export const stackRequests = [
  request('threads', fields({}), (_, { state }) => ({
    threads: (state.program?.threads ?? []).map(({ id, name }) => ({ id, name })),
  })),

  request(
    'stackTrace',
    fields({ threadId: whole, startFrame: maybe(count), levels: maybe(count), format: maybe(frameFormat) }),
    async ({ threadId, startFrame = 0, levels = 0, format = {} }, { state }) => {
      const frames = await state.stoppedSession.stack(threadId);
      const end = levels === 0 ? frames.length : startFrame + levels;
      return {
        stackFrames: frames.slice(startFrame, end).map((frame) => toFrame(frame, format, state)),
        totalFrames: frames.length,
      };
    },
  ),

  request('scopes', fields({ frameId: count }), async ({ frameId }, { state }) => {
    const scopes = await state.stoppedSession.scopes(frameId);
    return {
      scopes: scopes.map(({ name, kind, reference, expensive, namedVariables }) => ({
        name,
        presentationHint: SCOPE_HINTS[kind],
        variablesReference: reference,
        expensive,
        ...(namedVariables !== undefined && { namedVariables }),
      })),
    };
  }),

  request('exceptionInfo', fields({ threadId: whole }), async ({ threadId }, { state }): Promise<ExceptionInfoBody> => {
    const exception = state.program?.stop?.exception;
    if (!exception) throw new RequestError('The program did not stop on an event.');
    const { filter, headline, fields: record, data } = exception;
    const width = Math.max(0, ...record.map(([label]) => label.length));
    const stackTrace = await textOfStack(threadId, state);
    return {
      exceptionId: filter,
      description: headline,
      breakMode: 'always',
      details: {
        message: record.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n'),
        typeName: filter,
        ...(stackTrace !== '' && { stackTrace }),
      },
      data,
    };
  }),
];

interface FrameFormat {
  readonly parameters?: boolean;
  readonly line?: boolean;
}

function toFrame(frame: FrameInfo, format: FrameFormat, state: AdapterState): P.StackFrame {
  const { client } = state;
  const { id, line, codeOffset, kind } = frame;
  const place = placeOf(frame, state);
  const bare = format.parameters === false ? frame.name.replace(/\(.*\)$/, '') : frame.name;
  return {
    id,
    name: format.line === true && line > 0 ? `${bare} Line ${client.lineTo(line)}` : bare,
    ...place,
    canRestart: kind !== 'engine',
    ...(codeOffset !== null && { instructionPointerReference: formatAddress(codeOffset), moduleId: MODULE_ID }),
    presentationHint: kind === 'library' ? 'subtle' : 'normal',
  };
}

function placeOf({ name, path, line, column, kind }: FrameInfo, { client, sources }: AdapterState) {
  if (kind === 'engine')
    return { source: sources.ofMigration(), line: client.lineTo(phaseLine(name)), column: client.columnTo(1) };
  // The protocol wants a 0 where there is no source.
  if (path === null) return { line: 0, column: 0 };
  return { source: sources.of(path, kind), line: client.lineTo(line), column: client.columnTo(column) };
}

/** As a debugger prints it: `#0 fill(int *) at add.cu:12:5`. */
async function textOfStack(threadId: number, state: AdapterState): Promise<string> {
  const frames = await state.stoppedSession.stack(threadId);
  const lines = frames.map(({ name, path, line, column }, index) => {
    const place = path === null ? '' : ` at ${path}:${line}${column > 0 ? `:${column}` : ''}`;
    return `#${index} ${name}${place}`;
  });
  return lines.join('\n');
}
