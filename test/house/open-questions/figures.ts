/** Every figure of docs/open-questions.md, by the name that stands for it in template.md: tables with their commands, and single figures. */
import { formatBytes, formatCount, formatNs } from '../../../engine/index.js';
import type { ProgramRun, ProgramRuns } from '../../program-runs.js';

export type Figures = Map<string, string>;

type Cells = readonly string[];

const PAGE_BYTES = 4096;
const DRIVERS = ['pinned', 'ats', 'hmm'] as const;
const PASSES = ['1', '16', '64', '256'] as const;
const FILE_MODES = ['upstream', '2014', '2025'] as const;

/** The commands that give a table, and the table. */
function section(runs: readonly ProgramRun[], head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  const commands = [...new Set(runs.map(({ command }) => command))];
  return ['```sh', ...commands, '```', '', line(head), line(rule), ...rows.map(line)].join('\n');
}

const migrated = ({ summary: { unifiedMemory } }: ProgramRun): number =>
  unifiedMemory.hostToDevice.totalBytes + unifiedMemory.deviceToHost.totalBytes;
const simulated = ({ summary }: ProgramRun): number => summary.time.simulatedNs;
const toDevice = ({ summary }: ProgramRun): string => formatBytes(summary.unifiedMemory.hostToDevice.totalBytes);
const toHost = ({ summary }: ProgramRun): string => formatBytes(summary.unifiedMemory.deviceToHost.totalBytes);
const copies = ({ summary }: ProgramRun): string =>
  formatCount(summary.unifiedMemory.hostToDevice.count + summary.unifiedMemory.deviceToHost.count);
const deviceFaults = ({ summary }: ProgramRun): string => formatCount(summary.unifiedMemory.deviceFaults);
const remote = ({ summary }: ProgramRun): string => formatCount(summary.unifiedMemory.remoteMappings);

function ended(run: ProgramRun): ProgramRun {
  if (run.ending !== 'exit 0') throw new Error(`${run.command}: ${run.ending} ${run.fault}`);
  return run;
}

export async function measure(runs: ProgramRuns): Promise<Figures> {
  const figures: Figures = new Map();
  await threeSolutions(runs, figures);
  await anonymous(runs, figures);
  await pageTableUpdates(runs, figures);
  await devicePin(runs, figures);
  await filePages(runs, figures);
  await dax(runs, figures);
  return figures;
}

async function threeSolutions(runs: ProgramRuns, figures: Figures): Promise<void> {
  const of = async (driver: string, passes: string | number): Promise<ProgramRun> =>
    ended(await runs.run(`three-solutions.c --driver ${driver} -- ${passes}`));
  const all: ProgramRun[] = [];
  const rows: Cells[] = [];
  for (const passes of PASSES) {
    for (const driver of DRIVERS) {
      const run = await of(driver, passes);
      all.push(run);
      const { pinnedBytesPeak } = run.summary.unifiedMemory;
      const moved = formatBytes(migrated(run));
      rows.push([
        `${passes}, \`${driver}\``,
        deviceFaults(run),
        moved,
        formatBytes(pinnedBytesPeak),
        remote(run),
        formatNs(simulated(run)),
      ]);
    }
  }
  const head = ['Passes, driver', 'Device faults', 'Migrated', 'Pinned at most', 'Remote mappings', 'Simulated time'];
  figures.set('three.table', section(all, head, rows));

  const [few, many] = [Number(PASSES[0]), Number(PASSES.at(-1))];
  const costs = new Map<string, { readonly fixed: number; readonly pass: number }>();
  for (const driver of DRIVERS) {
    const first = simulated(await of(driver, few));
    const pass = (simulated(await of(driver, many)) - first) / (many - few);
    costs.set(driver, { fixed: first - few * pass, pass });
    figures.set(`three.${driver}.fixed`, formatNs(first - few * pass));
    figures.set(`three.${driver}.pass`, formatNs(pass));
  }
  const hmm = costs.get('hmm')!;
  for (const driver of ['pinned', 'ats']) {
    const other = costs.get(driver)!;
    const crossing = Math.ceil((hmm.fixed - other.fixed) / (other.pass - hmm.pass));
    // The line through two runs says where; two more runs on either side say that it is so.
    for (const [passes, shorter] of [
      [crossing - 1, false],
      [crossing + 1, true],
    ] as const) {
      const wins = simulated(await of('hmm', passes)) < simulated(await of(driver, passes));
      if (wins !== shorter) throw new Error(`hmm and ${driver} do not cross at ${crossing} passes`);
    }
    figures.set(`three.${driver}.crossing`, formatCount(crossing));
  }
  const { summary } = await of('pinned', few);
  figures.set('three.pinned.bytes', formatBytes(summary.unifiedMemory.pinnedBytesPeak));
}

