/**
 * The command line: words in, a `Command` or a `UsageError` out. Nothing is run or written here.
 */
import { dirname } from 'node:path';
import { Command as Parser, CommanderError, Option } from 'commander';
import {
  didYouMean,
  FILE_PAGES,
  findProgram,
  isDriverFile,
  isProgramText,
  isSourceName,
  mergeSettings,
  PAGE_TABLE_UPDATES,
  parseAssignment,
  parseDirectory,
  parseDuration,
  parseSeconds,
  parseSize,
  parseWhole,
  settingsOfProgram,
  toRequest,
  UsageError,
  type FilePagesMode,
  type KernelLanguage,
  LONG_BITS,
  type LongBits,
  type Files,
  type PageTableUpdates,
  type RunLimits,
  type RunRequest,
  type Settings,
} from './engine.js';
import type { DapCommand } from './dap-command.js';

/** Where the JSON document goes: nowhere, to standard output, or to a file. */
export type JsonTarget =
  { readonly to: 'nowhere' } | { readonly to: 'stdout' } | { readonly to: 'file'; readonly path: string };

export interface RunCommand {
  readonly kind: 'run';
  readonly request: RunRequest;
  readonly json: JsonTarget;
  readonly quiet: boolean;
  readonly colour: boolean;
}

export type Command =
  | RunCommand
  | DapCommand
  | { readonly kind: 'machines' | 'drivers'; readonly names: readonly string[]; readonly json: boolean }
  /** Help or version. */
  | { readonly kind: 'text'; readonly text: string };

/** What the words are checked against. */
export interface Surroundings {
  readonly files: Files;
  readonly drivers: readonly string[];
  readonly machines: readonly string[];
  readonly version: string;
}

interface RunFlags {
  O?: string;
  I?: string[];
  D?: string[];
  std?: string;
  x?: string;
  long?: string;
  stdIn?: string;
  env?: string[];
  dir?: string[];
  driver?: string;
  param?: string[];
  machine?: string;
  deviceMemory?: string;
  devices?: string;
  filePages?: string;
  pageTableUpdates?: string;
  pinTimeout?: string;
  daxMigration?: boolean;
  seed?: string;
  json?: string | true;
  trace?: string;
  maxFaults?: string;
  maxMigrated?: string;
  maxSimulatedTime?: string;
  failOnFindings?: string;
  timeout?: string;
  memoryLimit?: string;
  quiet?: boolean;
  color: boolean;
}

/** Commands of the contract that a later version brings. */
const PLANNED: ReadonlySet<string> = new Set(['compare', 'trace']);

/** @throws UsageError */
export function parseCommandLine(words: readonly string[], surroundings: Surroundings): Command {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const programArguments = end === -1 ? null : words.slice(end + 1);

  const parsed: { command?: Command } = {};
  let printed = '';
  const parser = new Parser('faultline')
    .description(
      'Runs an unmodified C, C++, CUDA, HIP or OpenMP program on an embedded HMM engine and reports its GPU memory.',
    )
    .version(surroundings.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      writeErr: () => undefined,
    });
  runParser(parser.command('run')).action((paths: string[], flags: RunFlags) => {
    parsed.command = toRunCommand(paths, flags, programArguments, surroundings);
  });
  for (const kind of ['machines', 'drivers'] as const) {
    parser
      .command(kind)
      .description(
        kind === 'machines'
          ? 'list the machines, with their figures and where these come from'
          : 'list the drivers, or put one of your own (a file) through the conformance kit',
      )
      .argument('[name...]', 'show only these')
      .option('--json', 'write JSON')
      .action((names: string[], { json }: { json?: boolean }) => {
        const known = kind === 'machines' ? surroundings.machines : surroundings.drivers;
        for (const name of names) {
          if (kind === 'drivers' && isDriverFile(name)) checkDriverFile(name, surroundings.files);
          else checkName(name, kind.slice(0, -1), known);
        }
        parsed.command = { kind, names, json: json === true };
      });
  }

  parser
    .command('dap')
    .description('debug adapter on standard input and output, or on a port, for any editor that speaks DAP')
    .option('--port <n>', 'serve clients that connect to this port, each by itself; 0 for any that is free')
    .option('--host <name>', 'listen on this address instead of 127.0.0.1, which only this computer reaches')
    .action((flags: { port?: string; host?: string }) => {
      parsed.command = toDapCommand(flags);
    });

  if (own.length === 0)
    throw new UsageError('No command is given.', 'Write for example: faultline run add.cu, or see faultline --help.');
  checkCommandName(own[0]!, surroundings.files);
  try {
    parser.parse(normalize(own, surroundings.files), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: printed };
    throw new UsageError(sentence(error.message), `See faultline ${own[0] === 'run' ? 'run ' : ''}--help.`);
  }
  // Without a command of its own the parser has printed its help.
  return parsed.command ?? { kind: 'text', text: printed };
}

