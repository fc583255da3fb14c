/**
 * What the command uses of the engine, all of it from its public face. What a run needs comes in as an `Engine`, so that
 * every part of the command is tested with an engine of a few lines.
 */
import type { RunObserver, RunOutcome, RunRequest } from '../index.js';

export {
  endingOf,
  ExitStatus,
  exitStatusOf,
  FILE_PAGES,
  formatBytes,
  formatCount,
  formatNs,
  painter,
  renderReport,
  runDocument,
  summarize,
  textTable,
  wrapText,
  type CompletedRun,
  type Diagnostic,
  type DirectoryGrant,
  type FilePagesMode,
  type OptimizationLevel,
  type Paint,
  type Painter,
  type RunLimits,
  type RunObserver,
  type RunOutcome,
  type RunProgress,
  type RunRequest,
  type SourceText,
  type Summary,
  type TextColumn,
} from '../index.js';

type Figures = Readonly<Record<string, string | number>>;

export interface MachineListing {
  readonly name: string;
  readonly title: string;
  readonly cpu: Figures;
  readonly devices: readonly Figures[];
  readonly links: readonly Figures[];
  readonly costs: Figures;
  /** Where a figure comes from, by its path: `device.memoryBytes`. */
  readonly sources: Readonly<Record<string, string>>;
}

export interface DriverListing {
  readonly name: string;
  /** What it does with a fault, in a sentence. */
  readonly description: string;
}

export interface Engine {
  /** @throws an error with `code` and `hint` (`EngineError`) for what the user can put right. */
  run(request: RunRequest, observer: RunObserver, signal: AbortSignal): Promise<RunOutcome>;
  listMachines(): readonly MachineListing[];
  listDrivers(): readonly DriverListing[];
}
