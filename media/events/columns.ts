/** The columns of the list, and what stands in them. */
import { el, icon } from '../shared/dom.js';
import { addressOf, formatAddress, formatBytes, formatCount, formatNs, formatTick } from '../shared/format.js';
import type { Row } from './row-cache.js';

export const COLUMNS = [
  { name: 'number', number: true },
  { name: 'time', number: true },
  { name: 'kind', number: false },
  { name: 'agent', number: false },
  { name: 'move', number: false },
  { name: 'page', number: false },
  { name: 'pages', number: true },
  { name: 'bytes', number: true },
  { name: 'cause', number: false },
  { name: 'duration', number: true },
  { name: 'allocation', number: false },
  { name: 'place', number: false },
] as const;

/** A figure before a kind's name, so that the eye finds it. */
const FIGURES: Readonly<Record<string, string>> = {
  cpuFault: 'fault',
  deviceFault: 'fault',
  fatalFault: 'fault',
  faultBatch: 'batch',
  migrate: 'move',
  replicate: 'move',
  copy: 'move',
  remoteMap: 'move',
  evict: 'evict',
  writeback: 'evict',
  prefetch: 'prefetch',
  launch: 'kernel',
  complete: 'kernel',
};

export function textsOf({ rows, at }: Row): string[] {
  const text = (column: Uint32Array): string => rows.texts[column[at]!] ?? '';
  const pages = rows.pageCounts[at]!;
  const duration = rows.durationsNs[at]!;
  const size = rows.bytes[at]!;
  return [
    formatCount(rows.numbers[at]!),
    timeOf(rows.timesNs[at]!),
    text(rows.kinds),
    text(rows.agents),
    text(rows.moves),
    pages === 0 ? '' : formatAddress(addressOf(rows.firstPages[at]!)),
    pages === 0 ? '' : formatCount(pages),
    size === 0 ? '' : formatBytes(size),
    text(rows.causes),
    duration === 0 ? '' : formatNs(duration),
    text(rows.allocations),
    text(rows.places),
  ];
}

export function cellsOf(row: Row): HTMLElement[] {
  return textsOf(row).map((text, n) => {
    const { name, number } = COLUMNS[n]!;
    const cell = el('div', { role: 'gridcell', class: number ? 'number' : name, title: text });
    if (name === 'kind') {
      const figure = icon('none');
      figure.classList.add('figure', FIGURES[text] ?? 'other');
      cell.append(figure);
    }
    cell.append(text);
    return cell;
  });
}

/** So exact that neighbours differ. */
function timeOf(timeNs: number): string {
  return formatTick(timeNs, timeNs < 1e6 ? 1 : 1000);
}