function runParser(parser: Parser): Parser {
  const collect = (value: string, previous: string[] | undefined): string[] => [...(previous ?? []), value];
  return parser
    .description('compile, run, report')
    .argument('<file...>', 'sources (.c .cc .cpp .cxx .cu .hip), or a directory with a faultline.json')
    .usage('FILE… [options] [-- program arguments]')
    .option('--driver <name>', 'how devices share memory: see faultline drivers; or a file with a driver of your own')
    .option('--param <name=value>', 'a parameter of the driver: see faultline drivers NAME; may be repeated', collect)
    .option('--machine <name>', 'the simulated hardware: see faultline machines, or a .json file')
    .option('--device-memory <size>', 'memory of each device, such as 64M: less than the program needs makes it evict')
    .option('--devices <n>', 'number of devices, 1 to 8')
    .option(
      '--page-table-updates <mode>',
      `how the CPU waits for devices: ${PAGE_TABLE_UPDATES.join(', ')} (serial, if absent)`,
    )
    .option('--pin-timeout <time>', 'simulated time that the CPU waits for a page that hmm_pin_device holds')
    .option('--file-pages <mode>', `mapped files on a device: ${FILE_PAGES.join(', ')} (what Linux does, if absent)`)
    .option('--dax-migration', 'what if pages of DAX mappings could migrate')
    .option('-O <level>', 'optimisation, 0 to 3 (2 if absent)')
    .option('-I <dir>', 'a directory of headers; may be repeated', collect)
    .option('-D <name[=value]>', 'define a macro; may be repeated', collect)
    .option('--std <standard>', 'language standard, such as c++20 (also -std=c++20)')
    .option('-x <language>', 'take C++ sources for cuda (also cu) or hip')
    .option('--long <bits>', 'of long: 32, or 64 as on Linux (what the program needs, if absent)')
    .option('--std-in <file>', 'standard input of the program')
    .option('--env <name=value>', 'environment of the program; may be repeated', collect)
    .option('--dir <host[:guest][:ro]>', 'a directory that the program sees besides its own; may be repeated', collect)
    .option('--seed <n>', 'what randomness starts from (1 if absent)')
    .option('--json [file]', 'write the report as JSON to a file, or to standard output')
    .option('--max-faults <n>', 'fail with status 78 above so many page faults')
    .option('--max-migrated <size>', 'fail with status 78 if more is migrated')
    .option('--max-simulated-time <time>', 'fail with status 78 if the program takes longer, such as 10ms')
    .option('--timeout <seconds>', 'end the program after so much real time, with status 124')
    .option('--memory-limit <size>', 'memory of this computer that the program may use')
    .option('--quiet', 'no report and no progress')
    .option('--no-color', 'no colours (also NO_COLOR=1)')
    .addOption(new Option('--trace <file>').hideHelp())
    .addOption(new Option('--fail-on-findings <level>').hideHelp());
}

/**
 * Spells out what the parser does not know: `-std=c++20`, and `--json` before a source. `--json add.cu` asks for JSON
 * on standard output and must never write over `add.cu`.
 */
function normalize(words: readonly string[], files: Files): string[] {
  return words.flatMap((word, index) => {
    if (word.startsWith('-std=')) return [`-${word}`];
    const next = words[index + 1];
    if (word === '--json' && next !== undefined && !next.startsWith('-')) {
      const isProgram = isProgramText(next) || files.kind(next) === 'directory';
      // `--json=` says that no file is meant.
      return isProgram ? ['--json='] : [word];
    }
    return [word];
  });
}

