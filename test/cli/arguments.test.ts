import { describe, expect, it } from 'vitest';
import { parseCommandLine, type Command, type RunCommand } from '../../engine/cli/arguments.js';
import type { RunRequest } from '../../engine/cli/engine.js';
import { parseDuration, parseSeconds, parseSize } from '../../engine/project/quantities.js';
import { editDistance, nearest } from '../../engine/project/suggest.js';
import { UsageError } from '../../engine/project/usage-error.js';
import { fakeFiles } from './fakes.js';

const files = fakeFiles({
  'add.cu': '',
  'main.cc': '',
  'util.h': '',
  'notes.txt': '',
  'input.txt': 'hello',
  'box.json': '{}',
  'src/kernel.cu': '',
  'data/in.bin': '',
  'project/faultline.json': '{ "driver": "pinned", "defines": ["A"], "args": ["one"], "optimize": 1 }',
  'project/main.cu': '',
  'tuned/faultline.json': '{ "driver": "pinned", "driverParameters": { "a": 7, "b": 2 } }',
  'tuned/main.cu': '',
  'empty/readme.md': '',
});

function parse(line: string): Command {
  const words = line === '' ? [] : line.split(' ');
  return parseCommandLine(words, {
    files,
    drivers: ['hmm', 'pinned', 'ats'],
    machines: ['p100-pcie3', 'h100-pcie5'],
    version: '1.2.3',
  });
}

function parseRun(line: string): RunCommand {
  const command = parse(line);
  if (command.kind !== 'run') throw new Error(`${line} is parsed as ${command.kind}`);
  return command;
}

/** What a person reads: the sentence and the hint. */
function complaint(line: string): string {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error(`${line} is accepted`);
}

const home = { host: '.', guest: '.', readOnly: true };

