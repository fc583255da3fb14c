/**
 * Where the pages of the shown program are, for whoever watches: exact when it is stopped, looked at again and again while it runs,
 * and not looked at while nobody watches.
 *
 * Invariant: looking gives way to everything else every few milliseconds; `pacer.ts` says how often it happens.
 */
import { setImmediate as turn } from 'node:timers/promises';
import * as vscode from 'vscode';
import { PAGE_COUNT, PAGE_SIZE, type Area } from '../../media/messages.js';
import type { AllocationInfo } from '../../engine/index.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { Pacer } from './pacer.js';
import {
  areasOf,
  clearMarks,
  clearOutside,
  mark,
  markChanged,
  spansOf,
  writeCodes,
  type PageRange,
} from './residency-codes.js';
import { nodesOf } from './nodes.js';
import { placeLabel } from './source-label.js';

/** Pages that are asked for in one go: some milliseconds. */
const CHUNK = 1 << 16;

/** Kinds of allocations whose pages are a file's. */
const FILE_KINDS: ReadonlySet<string> = new Set(['file', 'dax']);

export interface Residency {
  readonly session: ProgramSession;
  readonly nodes: readonly string[];
  readonly allocations: readonly AllocationInfo[];
  readonly areas: readonly Area[];
  readonly spans: readonly PageRange[];
  /** By page; see `media/messages.ts`. */
  readonly codes: Uint8Array;
  /** Counts up when areas come or go. */
  readonly areasVersion: number;
}