function toRunCommand(
  paths: readonly string[],
  flags: RunFlags,
  programArguments: readonly string[] | null,
  { files, drivers, machines }: Surroundings,
): RunCommand {
  refuseWhatIsPlanned(flags);
  const json = jsonTarget(flags.json, files);
  const options = settingsOf(flags, programArguments);
  const limits = limitsOf(flags);
  const program = findProgram(paths, files);
  const settings = mergeSettings(settingsOfProgram(program, files), options);
  const request = toRequest(settings, limits, files, program.kind === 'sources' ? null : program.directory);
  if (isDriverFile(request.driver)) checkDriverFile(request.driver, files);
  else checkName(request.driver, 'driver', drivers);
  if (request.machine.endsWith('.json')) {
    if (files.kind(request.machine) !== 'file') {
      throw new UsageError(
        `There is no machine file '${request.machine}'.`,
        `Check the path, or name one of ${machines.join(', ')}.`,
      );
    }
  } else {
    checkName(request.machine, 'machine', machines);
  }
  for (const { host } of request.dirs) {
    if (files.kind(host) !== 'directory') {
      throw new UsageError(
        `There is no directory '${host}' for the program to see.`,
        'Check the path after --dir; it starts at the current directory.',
      );
    }
  }
  return { kind: 'run', request, json, quiet: flags.quiet === true, colour: flags.color };
}

function toDapCommand({ port, host }: { port?: string; host?: string }): DapCommand {
  if (port === undefined) {
    if (host === undefined) return { kind: 'dap', address: null };
    throw new UsageError('--host is the address of a port, and no port is given.', 'Add --port, such as --port 4711.');
  }
  return { kind: 'dap', address: { host: host ?? '127.0.0.1', port: parseWhole(port, '--port', 0, 65535) } };
}

function settingsOf(flags: RunFlags, programArguments: readonly string[] | null): Settings {
  return {
    sources: [],
    includeDirs: flags.I ?? [],
    defines: flags.D ?? [],
    dirs: (flags.dir ?? []).map((text) => parseDirectory(text, '--dir')),
    env: Object.fromEntries((flags.env ?? []).map((text) => parseAssignment(text, '--env', 'OMP_NUM_THREADS=4'))),
    ...given('optimize', flags.O, (text) => parseWhole(text, '-O', 0, 3) as 0 | 1 | 2 | 3),
    ...given('standard', flags.std, (text) => text),
    ...given('language', flags.x, parseLanguage),
    ...given('longBits', flags.long, parseLongBits),
    ...given('programArguments', programArguments ?? undefined, (all) => all),
    ...given('stdinFile', flags.stdIn, (text) => text),
    ...given('driver', flags.driver, (text) => text),
    ...given('driverParameters', flags.param, (all) => Object.fromEntries(all.map(parseParameter))),
    ...given('machine', flags.machine, (text) => text),
    ...given('deviceMemoryBytes', flags.deviceMemory, (text) => parseSize(text, '--device-memory')),
    ...given('devices', flags.devices, (text) => parseWhole(text, '--devices', 1, 8)),
    ...given('filePages', flags.filePages, parseFilePages),
    ...given('pageTableUpdates', flags.pageTableUpdates, parseUpdates),
    ...given('pinTimeoutNs', flags.pinTimeout, (text) => parseDuration(text, '--pin-timeout')),
    ...given('daxMigration', flags.daxMigration, (said) => said),
    ...given('seed', flags.seed, (text) => parseWhole(text, '--seed', 0, 2 ** 32 - 1)),
    ...given('timeoutMs', flags.timeout, (text) => parseSeconds(text, '--timeout')),
    ...given('memoryLimitBytes', flags.memoryLimit, (text) => parseSize(text, '--memory-limit')),
  };
}

function parseLanguage(text: string): KernelLanguage {
  const language = text === 'cu' ? 'cuda' : text;
  if (language === 'cuda' || language === 'hip') return language;
  throw new UsageError(`-x takes cuda (or cu) and hip, not '${text}'.`, 'C and C++ are told by the names of files.');
}

function parseLongBits(text: string): LongBits {
  const bits = LONG_BITS.find((each) => String(each) === text);
  if (bits !== undefined) return bits;
  throw new UsageError(`--long takes 32 or 64, not '${text}'.`, "'size_t' and pointers have 32 with both.");
}

