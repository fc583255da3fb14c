/**
 * What other tools know of a program in a directory: `compile_commands.json`, or the variables of a simple Makefile. Taken are sources,
 * include directories, macros and the language's version; compilers' other options mean nothing here.
 *
 * Source of the JSON's fields: Clang's "JSON Compilation Database Format Specification".
 */
import { dirname, isAbsolute, join, normalize, relative } from 'node:path';
import { parse } from 'shell-quote';
import * as v from 'valibot';
import type { KernelLanguage } from '../trace/run.js';
import type { Files } from './files.js';
import { readMakefile } from './makefile.js';
import { isSourceName } from './source-names.js';
import { UsageError } from './usage-error.js';

/** As in `Settings`. */
export interface Build {
  /** Empty: all in the directory. */
  readonly sources: readonly string[];
  readonly includeDirs: readonly string[];
  readonly defines: readonly string[];
  readonly standard?: string;
  /** Of `-x cu` and its like: what sources of C++ are taken for. */
  readonly language?: KernelLanguage;
}

const DATABASE = 'compile_commands.json';
const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile'] as const;

const text = v.string();
const database = v.array(
  v.object({ directory: text, file: text, command: v.optional(text), arguments: v.optional(v.array(text)) }),
);

/** The file of that kind in a directory, if there is one. */
export function buildFileIn(directory: string, files: Files): string | undefined {
  return [DATABASE, ...MAKEFILES].map((name) => join(directory, name)).find((path) => files.kind(path) === 'file');
}

/**
 * The flags of sources that are named by themselves: from a database there or further up, as clangd looks for one, or from the Makefile beside
 * them. @throws UsageError
 */
export function flagsBeside(sources: readonly string[], files: Files): Omit<Build, 'sources'> {
  const directories = new Set(sources.map((source) => dirname(absolute(source, files.cwd))));
  const [directory] = directories;
  const path = directory === undefined || directories.size > 1 ? undefined : buildFileOf(directory, files);
  if (path === undefined) return { includeDirs: [], defines: [] };
  const { includeDirs, defines, standard, language } = readBuildFile(path, files, sources);
  return {
    includeDirs,
    defines,
    ...(standard !== undefined && { standard }),
    ...(language !== undefined && { language }),
  };
}

function buildFileOf(directory: string, files: Files): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const found = [join(at, DATABASE), join(at, 'build', DATABASE)].find((path) => files.kind(path) === 'file');
    if (found !== undefined) return found;
    if (at === dirname(at)) return buildFileIn(directory, files);
  }
}

/**
 * @param only sources whose flags are wanted; all if absent
 * @throws UsageError
 */
export function readBuildFile(path: string, files: Files, only?: readonly string[]): Build {
  const directory = dirname(path);
  const source = new TextDecoder().decode(files.read(path));
  if (path.endsWith(DATABASE)) return readDatabase(path, source, files, only);
  const { words, sources } = readMakefile(
    source,
    files.entries(directory).filter(isSourceName),
    (name) => isSourceName(name) && files.kind(join(directory, name)) === 'file',
    (from) => (files.kind(join(directory, from)) === 'directory' ? files.entries(join(directory, from)) : []),
  );
  if (sources.length === 0 && only === undefined)
    throw new UsageError(`${path} names no source file.`, 'Name the source files instead of the directory.');
  const named = sources.map((name) => shown(absolute(join(directory, name), files.cwd), files.cwd));
  return flagsOf(words, absolute(directory, files.cwd), named, files);
}

function readDatabase(path: string, source: string, files: Files, only: readonly string[] | undefined): Build {
  const parsed = v.safeParse(database, parseJson(path, source));
  if (!parsed.success)
    throw new UsageError(
      `${path}: ${v.getDotPath(parsed.issues[0]) ?? 'it'} is not what a compilation database has there.`,
      'It is a list of objects with "directory", "file" and "command" or "arguments", as CMake and Bear write it.',
    );
  const wanted = new Set(only?.map((each) => absolute(each, files.cwd)));
  const builds = parsed.output
    .map((entry) => ({ ...entry, directory: absolute(entry.directory, absolute(dirname(path), files.cwd)) }))
    .map((entry) => ({ ...entry, file: absolute(entry.file, entry.directory) }))
    .filter(({ file }) => isSourceName(file) && (only === undefined || wanted.has(file)))
    .map((entry) =>
      flagsOf(entry.arguments ?? words(entry.command ?? ''), entry.directory, [shown(entry.file, files.cwd)], files),
    );
  if (builds.length === 0 && only === undefined)
    throw new UsageError(`${path} names no source file.`, 'Name the source files instead of the directory.');
  return together(builds, path);
}

