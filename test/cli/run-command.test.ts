import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../engine/cli/command-line.js';
import type { CompletedRun, Diagnostic, Engine, RunObserver, RunRequest } from '../../engine/cli/engine.js';
import { Access } from '../../engine/memory/event.js';
import { CPU } from '../../engine/memory/units.js';
import { wantsColour } from '../../engine/cli/terminal.js';
import { Recording } from '../trace/recording.js';
import { FakeTerminal, completed, fakeEngine, fakeFiles } from './fakes.js';

interface Case {
  readonly engine?: Engine;
  readonly terminal?: FakeTerminal;
  readonly debug?: boolean;
  readonly signal?: AbortSignal;
}

async function faultline(
  line: string,
  {
    engine = fakeEngine(),
    terminal = new FakeTerminal(),
    debug = false,
    signal = new AbortController().signal,
  }: Case = {},
) {
  let nowMs = 0;
  const status = await runCommandLine(line.split(' '), {
    engine,
    terminal,
    files: fakeFiles({ 'add.cu': 'first\nsecond', 'readonly/x': '' }),
    version: '1.2.3',
    now: () => (nowMs += 1000),
    signal,
    debug,
  });
  return { status, ...terminal.written, screen: terminal.screen, files: terminal.files };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const printing = (text: string) => (observer: RunObserver) => {
  observer.stdout(bytes(text));
  return completed();
};

it('that is ended from outside while the program is built is no fault of ours', async () => {
  const aborted = (): never => {
    throw new DOMException('This operation was aborted', 'AbortError');
  };
  const ended = await faultline('run add.cu', { engine: fakeEngine(aborted), signal: AbortSignal.abort() });
  expect(ended).toMatchObject({ status: 130, stdout: '', stderr: 'faultline: Stopped before the program ran.\n' });
});

describe('what a run writes', () => {
  it('passes the program’s output through and reports on stderr', async () => {
    const engine = fakeEngine((observer) => {
      observer.stdout(bytes('max error 0\n'));
      observer.stderr(bytes('a warning\n'));
      return completed();
    });
    const { status, stdout, stderr } = await faultline('run add.cu', { engine });
    expect(status).toBe(0);
    expect(stdout).toBe('max error 0\n');
    expect(stderr).toMatch(/^a warning\nFaultline {2}add\.cu \(cuda\) .* exit 0 {2}hmm on p100-pcie3\n/);
  });

  it('writes JSON after the program’s output, on a line of its own', async () => {
    const { stdout } = await faultline('run add.cu --json', { engine: fakeEngine(printing('no newline')) });
    const [program, ...json] = stdout.split('\n');
    expect(program).toBe('no newline');
    expect(JSON.parse(json.join('\n'))).toMatchObject({ schema: 1, exit: { status: 0, signal: null }, findings: [] });
  });

  it('writes JSON to a file', async () => {
    const { stdout, files } = await faultline('run add.cu --json=out.json', { engine: fakeEngine(printing('x')) });
    expect(stdout).toBe('x');
    expect(JSON.parse(files.get('out.json') ?? '')).toMatchObject({
      program: { sources: ['add.cu'], language: 'cuda', arguments: [] },
    });
  });

  it('says so when that file cannot be written', async () => {
    const { status, stderr } = await faultline('run add.cu --quiet --json=readonly/out.json');
    expect(status).toBe(2);
    expect(stderr).toBe(
      "faultline: The JSON could not be written to 'readonly/out.json': EACCES: permission denied. Name a file that can be written.\n",
    );
  });

  it('writes nothing of its own when it is quiet', async () => {
    const { screen } = await faultline('run add.cu --quiet', {
      engine: fakeEngine(printing('hi\n')),
      terminal: new FakeTerminal(true),
    });
    expect(screen).toBe('hi\n');
  });

  it('says in a line what ended a program, and what led to it, when it is quiet', async () => {
    const stack = [{ functionName: 'main', file: 'add.cu', line: 3, column: 1 }];
    const access = { access: Access.write, address: 0, bytes: 8, agent: CPU, stack, block: null, thread: null };
    const fault = { kind: 'access', signal: 'SIGSEGV', reason: 'null', ...access } as const;
    const exit = { status: 0, signal: 'SIGSEGV', reason: 'signal' } as const;
    const engine = fakeEngine(() => completed({ exit, fault, notes: ['there was no room.'] }));
    const { status, stderr } = await faultline('run add.cu --quiet', { engine });
    expect({ status, stderr }).toEqual({
      status: 139,
      stderr:
        'faultline: SIGSEGV: cpu wrote 8 bytes at 0x00000000 (NULL page) in main at add.cu:3.\n' +
        'faultline: there was no room.\n',
    });
  });

  it('uses no escape codes unless stderr is a terminal that wants them', async () => {
    const escape = String.fromCharCode(27);
    expect((await faultline('run add.cu')).stderr).not.toContain(escape);
    expect((await faultline('run add.cu', { terminal: new FakeTerminal(true) })).stderr).toContain(escape);
    expect((await faultline('run add.cu --no-color', { terminal: new FakeTerminal(true) })).stderr).not.toContain(
      escape,
    );
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour(true, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour(false, {})).toBe(false);
  });

  it('shows progress on a terminal and erases it before anything else', async () => {
    const erase = '\r\u001b[2K';
    const engine = fakeEngine((observer) => {
      observer.progress({ phase: 'compile', detail: 'add.cu' });
      observer.stdout(bytes('name? '));
      observer.progress({ phase: 'run', detail: '', simulatedNs: 1500, events: 12345 });
      observer.stdout(bytes('\n'));
      observer.progress({ phase: 'run', detail: '', simulatedNs: 1500, events: 12345 });
      return completed();
    });
    const { screen } = await faultline('run add.cu --no-color', { engine, terminal: new FakeTerminal(true) });
    expect(screen.slice(0, screen.indexOf('Faultline'))).toBe(
      `${erase}compiling add.cu${erase}name? \n${erase}running · 1.50 µs simulated · 12,345 events${erase}`,
    );
    expect((await faultline('run add.cu', { engine })).stderr).not.toContain('compiling');
  });

  it('says when the event log was cut', async () => {
    const recording = new Recording({ chunkShift: 2, memoryLimitBytes: 1 });
    for (let index = 0; index < 7; index += 1) recording.record({});
    const tables = { ...completed().tables, overflow: recording.recorder.overflow };
    const { stderr } = await faultline('run add.cu', { engine: fakeEngine(() => completed({ tables }, recording)) });
    expect(stderr.replaceAll('\n', ' ')).toContain(
      'Note: the event log reached its memory limit; 3 later events are in these figures but cannot be looked at one by one.',
    );
  });
});

describe('the exit status', () => {
  const exits: [CompletedRun['exit'], number, string][] = [
    [{ status: 0, signal: null, reason: 'exited' }, 0, 'exit 0'],
    [{ status: 3, signal: null, reason: 'exited' }, 3, 'exit 3'],
    [{ status: 256 + 7, signal: null, reason: 'exited' }, 7, 'exit 7'],
    [{ status: -1, signal: null, reason: 'exited' }, 255, 'exit 255'],
    [{ status: 0, signal: 'SIGSEGV', reason: 'signal' }, 139, 'killed by SIGSEGV'],
    [{ status: 0, signal: 'SIGBUS', reason: 'signal' }, 135, 'killed by SIGBUS'],
    [{ status: 0, signal: 'SIGABRT', reason: 'signal' }, 134, 'killed by SIGABRT'],
    [{ status: 0, signal: 'SIGTRAP', reason: 'signal' }, 134, 'killed by SIGTRAP'],
    [{ status: 0, signal: 'SIGFPE', reason: 'signal' }, 134, 'killed by SIGFPE'],
    [{ status: 0, signal: null, reason: 'timeout' }, 124, 'timed out'],
    [{ status: 0, signal: null, reason: 'interrupted' }, 130, 'interrupted'],
    [{ status: 0, signal: null, reason: 'budget' }, 78, 'stopped, over budget'],
  ];
  it.each(exits)('of %j is %d', async (exit, expected, ending) => {
    const { status, stdout, stderr } = await faultline('run add.cu --json', {
      engine: fakeEngine(() => completed({ exit })),
    });
    expect(status).toBe(expected);
    expect(stderr).toContain(`  ${ending}  hmm on`);
    expect(JSON.parse(stdout)).toMatchObject({ exit: { status: expected, signal: exit.signal } });
  });

  const recording = new Recording().deviceFault(0).cpuFault(1).migrate(0, 1, 0);
  const tables = { ...completed().tables, simulatedNs: 2500 };
  it.each([
    ['--max-faults 2 --max-migrated 4K --max-simulated-time 2500ns', 0, ''],
    ['--max-faults 1', 78, 'faultline: 2 CPU and device faults, more than --max-faults allows (1).\n'],
    ['--max-migrated 4095', 78, 'faultline: 4,096 B migrated, more than --max-migrated allows (4,095 B).\n'],
    ['--max-migrated 0', 78, 'faultline: 4.0 KiB migrated, more than --max-migrated allows (0 B).\n'],
    [
      '--max-simulated-time 2499ns',
      78,
      'faultline: 2,500 ns of simulated time, more than --max-simulated-time allows (2,499 ns).\n',
    ],
  ])('with %s is %d', async (options, expected, sentence) => {
    const engine = fakeEngine(() => completed({ tables }, recording));
    const { status, stderr } = await faultline(`run add.cu --quiet ${options}`, { engine });
    expect({ status, stderr }).toEqual({ status: expected, stderr: sentence });
  });

  it('of a crash wins over a budget', async () => {
    const exit = { status: 0, signal: 'SIGSEGV', reason: 'signal' } as const;
    const engine = fakeEngine(() => completed({ exit, tables }, recording));
    expect((await faultline('run add.cu --max-faults 0', { engine })).status).toBe(139);
  });
});

describe('what goes wrong', () => {
  it('in the sources is told as compilers tell it', async () => {
    const diagnostics: Diagnostic[] = [
      { file: 'add.cu', line: 3, column: 9, severity: 'error', message: "use of undeclared identifier 'n'" },
      { file: 'add.cu', line: 1, column: 5, severity: 'note', message: "did you mean 'm'?" },
      { file: 'add.cu', line: 4, column: 1, severity: 'warning', message: 'unused variable' },
      { file: 'ld', line: 0, column: 0, severity: 'error', message: 'undefined symbol: f' },
    ];
    const { status, stderr, stdout } = await faultline('run add.cu --json', {
      engine: fakeEngine(() => ({ compiled: false, diagnostics })),
    });
    expect(status).toBe(65);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      "add.cu:3:9: error: use of undeclared identifier 'n'\n" +
        "add.cu:1:5: note: did you mean 'm'?\n" +
        'add.cu:4:1: warning: unused variable\n' +
        'ld: error: undefined symbol: f\n' +
        '2 errors and 1 warning generated.\n',
    );
  });

  it('in the sources of a program that runs is told, too', async () => {
    const diagnostics: Diagnostic[] = [
      { file: 'add.cu', line: 4, column: 1, severity: 'warning', message: 'unused variable' },
    ];
    const { status, stderr } = await faultline('run add.cu --quiet', {
      engine: fakeEngine(() => completed({ diagnostics })),
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'add.cu:4:1: warning: unused variable\n' });
  });

  it('and can be put right by the user is one line', async () => {
    const failing = fakeEngine(() => {
      throw Object.assign(new Error('The program needs two devices.'), {
        code: 'too-few-devices',
        hint: 'Add --devices 2.',
      });
    });
    const { status, stderr } = await faultline('run add.cu', { engine: failing });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'faultline: The program needs two devices. Add --devices 2.\n',
    });
    expect(await faultline('run no.cu')).toMatchObject({
      status: 2,
      stderr: "faultline: There is no file 'no.cu'. Check the path; it starts at the current directory.\n",
    });
  });

  it('and is our fault has no stack trace unless one is asked for', async () => {
    const failing = fakeEngine(() => {
      throw new TypeError('x is not a function');
    });
    const { status, stderr } = await faultline('run add.cu', { engine: failing });
    expect(status).toBe(71);
    expect(stderr).toBe(
      'faultline: The engine failed: x is not a function. This is a fault of Faultline: please report it, with what FAULTLINE_DEBUG=1 prints.\n',
    );
    expect((await faultline('run add.cu', { engine: failing, debug: true })).stderr).toMatch(/\n {4}at /);
  });
});

