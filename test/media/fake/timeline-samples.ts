/** Runs in time: that of a small program, told by its few events, and one of a million events. */
import type { EventText, HostMessage, HostMessageOf, Lane, PageMessage, Plot } from '../../../media/messages.js';
import { IN_NONE, TimelineIndex } from './tile-index.js';

const MS = 1e6;

const LANES: Lane[] = [
  { kind: 'thread', label: 'main' },
  { kind: 'kernel', label: 'gpu0 kernels' },
  { kind: 'fault', label: 'CPU faults' },
  { kind: 'fault', label: 'gpu0 faults' },
  { kind: 'batch', label: 'gpu0 fault batches' },
  { kind: 'migrateIn', label: 'CPU → gpu0' },
  { kind: 'migrateOut', label: 'gpu0 → CPU' },
  { kind: 'evict', label: 'gpu0 evictions' },
  { kind: 'prefetch', label: 'Prefetches' },
];
const PLOTS: Plot[] = [
  { kind: 'rate', label: 'CPU → gpu0', node: 1 },
  { kind: 'rate', label: 'gpu0 → CPU', node: 0 },
  { kind: 'amount', label: 'CPU in use', node: 0 },
  { kind: 'amount', label: 'gpu0 in use', node: 1 },
];

interface Row {
  readonly lane: number;
  readonly startNs: number;
  readonly durationNs: number;
  readonly plot?: number;
  readonly bytes?: number;
  readonly text?: string;
}

/** The index of rows by start, and bytes in use from the plots' rows. */
function indexOf(rows: readonly Row[]): TimelineIndex {
  const sorted = [...rows].sort((a, b) => a.startNs - b.startNs);
  const texts = [''];
  const textAt = new Map([['', 0]]);
  const textOf = (text: string): number => {
    const known = textAt.get(text);
    if (known !== undefined) return known;
    textAt.set(text, texts.length);
    return texts.push(text) - 1;
  };
  const moves = sorted.filter(({ plot }) => plot !== undefined);
  const timesNs = Float64Array.from(moves, ({ startNs, durationNs }) => startNs + durationNs);
  let onDevice = 0;
  const device = Float64Array.from(moves, ({ plot, bytes }) => (onDevice += plot === 0 ? (bytes ?? 0) : -(bytes ?? 0)));
  const index = new TimelineIndex(LANES.length, PLOTS);
  index.append(
    {
      lanes: Uint8Array.from(sorted, ({ lane }) => lane),
      numbers: Float64Array.from(sorted, (_, n) => n),
      startsNs: Float64Array.from(sorted, ({ startNs }) => startNs),
      durationsNs: Float64Array.from(sorted, ({ durationNs }) => durationNs),
      plots: Uint8Array.from(sorted, ({ plot }) => plot ?? IN_NONE),
      bytes: Float64Array.from(sorted, ({ bytes }) => bytes ?? 0),
      texts: Uint32Array.from(sorted, ({ text }) => textOf(text ?? '')),
    },
    texts,
    [
      { plot: 2, timesNs, values: device.map((bytes) => 24 * 2 ** 20 - bytes) },
      { plot: 3, timesNs, values: device },
    ],
  );
  return index;
}

