/** The engine's public face: what the command, the extension and the tests import, and nothing else is. */
import { driverDescriptions } from './drivers/registry.js';
import { loadMachine, machineNames, type Machine } from './machine/machine.js';
import { Engine } from './run.js';
import type { RunObserver, RunOutcome, RunRequest } from './trace/run.js';

export type * from './debug/types.js';
export { DebugError } from './debug/types.js';
export { launchDebug, type DebugLaunch } from './debug-launch.js';
export { EVENT_FILTERS } from './trace/event-filters.js';
export { EngineError } from './engine-error.js';
export { defaultAssets, Engine, type EngineAssets } from './run.js';
export { FILE_PAGES, type FilePagesMode } from './trace/run.js';
export { endingOf, ExitStatus, exitStatusOf } from './trace/exit-status.js';
export { formatBytes, formatCount, formatNs } from './trace/format.js';
export { painter, type Paint, type Painter } from './trace/palette.js';
export { renderReport } from './trace/report.js';
export type { SourceText } from './trace/fault-report.js';
export { runDocument } from './trace/document.js';
export { summarize, type Summary } from './trace/summary.js';
export { textTable, wrapText, type TextColumn } from './trace/text-table.js';
export type {
  CompletedRun,
  Diagnostic,
  DirectoryGrant,
  OptimizationLevel,
  RunLimits,
  RunObserver,
  RunOutcome,
  RunProgress,
  RunRequest,
} from './trace/run.js';

/** Compiles and runs a program once, with a compiler of its own. */
export async function run(request: RunRequest, observer: RunObserver, signal: AbortSignal): Promise<RunOutcome> {
  using engine = new Engine();
  return await engine.run(request, observer, signal);
}

/** The built-in machines, in the order in which they are shown. */
export function listMachines(): readonly Machine[] {
  return machineNames.map((name) => loadMachine(name));
}

/** The drivers, in the order in which they are shown. */
export function listDrivers(): typeof driverDescriptions {
  return driverDescriptions;
}