async function anonymous(runs: ProgramRuns, figures: Figures): Promise<void> {
  const faults = ended(await runs.run('anonymous.c --driver hmm'));
  const prefetch = ended(await runs.run('anonymous.c --driver hmm -- prefetch'));
  const head = ['', 'Device faults', 'CPU faults', 'To the device', 'Back', 'Copies', 'In faults', 'Simulated time'];
  const row = (name: string, run: ProgramRun): Cells => [
    name,
    deviceFaults(run),
    formatCount(run.summary.unifiedMemory.cpuFaults),
    toDevice(run),
    toHost(run),
    copies(run),
    formatNs(run.summary.time.faultServiceNs),
    formatNs(simulated(run)),
  ];
  const rows = [row('fault by fault', faults), row('prefetch', prefetch)];
  figures.set('anonymous.table', section([faults, prefetch], head, rows));
  figures.set('anonymous.faults.migration', formatNs(faults.summary.time.migrationNs));
  figures.set('anonymous.prefetch.migration', formatNs(prefetch.summary.time.migrationNs));
  figures.set('anonymous.ratio', formatCount(simulated(faults) / simulated(prefetch)));
}

async function pageTableUpdates(runs: ProgramRuns, figures: Figures): Promise<void> {
  const all: ProgramRun[] = [];
  const rows: Cells[] = [];
  for (const mode of ['serial', 'batched', 'overlapped']) {
    const run = ended(
      await runs.run(`page-table-updates.c --driver ats --devices 2 --page-table-updates ${mode} --json`),
    );
    all.push(run);
    const { invalidationNs } = run.summary.time;
    const count = formatCount(run.summary.unifiedMemory.invalidations);
    rows.push([`\`${mode}\``, count, formatNs(invalidationNs), formatNs(simulated(run))]);
    figures.set(`updates.${mode}`, formatNs(invalidationNs));
    figures.set(`updates.${mode}.share`, `${formatCount((100 * invalidationNs) / simulated(run))} %`);
  }
  const head = ['Mode', 'Invalidations', 'The CPU waits', 'Simulated time'];
  figures.set('updates.table', section(all, head, rows));
}

async function devicePin(runs: ProgramRuns, figures: Figures): Promise<void> {
  const waits = ended(await runs.run('device-pin.c -O 0'));
  const enough = ended(await runs.run('device-pin.c -O 0 --pin-timeout 1ms'));
  const stuck = await runs.run('device-pin.c -O 0 -- stuck');
  const timeout = await runs.run('device-pin.c -O 0 --pin-timeout 1ms -- stuck');
  const all = [waits, enough, stuck, timeout];
  const names = [
    'unpinned in the end',
    'the same, with a time-out',
    'never unpinned',
    'never unpinned, with a time-out',
  ];
  const rows = all.map((run, index) => [
    names[index]!,
    formatBytes(run.summary.unifiedMemory.pinnedBytesPeak),
    formatCount(run.summary.kernels.reduce((sum, { launches }) => sum + launches, 0)),
    run.ending,
    formatNs(simulated(run)),
  ]);
  figures.set('pin.table', section(all, ['', 'Pinned at most', 'Kernels', 'Ending', 'Simulated time'], rows));
  figures.set('pin.output', ['```', ...waits.output, '```'].join('\n'));
  figures.set('pin.stuck', stuck.fault);
  figures.set('pin.timeout', timeout.fault);
}

async function filePages(runs: ProgramRuns, figures: Figures): Promise<void> {
  const all: ProgramRun[] = [];
  for (const mode of FILE_MODES) all.push(ended(await runs.run(`file-pages.c --file-pages ${mode} --dir out:/data`)));
  // The program prints `what: pages`, and a last line of words.
  const lines = all.map(({ output }) => new Map(output.map((line) => line.split(': ') as [string, string])));
  const names = [...lines[0]!.keys()].filter((name) => lines[0]!.get(name) !== undefined);
  const modes = FILE_MODES.map((mode) => `\`${mode}\``);
  const after = names.map((name) => [name, ...lines.map((line) => line.get(name) ?? '')]);
  figures.set('files.table', section(all, ['On the device after', ...modes], after));
  const rows: Cells[] = [
    ['device faults', ...all.map(deviceFaults)],
    ['remote mappings', ...all.map(remote)],
    ['to the device', ...all.map(toDevice)],
    ['back', ...all.map(toHost)],
    ['simulated time', ...all.map((run) => formatNs(simulated(run)))],
  ];
  const table = section(all, ['The whole run', ...modes], rows);
  figures.set('files.totals', table.slice(table.indexOf('| The')));
}

async function dax(runs: ProgramRuns, figures: Figures): Promise<void> {
  const all: ProgramRun[] = [];
  const rows: Cells[] = [];
  for (const passes of [1, 256]) {
    for (const option of ['', ' --dax-migration']) {
      const run = ended(await runs.run(`dax.c${option} -- ${passes}`));
      all.push(run);
      const onDevice = run.output.map((line) => line.split(': ')[1] ?? '');
      const name = `${passes}, ${option === '' ? 'in place' : 'with migration'}`;
      rows.push([name, onDevice[0] ?? '', remote(run), formatBytes(migrated(run)), formatNs(simulated(run))]);
    }
  }
  const head = ['Passes', 'Pages on the device', 'Remote mappings', 'Migrated', 'Simulated time'];
  figures.set('dax.table', section(all, head, rows));
  const { deviceFaults: faults } = all[0]!.summary.unifiedMemory;
  figures.set('dax.pages', formatCount(faults));
  figures.set('dax.bytes', formatBytes(faults * PAGE_BYTES));
}
