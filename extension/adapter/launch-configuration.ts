/**
 * The attributes of a launch configuration: what may be said, checked at this boundary, and the engine's request that it becomes.
 * `package.json` describes the same attributes to the editor; a test compares the names and the defaults.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import * as v from 'valibot';
import {
  FILE_PAGES,
  findProgram,
  hostFiles,
  isDriverFile,
  isSourceName,
  KERNEL_LANGUAGES,
  LONG_BITS,
  mergeSettings,
  nearest,
  PAGE_TABLE_UPDATES,
  parseDirectory,
  PROJECT_FILE,
  settingsOfProgram,
  SOURCE_EXTENSIONS,
  toRequest,
  UsageError,
  type DirectoryGrant,
  type EventFilterSetting,
  type Files,
  type RunRequest,
  type Settings,
} from '../../engine/index.js';
import type { DebugEngine } from './engine.js';
import { RequestError, shortened } from './request-error.js';
import { fields, flag, issueSentence, list, maybe, text } from './schema.js';

const SIZE = 'a size such as "64MiB" or a number of bytes';
const SECONDS = 'a number of seconds above 0';
const SEED = 'a whole number from 0 to 4294967295';
const DEVICES = 'a whole number from 1 to 8';
const PROGRAM = 'the path of a source file, a list of them, or a folder';
const DIRECTORY = 'a text such as "data:/data:ro"';
const BREAK_ON = 'the id of an event filter or an object such as { "filter": "migrate", "condition": "bytes > 64K" }';
const STDIN = 'the path of a file or an object such as { "text": "3 4\\n" }';
const MOST_MS = 2 ** 31 - 1;

const filled = (expected: string) => v.pipe(v.string(expected), v.nonEmpty(expected));
const SIZE_TEXT = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i;
const size = v.pipe(
  v.union([v.string(), v.number()], SIZE),
  v.check((said) => Number.isSafeInteger(bytesOf(said)) && bytesOf(said) > 0, SIZE),
  v.transform((said) => bytesOf(said)),
);

/** The message of each check says what is expected there. */
const attributes = {
  program: v.union([filled(PROGRAM), v.pipe(v.array(filled(PROGRAM)), v.minLength(1, PROGRAM))], PROGRAM),
  args: maybe(list(text)),
  env: maybe(v.record(v.string(), v.nullable(text), 'an object of texts; null takes a variable away')),
  stdin: maybe(v.union([v.string(), v.strictObject({ text: v.string() })], STDIN)),
  cwd: maybe(filled('the path of a folder')),
  includeDirs: maybe(list(filled('the path of a folder'))),
  defines: maybe(list(filled('a text such as "N=1024"'))),
  optimize: maybe(v.picklist([0, 1, 2, 3], '0, 1, 2 or 3')),
  standard: maybe(filled('a language standard such as "c++20"')),
  language: maybe(v.picklist(KERNEL_LANGUAGES, KERNEL_LANGUAGES.join(' or '))),
  longBits: maybe(v.picklist(LONG_BITS, LONG_BITS.join(' or '))),
  driver: maybe(text),
  driverParameters: maybe(v.record(v.string(), v.number('a number'), 'an object of numbers')),
  machine: maybe(text),
  deviceMemory: maybe(size),
  devices: maybe(v.pipe(v.number(DEVICES), v.integer(DEVICES), v.minValue(1, DEVICES), v.maxValue(8, DEVICES))),
  filePages: maybe(v.picklist(FILE_PAGES, FILE_PAGES.join(', '))),
  pageTableUpdates: maybe(v.picklist(PAGE_TABLE_UPDATES, PAGE_TABLE_UPDATES.join(', '))),
  daxMigration: maybe(flag),
  pageSize: maybe(v.literal(4096, '4096, the only page size of this version')),
  seed: maybe(v.pipe(v.number(SEED), v.integer(SEED), v.minValue(0, SEED), v.maxValue(2 ** 32 - 1, SEED))),
  stopOnEntry: maybe(flag),
  breakOn: maybe(list(v.union([text, v.strictObject({ filter: v.string(), condition: maybe(v.string()) })], BREAK_ON))),
  dirs: maybe(list(filled(DIRECTORY))),
  timeout: maybe(
    v.pipe(
      v.number(SECONDS),
      v.check((seconds) => seconds > 0 && seconds * 1000 <= MOST_MS, SECONDS),
    ),
  ),
  memoryLimit: maybe(size),
  noDebug: maybe(flag),
};
const schema = fields(attributes);

/** The names of all attributes that are ours, for the comparison with `package.json`. */
export const attributeNames: readonly string[] = Object.keys(attributes);

