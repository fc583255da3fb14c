/** `faultline machines` and `faultline drivers`: what can be chosen, with figures and where these come from. */
import {
  formatBytes,
  formatCount,
  formatNs,
  textTable,
  wrapText,
  type DriverListing,
  type MachineListing,
  type TextColumn,
} from './engine.js';

const INDENT = '  ';

export function renderDrivers(drivers: readonly DriverListing[], width: number): string {
  const widest = Math.max(0, ...drivers.map(({ name }) => name.length));
  return drivers
    .flatMap(({ name, description }) =>
      wrapText(description, width - widest - 2).map(
        (line, index) => `${(index === 0 ? name : '').padEnd(widest)}  ${line}\n`,
      ),
    )
    .join('');
}

/** Every figure with the number of its source; the sources once, below. */
export function renderMachines(machines: readonly MachineListing[], width: number): string {
  const sources: string[] = [];
  const blocks = machines.map((machine) => {
    const rows = groups(machine).flatMap(({ title, path, figures }) => [
      [title, '', ''],
      ...Object.entries(figures)
        .filter(([field]) => field !== 'name')
        .map(([field, value]) => [
          `${INDENT}${label(field)}`,
          formatFigure(field, value),
          reference(machine.sources[`${path}.${field}`], sources),
        ]),
    ]);
    return [
      `${machine.name}  ${machine.title}`,
      ...textTable(COLUMNS, rows, { width, indent: INDENT, paintTitle: (text) => text }),
    ];
  });
  const list = sources.flatMap((source, index) =>
    wrapText(source, width - 6).map(
      (line, part) => `${part === 0 ? `[${index + 1}]`.padEnd(5) : ' '.repeat(5)} ${line}`,
    ),
  );
  const parts = [...blocks, ...(list.length === 0 ? [] : [['Sources', ...list]])];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const COLUMNS: readonly TextColumn[] = [
  { title: '', align: 'left', elastic: 'end' },
  { title: '', align: 'right' },
  { title: '', align: 'left' },
];

interface Group {
  readonly title: string;
  /** Of its figures' sources. */
  readonly path: string;
  readonly figures: Readonly<Record<string, string | number>>;
}

/** All devices of a machine are alike, and so are their links. */
function groups({ cpu, devices, links, costs }: MachineListing): Group[] {
  const [device = {}] = devices;
  const [link = {}] = links;
  return [
    { title: `CPU: ${cpu.name ?? ''}`, path: 'cpu', figures: cpu },
    { title: `Device: ${device.name ?? ''}`, path: 'device', figures: device },
    { title: `Link: ${link.name ?? ''}`, path: 'link', figures: link },
    { title: 'Costs', path: 'costs', figures: costs },
  ];
}

function reference(source: string | undefined, sources: string[]): string {
  if (source === undefined) return '';
  const known = sources.indexOf(source);
  return `[${known === -1 ? sources.push(source) : known + 1}]`;
}

/** The field's name without its unit, in words: `memoryBandwidthBytesPerSecond` → `memory bandwidth`. */
function label(field: string): string {
  return field
    .replace(/(?:BytesPerSecond|Bytes|Ns|Hz)$/, '')
    .replace(/[A-Z][a-z]/g, (start) => ` ${start.toLowerCase()}`)
    .replace(/\b(?:cpu|l2)\b/, (name) => name.toUpperCase());
}

/** With the unit that the field's name carries. Rates count in powers of ten, as data sheets do. */
function formatFigure(field: string, value: string | number): string {
  if (typeof value === 'string') return value;
  if (field.endsWith('BytesPerSecond')) return `${Number((value / 1e9).toPrecision(4))} GB/s`;
  if (field.endsWith('Bytes')) return formatBytes(value);
  if (field.endsWith('Ns')) return formatNs(value);
  if (field.endsWith('Hz')) return `${formatCount(value / 1e6)} MHz`;
  return Number.isInteger(value) && value >= 10_000 ? formatCount(value) : String(value);
}
