/**
 * Whole programs of `test/workloads/` against the same source compiled for this computer's processor: C and C++, with OpenMP on the host's
 * threads. A program that a native compiler does not take, because it uses what only Faultline has, is left out.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Engine } from '../../engine/index.js';
import type { Row, Section } from './figures.js';
import { meanRatio } from './figures.js';
import { has } from './native.js';
import { request, run } from './turnaround.js';

const execute = promisify(execFile);
const TIMES = 3;
const MOST_MS = 60_000;
const NATIVE_FLAGS = ['-O2', '-fopenmp', '-w'];

/** @param folder of the workloads */
export async function measureWorkloads(
  dist: URL,
  folder: string,
  scratch: string,
  progress: (what: string) => void,
): Promise<Section> {
  const title = 'Whole programs at -O2 under hmm, against gcc -O2 -fopenmp on this processor';
  if (!(await has('gcc'))) return { title, columns: [], rows: [], notes: ['Skipped: gcc is not installed.'] };
  using engine = new Engine({ folder: dist, cacheFolder: join(scratch, 'workloads') });
  const rows: Row[] = [];
  const leftOut: string[] = [];
  for (const name of ['c', 'openmp'].flatMap((part) =>
    readdirSync(join(folder, part)).map((file) => `${part}/${file}`),
  )) {
    if (!/\.(?:c|cpp)$/.test(name)) continue;
    progress(name);
    const nativeMs = await timeNatively(join(folder, name), join(scratch, 'native'));
    if (nativeMs === null) {
      leftOut.push(name);
      continue;
    }
    const ms = await timeHere(engine, join(folder, name));
    rows.push({ name, figures: [nativeMs, ms, ms / nativeMs], aim: null });
  }
  const mean = meanRatio(rows.map(({ figures }) => figures[2]!));
  return {
    title,
    columns: [
      { title: 'native', unit: 'ms' },
      { title: 'here', unit: 'ms' },
      { title: 'ratio', unit: '×' },
    ],
    rows: [...rows, { name: 'geometric mean', figures: [null, null, mean], aim: null }],
    notes: [
      'From start to end of the program, without compiling; the fastest of three. Natively nothing is migrated, and all threads run at once.',
      `Left out, as they need arguments, end on purpose with an error, or use what only Faultline has: ${leftOut.join(', ')}.`,
    ],
  };
}

/** null: it does not compile, or does not end well. */
async function timeNatively(source: string, binary: string): Promise<number | null> {
  try {
    await execute(source.endsWith('.c') ? 'gcc' : 'g++', [...NATIVE_FLAGS, source, '-o', binary, '-lm']);
    return await fastest(async () => {
      const began = performance.now();
      const running = execute(binary, { timeout: MOST_MS });
      // A program that reads its input has none.
      running.child.stdin?.end();
      await running;
      return performance.now() - began;
    });
  } catch {
    return null;
  }
}

function timeHere(engine: Engine, source: string): Promise<number> {
  return fastest(async () => (await run(engine, request(source, { optimize: 2 }))).run.host.runMs);
}

async function fastest(measure: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let time = 0; time < TIMES; time++) best = Math.min(best, await measure());
  return best;
}