describe('faultline run', () => {
  it('has a default for everything', () => {
    expect(parse('run add.cu')).toEqual({
      kind: 'run',
      request: {
        sources: ['add.cu'],
        cwd: '/work',
        includeDirs: [],
        defines: [],
        optimize: 2,
        programArguments: [],
        stdin: 'inherit',
        env: {},
        dirs: [home],
        driver: 'hmm',
        machine: 'p100-pcie3',
        seed: 1,
        limits: {},
      },
      json: { to: 'nowhere' },
      quiet: false,
      colour: true,
    });
  });

  const cases: [line: string, expected: Partial<RunRequest>][] = [
    ['run add.cu main.cc', { sources: ['add.cu', 'main.cc'] }],
    ['run src/kernel.cu', { sources: ['src/kernel.cu'], dirs: [{ host: 'src', guest: '.', readOnly: true }] }],
    ['run add.cu -O2', { optimize: 2 }],
    ['run -O3 add.cu', { optimize: 3 }],
    ['run -Isrc -I data add.cu', { includeDirs: ['src', 'data'] }],
    ['run add.cu -DN=4 -D FAST', { defines: ['N=4', 'FAST'] }],
    ['run -std=c++20 add.cu', { standard: 'c++20' }],
    ['run --std c11 add.cu', { standard: 'c11' }],
    ['run -x cu add.cu', { language: 'cuda' }],
    ['run -x hip add.cu', { language: 'hip' }],
    ['run add.cu -- 100 --json -O2 --', { programArguments: ['100', '--json', '-O2', '--'], optimize: 2 }],
    ['run add.cu --', { programArguments: [] }],
    ['run add.cu --std-in input.txt', { stdin: new TextEncoder().encode('hello') }],
    ['run add.cu --env A=1 --env B=x=y', { env: { A: '1', B: 'x=y' } }],
    ['run add.cu --dir data', { dirs: [home, { host: 'data', guest: 'data', readOnly: false }] }],
    ['run add.cu --dir data:/data:ro', { dirs: [home, { host: 'data', guest: '/data', readOnly: true }] }],
    ['run add.cu --dir data:ro', { dirs: [home, { host: 'data', guest: 'data', readOnly: true }] }],
    ['run add.cu --dir data:.', { dirs: [{ host: 'data', guest: '.', readOnly: false }] }],
    ['run add.cu --driver pinned --machine h100-pcie5', { driver: 'pinned', machine: 'h100-pcie5' }],
    ['run add.cu --param a=1 --param b=0.5 --param a=2', { driverParameters: { a: 2, b: 0.5 } }],
    ['run tuned --param b=3', { driver: 'pinned', driverParameters: { a: 7, b: 3 } }],
    ['run add.cu --machine ./box.json', { machine: './box.json' }],
    ['run add.cu --device-memory 64M --devices 2', { deviceMemoryBytes: 64 * 2 ** 20, devices: 2 }],
    ['run add.cu --seed 0', { seed: 0 }],
    ['run add.cu --timeout 1.5 --memory-limit 1G', { timeoutMs: 1500, memoryLimitBytes: 2 ** 30 }],
    [
      'run add.cu --page-table-updates batched --pin-timeout 2ms',
      { pageTableUpdates: 'batched', pinTimeoutNs: 2_000_000 },
    ],
    ['run add.cu --file-pages 2014 --dax-migration', { filePages: '2014', daxMigration: true }],
    [
      'run add.cu --max-faults 0 --max-migrated 512KiB --max-simulated-time 10ms',
      { limits: { maxFaults: 0, maxMigratedBytes: 524288, maxSimulatedNs: 1e7 } },
    ],
    [
      'run project',
      { sources: ['project/main.cu'], driver: 'pinned', defines: ['A'], programArguments: ['one'], optimize: 1 },
    ],
    ['run project/faultline.json', { sources: ['project/main.cu'] }],
    [
      'run project --driver hmm -DB -O0 -- two',
      {
        driver: 'hmm',
        defines: ['A', 'B'],
        optimize: 0,
        programArguments: ['two'],
        dirs: [{ ...home, host: 'project' }],
      },
    ],
  ];
  it.each(cases)('%s', (line, expected) => expect(parseRun(line).request).toMatchObject(expected));

  it('leaves out the parameters of a project’s driver for another one', () => {
    expect(parseRun('run tuned --driver ats').request).not.toHaveProperty('driverParameters');
    expect(parseRun('run tuned').request.driverParameters).toEqual({ a: 7, b: 2 });
  });

  it.each([
    ['run add.cu --json', { to: 'stdout' }],
    ['run --json add.cu', { to: 'stdout' }],
    ['run --json project', { to: 'stdout' }],
    ['run --json -O2 add.cu', { to: 'stdout' }],
    ['run --json out.json add.cu', { to: 'file', path: 'out.json' }],
    ['run add.cu --json=data/out', { to: 'file', path: 'data/out' }],
  ])('%s writes JSON where it is asked to', (line, json) => expect(parseRun(line).json).toEqual(json));

  it('is quiet and without colours on request', () => {
    expect(parseRun('run add.cu --quiet --no-color')).toMatchObject({ quiet: true, colour: false });
  });
});

