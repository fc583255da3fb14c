/**
 * How a request is declared: its command, a schema that its arguments are held against before anything sees them, when it may
 * come, and what answers it. The adapter knows requests only as this table.
 */
import type * as v from 'valibot';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { parseArguments, type Schema } from './schema.js';
import type { AdapterState } from './state.js';

/** The bodies of responses, by command; custom requests declare their own. */
export interface ResponseBodies {
  initialize: P.Capabilities;
  launch: undefined;
  configurationDone: undefined;
  restart: undefined;
  terminate: undefined;
  disconnect: undefined;
  cancel: undefined;
  setBreakpoints: P.SetBreakpointsResponse['body'];
  breakpointLocations: P.BreakpointLocationsResponse['body'];
  setFunctionBreakpoints: P.SetFunctionBreakpointsResponse['body'];
  setInstructionBreakpoints: P.SetInstructionBreakpointsResponse['body'];
  setExceptionBreakpoints: P.SetExceptionBreakpointsResponse['body'];
  setDataBreakpoints: P.SetDataBreakpointsResponse['body'];
  dataBreakpointInfo: P.DataBreakpointInfoResponse['body'];
  exceptionInfo: P.ExceptionInfoResponse['body'];
  continue: P.ContinueResponse['body'];
  next: undefined;
  stepIn: undefined;
  stepOut: undefined;
  stepBack: undefined;
  reverseContinue: undefined;
  restartFrame: undefined;
  pause: undefined;
  goto: undefined;
  gotoTargets: P.GotoTargetsResponse['body'];
  stepInTargets: P.StepInTargetsResponse['body'];
  threads: P.ThreadsResponse['body'];
  stackTrace: P.StackTraceResponse['body'];
  scopes: P.ScopesResponse['body'];
  variables: P.VariablesResponse['body'];
  setVariable: P.SetVariableResponse['body'];
  setExpression: P.SetExpressionResponse['body'];
  evaluate: P.EvaluateResponse['body'];
  completions: P.CompletionsResponse['body'];
  readMemory: NonNullable<P.ReadMemoryResponse['body']>;
  writeMemory: NonNullable<P.WriteMemoryResponse['body']>;
  disassemble: NonNullable<P.DisassembleResponse['body']>;
  source: P.SourceResponse['body'];
  loadedSources: P.LoadedSourcesResponse['body'];
  modules: P.ModulesResponse['body'];
}

/** One request that is being answered. */
export interface Call {
  readonly state: AdapterState;
  /** The request's number, for progress that belongs to it. */
  readonly id: number;
  /** Aborts when the client cancels the request or the session ends. */
  readonly signal: AbortSignal;
  /** Runs a task as soon as the response is on its way. */
  readonly afterResponse: (task: () => void) => void;
}

/** When a request may come. */
export type Phase =
  | 'any'
  /** Once, before the others. */
  | 'start'
  /** After `initialize`. */
  | 'initialized'
  /** While a program is being debugged. */
  | 'debugging';

export interface RequestOptions {
  readonly phase?: Phase;
  /** Progress is reported under this title if the answer takes long: `Evaluating`. */
  readonly title?: string;
  /** Whether the editor should show the sentence of a failure, because the user asked for this and sees no other sign. */
  readonly showUser?: boolean;
}

export interface RequestDefinition {
  readonly command: string;
  readonly phase: Phase;
  readonly title: string | null;
  readonly showUser: boolean;
  /** @throws RequestError if the arguments are not what the protocol says */
  answer(args: unknown, call: Call): unknown;
}

/** A request of the protocol. */
export function request<Command extends keyof ResponseBodies, S extends Schema>(
  command: Command,
  schema: S,
  handle: (args: v.InferOutput<S>, call: Call) => ResponseBodies[Command] | Promise<ResponseBodies[Command]>,
  options: RequestOptions = {},
): RequestDefinition {
  return define(command, schema, handle, options);
}

/** A request of our own; its schema and its answer are declared in `custom-requests.ts`. */
export function define<S extends Schema>(
  command: string,
  schema: S,
  handle: (args: v.InferOutput<S>, call: Call) => unknown,
  { phase = 'debugging', title, showUser = false }: RequestOptions = {},
): RequestDefinition {
  return {
    command,
    phase,
    title: title ?? null,
    showUser,
    answer: (args, call) => handle(parseArguments(command, schema, args), call),
  };
}
