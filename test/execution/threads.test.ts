/** Host threads of compiled programs: what each call promises, who waits for whom, and that a run is the same every time. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Debuggee } from '../../engine/execution/debuggee.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram, type ProgramRun } from './compiled-program.js';

const source = (name: string): string => readFileSync(new URL(`programs/${name}`, import.meta.url), 'utf8');
const PTHREADS = source('pthreads.c');
const CXX = source('threads.cpp');

/** What a case of pthreads.c prints; each ends with 0. */
const PRINTED: Readonly<Record<string, string>> = {
  condition: 'sum 44850 result 9\n',
  spin: 'spun 2\n',
  variables: 'own 7 errno 7\nown 17 errno 17\nown 27 errno 27\nmain own 7 errno 3\n',
  keys: 'cleanup four\ndestroyed four\nlength 4, main has none\n',
  once: 'called 1\n',
  rwlock: 'alone 1\nreaders 4 value 5 busy 1\n',
  barrier: 'arrived 12 serial 3\n',
  semaphore: 'took 0\ntook 1\ntook 2\n1 1\n',
  kinds: '0 0 0 0 1 0 1 1\n',
  timed: 'late 1 held 1 again 1 after 2 s\n',
  errors: '1 1worker\n 0 3 1\n1\nthread 3\n',
  c11: '1 1 1 1 144 0 1\n',
  sleep: 'slept 100\nslept 200\nslept 300\n',
  qsort: '12345 12345 12345 1\n',
  outlived: 'main leaves\nlast words\n',
  ends: 'counted 1\n',
  many: '1 1\n',
};

/** What a case of threads.cpp prints. */
const CXX_PRINTED: Readonly<Record<string, string>> = {
  sums: '140000 140000\n',
  locals: '~second\nfirst\n~first\n',
  futures: '1 7 42 async 3\n',
  conditions: '0 1 1\n',
  modern: '2 2\n',
};

const EXITED = { status: 0, signal: null };

let programs: CompiledPrograms;
const c = new Map<number, PreparedProgram>();
let cxx: PreparedProgram;

