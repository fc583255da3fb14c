/**
 * Pages as the bytes that the map draws: areas of the address space, a code for each of their pages, and what differs between two
 * pictures. Pure functions over typed arrays; the codes are those of `media/messages.ts`.
 */
import type { AllocationInfo, ResidencyRun } from '../../engine/index.js';
import {
  CHANGED,
  PAGE_COUNT,
  PAGE_SIZE,
  Place,
  residencyCode,
  type Area,
  type Condition,
} from '../../media/messages.js';

export interface PageRange {
  readonly firstPage: number;
  readonly pageCount: number;
}

/** Pages that stay equal between two that differ: sending them is cheaper than another range. */
const SHORTEST_GAP = 16;

/**
 * Sorted and without overlap, as pages draw them. What was freed is shown only where nothing lives now, and only if asked for.
 * @param label writes a place in the source for a person
 */
export function areasOf(
  allocations: readonly AllocationInfo[],
  withFreed: boolean,
  label: (path: string, line: number) => string,
): Area[] {
  const wanted = allocations.filter(({ freed, bytes }) => bytes > 0 && (withFreed || !freed));
  // What lives goes first: it keeps its pages.
  const placed: Area[] = [];
  for (const allocation of wanted.sort((a, b) => Number(a.freed) - Number(b.freed) || a.address - b.address)) {
    const firstPage = Math.floor(allocation.address / PAGE_SIZE);
    const end = Math.min(PAGE_COUNT, Math.ceil((allocation.address + allocation.bytes) / PAGE_SIZE));
    const { path, line } = allocation;
    const area = {
      id: allocation.id,
      name: nameOf(allocation),
      kind: allocation.freed ? `${allocation.kind}, freed` : allocation.kind,
      bytes: allocation.bytes,
      source: path === null || line === null ? null : { path, line, label: label(path, line) },
    };
    for (const range of without(firstPage, end, placed)) placed.push({ ...area, ...range });
    placed.sort((a, b) => a.firstPage - b.firstPage);
  }
  return placed;
}

export function nameOf({ name, id, kind }: Pick<AllocationInfo, 'name' | 'id' | 'kind'>): string {
  return name ?? `${kind} ${id}`;
}

/** What is left of the pages from `first` to `end` when those of sorted areas are taken. */
function without(first: number, end: number, areas: readonly PageRange[]): PageRange[] {
  const left: PageRange[] = [];
  let start = first;
  for (const { firstPage, pageCount } of areas) {
    if (firstPage >= end) break;
    if (firstPage + pageCount <= start) continue;
    if (firstPage > start) left.push({ firstPage: start, pageCount: firstPage - start });
    start = Math.max(start, firstPage + pageCount);
  }
  if (start < end) left.push({ firstPage: start, pageCount: end - start });
  return left;
}

/** Areas that touch become one range: fewer questions. */
export function spansOf(areas: readonly PageRange[]): PageRange[] {
  const spans: { firstPage: number; pageCount: number }[] = [];
  for (const { firstPage, pageCount } of areas) {
    const last = spans.at(-1);
    if (last && last.firstPage + last.pageCount === firstPage) last.pageCount += pageCount;
    else spans.push({ firstPage, pageCount });
  }
  return spans;
}

/** Writes the codes of runs, without marks of change. @param nodes names in the order of their ids */
export function writeCodes(codes: Uint8Array, runs: readonly ResidencyRun[], nodes: readonly string[]): void {
  const swapped = residencyCode(Place.nowhere, 'swapped', false);
  for (const run of runs) {
    if (run.state === 'swapped') {
      codes.fill(swapped, run.firstPage, run.firstPage + run.pageCount);
      continue;
    }
    const index = run.node === null ? -1 : nodes.indexOf(run.node);
    const place = index === -1 ? Place.nowhere : Place.firstNode + index;
    codes.fill(residencyCode(place, conditionOf(run), false), run.firstPage, run.firstPage + run.pageCount);
  }
}

function conditionOf({ node, state, readers }: ResidencyRun): Condition {
  if (state === 'migrating' || state === 'exclusive') return state;
  return node !== null && readers.some((reader) => reader !== node) ? 'both' : 'plain';
}

