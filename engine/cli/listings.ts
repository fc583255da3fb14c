/** `faultline machines` and `faultline drivers`: what can be chosen, with figures and where these come from. */
import {
  formatBytes,
  formatCount,
  formatNs,
  textTable,
  wrapText,
  type DriverCheck,
  type DriverListing,
  type Figure,
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

/** A line a machine: what tells them apart. */
export function renderMachineOverview(machines: readonly MachineListing[], width: number): string {
  const rows = machines.map(({ name, devices, links }) => {
    const [device = {}] = devices;
    const figure = (field: string): string => formatFigure(field, device[field]);
    const memory = device.memoryIsSystemMemory === true ? 'shared' : figure('memoryBytes');
    return [
      name,
      `${devices.length > 1 ? `${devices.length} × ` : ''}${figure('name')}`,
      figure('architecture'),
      figure('multiprocessors'),
      memory,
      figure('memoryBandwidthBytesPerSecond'),
      formatFigure('peakBytesPerSecond', links[0]?.peakBytesPerSecond),
    ];
  });
  const table = textTable(OVERVIEW, rows, { width, indent: '', paintTitle: (text) => text });
  return `${table.join('\n')}\n\n${MORE_ON_MACHINES}\n`;
}

const OVERVIEW: readonly TextColumn[] = [
  { title: 'machine', align: 'left' },
  { title: 'device', align: 'left', elastic: 'end' },
  { title: 'target', align: 'left' },
  { title: 'SMs', align: 'right' },
  { title: 'memory', align: 'right' },
  { title: 'bandwidth', align: 'right' },
  { title: 'link', align: 'right' },
];

const MORE_ON_MACHINES =
  'Sources and all figures: faultline machines NAME. A machine of your own: --machine FILE.json, see docs/machines.md.';
/** One or more drivers with all that is known of them: what they model, and what can be set. */
export function renderDriverDetails(drivers: readonly DriverListing[], width: number): string {
  return drivers
    .map(({ name, title, description, sources, parameters }) =>
      [
        `${name}  ${title}`,
        ...indented(wrapText(description, width - INDENT.length)),
        ...(sources.length === 0 ? [] : ['Models', ...sources.flatMap((source) => indented([source]))]),
        parameters.length === 0 ? 'It has no parameters.' : 'Parameters (--param NAME=VALUE)',
        ...parameters.flatMap((parameter) => [
          `${INDENT}${parameter.name} = ${parameter.default}  (${parameter.minimum} to ${parameter.maximum})`,
          ...indented(indented(wrapText(parameter.description, width - 2 * INDENT.length))),
        ]),
      ]
        .map((line) => `${line}\n`)
        .join(''),
    )
    .join('\n');
}

/** What the conformance kit says of a driver: a line for each case, the broken rule below it. */
export function renderDriverCheck({ cases }: DriverCheck): string {
  const failed = cases.filter(({ broken }) => broken !== null).length;
  return [
    '',
    ...cases.flatMap(({ name, broken }) => [
      `${broken === null ? 'ok  ' : 'FAIL'} ${name}`,
      ...(broken === null ? [] : [`       ${broken}`]),
    ]),
    failed === 0 ? `All ${cases.length} cases pass.` : `${failed} of ${cases.length} cases fail.`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `${INDENT}${line}`);
}

/** Every figure with the number of its source; the sources once, below. */
export function renderMachines(machines: readonly MachineListing[], width: number): string {
  const sources: string[] = [];
  const blocks = machines.map((machine) => {
    const rows = groups(machine).flatMap(({ title, path, figures }) => [
      [title, '', ''],
      ...Object.entries(figures)
        .filter(([field, value]) => field !== 'name' && value !== undefined)
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
  readonly figures: Readonly<Record<string, Figure>>;
}

/** All devices of a machine are alike, and so are their links. */
function groups({ cpu, devices, links, peers, costs }: MachineListing): Group[] {
  const [device = {}] = devices;
  const [link = {}] = links;
  const named = (title: string, path: string, figures: Group['figures']): Group => ({
    title: `${title}: ${formatFigure('name', figures.name)}`,
    path,
    figures,
  });
  return [
    named('CPU', 'cpu', cpu),
    named(devices.length > 1 ? `Each of ${devices.length} devices` : 'Device', 'device', device),
    named('Link', 'link', link),
    ...(peers === null ? [] : [named('Link between devices', 'peers', peers)]),
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
    .replace(/\b(?:cpu|l2|xnack)\b/, (name) => name.toUpperCase())
    .replace('kiB', 'KiB');
}

/** With the unit that the field's name carries. Rates count in powers of ten, as data sheets do. */
export function formatFigure(field: string, value: Figure): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.map((one) => formatFigure(field, one)).join(', ');
  if (field.endsWith('BytesPerSecond')) return `${Number((value / 1e9).toPrecision(4))} GB/s`;
  if (field.endsWith('Bytes')) return formatBytes(value);
  if (field.endsWith('Ns')) return formatNs(value);
  if (field.endsWith('Hz')) return `${formatCount(value / 1e6)} MHz`;
  return Number.isInteger(value) && value >= 10_000 ? formatCount(value) : String(value);
}
