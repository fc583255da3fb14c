/**
 * The report that `faultline run` writes for a person: what ran, how it ended, totals, kernels, allocations with their
 * residency, hottest lines. A pure function to text; the figures are those of the JSON document.
 */
import type { TransferTotals } from './aggregate.js';
import { renderFault, type FaultReport, type SourceText } from './fault-report.js';
import { formatBytes, formatCount, formatNs, shortSignature } from './format.js';
import { painter, type Painter } from './palette.js';
import { barLegend, paintBar, residencyBar, residencyPercentages } from './residency-bar.js';
import type { AllocationSummary, Summary } from './summary.js';
import type { AllocationRow, Dimensions } from './tables.js';
import { clip, textTable, wrapText, type Cell, type TextColumn } from './text-table.js';

export interface ReportInput {
  readonly sources: readonly string[];
  readonly language: string;
  readonly machine: string;
  readonly driver: string;
  readonly pageSize: number;
  /** How the program ended, as a few words: `exit 0`, `killed by SIGSEGV`. */
  readonly ending: string;
  /** Whether that is what one hopes for. */
  readonly succeeded: boolean;
  readonly fault: FaultReport | null;
  readonly summary: Summary;
  /** Names by node id. */
  readonly nodes: readonly string[];
  readonly allocations: readonly AllocationRow[];
  /** What a reader must know to trust the figures: one sentence each. */
  readonly notes: readonly string[];
}

export interface ReportStyle {
  /** Characters in a line; kept between 80 and 120. */
  readonly width: number;
  readonly colour: boolean;
  readonly sourceText: SourceText;
}

const MIN_WIDTH = 80;
const MAX_WIDTH = 120;
const INDENT = '  ';
/** Rows of a table before the rest is summed up in a line. */
const MAX_ROWS = 12;
/** Nodes whose percentages have room beside a bar. */
const MAX_SHARES = 3;