describe('what is asked of the engine', () => {
  it('is the request, and the signal that ends it', async () => {
    const seen: { request?: RunRequest; aborted?: boolean } = {};
    const engine = fakeEngine((_observer, request, signal) => {
      seen.request = request;
      seen.aborted = signal.aborted;
      return completed();
    });
    await faultline('run add.cu -O2 --driver pinned', { engine });
    expect(seen).toMatchObject({ request: { sources: ['add.cu'], optimize: 2, driver: 'pinned' }, aborted: false });
  });
});

describe('listings', () => {
  it('of machines give every figure its source', async () => {
    const { status, stdout } = await faultline('machines p100-pcie3');
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        'p100-pcie3  NVIDIA Tesla P100 16 GB',
        '  CPU: Xeon',
        '    memory            128.0 GiB',
        '  Device: P100',
        '    memory             16.0 GiB  [1]',
        '    multiprocessors          56',
        '    clock             1,328 MHz  [2]',
        '  Link: PCIe',
        '    peak             15.75 GB/s',
        '  Costs',
        '    fault latency       10.0 µs  [1]',
        '',
        'Sources',
        '[1]   data sheet',
        '[2]   nvidia-smi',
        '',
      ].join('\n'),
    );
  });

  it('of machines show one a line when none is named', async () => {
    const { stdout } = await faultline('machines');
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'machine     device  target  SMs    memory  bandwidth        link',
      'p100-pcie3  P100             56  16.0 GiB             15.75 GB/s',
      'h100-pcie5',
    ]);
    expect(stdout).toContain('faultline machines NAME');
  });

  it('of drivers say what each does', async () => {
    expect((await faultline('drivers')).stdout).toBe(
      'hmm     Migrates a page to whoever faults on it.\npinned  Pins pages in system memory.\n',
    );
  });

  it('of one driver say what it models and what can be set', async () => {
    expect((await faultline('drivers hmm')).stdout).toBe(
      [
        'hmm  HMM',
        '  Migrates a page to whoever faults on it.',
        'Models',
        '  lib/test_hmm.c',
        'Parameters (--param NAME=VALUE)',
        '  fault_pages = 1  (1 to 512)',
        '    Pages that one fault moves.',
        '',
      ].join('\n'),
    );
    expect((await faultline('drivers pinned')).stdout).toContain('It has no parameters.\n');
  });

  it.each(['machines', 'drivers'])('of %s are to be had as JSON', async (kind) => {
    const document = JSON.parse((await faultline(`${kind} --json`)).stdout) as Record<string, unknown>;
    expect(document.schema).toBe(1);
    expect(document[kind]).toHaveLength(2);
  });

  it('include the version', async () => expect((await faultline('--version')).stdout).toBe('1.2.3\n'));
});
