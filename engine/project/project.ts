/**
 * `faultline.json`: a directory that holds one is a project. What it may say is what the options may say; its paths start
 * at its own directory. Every error names the file, the field and what is expected there.
 */
import { isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { FILE_PAGES, KERNEL_LANGUAGES, LONG_BITS, PAGE_TABLE_UPDATES } from '../trace/run.js';
import type { Files } from './files.js';
import { parseDirectory } from './grants.js';
import { parseSize } from './quantities.js';
import type { Settings } from './settings.js';
import { isDriverFile, isSourceName, PROJECT_FILE } from './source-names.js';
import { checkSource } from './sources.js';
import { didYouMean } from './suggest.js';
import { UsageError } from './usage-error.js';

const text = (expected: string) => v.pipe(v.string(expected), v.nonEmpty(expected));
const texts = (each: string, all: string) => v.array(text(each), all);
const whole = (expected: string, from: number, to: number) =>
  v.pipe(v.number(expected), v.integer(expected), v.minValue(from, expected), v.maxValue(to, expected));

const SIZE = 'a size such as "64M" or a number of bytes';
const size = v.union([v.string(), whole(SIZE, 1, Number.MAX_SAFE_INTEGER)], SIZE);
const OPTIMIZE = '0, 1, 2 or 3';
const SECONDS = 'a number of seconds above 0';

/** The message of each check says what is expected there. */
const entries = {
  $schema: v.optional(v.string('a text')),
  sources: v.optional(
    v.pipe(texts('a file name', 'a list of file names'), v.minLength(1, 'a list of at least one file name')),
  ),
  includes: v.optional(texts('a directory name', 'a list of directory names')),
  defines: v.optional(texts('a text such as "N=1024"', 'a list such as ["N=1024"]')),
  std: v.optional(text('a language standard such as "c++20"')),
  language: v.optional(v.picklist(KERNEL_LANGUAGES, KERNEL_LANGUAGES.join(' or '))),
  longBits: v.optional(v.picklist(LONG_BITS, LONG_BITS.join(' or '))),
  optimize: v.optional(v.picklist([0, 1, 2, 3], OPTIMIZE)),
  args: v.optional(v.array(v.string('a text'), 'a list of texts')),
  env: v.optional(v.record(v.string(), v.string('a text'), 'an object of texts')),
  stdin: v.optional(text('a file name')),
  dirs: v.optional(texts('a text such as "data:/data:ro"', 'a list such as ["data:/data:ro"]')),
  driver: v.optional(text('the name of a driver')),
  driverParameters: v.optional(v.record(v.string(), v.number('a number'), 'an object of numbers')),
  machine: v.optional(text('the name of a machine or of a machine file')),
  deviceMemory: v.optional(size),
  devices: v.optional(whole('a whole number from 1 to 8', 1, 8)),
  filePages: v.optional(v.picklist(FILE_PAGES, FILE_PAGES.join(', '))),
  pageTableUpdates: v.optional(v.picklist(PAGE_TABLE_UPDATES, PAGE_TABLE_UPDATES.join(', '))),
  daxMigration: v.optional(v.boolean('true or false')),
  seed: v.optional(whole('a whole number from 0 to 4294967295', 0, 2 ** 32 - 1)),
  timeout: v.optional(v.pipe(v.number(SECONDS), v.gtValue(0, SECONDS), v.ltValue(2 ** 31 / 1000, SECONDS))),
  memoryLimit: v.optional(size),
};
const schema = v.strictObject(entries, 'an object');

/** @throws UsageError */
export function readProject(directory: string, files: Files): Settings {
  const path = join(directory, PROJECT_FILE);
  const json = parseJson(path, files);
  // To a schema of objects a list is one, too: one whose method `includes` is mistaken for the field.
  if (Array.isArray(json)) throw notAnObject(path);
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (!parsed.success) throw wrongField(path, parsed.issues[0]);
  const project = parsed.output;

  const within = (relative: string): string => (isAbsolute(relative) ? relative : join(directory, relative));
  const sources = project.sources?.map(within) ?? sourcesIn(directory, files);
  sources.forEach((source, index) => {
    checkSource(source);
    if (files.kind(source) !== 'file') {
      throw new UsageError(
        `${path}: 'sources.${index}' names '${source}', which does not exist.`,
        'Correct the name; it starts at the directory of the project.',
      );
    }
  });
  const sized = (field: 'deviceMemory' | 'memoryLimit'): number | undefined => {
    const value = project[field];
    return typeof value === 'string' ? parseSize(value, `${path}: '${field}'`) : value;
  };
  const deviceMemoryBytes = sized('deviceMemory');
  const memoryLimitBytes = sized('memoryLimit');
  const { machine } = project;
  return {
    sources,
    includeDirs: project.includes?.map(within) ?? [],
    defines: project.defines ?? [],
    ...(project.optimize !== undefined && { optimize: project.optimize }),
    ...(project.std !== undefined && { standard: project.std }),
    ...(project.language !== undefined && { language: project.language }),
    ...(project.longBits !== undefined && { longBits: project.longBits }),
    ...(project.args !== undefined && { programArguments: project.args }),
    ...(project.stdin !== undefined && { stdinFile: within(project.stdin) }),
    env: project.env ?? {},
    dirs: (project.dirs ?? []).map((grant) => {
      const parsedGrant = parseDirectory(grant, `${path}: 'dirs'`);
      return { ...parsedGrant, host: within(parsedGrant.host) };
    }),
    ...(project.driver !== undefined && {
      driver: isDriverFile(project.driver) ? within(project.driver) : project.driver,
    }),
    ...(project.driverParameters !== undefined && { driverParameters: project.driverParameters }),
    ...(machine !== undefined && { machine: machine.endsWith('.json') ? within(machine) : machine }),
    ...(deviceMemoryBytes !== undefined && { deviceMemoryBytes }),
    ...(project.devices !== undefined && { devices: project.devices }),
    ...(project.filePages !== undefined && { filePages: project.filePages }),
    ...(project.pageTableUpdates !== undefined && { pageTableUpdates: project.pageTableUpdates }),
    ...(project.daxMigration !== undefined && { daxMigration: project.daxMigration }),
    ...(project.seed !== undefined && { seed: project.seed }),
    ...(project.timeout !== undefined && { timeoutMs: Math.max(1, Math.round(project.timeout * 1000)) }),
    ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
  };
}

function parseJson(path: string, files: Files): unknown {
  const source = new TextDecoder().decode(files.read(path));
  try {
    return JSON.parse(source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${path}${placeIn(source, message)} is not valid JSON.`,
      'Look for a missing comma or quote; comments are not allowed.',
    );
  }
}

/** `:line:column` of the position that the JSON parser's message tells, where it does. */
function placeIn(source: string, message: string): string {
  const position = /at position (\d+)/.exec(message)?.[1];
  const end = position !== undefined ? Number(position) : message.includes('end of JSON') ? source.length : null;
  if (end === null) return '';
  const before = source.slice(0, end).split('\n');
  return `:${before.length}:${before.at(-1)!.length + 1}`;
}

function wrongField(path: string, issue: v.InferIssue<typeof schema>): UsageError {
  const field = v.getDotPath(issue);
  if (field === null) return notAnObject(path);
  if (issue.expected === 'never') {
    const known = Object.keys(entries).filter((name) => name !== '$schema');
    return new UsageError(
      `${path}: there is no field '${field}'.`,
      `${didYouMean(field, known)}Fields are ${known.join(', ')}.`,
    );
  }
  return new UsageError(
    `${path}: '${field}' must be ${issue.message}, but is ${JSON.stringify(issue.input)}.`,
    'Correct the field or leave it out.',
  );
}

function notAnObject(path: string): UsageError {
  return new UsageError(`${path} must hold an object.`, 'Write for example { "sources": ["main.cu"] }.');
}

/** A project that names no sources compiles all that lie in its directory, in the order of their names. */
function sourcesIn(directory: string, files: Files): string[] {
  const names = files.entries(directory).filter(isSourceName).sort();
  if (names.length === 0) {
    throw new UsageError(
      `The project '${directory}' has no source files.`,
      `Name them in 'sources' of its ${PROJECT_FILE}.`,
    );
  }
  return names.map((name) => join(directory, name));
}
