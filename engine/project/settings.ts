/**
 * What can be said about a run, by options or by a project's file, and how the two become one request: an option wins
 * over the project, the project over the defaults; include directories, macros, directories, variables and a driver's
 * parameters add up.
 */
import { dirname } from 'node:path';
import type {
  DirectoryGrant,
  FilePagesMode,
  OptimizationLevel,
  PageTableUpdates,
  KernelLanguage,
  LongBits,
  RunLimits,
  RunRequest,
} from '../trace/run.js';
import type { Files } from './files.js';
import { UsageError } from './usage-error.js';

/** Paths start at the current directory. Absent means: not said. */
export interface Settings {
  readonly sources: readonly string[];
  readonly includeDirs?: readonly string[];
  readonly defines?: readonly string[];
  readonly optimize?: OptimizationLevel;
  readonly standard?: string;
  readonly language?: KernelLanguage;
  readonly longBits?: LongBits;
  readonly programArguments?: readonly string[];
  readonly stdinFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly dirs?: readonly DirectoryGrant[];
  readonly driver?: string;
  readonly driverParameters?: Readonly<Record<string, number>>;
  readonly machine?: string;
  readonly deviceMemoryBytes?: number;
  readonly devices?: number;
  readonly filePages?: FilePagesMode;
  readonly pageTableUpdates?: PageTableUpdates;
  readonly pinTimeoutNs?: number;
  readonly daxMigration?: boolean;
  readonly seed?: number;
  readonly timeoutMs?: number;
  readonly memoryLimitBytes?: number;
}

const DEFAULT_DRIVER = 'hmm';
const DEFAULT_MACHINE = 'p100-pcie3';
/** As programs are built to be used; with 0, every access in the source is an access of the program, and every line is exact. */
const DEFAULT_OPTIMIZE: OptimizationLevel = 2;
const DEFAULT_SEED = 1;

/** `options` over `project`. The sources are the project's. */
export function mergeSettings(project: Settings, options: Settings): Settings {
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    ...project,
    ...said,
    sources: project.sources,
    includeDirs: [...(project.includeDirs ?? []), ...(options.includeDirs ?? [])],
    defines: [...(project.defines ?? []), ...(options.defines ?? [])],
    dirs: [...(project.dirs ?? []), ...(options.dirs ?? [])],
    env: { ...project.env, ...options.env },
    driverParameters: parametersOf(project, options),
  };
}

/** They add up, unless the options name another driver: the project's are then of no use to it. */
function parametersOf(project: Settings, options: Settings): Readonly<Record<string, number>> {
  const other = options.driver !== undefined && options.driver !== (project.driver ?? DEFAULT_DRIVER);
  return { ...(other ? {} : project.driverParameters), ...options.driverParameters };
}

/** The request, with everything that was not said at its default. `home` is the program's own folder. */
export function toRequest(settings: Settings, limits: RunLimits, files: Files, home: string | null): RunRequest {
  const {
    standard,
    language,
    longBits,
    driverParameters = {},
    deviceMemoryBytes,
    devices,
    filePages,
    pageTableUpdates,
    pinTimeoutNs,
    daxMigration,
    timeoutMs,
    memoryLimitBytes,
  } = settings;
  return {
    sources: settings.sources,
    cwd: files.cwd,
    includeDirs: settings.includeDirs ?? [],
    defines: settings.defines ?? [],
    optimize: settings.optimize ?? DEFAULT_OPTIMIZE,
    ...(standard !== undefined && { standard }),
    ...(language !== undefined && { language }),
    ...(longBits !== undefined && { longBits }),
    programArguments: settings.programArguments ?? [],
    stdin: settings.stdinFile === undefined ? 'inherit' : readStdin(settings.stdinFile, files),
    env: settings.env ?? {},
    dirs: withHome(settings.dirs ?? [], home ?? dirname(settings.sources[0] ?? '.')),
    driver: settings.driver ?? DEFAULT_DRIVER,
    ...(Object.keys(driverParameters).length > 0 && { driverParameters }),
    machine: settings.machine ?? DEFAULT_MACHINE,
    ...(deviceMemoryBytes !== undefined && { deviceMemoryBytes }),
    ...(devices !== undefined && { devices }),
    ...(filePages !== undefined && { filePages }),
    ...(pageTableUpdates !== undefined && { pageTableUpdates }),
    ...(pinTimeoutNs !== undefined && { pinTimeoutNs }),
    ...(daxMigration !== undefined && { daxMigration }),
    seed: settings.seed ?? DEFAULT_SEED,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
    limits,
  };
}

/** The program's own folder is its working directory, read-only, unless another one was named for that. */
function withHome(dirs: readonly DirectoryGrant[], home: string): readonly DirectoryGrant[] {
  if (dirs.some(({ guest }) => guest === '.')) return dirs;
  return [{ host: home, guest: '.', readOnly: true }, ...dirs];
}

function readStdin(path: string, files: Files): Uint8Array {
  if (files.kind(path) !== 'file') {
    throw new UsageError(
      `There is no file '${path}' for the program's standard input.`,
      'Name a file after --std-in, or leave it out to type the input.',
    );
  }
  return files.read(path);
}