function parseJson(path: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new UsageError(`${path} is not valid JSON.`, 'Let the tool that wrote it write it again.');
  }
}

/** All sources are compiled with the same flags: macros with two values cannot be had. */
function together(builds: readonly Build[], path: string): Build {
  const unique = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];
  const defines = unique(builds.map((build) => build.defines));
  const names = defines.map(nameOf);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new UsageError(
      `${path} gives the macro '${twice}' different values in different files.`,
      'Faultline compiles all files with the same macros: name the source files and their -D instead.',
    );
  const standards = new Set(builds.map(({ standard }) => standard));
  const [standard] = standards;
  const language = builds.find((build) => build.language !== undefined)?.language;
  return {
    sources: unique(builds.map((build) => build.sources)),
    includeDirs: unique(builds.map((build) => build.includeDirs)),
    defines,
    ...(standards.size === 1 && standard !== undefined && { standard }),
    ...(language !== undefined && { language }),
  };
}

const nameOf = (define: string): string => define.split(/[=(]/, 1)[0] ?? define;

/** A command line as a shell reads it, without what is no word. */
function words(command: string): string[] {
  return parse(command).filter((word) => typeof word === 'string');
}

/** It takes all that it compiles for HIP. */
const HIPCC = /(?:^|\/)hipcc$/;
/** Of nvcc, Clang and hipcc. */
const LANGUAGES: Readonly<Record<string, KernelLanguage>> = { cu: 'cuda', cuda: 'cuda', hip: 'hip' };

function flagsOf(flags: readonly string[], directory: string, sources: readonly string[], files: Files): Build {
  const includeDirs: string[] = [];
  const defines = new Map<string, string>();
  let standard: string | undefined;
  let language: KernelLanguage | undefined;
  const from = flags[Symbol.iterator]();
  for (let next = from.next(); next.done !== true; next = from.next()) {
    const [, option, attached = ''] = /^(-I|-isystem|-D|-U|-x|--?std)[= ]?(.*)$/s.exec(next.value) ?? [];
    if (HIPCC.test(next.value)) language ??= 'hip';
    if (option === undefined) continue;
    const value = attached === '' ? (from.next() as IteratorYieldResult<string | undefined>).value : attached;
    if (value === undefined) break;
    if (option === '-D') defines.set(nameOf(value), value);
    else if (option === '-U') defines.delete(value);
    else if (option.endsWith('std')) standard = value;
    else if (option === '-x') language = LANGUAGES[value] ?? language;
    // As compilers do: a folder that is not there has nothing to offer.
    else if (files.kind(absolute(value, directory)) === 'directory')
      includeDirs.push(shown(absolute(value, directory), files.cwd));
  }
  const build = {
    sources,
    includeDirs,
    defines: [...defines.values()],
    ...(language !== undefined && { language }),
  };
  return standard !== undefined && isUseful(standard, sources) ? { ...build, standard } : build;
}

/** Newer C++ than what we compile anyway, or a version of C: our headers need C++17, and old C is another language. */
function isUseful(standard: string, sources: readonly string[]): boolean {
  const version = /^(?:c|gnu)\+\+(\d\w)$/.exec(standard)?.[1];
  const isC = (source: string): boolean => source.endsWith('.c');
  if (version === undefined) return /^(?:c|gnu)\d\w$/.test(standard) && sources.length > 0 && sources.every(isC);
  return !sources.some(isC) && ['17', '1z', '20', '2a', '23', '2b', '26', '2c'].includes(version);
}

/** As somebody would name it who is there. */
function shown(path: string, cwd: string): string {
  const local = relative(cwd, path);
  return local.startsWith('..') || isAbsolute(local) ? path : local;
}

function absolute(path: string, directory: string): string {
  return normalize(isAbsolute(path) ? path : join(directory, path));
}