/** Pages that lie in none of the areas are not mapped. */
export function clearOutside(codes: Uint8Array, areas: readonly PageRange[]): void {
  let start = 0;
  for (const { firstPage, pageCount } of areas) {
    codes.fill(Place.unmapped, start, firstPage);
    start = firstPage + pageCount;
  }
  codes.fill(Place.unmapped, start);
}

const CONDITION_SHIFT = 4;
const PLAIN = 0x0f;

/** Marks pages as pinned, or as those of a file, that have memory and are nothing more telling. */
export function mark(codes: Uint8Array, condition: 'pinned' | 'file', ranges: readonly PageRange[]): void {
  const bits = residencyCode(0, condition, false);
  for (const { firstPage, pageCount } of ranges) {
    for (let page = firstPage; page < firstPage + pageCount; page += 1) {
      const code = codes[page]!;
      if (code <= PLAIN && code >= Place.firstNode) codes[page] = code | bits;
    }
  }
}

/** Marks what differs from an earlier picture. Both without marks before. */
export function markChanged(codes: Uint8Array, earlier: Uint8Array, areas: readonly PageRange[]): void {
  for (const { firstPage, pageCount } of areas) {
    for (let page = firstPage; page < firstPage + pageCount; page += 1) {
      if (codes[page] !== (earlier[page]! & ~CHANGED)) codes[page]! |= CHANGED;
    }
  }
}

export function clearMarks(codes: Uint8Array): void {
  for (let page = 0; page < codes.length; page += 1) codes[page]! &= ~CHANGED;
}

export interface Patch {
  /** Pairs of first page and count. */
  readonly ranges: Uint32Array<ArrayBuffer>;
  readonly codes: Uint8Array<ArrayBuffer>;
}

/** What has to be sent so that `sent` becomes `now`; makes it so. Null if they are equal. */
export function takePatch(sent: Uint8Array, now: Uint8Array, spans: readonly PageRange[]): Patch | null {
  const ranges: number[] = [];
  let total = 0;
  for (const { firstPage, pageCount } of spans) {
    const end = firstPage + pageCount;
    let page = firstPage;
    while (page < end) {
      if (sent[page] === now[page]) {
        page += 1;
        continue;
      }
      const start = page;
      let last = page;
      for (page += 1; page < end && page - last <= SHORTEST_GAP; page += 1) if (sent[page] !== now[page]) last = page;
      page = last + 1;
      ranges.push(start, page - start);
      total += page - start;
    }
  }
  if (total === 0) return null;
  const codes = new Uint8Array(total);
  let at = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const part = now.subarray(ranges[index], ranges[index]! + ranges[index + 1]!);
    codes.set(part, at);
    sent.set(part, ranges[index]);
    at += part.length;
  }
  return { ranges: Uint32Array.from(ranges), codes };
}

/** Everything, for a page that knows nothing. */
export function wholePatch(now: Uint8Array, spans: readonly PageRange[]): Patch {
  const codes = new Uint8Array(spans.reduce((sum, { pageCount }) => sum + pageCount, 0));
  const ranges = new Uint32Array(spans.length * 2);
  let at = 0;
  for (const [index, { firstPage, pageCount }] of spans.entries()) {
    ranges[2 * index] = firstPage;
    ranges[2 * index + 1] = pageCount;
    codes.set(now.subarray(firstPage, firstPage + pageCount), at);
    at += pageCount;
  }
  return { ranges, codes };
}

export interface NodeUse {
  pages: number;
  pinned: number;
}

/** Pages in use on each node, and how many of them are pinned. One pass. */
export function useOf(codes: Uint8Array, spans: readonly PageRange[], nodes: number): NodeUse[] {
  const histogram = new Uint32Array(256);
  for (const { firstPage, pageCount } of spans) {
    for (let page = firstPage; page < firstPage + pageCount; page += 1) histogram[codes[page]!]! += 1;
  }
  const use = Array.from({ length: nodes }, () => ({ pages: 0, pinned: 0 }));
  const pinned = residencyCode(0, 'pinned', false) >>> CONDITION_SHIFT;
  for (const [code, count] of histogram.entries()) {
    const node = use[(code & PLAIN) - Place.firstNode];
    if (node === undefined) continue;
    node.pages += count;
    if ((code & ~CHANGED) >>> CONDITION_SHIFT === pinned) node.pinned += count;
  }
  return use;
}
