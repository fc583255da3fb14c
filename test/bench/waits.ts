/** What it costs that the threads of a block wait for each other: the real time of one thread's round, with a wait in it and without. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../engine/index.js';
import type { Row, Section } from './figures.js';
import { request, run } from './turnaround.js';

/** Rounds of each kernel, so that each runs for a good part of a second. */
const ROUNDS = { alone: 20_000, barrier: 200, shuffle: 100 } as const;
const THREADS = 64 * 256;
const TIMES = 3;
const NS_PER_MS = 1e6;

export async function measureWaits(dist: URL, source: string, scratch: string): Promise<Section> {
  using engine = new Engine({ folder: dist, cacheFolder: mkdtempSync(join(scratch, 'cache-')) });
  const rows: Row[] = [];
  for (const [kernel, rounds] of Object.entries(ROUNDS)) {
    const none = await fastest(engine, source, kernel, 0);
    const all = await fastest(engine, source, kernel, rounds);
    rows.push({ name: kernel, figures: [((all - none) * NS_PER_MS) / (rounds * THREADS)], aim: null });
  }
  return {
    title: 'A round of a thread that waits for nobody, at a barrier of its block, in an exchange of its warp',
    columns: [{ title: 'a thread and round', unit: 'ns' }],
    rows,
    notes: ['waits.cu, -O2, driver hmm; 64 blocks of 256 threads.'],
  };
}

/** ms. */
async function fastest(engine: Engine, source: string, kernel: string, rounds: number): Promise<number> {
  const what = request(source, { programArguments: [kernel, String(rounds)], optimize: 2 });
  let best = Infinity;
  for (let time = 0; time < TIMES; time++) best = Math.min(best, (await run(engine, what)).run.host.runMs);
  return best;
}