export class ResidencyWatch implements vscode.Disposable {
  private readonly updated = new vscode.EventEmitter<void>();
  private watchers = 0;
  private readonly codes = new Uint8Array(PAGE_COUNT);
  /** As they were at the stop number `baselineStop`. */
  private readonly baseline = new Uint8Array(PAGE_COUNT);
  private baselineStop = 0;
  private areasText = '';
  private now: Residency | null = null;
  private looking = false;
  private again = false;
  private readonly pacer = new Pacer(() => void this.look());
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly sessions: Sessions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = sessions.onDidChange((session) => this.sessionChanged(session));
  }

  /** The latest picture; null if there is no program. */
  get current(): Residency | null {
    return this.now;
  }

  /** Until the result is disposed, the picture is kept up to date. */
  watch(listener: () => void): vscode.Disposable {
    const subscription = this.updated.event(listener);
    this.watchers += 1;
    if (this.watchers === 1) void this.look();
    return new vscode.Disposable(() => {
      subscription.dispose();
      this.watchers -= 1;
      if (this.watchers === 0) this.pacer.stop();
    });
  }

  dispose(): void {
    this.pacer.stop();
    this.subscription.dispose();
    this.updated.dispose();
  }

  private sessionChanged(session: ProgramSession | null): void {
    if (session !== this.now?.session) {
      this.now = null;
      this.codes.fill(0);
      this.baselineStop = 0;
      this.areasText = '';
    }
    if (session?.state === 'running' && this.now?.session.state === 'running' && session.stops > 0) {
      // It goes on from a stop: what it looked like there is what changes are measured by.
      clearMarks(this.codes);
      this.baseline.set(this.codes);
      this.baselineStop = session.stops;
    }
    this.pacer.reset();
    if (this.watchers > 0) void this.look();
  }

  /** Looks once; soon again while the program runs. */
  private async look(): Promise<void> {
    if (this.looking) {
      this.again = true;
      return;
    }
    this.looking = true;
    this.pacer.stop();
    const session = this.sessions.current;
    const started = performance.now();
    let changed = false;
    try {
      if (session?.readable === true) changed = await this.lookAt(session);
    } catch (error) {
      // Between building and the first statement there is nothing to look at yet.
      this.log.debug(`residency: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.looking = false;
    }
    if (this.watchers === 0) return;
    this.updated.fire();
    if (this.again) {
      this.again = false;
      void this.look();
    } else if (session?.state === 'running') {
      this.pacer.next(performance.now() - started, changed);
    }
  }

  /** @returns whether areas came or went; pages are compared by whoever sends them */
  private async lookAt(session: ProgramSession): Promise<boolean> {
    const listed = await session.request('faultline/allocations', {});
    const allocations = await Promise.all(listed.allocations.map((row) => withoutUnused(session, row)));
    const areas = areasOf(allocations, session.state === 'ended', placeLabel);
    const spans = spansOf(areas);
    const nodes = nodesOf(session);
    const events = await session.request('faultline/events', { kinds: ['pin', 'unpin'], limit: 1000 });
    clearOutside(this.codes, areas);
    for (const { firstPage, pageCount } of spans) {
      for (let at = 0; at < pageCount; at += CHUNK) {
        const count = Math.min(CHUNK, pageCount - at);
        const memoryReference = `0x${((firstPage + at) * PAGE_SIZE).toString(16)}`;
        const { runs } = await session.request('faultline/residency', { memoryReference, count: count * PAGE_SIZE });
        writeCodes(this.codes, runs, nodes);
        if (at + CHUNK < pageCount) await turn();
      }
    }
    mark(this.codes, 'pinned', pinnedBy(events.rows));
    mark(
      this.codes,
      'file',
      areas.filter(({ kind }) => FILE_KINDS.has(kind)),
    );
    for (const area of areas)
      if (area.kind.endsWith(', freed')) this.codes.fill(0, area.firstPage, area.firstPage + area.pageCount);
    const before = session.state === 'stopped' ? session.stops - 1 : session.stops;
    if (before > 0 && this.baselineStop === before) markChanged(this.codes, this.baseline, areas);
    const text = JSON.stringify(areas);
    const changed = text !== this.areasText;
    this.areasText = text;
    const areasVersion = (this.now?.areasVersion ?? 0) + (changed ? 1 : 0);
    this.now = { session, nodes, allocations, areas, spans, codes: this.codes, areasVersion };
    return changed;
  }
}

/**
 * A heap ends where it may grow to, a stack begins there: what nobody has touched yet, beyond the last or the first page in memory, is
 * of no interest, and megabytes of it would leave no room for the rest.
 */
async function withoutUnused(session: ProgramSession, area: AllocationInfo): Promise<AllocationInfo> {
  const { kind, path, freed, address, bytes } = area;
  const growsUp = kind === 'heap' && path === null;
  if (freed || (!growsUp && kind !== 'stack')) return area;
  const { runs } = await session.request('faultline/residency', {
    memoryReference: `0x${address.toString(16)}`,
    count: bytes,
  });
  const used = runs.filter(({ node, state }) => node !== null || state === 'swapped');
  return growsUp ? endingBehind(area, used.at(-1)) : beginningAt(area, used[0]);
}

function endingBehind(area: AllocationInfo, last: PageRange | undefined): AllocationInfo {
  const end = last ? (last.firstPage + last.pageCount) * PAGE_SIZE : area.address + PAGE_SIZE;
  return { ...area, bytes: Math.min(area.bytes, end - area.address) };
}

function beginningAt(area: AllocationInfo, first: PageRange | undefined): AllocationInfo {
  const end = area.address + area.bytes;
  const address = Math.max(area.address, first ? first.firstPage * PAGE_SIZE : end - PAGE_SIZE);
  return { ...area, address, bytes: end - address };
}

/** Ranges that were pinned and not unpinned again. */
function pinnedBy(rows: readonly { kind: string; firstPage: number; pageCount: number }[]): PageRange[] {
  const pinned = new Map<string, PageRange>();
  for (const { kind, firstPage, pageCount } of rows) {
    const key = `${firstPage} ${pageCount}`;
    if (kind === 'pin') pinned.set(key, { firstPage, pageCount });
    else pinned.delete(key);
  }
  return [...pinned.values()];
}