/** Pseudo-random, the same every time. */
function noise(n: number): number {
  const x = Math.sin(n * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

function smallRun(): Row[] {
  const rows: Row[] = [
    { lane: 0, startNs: 0, durationNs: 9 * MS, text: 'main: fill' },
    { lane: 0, startNs: 150 * MS, durationNs: 13 * MS, text: 'main: check' },
    { lane: 1, startNs: 12 * MS, durationNs: 123 * MS, text: 'add(int, float const*, float*)' },
    { lane: 1, startNs: 138 * MS, durationNs: 9 * MS, text: 'scale' },
    { lane: 8, startNs: 10 * MS, durationNs: 1.5 * MS, plot: 0, bytes: 2 * 2 ** 20, text: 'x' },
  ];
  for (let n = 0; n < 700; n++) {
    const startNs = 0.2 * MS + n * 0.0125 * MS;
    rows.push({ lane: 2, startNs, durationNs: 900 });
  }
  for (let n = 0; n < 1500; n++) {
    const startNs = 12.4 * MS + n * 0.081 * MS + noise(n) * 0.06 * MS;
    rows.push({ lane: 3, startNs, durationNs: 42_000 });
    if (n % 4 === 0) rows.push({ lane: 4, startNs: startNs + 2000, durationNs: 60_000 });
    rows.push({ lane: 5, startNs: startNs + 44_000, durationNs: 9000, plot: 0, bytes: 4096 + 16_384 * noise(n + 7) });
    if (n > 900 && n % 9 === 0) {
      rows.push({ lane: 7, startNs: startNs + 50_000, durationNs: 14_000, text: 'evict' });
      rows.push({ lane: 6, startNs: startNs + 51_000, durationNs: 13_000, plot: 1, bytes: 65_536 });
    }
  }
  for (let n = 0; n < 180; n++) {
    const startNs = 150 * MS + n * 0.07 * MS;
    rows.push({ lane: 2, startNs, durationNs: 30_000 });
    rows.push({ lane: 6, startNs: startNs + 31_000, durationNs: 8000, plot: 1, bytes: 4096 });
  }
  return rows;
}

function bigRun(count: number): Row[] {
  const rows: Row[] = [];
  for (let n = 0; n < count; n++) {
    const lane = n % 250 === 0 ? 1 : 2 + (n % 7);
    const startNs = n * 1000 + noise(n) * 900;
    const durationNs = lane === 1 ? 200_000 : 400;
    const plot = lane === 5 ? 0 : lane === 6 ? 1 : undefined;
    rows.push({ lane, startNs, durationNs, ...(plot === undefined ? {} : { plot, bytes: 4096 }) });
  }
  return rows;
}

interface Run {
  readonly index: TimelineIndex;
  readonly reset: HostMessageOf<'timelineReset'>;
}

function runOf(rows: readonly Row[]): Run {
  const endNs = rows.reduce((end, { startNs, durationNs }) => Math.max(end, startNs + durationNs), 0);
  const index = indexOf(rows);
  const reset: HostMessageOf<'timelineReset'> = {
    type: 'timelineReset',
    seq: 0,
    endNs,
    events: index.count,
    overflow: 0,
    lanes: LANES,
    plots: PLOTS,
    markers: [
      { timeNs: endNs * 0.056, kind: 'phase', label: 'launch' },
      { timeNs: endNs * 0.9, kind: 'phase', label: 'check' },
      { timeNs: endNs * 0.49, kind: 'breakpoint', label: 'add.cu:11' },
      { timeNs: endNs * 0.955, kind: 'now', label: '' },
    ],
    generation: 1,
  };
  return { index, reset };
}

export const smallTimeline = (): Run => runOf(smallRun());
export const bigTimeline = (count: number): Run => runOf(bigRun(count));

export function answerTimeline({ index }: Run): (question: PageMessage) => HostMessage | null {
  return (question) => {
    switch (question.type) {
      case 'tile':
        return index.tile(question.request, 1, question.level, question.index);
      case 'pick': {
        const event = index.pick(question.lane, question.fromNs, question.toNs);
        return {
          type: 'eventDetails',
          request: question.request,
          details: event === null ? null : told(event),
          lane: question.lane,
        };
      }
      case 'eventDetails':
        return {
          type: 'eventDetails',
          request: question.request,
          details: told(question.event),
          lane: Math.max(0, index.laneOf(question.event)),
        };
      case 'rangeSummary':
        return {
          type: 'rangeSummary',
          request: question.request,
          fields: [
            ['Faults', '312 on gpu0, 0 on the CPU'],
            ['Migrated', '3.1 MiB to gpu0, 512 KiB back'],
            ['Evictions', '8'],
          ],
        };
      case 'search': {
        const bad = question.filter.includes('??');
        const timesNs = Float64Array.from({ length: 24 }, (_, n) => (14 + n * 5) * MS);
        return {
          type: 'searchResult',
          request: question.request,
          total: bad ? 0 : 24,
          numbers: bad ? new Float64Array() : timesNs.map((_, n) => 800 + n),
          timesNs: bad ? new Float64Array() : timesNs,
          lanes: new Uint8Array(bad ? 0 : 24).fill(3),
          error: bad ? "Expected a field, but found '?'." : null,
        };
      }
      default:
        return null;
    }
  };
}

function told(event: number): EventText {
  return {
    event,
    timeNs: 71_412_000,
    headline: 'gpu0 page fault: write at page 0x6a2 of y, which is in cpu memory',
    fields: [
      ['What', 'device page fault, write'],
      ['Page', '0x6a2'],
      ['Address', '0x006a2000'],
      ['From', 'cpu'],
      ['To', 'gpu0'],
      ['Cost', '42.0 µs of simulated time'],
      ['Allocation', 'y (managed, 4.0 MiB at 0x00600000)'],
      ['Allocated at', 'add.cu:19'],
      ['Thread', 'gpu0 · block (2,0,0) thread (17,0,0)'],
      ['Driver', 'hmm'],
    ],
    source: { path: '/work/add.cu', line: 11, label: 'add.cu:11' },
    pages: { firstPage: 0x6a2, pageCount: 1 },
  };
}