describe('what cannot be meant', () => {
  it.each([
    ['', 'No command is given. Write for example: faultline run add.cu, or see faultline --help.'],
    ['rum add.cu', "There is no command 'rum'. Did you mean 'run'? Commands are run, dap, machines, drivers."],
    ['add.cu', "'add.cu' is not a command. To run it, write: faultline run add.cu"],
    ['dap --port 70000', "--port needs a whole number from 0 to 65535, but is '70000'. Write for example 0."],
    ['dap --host ::1', '--host is the address of a port, and no port is given. Add --port, such as --port 4711.'],
    ['compare add.cu', "This version has no 'faultline compare' yet. Commands are run, dap, machines, drivers."],
    ['run', "Missing required argument 'file'. See faultline run --help."],
    [
      'run add.cu --file-pages 2015',
      "There is no mode of file pages '2015'. Did you mean '2014'? There are upstream, 2014, 2025.",
    ],
    [
      'run add.cu --param batch',
      "--param needs NAME=VALUE, but is 'batch'. Write for example uvm_perf_prefetch_threshold=51.",
    ],
    [
      'run add.cu --param batch=many',
      "--param batch needs a number, but is 'many'. See faultline drivers NAME for what each of its parameters may be.",
    ],
    ['run add.cu --drvier hmm', "Unknown option '--drvier'. Did you mean --driver? See faultline run --help."],
    ['run add.cu --driver', "Option '--driver <name>' argument missing. See faultline run --help."],
    [
      'run ad.cu',
      "There is no file 'ad.cu'. Did you mean 'add.cu'? Check the path; it starts at the current directory.",
    ],
    [
      'run src/kernle.cu',
      "There is no file 'src/kernle.cu'. Did you mean 'kernel.cu'? Check the path; it starts at the current directory.",
    ],
    ['run add.cu 100', "There is no file '100'. Arguments for the program follow after --."],
    [
      'run util.h',
      "'util.h' is a header and is not compiled by itself. Name the source files that include it; headers next to them are found.",
    ],
    [
      'run notes.txt',
      "'notes.txt' is not a source file. Sources end in .c, .cc, .cpp, .cxx, .cu, .hip; arguments for the program follow after --.",
    ],
    [
      'run empty',
      `The directory 'empty' holds no faultline.json, compile_commands.json or Makefile. Name its source files, or write a faultline.json such as { "sources": ["main.cu"] }.`,
    ],
    [
      'run project add.cu',
      "'project' is a project and cannot be run together with other files. Name either one project or source files.",
    ],
    ['run add.cu --driver hm', "There is no driver 'hm'. Did you mean 'hmm'? There are hmm, pinned, ats."],
    ['run add.cu --driver cuda', "There is no driver 'cuda'. There are hmm, pinned, ats."],
    ['run add.cu --machine p100', "There is no machine 'p100'. There are p100-pcie3, h100-pcie5."],
    [
      'run add.cu --machine p100-pcie4',
      "There is no machine 'p100-pcie4'. Did you mean 'p100-pcie3'? There are p100-pcie3, h100-pcie5.",
    ],
    [
      'run add.cu --machine ./no.json',
      "There is no machine file './no.json'. Check the path, or name one of p100-pcie3, h100-pcie5.",
    ],
    [
      'run add.cu --device-memory lots',
      "--device-memory needs a size, but is 'lots'. Write bytes or a unit, such as 65536, 512K, 64M or 1.5G.",
    ],
    [
      'run add.cu --device-memory 0',
      "--device-memory needs a size, but is '0'. Write bytes or a unit, such as 65536, 512K, 64M or 1.5G.",
    ],
    ['run add.cu --devices 9', "--devices needs a whole number from 1 to 8, but is '9'. Write for example 1."],
    ['run add.cu -O4', "-O needs a whole number from 0 to 3, but is '4'. Write for example 0."],
    ['run add.cu --seed -1', "--seed needs a whole number from 0 to 4294967295, but is '-1'. Write for example 0."],
    [
      'run add.cu --max-faults many',
      "--max-faults needs a whole number of at least 0, but is 'many'. Write for example 0.",
    ],
    [
      'run add.cu --max-simulated-time 10',
      "--max-simulated-time needs a time with its unit, but is '10'. Write for example 800ns, 500us, 10ms or 2s.",
    ],
    [
      'run add.cu --timeout soon',
      "--timeout needs a number of seconds above 0, but is 'soon'. Write for example 10 or 0.5.",
    ],
    ['run add.cu --env PATH', "--env needs NAME=VALUE, but is 'PATH'. Write for example OMP_NUM_THREADS=4."],
    [
      'run add.cu --dir a:b:c:d',
      "--dir needs HOST[:GUEST][:ro], but is 'a:b:c:d'. Write for example data, data:/data or data:/data:ro.",
    ],
    [
      'run add.cu --dir nowhere',
      "There is no directory 'nowhere' for the program to see. Check the path after --dir; it starts at the current directory.",
    ],
    [
      'run add.cu --std-in no.txt',
      "There is no file 'no.txt' for the program's standard input. Name a file after --std-in, or leave it out to type the input.",
    ],
    [
      'run add.cu --json=add.cu',
      "--json would write over 'add.cu', which is a part of a program. Name a file such as report.json.",
    ],
    [
      'run project --json=project/faultline.json',
      "--json would write over 'project/faultline.json', which is a part of a program. Name a file such as report.json.",
    ],
    [
      'run add.cu --json no/where.json',
      "--json cannot write to 'no/where.json': there is no directory 'no'. Create it, or name another file.",
    ],
    [
      'run add.cu --trace t.bin',
      'This version does not write trace files yet. Leave --trace out; --json has the figures of the run.',
    ],
    [
      'run add.cu --fail-on-findings error',
      'This version draws no findings yet, so --fail-on-findings could never fail. Leave it out; --max-faults and --max-migrated set a budget.',
    ],
    ['machines v100', "There is no machine 'v100'. There are p100-pcie3, h100-pcie5."],
  ])('%s', (line, expected) => expect(complaint(line)).toBe(expected));
});

