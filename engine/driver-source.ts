/**
 * The files of a user's driver, as CommonJS, and how they are evaluated: in the program's thread, under their own names, so that a stack
 * trace says the user's file and line. A driver has its own files only: a run then depends on nothing else.
 */
import { dirname, relative, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import {
  DRIVER_CALLS,
  GuardedDriver,
  type DriverCall,
  type DriverFailure,
  type GuardOptions,
} from './drivers/user/guarded-driver.js';
import {
  asUserDriver,
  asUserDriverModule,
  UserDriverShapeError,
  type UserDriverModule,
} from './drivers/user/user-driver.js';
import type { DriverParameters } from './drivers/parameters.js';

/** Plain data, so that it travels between threads. */
export interface DriverSource {
  /** Absolute. */
  readonly path: string;
  /** Text by absolute path; lines are those of the files. */
  readonly files: Readonly<Record<string, string>>;
}

/** Reads a file as CommonJS. @throws Error */
export type ReadCommonJs = (path: string) => string;

/** Where a driver is wrong. */
export interface DriverPlace {
  readonly file: string;
  readonly line: number;
}

const EXTENSIONS = ['', '.ts', '.js', '.mjs'];

/** Evaluates a driver's file and what it imports. @throws what the file throws, UserDriverShapeError */
export function evaluateDriver(path: string, read: ReadCommonJs): UserDriverModule {
  const modules = new Map<string, { exports: unknown }>();
  const evaluate = (file: string): unknown => {
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} as unknown };
    const text = read(file);
    modules.set(file, module);
    const load = (name: string): unknown => {
      if (!name.startsWith('.'))
        throw new UserDriverShapeError(`it imports '${name}', and may import its own files only`);
      return evaluate(found(resolve(dirname(file), name), read));
    };
    const run = compileFunction(text, ['module', 'exports', 'require'], { filename: file }) as (
      ...given: unknown[]
    ) => void;
    run(module, module.exports, load);
    return module.exports;
  };
  const exported = evaluate(path);
  const isEsModule = typeof exported === 'object' && exported !== null && 'default' in exported;
  return asUserDriverModule(isEsModule ? exported : { default: exported });
}

function found(path: string, read: ReadCommonJs): string {
  const candidates = [...EXTENSIONS.map((extension) => path + extension), path.replace(/\.js$/, '.ts')];
  for (const candidate of candidates) {
    try {
      read(candidate);
      return candidate;
    } catch {
      // The next one may exist.
    }
  }
  throw new UserDriverShapeError(`it imports '${path}', which cannot be read`);
}

/** @throws what the files throw, DriverFailure */
export function makeUserDriver(
  source: DriverSource,
  parameters: DriverParameters,
  options: GuardOptions,
): GuardedDriver {
  options.calling?.('create');
  try {
    const module = evaluateDriver(source.path, (path) => {
      const text = source.files[path];
      if (text === undefined)
        throw new UserDriverShapeError(`it imports '${path}', which it did not when it was loaded`);
      return text;
    });
    return new GuardedDriver(module.name, asUserDriver(module.create(parameters)), options);
  } finally {
    options.calling?.(undefined);
  }
}

/** What went wrong with a driver, for the user: a sentence with file and line. */
export function driverComplaint(
  source: Pick<DriverSource, 'path'> & Partial<DriverSource>,
  error: unknown,
  cwd: string,
): string {
  const failure = error as Partial<DriverFailure>;
  const { call, what, cause } = failure;
  const guarded = call !== undefined && what !== undefined;
  const thrown = guarded ? cause : error;
  const at = placeOf(thrown, source) ?? (call && lineOf(source, call));
  const file = relative(cwd, at?.file ?? source.path);
  const place = at ? `${file}:${String(at.line)}` : file;
  if (guarded) return `The driver ${place} ${what} in ${call}.`;
  if (error instanceof UserDriverShapeError) return `The driver ${place} cannot be used: ${error.message}.`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `The driver ${place} threw ${text}.`;
}

/** The innermost frame of a stack that is in one of the driver's files. */
function placeOf(error: unknown, { path, files = {} }: Partial<DriverSource>): DriverPlace | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const line of (error.stack ?? '').split('\n')) {
    const match = /^(?:\s+at .*?\(?)?(\/[^():]*|[A-Za-z]:[\\/][^():]*):(\d+)/.exec(line.replace('file://', ''));
    const file = match?.[1]?.trim();
    if (file !== undefined && (file === path || files[file] !== undefined)) return { file, line: Number(match?.[2]) };
  }
  return undefined;
}

/** Where a method is written, for what has no stack. */
function lineOf({ files = {} }: Partial<DriverSource>, call: DriverCall): DriverPlace | undefined {
  const written = new RegExp(`\\b${call}\\s*(?:[:=(])`);
  for (const [file, text] of Object.entries(files)) {
    const index = text
      .split('\n')
      .findIndex((line) => written.test(line) && !/[.]\s*$/.test(line.slice(0, line.search(written))));
    if (index >= 0) return { file, line: index + 1 };
  }
  return undefined;
}

/** Int32 cells: how many times a call began or ended (odd: one is under way), and which call. */
export const WATCH_CELLS = 2;

/** Tells a watchdog in another thread of calls. */
export function callTeller(cells: Int32Array): NonNullable<GuardOptions['calling']> {
  return (call) => {
    if (call !== undefined) cells[1] = DRIVER_CALLS.indexOf(call);
    Atomics.add(cells, 0, 1);
  };
}
