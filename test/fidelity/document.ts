/** docs/fidelity.md: template.md with the figures of our own runs in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { formatBytes, formatCount, formatNs, listDrivers } from '../../engine/index.js';
import type { ProgramRuns } from '../program-runs.js';
import { TOPICS, type Expectation } from './expectations.js';
import { columnsOf, matches, type Direction, type Figure } from './figures.js';
import { oversubscribe, PROGRAMS, SHARES, type Oversubscribed } from './oversubscription.js';
import { runExpectation, type Compared } from './run-expectation.js';

/** Where the document is committed. */
export const DOCUMENT = join(fileURLToPath(new URL('../../', import.meta.url)), 'docs', 'fidelity.md');

const TEMPLATE = fileURLToPath(new URL('template.md', import.meta.url));
export const PROGRAM_FOLDER = 'test/fidelity/programs';
const GRID = 'add.cu -- 4096 256';
/** Copies to the device that profiles of these GPUs show for it; see expectations.ts. */
const GRID_COPIES = new Map([
  ['t4-pcie3', 78],
  ['p100-pcie3', 146],
  ['gtx1060-pcie3', 78],
  ['rtx2060-pcie3', 99],
  ['titanxp-pcie3', 107],
]);

type Cells = readonly string[];

export interface Fidelity {
  readonly document: string;
  readonly topics: readonly { readonly title: string; readonly rows: readonly Compared[] }[];
  readonly oversubscribed: readonly Oversubscribed[];
}

/** Runs everything. @throws for a program that does not end as it should */
export async function fidelity(runs: ProgramRuns): Promise<Fidelity> {
  const topics: { title: string; rows: Compared[] }[] = [];
  for (const { title, rows } of TOPICS) {
    const compared: Compared[] = [];
    for (const row of rows) compared.push(await runExpectation(runs, row));
    topics.push({ title, rows: compared });
  }
  const oversubscribed: Oversubscribed[] = [];
  for (const program of PROGRAMS)
    for (const { name } of listDrivers())
      for (const share of SHARES) oversubscribed.push(await oversubscribe(runs, program, name, share));
  const values = new Map([...counts(topics.flatMap(({ rows }) => rows)), ...oversubscriptionValues(oversubscribed)]);
  values.set('topics', topics.map(({ title, rows }) => `## ${title}\n\n${topicTable(rows)}`).join('\n\n'));
  values.set('grids', gridTable(topics.flatMap(({ rows }) => rows)));
  const text = readFileSync(TEMPLATE, 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`template.md wants '${name}', which nobody measures`);
    return value;
  });
  return {
    topics,
    oversubscribed,
    document: await format(text, { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' }),
  };
}

function counts(rows: readonly Compared[]): [string, string][] {
  const measured = rows.filter(({ expectation }) => isMeasured(expectation)).length;
  return [
    ['matching', formatCount(rows.filter(({ ok }) => ok).length)],
    ['all', formatCount(rows.length)],
    ['measured', formatCount(measured)],
    ['byRule', formatCount(rows.length - measured)],
  ];
}

function isMeasured({ why }: Expectation): boolean {
  return why === 'measured';
}

function topicTable(rows: readonly Compared[]): string {
  const evicts = rows.some(({ comparison }) => comparison.evicted.got > 0);
  const head = ['Program', 'To the device', 'To the CPU', 'Groups', 'CPU', ...(evicts ? ['Evicted'] : [])];
  const hasReasons = rows.some(({ expectation }) => !isMeasured(expectation));
  const cells = rows.map(({ expectation, comparison, ending }) => [
    `\`${expectation.words}\`, ${expectation.machine}${ending === 'exit 0' ? '' : `: **${ending}**`}`,
    direction(comparison.toDevice),
    direction(comparison.toHost),
    figure(comparison.groups),
    figure(comparison.cpuFaults),
    ...(evicts ? [figure(comparison.evicted)] : []),
    ...(hasReasons ? [expectation.why] : []),
  ]);
  return table([...head, ...(hasReasons ? ['By the rule'] : [])], cells, hasReasons ? 1 : 0);
}

/** Count, average, min, max, total. */
export function direction(each: Direction): string {
  if (each.count.got === 0 && each.count.expected === 0) return 'none';
  return columnsOf(each).map(figure).join(' · ');
}

export function figure(each: Figure): string {
  const { got, expected } = each;
  if (expected === undefined) return `${number(got)} (–)`;
  if (typeof expected === 'number') return matches(each) ? number(got) : `**${number(got)} ≠ ${number(expected)}**`;
  const range = `${number(expected[0])}–${number(expected[1])}`;
  return matches(each) ? `${number(got)} (${range})` : `**${number(got)} ≠ ${range}**`;
}

function number(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(2);
}

function gridTable(rows: readonly Compared[]): string {
  const grids = rows.filter(({ expectation }) => expectation.words === GRID);
  const cells = grids.map(({ expectation: { machine }, comparison }) => {
    const measured = GRID_COPIES.get(machine);
    if (measured === undefined) throw new Error(`no profile of ${machine}`);
    const ours = comparison.toDevice.count.got;
    return [machine, formatCount(measured), formatCount(ours), `${Math.round((100 * ours) / measured - 100)} %`];
  });
  return table([`\`${GRID}\`: copies to the device`, 'Measured', 'Ours', 'Difference'], cells);
}

function oversubscriptionValues(all: readonly Oversubscribed[]): [string, string][] {
  const [first] = all;
  if (first === undefined) throw new Error('there is no driver');
  const failed = all.find(({ ending }) => ending !== 'exit 0');
  if (failed !== undefined) throw new Error(`${failed.command}: ${failed.ending}`);
  const rows = all.map(({ program, driver, share, summary: { unifiedMemory: memory, time } }) => [
    `${program}, \`${driver}\`, ${share} %`,
    formatBytes(memory.hostToDevice.totalBytes),
    formatCount(memory.hostToDevice.count),
    formatBytes(memory.evictedBytes),
    formatCount(memory.deviceFaultGroups),
    formatCount(memory.remoteMappings),
    formatNs(time.simulatedNs),
  ]);
  const head = ['', 'To the device', 'Copies', 'Evicted', 'Groups', 'Remote mappings', 'Simulated time'];
  const pinned = all
    .filter(({ driver }) => driver === 'uvm')
    .map(({ summary }) => summary.unifiedMemory.remoteMappings);
  const examples = all
    .filter(({ driver, share }) => driver === 'uvm' && share === SHARES[0])
    .map(({ command }) => command);
  return [
    ['device', formatBytes(first.deviceBytes)],
    ['commands', examples.join('\n')],
    ['oversubscription', table(head, rows)],
    [
      'remote',
      Math.max(...pinned) === 0
        ? '; here none does'
        : ` (remote mappings: ${formatCount(Math.max(...pinned))} at most)`,
    ],
  ];
}

/** @param texts columns at the end that are words */
function table(head: Cells, rows: readonly Cells[], texts = 0): string {
  const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 || column >= head.length - texts ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
