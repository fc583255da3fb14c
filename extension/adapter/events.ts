/** The events that the adapter sends, with the types of their bodies. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type { StoppedBody } from './custom-requests.js';

export interface EventBodies {
  initialized: undefined;
  stopped: StoppedBody;
  continued: P.ContinuedEvent['body'];
  exited: P.ExitedEvent['body'];
  terminated: P.TerminatedEvent['body'];
  thread: P.ThreadEvent['body'];
  output: P.OutputEvent['body'];
  breakpoint: P.BreakpointEvent['body'];
  module: P.ModuleEvent['body'];
  loadedSource: P.LoadedSourceEvent['body'];
  process: P.ProcessEvent['body'];
  progressStart: P.ProgressStartEvent['body'];
  progressUpdate: P.ProgressUpdateEvent['body'];
  progressEnd: P.ProgressEndEvent['body'];
  invalidated: P.InvalidatedEvent['body'];
  memory: P.MemoryEvent['body'];
}

/** Where events go: to the client, in order. */
export type EventSink = <Name extends keyof EventBodies>(name: Name, body: EventBodies[Name]) => void;
