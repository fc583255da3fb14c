/**
 * What the adapter uses of the engine, all of it from its public face. A session gets it as a `DebugEngine`, so that the
 * translation is tested with an engine of a few lines.
 */
import type {
  DebugObserver,
  DebugSession,
  Diagnostic,
  EventFilter,
  RunObserver,
  RunOutcome,
  RunRequest,
} from '../../engine/index.js';

export type LaunchOutcome =
  | { readonly ok: true; readonly session: DebugSession }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface DebugEngine {
  /** The same for every program, because the client asks before it launches one. */
  readonly eventFilters: readonly EventFilter[];
  readonly drivers: readonly string[];
  readonly machines: readonly string[];
  /** Runs without a debugger. @throws an error with `code` and `hint` (`EngineError`) for what the user can put right */
  run(request: RunRequest, observer: RunObserver, signal: AbortSignal): Promise<RunOutcome>;
  /** Builds a program and holds it before its first statement. @throws as `run` */
  launch(request: RunRequest, observer: DebugObserver, signal: AbortSignal): Promise<LaunchOutcome>;
}
