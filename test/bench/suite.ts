/** All measurements, one after the other: nothing else of ours runs beside them. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CheckedBench, type Checked } from './checked.js';
import { atLeast, atMost, meanRatio, type Row, type Section } from './figures.js';
import { measureDebugger } from './debugger.js';
import { has, measureNative, type Native } from './native.js';
import { measureGrids } from './grids.js';
import type { SectionName } from './section.worker.js';
import { measureRates, measureTurnaround } from './turnaround.js';
import { measureWaits } from './waits.js';
import { measureWorkloads } from './workloads.js';

const KERNELS = ['saxpy', 'sum', 'matmul', 'chase', 'sieve', 'fib', 'copy'] as const;
/** × unchecked. */
const MOST_SLOWDOWN = { 0: 2.0, 2: 2.5 } as const;
const LEAST_SPEEDUP = 5;
const MOST_TURNAROUND_MS = 1000;
const MOST_DEBUGGED = 1.5;

export interface SuiteOptions {
  /** The project's folder. */
  readonly root: URL;
  readonly bundles: URL;
  readonly progress: (what: string) => void;
}

async function inThread(bundles: URL, workerData: SectionName): Promise<Section> {
  const worker = new Worker(new URL('section.worker.js', bundles), { workerData });
  try {
    const [section] = (await once(worker, 'message')) as [Section];
    return section;
  } finally {
    await worker.terminate();
  }
}

/** Each section as soon as it is measured. */
export async function* measure({ root, bundles, progress }: SuiteOptions): AsyncGenerator<Section> {
  const dist = new URL('dist/', root);
  const programs = fileURLToPath(new URL('test/bench/programs', root));
  const workload = (path: string): string => fileURLToPath(new URL(`test/workloads/cuda/${path}`, root));
  const scratch = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    const checked = await measureChecked();
    yield checkedSection(checked);
    yield await nativeSection(checked);
    progress('compile and run');
    const turnaround = await measureTurnaround(dist, workload('add.cu'), scratch);
    yield {
      title: 'Compile and run of test/workloads/cuda/add.cu at -O0, warm compiler',
      columns: [{ title: 'time', unit: 'ms' }],
      rows: [
        within('source changed, runtime in the cache', turnaround.changedSource),
        within('empty cache: the runtime is compiled, too', turnaround.emptyCache),
        within('full cache', turnaround.fullCache),
      ],
      notes: [],
    };
    progress('faults and events');
    const rates = await measureRates(dist, workload('oversubscribe.cu'), scratch);
    yield {
      title: 'Faults and events, real time, driver hmm',
      columns: [
        { title: 'count', unit: 'a second' },
        { title: 'a second', unit: 'a second' },
      ],
      rows: [
        {
          name: 'faults (device and CPU, with migrations and evictions)',
          figures: [rates.faults, rates.faultsPerSecond],
          aim: null,
        },
        { name: 'events of the same run', figures: [rates.events, rates.eventsPerSecond], aim: null },
        { name: 'events, recorder alone', figures: [null, rates.recordsPerSecond], aim: null },
      ],
      notes: ['oversubscribe.cu, 128 MiB on a device of 32 MiB, less the time of the same program without faults.'],
    };
    progress('migrations');
    yield await inThread(bundles, 'migrations');
    progress('faults of each driver');
    yield await inThread(bundles, 'driverFaults');
    progress('grids');
    yield await measureGrids(dist, join(programs, 'grids.cu'), scratch);
    progress('threads that wait');
    yield await measureWaits(dist, join(programs, 'waits.cu'), scratch);
    yield await measureWorkloads(dist, workload('..'), scratch, progress);
    progress('debugger');
    const debuggees = ['cuda/matmul.cu', 'cuda/bfs.cu', 'cuda/add.cu', 'openmp/stencil.c', 'openmp/saxpy.c'];
    const debugged = await measureDebugger(
      dist,
      workload('add.cu'),
      debuggees.map((name) => ({ name, source: workload(`../${name}`) })),
      scratch,
    );
    yield {
      title: 'Under the debugger',
      columns: [{ title: 'time', unit: 'ms' }],
      rows: [
        limited('launch of a changed source to the first stop with its variables', debugged.firstStop, 1500),
        limited('step over a line, with its stack and variables (median)', debugged.step, 30),
        limited('1,000 elements of an array', debugged.thousandElements, 100),
      ],
      notes: ['Warm compiler, -O0.'],
    };
    const mean = meanRatio(debugged.slowdown.map(({ ratio }) => ratio));
    yield {
      title: 'A whole run with event filters only, against the same without a debugger',
      columns: [{ title: 'ratio', unit: '×' }],
      rows: [
        ...debugged.slowdown.map(({ name, ratio }) => ({
          name,
          figures: [ratio],
          aim: atMost(ratio, MOST_DEBUGGED, '×'),
        })),
        { name: 'geometric mean', figures: [mean], aim: atMost(mean, MOST_DEBUGGED, '×') },
      ],
      notes: [],
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }

  async function measureChecked(): Promise<Checked[]> {
    using bench = new CheckedBench(
      { dist, bundles, programs, cache: join(scratch, 'cache') },
      fileURLToPath(new URL('runtime', dist)),
    );
    const results: Checked[] = [];
    for (const optimize of [0, 2] as const) {
      for (const name of KERNELS) {
        progress(`${name} -O${optimize}`);
        results.push(await bench.measure(name, optimize));
      }
    }
    return results;
  }

  async function nativeSection(checked: readonly Checked[]): Promise<Section> {
    const title = 'Checked WebAssembly at -O0 against the same source by gcc -O0, alone and under valgrind';
    const valgrind = await has('valgrind');
    if (!(await has('gcc'))) return { title, columns: [], rows: [], notes: ['Skipped: gcc is not installed.'] };
    const rows: { readonly native: Native; readonly ours: Checked }[] = [];
    for (const ours of checked.filter(({ optimize }) => optimize === 0)) {
      progress(`${ours.name} under valgrind`);
      const native = await measureNative(ours.name, programs, scratch, valgrind);
      if (native.check !== ours.check) throw new Error(`${ours.name} computes something else in WebAssembly`);
      rows.push({ native, ours });
    }
    const speedups = rows.flatMap(({ native, ours }) =>
      native.memcheckMs === null ? [] : [native.memcheckMs / ours.checkedMs],
    );
    const over = (ms: number | null, by: number): number | null => (ms === null ? null : ms / by);
    return {
      title,
      columns: [
        { title: 'native', unit: 'ms' },
        { title: 'checked', unit: 'ms' },
        { title: 'checked/native', unit: '×' },
        { title: 'memcheck/checked', unit: '×' },
        { title: 'cachegrind/checked', unit: '×' },
      ],
      rows: [
        ...rows.map(({ native, ours }) => ({
          name: ours.name,
          figures: [
            native.nativeMs,
            ours.checkedMs,
            ours.checkedMs / native.nativeMs,
            over(native.memcheckMs, ours.checkedMs),
            over(native.cachegrindMs, ours.checkedMs),
          ],
          aim:
            native.memcheckMs === null
              ? null
              : atLeast(native.memcheckMs / ours.checkedMs, LEAST_SPEEDUP, '× memcheck'),
        })),
        ...(speedups.length === 0 ? [] : [meanSpeedup(speedups)]),
      ],
      notes: [
        'Each is the fastest repetition of the kernel: no side pays for its start, its translator or its compiler.',
        ...(valgrind ? [] : ['valgrind is not installed: those columns are empty.']),
      ],
    };
  }
}