/** What editors add to a configuration for themselves. */
const EDITOR_ATTRIBUTES: ReadonlySet<string> = new Set(
  `name type request presentation preLaunchTask postDebugTask internalConsoleOptions debugServer serverReadyAction
   suppressMultipleSessionWarning console platform windows linux osx restart trace`.split(/\s+/),
);

export const launchDefaults = {
  driver: 'hmm',
  machine: 'p100-pcie3',
  /** Every variable is in memory and every statement is there: what debugging needs. */
  optimize: 0,
  seed: 1,
} as const;

export interface LaunchConfiguration {
  readonly request: RunRequest;
  readonly noDebug: boolean;
  readonly stopOnEntry: boolean;
  /** Event filters that are on whatever the client's own switches say. */
  readonly breakOn: readonly EventFilterSetting[];
  /** What is odd and yet no error: one sentence each. */
  readonly warnings: readonly string[];
}

/** @throws RequestError that names the first attribute that is missing or wrong */
export function readLaunchConfiguration(args: unknown, engine: DebugEngine): LaunchConfiguration {
  const said: Record<string, unknown> =
    typeof args === 'object' && args !== null
      ? Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== undefined))
      : {};
  const parsed = v.safeParse(schema, said, { abortEarly: true });
  if (!parsed.success) throw new RequestError(issueSentence('The launch configuration', parsed.issues[0]), true);
  const config = parsed.output;

  const program = programOf([config.program].flat(), config.cwd);
  const cwd = resolve(config.cwd ?? (isAbsolute(program.home) ? program.home : '.'));
  if (config.cwd !== undefined && kindOf(cwd) !== 'directory')
    throw wrong('cwd', config.cwd, 'there is no such folder');
  const files = hostFiles(cwd);
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(cwd, path));
  for (const path of program.sources) checkSource(path, absolute(path));
  const { stdin, stdinFile, ...project } = { stdin: config.stdin, ...projectOf(program, files) };
  const settings = mergeSettings(project, settingsOf(config, absolute));
  if (settings.driver !== undefined && isDriverFile(settings.driver)) {
    if (kindOf(absolute(settings.driver)) !== 'file') throw wrong('driver', settings.driver, 'there is no such file');
  } else {
    checkName('driver', settings.driver, engine.drivers);
  }
  if (settings.machine?.endsWith('.json') === true) {
    if (kindOf(absolute(settings.machine)) !== 'file')
      throw wrong('machine', settings.machine, 'there is no such file');
  } else {
    checkName('machine', settings.machine, engine.machines);
  }
  const breakOn = (config.breakOn ?? []).map((item) => toFilter(item, engine));
  // A project says how the program is built to be used.
  const asUsed = config.noDebug === true ? settings.optimize : undefined;
  const optimize = config.optimize ?? asUsed ?? launchDefaults.optimize;
  const input = stdin ?? stdinFile;
  return {
    request: {
      ...toRequest({ ...launchDefaults, ...settings, optimize }, {}, files, config.cwd ?? program.home),
      stdin: input === undefined ? 'none' : stdinOf(input, absolute),
    },
    noDebug: config.noDebug === true,
    stopOnEntry: config.stopOnEntry === true,
    breakOn,
    warnings: unknownAttributes(said),
  };
}