beforeAll(async () => {
  programs = new CompiledPrograms();
  for (const optimize of [0, 2] as const)
    c.set(optimize, await prepared(programs, { 'pthreads.c': PTHREADS }, { optimize }));
  cxx = await prepared(programs, { 'threads.cpp': CXX }, { standard: 'c++20' });
}, 240_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

function pthreads(name: string, optimize = 0, seed = 1): ProgramRun {
  const program = c.get(optimize);
  if (!program) throw new Error('it was not compiled');
  return run(program, [name], { seed });
}

const lineOf = (text: string): number => PTHREADS.split('\n').findIndex((line) => line.includes(text)) + 1;

describe.each([0, 2])('POSIX threads at -O%i', (optimize) => {
  it.each(Object.entries(PRINTED))('%s', (name, printed) => {
    const { ending, output } = pthreads(name, optimize);
    expect({ output, ending }).toEqual({ output: printed, ending: EXITED });
  });

  it('end the process with exit(), whoever calls it', () => {
    expect(pthreads('exit', optimize).ending).toEqual({ status: 42, signal: null });
  });

  it('have a stack of the size that was asked for, and a guard below it', () => {
    const { ending, output } = pthreads('guard', optimize);
    expect(output).toBe('down\n');
    expect(ending.signal).toMatchObject({ kind: 'access', signal: 'SIGSEGV' });
  });
});

describe('C++ threads', () => {
  it.each(Object.entries(CXX_PRINTED))('%s', (name, printed) => {
    const { ending, output } = run(cxx, [name]);
    expect({ output, ending }).toEqual({ output: printed, ending: EXITED });
  });
});

describe('a thread that crashes', () => {
  it('is reported with its own stack', async () => {
    const { signal } = pthreads('crash').ending;
    expect(signal).toMatchObject({ kind: 'access', signal: 'SIGSEGV', reason: 'null', address: 0 });
    expect(await c.get(0)?.lineOf(signal?.offsets ?? [])).toBe(lineOf('static void *crash('));
  });
});

describe('threads that wait for each other', () => {
  it('end the program with a sentence and the line of each', async () => {
    const { signal } = pthreads('deadlock').ending;
    expect(signal).toMatchObject({
      kind: 'trap',
      signal: 'SIGABRT',
      message:
        'every thread waits: main waits for the mutex held by thread 2, thread 2 waits for the mutex held by main',
    });
    const waits = signal?.kind === 'trap' ? (signal.waits ?? []) : [];
    const lines = await Promise.all(waits.map(async ({ offsets }) => c.get(0)?.lineOf(offsets)));
    expect(lines).toEqual([lineOf('deadlock: main'), lineOf('deadlock: the other')]);
  });

  it.each([0, 2])('are named by the line of the very call that waits, at -O%i', async (optimize) => {
    const { signal } = pthreads('joins', optimize).ending;
    const [main] = signal?.kind === 'trap' ? (signal.waits ?? []) : [];
    expect(await c.get(optimize)?.lineOf(main?.offsets ?? [])).toBe(lineOf('joins: main'));
  });

  it('end it also where there is only one', () => {
    expect(pthreads('alone').ending.signal).toMatchObject({
      message: 'every thread waits: main waits for a condition',
    });
  });

  it('cannot be cancelled, and it is said so', () => {
    expect(pthreads('cancel').ending.signal).toMatchObject({
      message: expect.stringContaining('pthread_cancel is not supported') as string,
    });
  });
});

describe('the schedule', () => {
  it.each(['condition', 'spin', 'variables', 'semaphore', 'qsort'])('is the same in each run: %s', (name) => {
    const [first, second] = [pthreads(name), pthreads(name)];
    expect(first.events.length).toBeGreaterThan(5);
    expect(second).toEqual(first);
  });

  it.each([2, 3, 4, 5])('keeps what the program promises under seed %i', (seed) => {
    for (const name of ['condition', 'spin', 'once', 'rwlock', 'barrier', 'sleep'])
      expect(pthreads(name, 0, seed).output, name).toBe(PRINTED[name]);
  });

  it('differs between seeds', () => {
    const orders = [1, 2, 3, 4, 5, 6].map((seed) => pthreads('variables', 0, seed).output);
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  it('lets time pass while everybody sleeps, and no more than that', () => {
    const { simulatedNs } = pthreads('sleep');
    expect(simulatedNs).toBeGreaterThan(300_000);
    expect(simulatedNs).toBeLessThan(400_000);
  });
});

const GATE = String.raw`
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
static volatile int worked;
static __attribute__((aligned(4096))) char gate[4096];
static void *work(void *argument) {
    for (int i = 0; i < 3; i++) sched_yield();
    worked = 1;
    return argument;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    gate[0x123] = 1;
    printf("worked %d\n", worked);
    pthread_join(thread, NULL);
    return 0;
}
`;

describe('an access that has to wait', () => {
  /** The first access at this offset in a page waits until `ready`. */
  async function waiting(ready: (debuggee: Debuggee) => boolean): Promise<ProgramRun> {
    const program = await prepared(programs, { 'gate.c': GATE });
    return run(program, [], {
      prepare: (debuggee) => {
        const fault = debuggee.fault.bind(debuggee);
        debuggee.fault = (address, flags, site) => {
          if ((address & 0xfff) === 0x123) {
            const outcome = debuggee.blockUntil(() => ready(debuggee), { what: 'waits for a page' });
            if (outcome === 'deadlock') debuggee.stop('nobody will ever unpin the page');
          }
          fault(address, flags, site);
        };
      },
    });
  }

  it('lets the other threads run until its condition holds', async () => {
    const { output, ending } = await waiting(({ threads }) => threads.threads.length === 1);
    expect({ output, ending }).toEqual({ output: 'worked 1\n', ending: EXITED });
    expect((await waiting(() => true)).output).toBe('worked 0\n');
  });

  it('is told when nobody can make it hold', async () => {
    const { output, ending } = await waiting(() => false);
    expect(output).toBe('');
    expect(ending.signal).toMatchObject({ signal: 'SIGABRT', message: 'nobody will ever unpin the page' });
  });
});
