/** The engine's public face: what the command, the extension and the tests import, and nothing else is. */
import { driverDescriptions } from './drivers/registry.js';
import { loadMachine, machineNames, type Machine } from './machine/machine.js';
import { defaultAssets, Engine } from './run.js';
import { loadUserDriver, type LoadedUserDriver } from './user-driver.js';
import type { RunObserver, RunOutcome, RunRequest } from './trace/run.js';

export type * from './debug/types.js';
export { DebugError } from './debug/types.js';
export { launchDebug, type DebugLaunch } from './debug-launch.js';
export { EVENT_FILTERS } from './trace/event-filters.js';
export { EngineError } from './engine-error.js';
export { checkDriver as checkDriverConformance, type DriverCaseResult } from './drivers/kit/kit.js';
export type { Device, Driver, DriverContext } from './drivers/driver.js';
export type { DeviceTools } from './drivers/user/device-tools.js';
export type { UserDriver, UserDriverContext, UserDriverModule } from './drivers/user/user-driver.js';
export { hostFiles, type Files } from './project/files.js';
export { parseAssignment, parseDirectory } from './project/grants.js';
export { settingsOfProgram } from './project/program.js';
export { parseDuration, parseSeconds, parseSize, parseWhole } from './project/quantities.js';
export { mergeSettings, toRequest, type Settings } from './project/settings.js';
export { isDriverFile, isProgramText, isSourceName, PROJECT_FILE, SOURCE_EXTENSIONS } from './project/source-names.js';
export { findProgram, type ProgramFiles } from './project/sources.js';
export { didYouMean, nearest } from './project/suggest.js';
export { isEngineError, UsageError } from './project/usage-error.js';
export { defaultAssets, Engine, type EngineAssets } from './run.js';
export {
  FILE_PAGES,
  PAGE_TABLE_UPDATES,
  type FilePagesMode,
  KERNEL_LANGUAGES,
  type KernelLanguage,
  LONG_BITS,
  type LongBits,
  type PageTableUpdates,
} from './trace/run.js';
export { endingOf, ExitStatus, exitStatusOf } from './trace/exit-status.js';
export { formatBytes, formatCount, formatNs } from './trace/format.js';
export { painter, type Paint, type Painter } from './trace/palette.js';
export { renderReport } from './trace/report.js';
export { faultHeadline, type SourceText } from './trace/fault-report.js';
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

/** Loads a driver of the user's own from its file and puts it through the conformance kit. @throws EngineError */
export function checkDriver(file: string, cwd: string): Promise<LoadedUserDriver> {
  const workerFile = new URL('driver.worker.js', defaultAssets().folder);
  return loadUserDriver({ file, cwd, workerFile, check: true });
}

/** The drivers, in the order in which they are shown. */
export function listDrivers(): typeof driverDescriptions {
  return driverDescriptions;
}