function meanSpeedup(speedups: readonly number[]): Row {
  const mean = meanRatio(speedups);
  return {
    name: 'geometric mean',
    figures: [null, null, null, mean, null],
    aim: atLeast(mean, LEAST_SPEEDUP, '× memcheck'),
  };
}

function within(name: string, ms: number): Row {
  return limited(name, ms, MOST_TURNAROUND_MS);
}

function limited(name: string, ms: number, most: number): Row {
  return { name, figures: [ms], aim: atMost(ms, most, ' ms') };
}

function checkedSection(all: readonly Checked[]): Section {
  const rows = ([0, 2] as const).flatMap((level): Row[] => {
    const some = all.filter(({ optimize }) => optimize === level);
    const mean = meanRatio(some.map(({ checkedMs, uncheckedMs }) => checkedMs / uncheckedMs));
    return [
      ...some.map(({ name, checkedMs, uncheckedMs }) => ({
        name: `${name} -O${level}`,
        figures: [uncheckedMs, checkedMs, checkedMs / uncheckedMs],
        aim: atMost(checkedMs / uncheckedMs, MOST_SLOWDOWN[level], '×'),
      })),
      { name: `geometric mean -O${level}`, figures: [null, null, mean], aim: atMost(mean, MOST_SLOWDOWN[level], '×') },
    ];
  });
  return {
    title: 'Checked against unchecked WebAssembly, the same module',
    columns: [
      { title: 'unchecked', unit: 'ms' },
      { title: 'checked', unit: 'ms' },
      { title: 'ratio', unit: '×' },
    ],
    rows,
    notes: ['The fastest of 30 repetitions in turn, after 10 in which V8 optimizes.'],
  };
}
