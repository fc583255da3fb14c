/**
 * One program in a thread, in lockstep with its twin: both stop after every repetition of their kernel and go on in turn, so
 * that whatever else the computer does meets both alike. Hands back the duration of each repetition, in ms.
 */
import v8 from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { createDriver } from '../../engine/drivers/registry.js';
import { Debuggee } from '../../engine/execution/debuggee.js';
import type { ExecutableProgram } from '../../engine/execution/program.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import type { Machine } from '../../engine/machine/machine.js';

export interface ProgramStart {
  readonly program: ExecutableProgram;
  readonly machine: Machine;
  /** Of the two. */
  readonly me: 0 | 1;
  /** One number: whose turn it is, or `BOTH`. */
  readonly turn: SharedArrayBuffer;
}

export interface ProgramEnd {
  readonly durationsMs: readonly number[];
  /** What the program printed, without its own times. */
  readonly checks: readonly string[];
  readonly accesses: number;
  readonly signal: string | null;
}

/** One of the two has ended: nobody waits any more. */
const BOTH = 2;

const start = workerData as ProgramStart;
const turn = new Int32Array(start.turn);

// As the program's thread of the product does, or its checks would be slower than they are.
if (Number(process.versions.v8.split('.')[0]) < 13) v8.setFlagsFromString('--experimental-wasm-branch-hinting');

function waitForTurn(): void {
  for (let whose = Atomics.load(turn, 0); whose !== start.me && whose !== BOTH; whose = Atomics.load(turn, 0)) {
    Atomics.wait(turn, 0, whose);
  }
}

function pass(to: number): void {
  if (Atomics.load(turn, 0) !== BOTH) Atomics.store(turn, 0, to);
  Atomics.notify(turn, 0);
}

const durationsMs: number[] = [];
const checks: string[] = [];
const decoder = new TextDecoder();
let resumedAtMs: number | undefined;
const clock = new VirtualClock();
using debuggee = new Debuggee({
  program: start.program,
  machine: start.machine,
  driver: createDriver('hmm'),
  clock,
  createSink: () => ({ record: () => 0 }),
  observer: { allocated: () => undefined, freed: () => undefined, named: () => undefined, launched: () => undefined },
  memoryLimitBytes: 2 ** 30,
  wasi: {
    args: ['program'],
    env: {},
    preopens: [],
    stdin: () => null,
    stdout: (chunk) => {
      const nowMs = performance.now();
      if (resumedAtMs !== undefined) durationsMs.push(nowMs - resumedAtMs);
      checks.push(decoder.decode(chunk).trim().split(' ')[1] ?? '');
      pass(1 - start.me);
      waitForTurn();
      resumedAtMs = performance.now();
    },
    stderr: () => undefined,
    seed: 1,
  },
});
waitForTurn();
const { signal } = debuggee.run();
pass(BOTH);
parentPort?.postMessage({
  durationsMs,
  checks,
  accesses: debuggee.accesses,
  signal: signal ? signal.signal : null,
} satisfies ProgramEnd);
