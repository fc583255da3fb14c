/**
 * What the command uses of the engine, all of it from its public face. What a run needs comes in as an `Engine`, so that
 * every part of the command is tested with an engine of a few lines.
 */
import type { RunObserver, RunOutcome, RunRequest } from '../index.js';

export {
  didYouMean,
  findProgram,
  hostFiles,
  isEngineError,
  isProgramText,
  isSourceName,
  mergeSettings,
  parseAssignment,
  parseDirectory,
  parseDuration,
  parseSeconds,
  parseSize,
  parseWhole,
  settingsOfProgram,
  toRequest,
  UsageError,
  type Files,
  type Settings,
  endingOf,
  ExitStatus,
  exitStatusOf,
  faultHeadline,
  FILE_PAGES,
  isDriverFile,
  PAGE_TABLE_UPDATES,
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
  type FilePagesMode,
  type KernelLanguage,
  LONG_BITS,
  type LongBits,
  type PageTableUpdates,
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

/** A figure of a machine; undefined where a machine has none. */
export type Figure = string | number | boolean | readonly number[] | undefined;

type Figures = Readonly<Record<string, Figure>>;

export interface MachineListing {
  readonly name: string;
  readonly title: string;
  readonly cpu: Figures;
  readonly devices: readonly Figures[];
  readonly links: readonly Figures[];
  /** Between each two devices; null if there is no link between them. */
  readonly peers: Figures | null;
  readonly costs: Figures;
  /** Where a figure comes from, by its path: `device.memoryBytes`. */
  readonly sources: Readonly<Record<string, string>>;
}

export interface DriverListing {
  readonly name: string;
  /** What it does with a fault, in a sentence. */
  readonly description: string;
  readonly title: string;
  /** What it models. */
  readonly sources: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly default: number;
    readonly minimum: number;
    readonly maximum: number;
    readonly description: string;
  }[];
}

export interface DriverCheck {
  readonly description: DriverListing;
  readonly cases: readonly { readonly name: string; readonly broken: string | null }[];
}

export interface Engine {
  /** @throws an error with `code` and `hint` (`EngineError`) for what the user can put right. */
  run(request: RunRequest, observer: RunObserver, signal: AbortSignal): Promise<RunOutcome>;
  listMachines(): readonly MachineListing[];
  listDrivers(): readonly DriverListing[];
  /** Loads a driver of the user's own and puts it through the conformance kit. @throws as `run` */
  checkDriver(file: string, cwd: string): Promise<DriverCheck>;
}
