/** From `initialize` to `disconnect`, with an engine of a few lines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EngineError } from '../../engine/index.js';
import { completed, FakeClient, file } from './fakes.js';

let client: FakeClient;

beforeEach(() => {
  client = new FakeClient();
});

const names = (client: FakeClient): string[] => client.events.map(({ event }) => event);
const output = (category: string): string =>
  client
    .bodies('output')
    .filter((body) => (body as { category: string }).category === category)
    .map((body) => (body as { output: string }).output)
    .join('');

describe('launch', () => {
  test('builds, lets the client set its breakpoints, then starts', async () => {
    await client.initialize();
    const launch = client.send('launch', { program: file, stopOnEntry: true });
    await client.event('initialized');
    const { session } = client.engine;
    await client.ask('setBreakpoints', { source: { path: file }, breakpoints: [{ line: 12 }] });
    expect(session.told).toEqual([['setBreakpoints', file, [{ line: 12 }]]]);
    await client.ask('configurationDone');
    expect((await launch).success).toBe(true);
    // Filters that are on by themselves hold for a client that does not know of filters.
    expect(session.told.slice(1)).toEqual([
      ['setEventFilters', [{ id: 'error' }, { id: 'expectFailed' }]],
      ['start', { stopOnEntry: true }],
    ]);
    expect(names(client)).toEqual(['initialized', 'process', 'loadedSource']);
  });

  test('what the compiler says goes to its place, and the launch fails with one sentence', async () => {
    client.engine.outcome = {
      ok: false,
      diagnostics: [
        { file: 'add.cu', line: 3, column: 5, severity: 'error', message: "use of undeclared identifier 'z'" },
        { file: 'add.cu', line: 9, column: 1, severity: 'error', message: "expected ';'" },
        { file: '', line: 0, column: 0, severity: 'note', message: 'too many' },
      ],
    };
    await client.initialize();
    expect(await client.refused('launch', { program: file })).toBe(
      "The program does not compile: add.cu:3:5: use of undeclared identifier 'z' (and 1 more error).",
    );
    expect(client.bodies('output')).toEqual([
      {
        category: 'stderr',
        output: "add.cu:3:5: error: use of undeclared identifier 'z'\n",
        source: { name: 'add.cu', path: file },
        line: 3,
        column: 5,
      },
      {
        category: 'stderr',
        output: "add.cu:9:1: error: expected ';'\n",
        source: { name: 'add.cu', path: file },
        line: 9,
        column: 1,
      },
      { category: 'stderr', output: 'note: too many\n' },
    ]);
    expect(names(client)).not.toContain('initialized');
    // Another attempt may follow.
    client.engine.outcome = null;
    void client.send('launch', { program: file });
    await client.event('initialized');
  });

  test("the engine's own error is one sentence", async () => {
    client.engine.outcome = new EngineError('FL1003', 'the machine has no device', 'Choose another one.');
    await client.initialize();
    expect(await client.refused('launch', { program: file })).toBe('The machine has no device: choose another one.');
  });

  test('can be cancelled while it builds', async () => {
    client.engine.building = new Promise(() => undefined);
    await client.initialize();
    const requestId = client.nextSequence;
    const launch = client.send('launch', { program: file });
    await client.ask('cancel', { requestId });
    expect(await launch).toMatchObject({ success: false, message: 'cancelled' });
    expect(client.engine.signal?.aborted).toBe(true);
  });

  test('filters of the configuration are added to those of the client', async () => {
    await client.initialize();
    void client.send('launch', { program: file, breakOn: ['migrate', { filter: 'evict', condition: 'bytes > 1M' }] });
    await client.event('initialized');
    await client.ask('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'evict', condition: ' ' }],
    });
    expect(client.engine.session.told).toEqual([['setEventFilters', [{ id: 'evict' }, { id: 'migrate' }]]]);
  });
});

describe('progress', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is told only of what takes more than half a second, and can be cancelled', async () => {
    client.engine.building = new Promise(() => undefined);
    await client.initialize({ supportsProgressReporting: true });
    const requestId = client.nextSequence;
    const launch = client.send('launch', { program: file });
    vi.advanceTimersByTime(499);
    expect(client.bodies('progressStart')).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(client.bodies('progressStart')).toEqual([
      { progressId: 'faultline-1', title: 'Building', requestId, cancellable: true, message: 'compile add.cu' },
    ]);
    await client.ask('cancel', { progressId: 'faultline-1' });
    expect(await launch).toMatchObject({ success: false, message: 'cancelled' });
    await client.event('progressEnd');
  });

  test('is not told to a client that does not ask for it', async () => {
    client.engine.building = new Promise(() => undefined);
    await client.initialize();
    void client.send('launch', { program: file });
    vi.advanceTimersByTime(5000);
    expect(names(client)).toEqual([]);
  });

  test('of a way back in time ends with the stop; giving it up pauses', async () => {
    const session = await client.stopped({}, { supportsProgressReporting: true });
    await client.ask('reverseContinue', { threadId: 1 });
    vi.advanceTimersByTime(500);
    expect(client.bodies('progressStart')).toMatchObject([{ title: 'Running back', cancellable: true }]);
    const { progressId } = client.bodies('progressStart')[0] as { progressId: string };
    await client.ask('cancel', { progressId });
    expect(session.told.at(-1)).toEqual(['pause']);
    session.stopAt({ reason: 'pause' });
    expect(client.bodies('progressEnd')).toEqual([{ progressId }]);
  });
});

describe('the end', () => {
  test.each([
    [{ status: 3 }, 3],
    [{ status: 256 + 7 }, 7],
    [{ reason: 'signal', signal: 'SIGSEGV' }, 139],
    [{ reason: 'signal', signal: 'SIGABRT' }, 134],
    [{ reason: 'timeout' }, 124],
  ] as const)('%j', async (exit, exitCode) => {
    const session = await client.launched();
    session.observer.ended(completed(exit));
    expect(client.bodies('exited')).toEqual([{ exitCode }]);
    expect(names(client).slice(-3)).toEqual(['output', 'exited', 'terminated']);
    expect(output('console')).toMatch(/^Faultline {2}add.cu/);
    expect(await client.refused('continue', { threadId: 1 })).toBe('The program has ended.');
  });

  test('memory is read when the program is stopped or has ended, not while it runs', async () => {
    const session = await client.launched();
    session.memory.set(0x2000, Uint8Array.of(1, 2));
    const read = { memoryReference: '0x2000', count: 2 };
    expect(await client.refused('readMemory', read)).toBe('The program is running: pause it first.');
    session.observer.ended(completed());
    expect(await client.ask('readMemory', read)).toEqual({ address: '0x2000', data: 'AQI=' });
    expect(await client.refused('writeMemory', { memoryReference: '0x2000', data: 'AQI=' })).toBe(
      'The program has ended.',
    );
  });

  test('a failure of the engine is told, without a stack', async () => {
    const session = await client.launched();
    session.observer.failed(new Error('out of cheese'));
    expect(output('important')).toBe('The debugger failed (out of cheese); please report this.\n');
    expect(names(client).at(-1)).toBe('terminated');
  });

  test('terminate ends the program and says so once', async () => {
    const session = await client.launched();
    await client.ask('terminate');
    await client.event('terminated');
    expect(session.told.at(-1)).toEqual(['dispose']);
    session.observer.ended(completed());
    await client.ask('disconnect');
    expect(names(client).filter((name) => name === 'terminated')).toHaveLength(1);
    expect(names(client)).not.toContain('exited');
  });

  test('a client that leaves the program alone is told that it ended', async () => {
    const session = await client.launched();
    await client.ask('disconnect', { terminateDebuggee: false });
    expect(output('important')).toBe('The program lives in the debugger and ended with it.\n');
    expect(session.told.at(-1)).toEqual(['dispose']);
    expect(await client.refused('threads')).toBe('The debug session has ended.');
  });

  test('disconnecting in the middle of a build ends it', async () => {
    client.engine.building = new Promise(() => undefined);
    await client.initialize();
    const launch = client.send('launch', { program: file });
    await client.ask('disconnect');
    expect(client.engine.signal?.aborted).toBe(true);
    expect(await launch).toMatchObject({ success: false, message: 'cancelled' });
  });
});

describe('without the debugger', () => {
  test('the program runs at once, breakpoints are not verified, the report comes at the end', async () => {
    await client.initialize();
    const launch = client.send('launch', { program: file, noDebug: true });
    await client.event('initialized');
    expect(await client.ask('setBreakpoints', { source: { path: file }, breakpoints: [{ line: 1 }] })).toEqual({
      breakpoints: [{ id: 1, verified: false, message: 'The program runs without the debugger.' }],
    });
    await client.ask('configurationDone');
    expect((await launch).success).toBe(true);
    const { running } = client.engine;
    running?.observer.stdout(new TextEncoder().encode('hello\n'));
    running?.end(completed());
    await client.event('terminated');
    expect(output('stdout')).toBe('hello\n');
    expect(output('console')).toMatch(/exit 0/);
    expect(client.bodies('exited')).toEqual([{ exitCode: 0 }]);
    expect(client.engine.sessions).toEqual([]);
  });

  test('ending it ends the run', async () => {
    await client.initialize();
    const launch = client.send('launch', { program: file, noDebug: true });
    await client.event('initialized');
    await client.ask('configurationDone');
    await launch;
    await client.ask('disconnect');
    expect(client.engine.signal?.aborted).toBe(true);
  });
});

describe('restart', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-restart-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('also after the end, which is then told again', async () => {
    const session = await client.launched();
    session.observer.ended(completed());
    await client.ask('restart');
    session.stopAt();
    await client.ask('continue', { threadId: 1 });
    session.observer.ended(completed({ status: 1 }));
    expect(client.bodies('terminated')).toHaveLength(2);
    expect(client.bodies('exited')).toEqual([{ exitCode: 0 }, { exitCode: 1 }]);
  });

  test('goes back to the beginning of the same build', async () => {
    const session = await client.stopped();
    await client.ask('restart');
    expect(session.told.at(-1)).toEqual(['restart', { stopOnEntry: false }]);
    expect(client.engine.sessions).toHaveLength(1);
    expect(client.bodies('continued')).toEqual([{ threadId: 1, allThreadsContinued: true }]);
  });

  test('builds again if the configuration has changed, and sets the breakpoints again', async () => {
    const first = await client.stopped();
    const set = await client.ask<{ breakpoints: unknown[] }>('setBreakpoints', {
      source: { path: file },
      breakpoints: [{ line: 12 }],
    });
    expect(set.breakpoints).toMatchObject([{ id: 3, verified: true, line: 12 }]);
    await client.ask('restart', { arguments: { program: file, defines: ['N=2'], stopOnEntry: true } });
    expect(first.told.at(-1)).toEqual(['dispose']);
    const second = client.engine.session;
    expect(second).not.toBe(first);
    expect(second.told).toEqual([
      ['setEventFilters', [{ id: 'error' }, { id: 'expectFailed' }]],
      ['setBreakpoints', file, [{ line: 12 }]],
      ['start', { stopOnEntry: true }],
    ]);
    // Same place under the same number: there is nothing to say about it, and a hit is still that of breakpoint 3.
    expect(client.bodies('breakpoint')).toEqual([]);
    second.stopAt({ breakpointIds: [103] });
    expect(client.bodies('stopped').at(-1)).toMatchObject({ hitBreakpointIds: [3] });
  });

  test('builds again if a source has changed', async () => {
    const source = join(folder, 'main.c');
    writeFileSync(source, 'int main(void) { return 0; }\n');
    client.engine.sources = [source];
    await client.launched({ program: source });
    await client.ask('restart', { arguments: { program: source } });
    expect(client.engine.sessions).toHaveLength(1);
    writeFileSync(source, 'int main(void) { return 1; }\n');
    await client.ask('restart', { arguments: { program: source } });
    expect(client.engine.sessions).toHaveLength(2);
  });
});
