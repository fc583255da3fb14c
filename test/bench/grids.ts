/** What it costs the engine that threads of a grid fault together: the same kernels with a driver that has a fault buffer, and with one that has none. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../engine/index.js';
import type { Row, Section } from './figures.js';
import { request, run } from './turnaround.js';

const KERNELS = ['stream', 'stencil', 'gather', 'reduce'] as const;
const PASSES = 6;
const TIMES = 3;

export async function measureGrids(dist: URL, source: string, scratch: string): Promise<Section> {
  using engine = new Engine({ folder: dist, cacheFolder: mkdtempSync(join(scratch, 'cache-')) });
  const rows: Row[] = [];
  for (const kernel of KERNELS) {
    const plain = await measureKernel(engine, source, kernel, 'hmm');
    const together = await measureKernel(engine, source, kernel, 'uvm');
    rows.push({
      name: kernel,
      figures: [
        plain.resident,
        ratio(together.resident, plain.resident),
        plain.faulting,
        ratio(together.faulting, plain.faulting),
      ],
      aim: null,
    });
  }
  return {
    title: 'Grids whose threads fault together (uvm), against threads one after the other (hmm)',
    columns: [
      { title: 'resident, hmm', unit: 'ms' },
      { title: 'uvm', unit: '×' },
      { title: 'first pass, hmm', unit: 'ms' },
      { title: 'uvm', unit: '×' },
    ],
    rows,
    notes: ['4 MiB in, 4 MiB out, 1024 × 256 threads, -O2; real time of one pass, faults and migrations included.'],
  };
}

/** ms of one pass: the first, which faults, and one after it. */
async function measureKernel(
  engine: Engine,
  source: string,
  kernel: string,
  driver: string,
): Promise<{ readonly faulting: number | null; readonly resident: number | null }> {
  const ms = async (passes: number): Promise<number> => {
    let best = Infinity;
    const what = request(source, { programArguments: [kernel, String(passes)], driver, optimize: 2 });
    for (let time = 0; time < TIMES; time++) best = Math.min(best, (await run(engine, what)).run.host.runMs);
    return best;
  };
  const [none, one, many] = [await ms(0), await ms(1), await ms(1 + PASSES)];
  return { faulting: difference(one, none, 1), resident: difference(many, one, PASSES) };
}

/** Null: the computer was too busy to tell. */
function difference(more: number, less: number, passes: number): number | null {
  return more > less ? (more - less) / passes : null;
}

function ratio(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one / other;
}