function parseParameter(text: string): [name: string, value: number] {
  const [name, value] = parseAssignment(text, '--param', 'uvm_perf_prefetch_threshold=51');
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number)) return [name, number];
  throw new UsageError(
    `--param ${name} needs a number, but is '${value}'.`,
    'See faultline drivers NAME for what each of its parameters may be.',
  );
}

function parseFilePages(text: string): FilePagesMode {
  checkName(text, 'mode of file pages', FILE_PAGES);
  return text as FilePagesMode;
}

function parseUpdates(text: string): PageTableUpdates {
  checkName(text, 'way of page-table updates', PAGE_TABLE_UPDATES);
  return text as PageTableUpdates;
}

function limitsOf(flags: RunFlags): RunLimits {
  return {
    ...given('maxFaults', flags.maxFaults, (text) => parseWhole(text, '--max-faults', 0, Number.MAX_SAFE_INTEGER)),
    ...given('maxMigratedBytes', flags.maxMigrated, (text) => (text === '0' ? 0 : parseSize(text, '--max-migrated'))),
    ...given('maxSimulatedNs', flags.maxSimulatedTime, (text) => parseDuration(text, '--max-simulated-time')),
  };
}

/** A property if there is a value for it, none if there is not. */
function given<Key extends string, Value, Result>(
  key: Key,
  value: Value | undefined,
  parse: (value: Value) => Result,
): Partial<Record<Key, Result>> {
  return value === undefined ? {} : ({ [key]: parse(value) } as Record<Key, Result>);
}

function jsonTarget(json: string | true | undefined, files: Files): JsonTarget {
  if (json === undefined) return { to: 'nowhere' };
  if (json === true || json === '') return { to: 'stdout' };
  if (isProgramText(json)) {
    throw new UsageError(
      `--json would write over '${json}', which is a part of a program.`,
      'Name a file such as report.json.',
    );
  }
  if (files.kind(json) === 'directory') {
    throw new UsageError(`--json cannot write to '${json}', which is a directory.`, 'Name a file in it.');
  }
  if (files.kind(dirname(json)) !== 'directory') {
    throw new UsageError(
      `--json cannot write to '${json}': there is no directory '${dirname(json)}'.`,
      'Create it, or name another file.',
    );
  }
  return { to: 'file', path: json };
}

function refuseWhatIsPlanned(flags: RunFlags): void {
  if (flags.trace !== undefined) {
    throw new UsageError(
      'This version does not write trace files yet.',
      'Leave --trace out; --json has the figures of the run.',
    );
  }
  if (flags.failOnFindings !== undefined) {
    throw new UsageError(
      'This version draws no findings yet, so --fail-on-findings could never fail.',
      'Leave it out; --max-faults and --max-migrated set a budget.',
    );
  }
}

function checkName(name: string, what: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new UsageError(`There is no ${what} '${name}'.`, `${didYouMean(name, known)}There are ${known.join(', ')}.`);
}

function checkDriverFile(path: string, files: Files): void {
  if (files.kind(path) === 'file') return;
  throw new UsageError(`There is no driver file '${path}'.`, 'Check the path; it starts at the current directory.');
}

function checkCommandName(word: string, files: Files): void {
  if (word.startsWith('-') || word === 'help') return;
  const commands = ['run', 'dap', 'machines', 'drivers'];
  if (commands.includes(word)) return;
  if (PLANNED.has(word)) {
    throw new UsageError(`This version has no 'faultline ${word}' yet.`, `Commands are ${commands.join(', ')}.`);
  }
  if (isSourceName(word) || files.kind(word) === 'directory') {
    throw new UsageError(`'${word}' is not a command.`, `To run it, write: faultline run ${word}`);
  }
  throw new UsageError(
    `There is no command '${word}'.`,
    `${didYouMean(word, commands)}Commands are ${commands.join(', ')}.`,
  );
}

/** The parser's `error: unknown option '--x'\n(Did you mean --y?)` as a sentence. */
function sentence(message: string): string {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const capital = first.charAt(0).toUpperCase() + first.slice(1);
  return [
    capital.endsWith('.') ? capital : `${capital}.`,
    ...rest.map((line) => line.replace(/^\((.*)\)$/, '$1')),
  ].join(' ');
}