/** The report's text, with a newline at its end. */
export function renderReport(input: ReportInput, style: ReportStyle): string {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, style.width));
  const paint = painter(style.colour);
  const page = { width, paint, sourceText: style.sourceText };
  const sections = [
    header(input, page),
    input.fault === null ? [] : renderFault(input.fault, input.allocations, page),
    totals(input.summary, page),
    kernels(input.summary, page),
    allocations(input, page),
    hottestLines(input.summary, page),
    input.notes.flatMap((note) => wrapText(`Note: ${note}`, width)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

interface Page {
  readonly width: number;
  readonly paint: Painter;
  readonly sourceText: SourceText;
}

function header(input: ReportInput, { width, paint }: Page): string[] {
  const right = `${input.driver} on ${input.machine}`;
  const ending = paint(input.succeeded ? 'green' : 'red', input.ending);
  const room = width - right.length - 'Faultline'.length - input.ending.length - 3 * 2;
  const program = clip(`${input.sources.join(' ')} (${input.language})`, room);
  const padding = ' '.repeat(Math.max(0, room - Array.from(program).length));
  return [`${paint('bold', 'Faultline')}  ${program}${padding}  ${ending}  ${right}`, paint('dim', '─'.repeat(width))];
}

function totals({ unifiedMemory: memory, explicitCopies, time }: Summary, { width, paint }: Page): string[] {
  const rows: [label: string, figure: string, detail: string][] = [
    [
      'Simulated time',
      formatNs(time.simulatedNs),
      `kernels ${formatNs(time.kernelNs)}, faults ${formatNs(time.faultServiceNs)}, migrations ${formatNs(time.migrationNs)}`,
    ],
    ['CPU faults', formatCount(memory.cpuFaults), ''],
    [
      'Device faults',
      formatCount(memory.deviceFaults),
      memory.deviceFaults === 0 ? '' : `in ${plural(memory.deviceFaultGroups, 'group')}`,
    ],
    ['Host to device', formatBytes(memory.hostToDevice.totalBytes), copies(memory.hostToDevice)],
    ['Device to host', formatBytes(memory.deviceToHost.totalBytes), copies(memory.deviceToHost)],
  ];
  const when = (shown: boolean, label: string, figure: string, detail = ''): void => {
    if (shown) rows.push([label, figure, detail]);
  };
  const { hostToDevice, deviceToHost } = explicitCopies;
  when(
    memory.deviceToDevice.count > 0,
    'Device to device',
    formatBytes(memory.deviceToDevice.totalBytes),
    copies(memory.deviceToDevice),
  );
  when(
    hostToDevice.count > 0,
    'Copied to device',
    formatBytes(hostToDevice.totalBytes),
    plural(hostToDevice.count, 'explicit copy', 'explicit copies'),
  );
  when(
    deviceToHost.count > 0,
    'Copied to host',
    formatBytes(deviceToHost.totalBytes),
    plural(deviceToHost.count, 'explicit copy', 'explicit copies'),
  );
  when(memory.evictedBytes > 0, 'Evicted', formatBytes(memory.evictedBytes), 'to make room on a device');
  when(memory.prefetchedBytes > 0, 'Prefetched', formatBytes(memory.prefetchedBytes), 'of the bytes migrated');
  when(memory.thrashingPages > 0, 'Thrashing', plural(memory.thrashingPages, 'page'));
  when(
    memory.remoteMappings > 0,
    'Remote mappings',
    formatCount(memory.remoteMappings),
    'a device reads and writes memory that is not its own',
  );
  when(memory.pinnedBytesPeak > 0, 'Pinned at most', formatBytes(memory.pinnedBytesPeak));
  when(memory.invalidations > 0, 'Invalidations', formatCount(memory.invalidations), 'of device page tables');
  const table = textTable(
    [
      { title: '', align: 'left' },
      { title: '', align: 'right' },
      { title: '', align: 'left', elastic: 'end' },
    ],
    rows.map(([label, figure, detail]) => [label, figure, { text: detail, paint: (text) => paint('dim', text) }]),
    { width, indent: INDENT, paintTitle: (text) => text },
  );
  return [paint('bold', 'Totals'), ...table];
}

/** `2,048 copies of 4.0 KiB`, or their average and range where they differ. */
function copies(transfers: TransferTotals): string {
  if (transfers.count === 0) return '';
  const average = formatBytes(transfers.totalBytes / transfers.count);
  const count = plural(transfers.count, 'copy', 'copies');
  if (transfers.minBytes === transfers.maxBytes) return `${count} of ${average}`;
  return `${count}, ${average} on average (${formatBytes(transfers.minBytes)} to ${formatBytes(transfers.maxBytes)})`;
}

function kernels({ kernels: rows }: Summary, page: Page): string[] {
  if (rows.length === 0) return [];
  return section(
    'Kernels',
    [
      { title: 'kernel', align: 'left', elastic: 'middle' },
      { title: 'launches', align: 'right' },
      { title: 'grid × block', align: 'right' },
      { title: 'device faults', align: 'right' },
      { title: 'source', align: 'left' },
    ],
    rows.map((kernel) => [
      shortSignature(kernel.name),
      formatCount(kernel.launches),
      `${dimensions(kernel.grid)} × ${dimensions(kernel.block)}`,
      formatCount(kernel.deviceFaults),
      place(kernel.file, kernel.line),
    ]),
    page,
    'more kernel',
  );
}

function allocations({ summary, nodes, pageSize, allocations: rows }: ReportInput, page: Page): string[] {
  if (summary.allocations.length === 0) return [];
  const bar = { cells: page.width >= 100 ? 20 : 10, nodes, pageSize, paint: page.paint };
  const freed = new Set(rows.filter(({ freedAtEvent }) => freedAtEvent !== null).map(({ id }) => id));
  const busiest = [...summary.allocations].sort((a, b) => weight(b) - weight(a) || b.bytes - a.bytes || a.id - b.id);
  const lines = section(
    'Allocations',
    [
      { title: 'name', align: 'left', elastic: 'middle' },
      { title: 'kind', align: 'left' },
      { title: 'size', align: 'right' },
      { title: 'cpu flt', align: 'right' },
      { title: 'dev flt', align: 'right' },
      { title: 'migrated', align: 'right' },
      { title: nodes.length > MAX_SHARES ? 'at exit' : `at exit ${nodes.join('/')}`, align: 'left' },
    ],
    busiest.map((allocation) => [
      allocationName(allocation),
      allocation.kind,
      formatBytes(allocation.bytes),
      formatCount(allocation.cpuFaults),
      formatCount(allocation.deviceFaults),
      formatBytes(allocation.migratedBytes),
      freed.has(allocation.id) ? 'freed' : residency(allocation, bar),
    ]),
    page,
    'more allocation',
  );
  return [...lines, INDENT + paintBar(barLegend(nodes), page.paint)];
}

function residency(
  allocation: AllocationSummary,
  { cells, nodes, pageSize, paint }: { cells: number; nodes: readonly string[]; pageSize: number; paint: Painter },
): Cell {
  const pages = nodes.map((node) => allocation.finalResidency[node] ?? 0);
  const total = spannedPages(allocation, pageSize);
  // Of many nodes only the bar shows all, the text the one with most.
  const most = pages.indexOf(Math.max(...pages));
  const shares =
    nodes.length > MAX_SHARES
      ? `${nodes[most]!} ${residencyPercentages([pages[most]!], total)}`
      : residencyPercentages(pages, total);
  return { text: `${residencyBar(pages, total, cells)} ${shares}`, paint: (laid) => paintBar(laid, paint) };
}

function hottestLines({ lines }: Summary, page: Page): string[] {
  if (lines.length === 0) return [];
  return section(
    'Hottest lines',
    [
      { title: 'line', align: 'left' },
      { title: 'cpu flt', align: 'right' },
      { title: 'dev flt', align: 'right' },
      { title: 'migrated', align: 'right' },
      { title: 'source', align: 'left', elastic: 'end' },
    ],
    lines.map(({ file, line, cpuFaults, deviceFaults, migratedBytes }) => [
      clip(place(file, line), 30),
      formatCount(cpuFaults),
      formatCount(deviceFaults),
      formatBytes(migratedBytes),
      { text: (page.sourceText(file, line) ?? '').trim(), paint: (text) => page.paint('cyan', text) },
    ]),
    page,
    'more line',
  );
}

/** A title, the first rows of a table, and a line for those that are left out. */
function section(
  title: string,
  columns: readonly TextColumn[],
  rows: readonly (readonly Cell[])[],
  { width, paint }: Page,
  leftOut: string,
): string[] {
  const left = rows.length - MAX_ROWS;
  return [
    paint('bold', title),
    ...textTable(columns, rows.slice(0, MAX_ROWS), { width, indent: INDENT, paintTitle: (text) => paint('dim', text) }),
    ...(left <= 0 ? [] : [paint('dim', `${INDENT}… ${plural(left, leftOut)} in the JSON`)]),
  ];
}

function spannedPages({ address, bytes }: AllocationSummary, pageSize: number): number {
  if (bytes === 0) return 0;
  return Math.floor((address + bytes - 1) / pageSize) - Math.floor(address / pageSize) + 1;
}

function weight(allocation: AllocationSummary): number {
  return allocation.migratedBytes + allocation.cpuFaults + allocation.deviceFaults;
}

function allocationName({ name, file, line, id }: AllocationSummary): string {
  const site = place(file, line);
  return name ?? (site === '' ? `#${id}` : site);
}

function place(file: string | null, line: number | null): string {
  return file === null ? '' : line === null ? file : `${file}:${line}`;
}

/** `4096` for a grid of one dimension, `64×64` for two: dimensions of 1 at the end say nothing. */
function dimensions([x, y, z]: Dimensions): string {
  return z !== 1 ? `${x}×${y}×${z}` : y !== 1 ? `${x}×${y}` : String(x);
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