describe('other commands', () => {
  it.each([
    ['machines', { kind: 'machines', names: [], json: false }],
    ['machines p100-pcie3 --json', { kind: 'machines', names: ['p100-pcie3'], json: true }],
    ['drivers', { kind: 'drivers', names: [], json: false }],
    ['dap', { kind: 'dap', address: null }],
    ['dap --port 4711', { kind: 'dap', address: { host: '127.0.0.1', port: 4711 } }],
    ['dap --port 0 --host ::1', { kind: 'dap', address: { host: '::1', port: 0 } }],
    ['--version', { kind: 'text', text: '1.2.3\n' }],
    ['-V', { kind: 'text', text: '1.2.3\n' }],
  ])('%s', (line, expected) => expect(parse(line)).toEqual(expected));

  it.each(['--help', '-h', 'run --help', 'help run', 'help'])('%s prints help', (line) => {
    const command = parse(line);
    expect(command.kind === 'text' && command.text).toContain('Usage: faultline');
  });
});

describe('quantities', () => {
  it.each([
    ['65536', 65536],
    ['64k', 65536],
    ['64K', 65536],
    ['64KB', 65536],
    ['64 KiB', 65536],
    ['1.5G', 1.5 * 2 ** 30],
    ['2T', 2 ** 41],
    ['100b', 100],
  ])('a size of %s', (text, bytes) => expect(parseSize(text, '--x')).toBe(bytes));

  it.each(['', '-1', '1.3', '1e3', 'M', '1MM', 'infinity'])('no size is %j', (text) =>
    expect(() => parseSize(text, '--x')).toThrow(UsageError),
  );

  it.each([
    ['1ns', 1],
    ['1.5us', 1500],
    ['2µs', 2000],
    ['10ms', 1e7],
    ['2s', 2e9],
  ])('a time of %s', (text, ns) => expect(parseDuration(text, '--x')).toBe(ns));

  it.each(['0s', '5', '5m', 's'])('no time is %j', (text) =>
    expect(() => parseDuration(text, '--x')).toThrow(UsageError),
  );
  it.each(['0', '-1', '1e9', '9999999999'])('no timeout is %j', (text) =>
    expect(() => parseSeconds(text, '--x')).toThrow(UsageError),
  );
});

describe('suggestions', () => {
  it.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ])('%j is away from %j by %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  it('take the nearest and nothing far', () => {
    expect(nearest('pined', ['hmm', 'pinned'])).toBe('pinned');
    expect(nearest('uvm', ['hmm', 'pinned'])).toBeNull();
    expect(nearest('x', [])).toBeNull();
  });
});