/** What the configuration says of a run beside its program; paths start at `cwd`. */
function settingsOf(config: v.InferOutput<typeof schema>, absolute: (path: string) => string): Settings {
  const { includeDirs, defines, standard, language, longBits, args, driver, driverParameters, machine } = config;
  const { deviceMemory, devices, filePages, pageTableUpdates, daxMigration, seed, timeout, memoryLimit, env, dirs } =
    config;
  return {
    sources: [],
    includeDirs: includeDirs ?? [],
    defines: defines ?? [],
    dirs: (dirs ?? []).map((dir) => grantOf(dir, absolute)),
    env: Object.fromEntries(
      Object.entries(env ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    ...(standard !== undefined && { standard }),
    ...(language !== undefined && { language }),
    ...(longBits !== undefined && { longBits }),
    ...(args !== undefined && { programArguments: args }),
    ...(driver !== undefined && { driver }),
    ...(driverParameters !== undefined && { driverParameters }),
    ...(machine !== undefined && { machine }),
    ...(deviceMemory !== undefined && { deviceMemoryBytes: deviceMemory }),
    ...(devices !== undefined && { devices }),
    ...(filePages !== undefined && { filePages }),
    ...(pageTableUpdates !== undefined && { pageTableUpdates }),
    ...(daxMigration !== undefined && { daxMigration }),
    ...(seed !== undefined && { seed }),
    ...(timeout !== undefined && { timeoutMs: Math.max(1, Math.round(timeout * 1000)) }),
    ...(memoryLimit !== undefined && { memoryLimitBytes: memoryLimit }),
  };
}

interface Program {
  /** A folder with a faultline.json, a compile_commands.json or a Makefile: it says what the sources are. */
  readonly folder: string | undefined;
  readonly sources: readonly string[];
  /** The program's own folder. */
  readonly home: string;
}

function programOf(said: readonly string[], cwd: string | undefined): Program {
  const [first = '.'] = said;
  const path = resolve(cwd ?? '.', first);
  const folder = basename(path) === PROJECT_FILE ? dirname(path) : path;
  if (said.length === 1 && kindOf(path) !== 'missing' && kindOf(folder) === 'directory')
    return { folder, sources: [], home: folder };
  return { folder: undefined, sources: said, home: dirname(first) };
}

/** What the files beside a program say of it. @throws RequestError */
function projectOf({ folder, sources }: Program, files: Files): Settings {
  try {
    return settingsOfProgram(findProgram(folder === undefined ? sources : [folder], files), files);
  } catch (error) {
    if (error instanceof UsageError) throw new RequestError(`${error.message} ${error.hint}`, true);
    throw error;
  }
}

function bytesOf(said: string | number): number {
  if (typeof said === 'number') return said;
  const [, number = '', unit = ''] = SIZE_TEXT.exec(said) ?? [];
  return number === '' ? Number.NaN : Number(number) * 1024 ** ['', 'k', 'm', 'g', 't'].indexOf(unit.toLowerCase());
}

function checkSource(said: string, path: string): void {
  const kind = kindOf(path);
  if (kind === 'missing') throw wrong('program', said, 'there is no such file');
  if (kind === 'directory') throw wrong('program', said, 'that is a folder: it stands alone, or name its source files');
  if (!isSourceName(path)) throw wrong('program', said, `sources end in ${[...SOURCE_EXTENSIONS].join(', ')}`);
}

function checkName(attribute: string, said: string | undefined, known: readonly string[]): void {
  if (said === undefined || known.includes(said)) return;
  throw wrong(attribute, said, `there are ${known.join(', ')}`);
}

function wrong(attribute: string, said: unknown, reason: string): RequestError {
  const shown = JSON.stringify(typeof said === 'string' ? shortened(said) : said);
  return new RequestError(`The launch configuration: '${attribute}' is ${shown}, but ${reason}.`, true);
}

function kindOf(path: string): 'file' | 'directory' | 'missing' {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    // Not there or not to be entered: to the user both are a path that names nothing.
    return 'missing';
  }
}

function toFilter(item: string | { filter: string; condition?: string }, engine: DebugEngine): EventFilterSetting {
  const { filter, condition } = typeof item === 'string' ? { filter: item } : { condition: undefined, ...item };
  const known = engine.eventFilters.map(({ id }) => id);
  if (!known.includes(filter)) throw wrong('breakOn', filter, `event filters are ${known.join(', ')}`);
  return { id: filter, ...(condition !== undefined && { condition }) };
}

function stdinOf(stdin: string | { text: string }, absolute: (path: string) => string): Uint8Array {
  if (typeof stdin !== 'string') return new TextEncoder().encode(stdin.text);
  try {
    return readFileSync(absolute(stdin));
  } catch {
    throw wrong('stdin', stdin, 'that file cannot be read; write { "text": … } for the input itself');
  }
}

/** `HOST[:GUEST][:ro]`, as the command has it. */
function grantOf(dir: string, absolute: (path: string) => string): DirectoryGrant {
  const grant = parsed(dir);
  if (kindOf(absolute(grant.host)) !== 'directory') throw wrong('dirs', dir, 'there is no such folder');
  return grant;
}

function parsed(dir: string): DirectoryGrant {
  try {
    return parseDirectory(dir, 'dirs');
  } catch {
    throw wrong('dirs', dir, 'it must be HOST[:GUEST][:ro]');
  }
}

/** A slip of the finger must not go unnoticed, but what other tools keep in a configuration is their business. */
function unknownAttributes(said: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(said).flatMap((name) => {
    if (attributeNames.includes(name) || EDITOR_ATTRIBUTES.has(name) || name.startsWith('__')) return [];
    const meant = nearest(name, attributeNames);
    return meant === null ? [] : [`The launch configuration has an unknown attribute '${name}'; is '${meant}' meant?`];
  });
}
