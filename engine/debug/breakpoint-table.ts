/** The breakpoints and watches that are set, in the program's thread: which of them does this arrival hit? */
import { compileGridCondition, type GridTest } from '../trace/condition.js';
import type { GridPlace } from '../execution/debug-hooks.js';
import type { Triple } from '../execution/triple.js';
import { decideFast, type FastContext } from './fast-condition.js';
import type { DataWatch, DebugConfiguration, HitCondition, SiteBreakpoint } from './messages.js';
import type { BreakpointMode } from './types.js';

/** Who arrives: the thread of a grid where a device works. */
export interface Arrival {
  /** 0 is the CPU. */
  readonly agent: number;
  readonly hostThread: number;
  readonly launch: number;
  readonly grid: GridPlace | null;
}

interface Armed {
  readonly breakpoint: SiteBreakpoint;
  readonly grid: GridTest | null;
}

const NOTHING: { readonly hit: readonly number[]; readonly ask: readonly number[] } = { hit: [], ask: [] };

export class BreakpointTable {
  private bySite = new Map<number, Armed[]>();
  private watches: readonly DataWatch[] = [];
  private focus: DebugConfiguration['focus'] = null;
  /** Contents of the variables on stacks when they were last looked at. */
  private readonly seen = new Map<number, string>();
  /** Hits so far, by breakpoint; a breakpoint keeps its count as long as it is set. */
  private readonly hits = new Map<number, number>();
  /** The launch in which a breakpoint of mode `first` was hit last. */
  private readonly launches = new Map<number, number>();

  set({ breakpoints, watches, focus }: DebugConfiguration): void {
    this.bySite = new Map();
    for (const breakpoint of breakpoints) {
      const armed = { breakpoint, grid: breakpoint.grid === null ? null : compileGridCondition(breakpoint.grid) };
      const there = this.bySite.get(breakpoint.site);
      if (there) there.push(armed);
      else this.bySite.set(breakpoint.site, [armed]);
    }
    this.watches = watches;
    this.focus = focus;
    const ids = new Set([...breakpoints, ...watches].map(({ id }) => id));
    for (const id of this.hits.keys()) if (!ids.has(id)) this.hits.delete(id);
    for (const id of this.seen.keys()) if (!ids.has(id)) this.seen.delete(id);
  }

  sites(): number[] {
    return [...this.bySite.keys()];
  }

  has(site: number): boolean {
    return this.bySite.has(site);
  }

  /** Whether a watch has to be compared with what was, line by line. */
  get compares(): boolean {
    return this.watches.some(({ frame }) => frame !== null);
  }

  /** Pages of which every access has to be heard, and one more. */
  pages(page: number): ReadonlySet<number> {
    const pages = new Set<number>(page < 0 ? [] : [page]);
    for (const { address, bytes, access, frame } of this.watches) {
      if (access === 'migrate' || frame !== null) continue;
      for (let each = address >>> 12; each <= (address + bytes - 1) >>> 12; each++) pages.add(each);
    }
    return pages;
  }

  /** Ids that stop at this site, and ids that the session has to be asked about. Counts the hits. */
  at(site: number, who: Arrival, context: () => FastContext): typeof NOTHING {
    const there = this.bySite.get(site);
    if (!there || !this.inFocus(who)) return NOTHING;
    const hit: number[] = [];
    const ask: number[] = [];
    for (const { breakpoint, grid } of there) {
      const { id, mode } = breakpoint;
      if (!this.modeAllows(id, mode, who)) continue;
      const { grid: place } = who;
      if (grid && !(place && grid(place.block, place.thread, place.blockDim, place.gridDim))) continue;
      if (breakpoint.fast && !decideFast(breakpoint.fast, context())) continue;
      if (mode === 'first') this.launches.set(id, who.launch);
      if (breakpoint.ask) ask.push(id);
      else if (this.counts(id, breakpoint.hit, breakpoint.hitsBefore)) hit.push(id);
    }
    return { hit, ask };
  }

  /** An arrival while travelling: counted as the first time, and nothing else. */
  countHits(site: number, who: Arrival, context: () => FastContext): void {
    this.at(site, who, context);
  }

  /** Watches of migrations that hold one of these pages. */
  migrating(firstPage: number, pageCount: number, who: Arrival): typeof NOTHING {
    if (this.watches.length === 0) return NOTHING;
    const hit: number[] = [];
    const ask: number[] = [];
    const end = (firstPage + pageCount) * 4096;
    for (const watch of this.watches) {
      const touched = watch.address < end && watch.address + watch.bytes > firstPage * 4096;
      if (watch.access === 'migrate' && touched && this.modeAllows(watch.id, watch.mode, who))
        this.sort(watch, hit, ask);
    }
    return { hit, ask };
  }

  /** Watches that an access of these bytes hits, and those that the session has to be asked about. */
  accessing(address: number, bytes: number, write: boolean, who: Arrival): typeof NOTHING {
    if (this.watches.length === 0) return NOTHING;
    const hit: number[] = [];
    const ask: number[] = [];
    for (const watch of this.watches) {
      const touched = watch.address < address + bytes && watch.address + watch.bytes > address;
      const wanted = watch.access === 'readWrite' || watch.access === (write ? 'write' : 'read');
      if (watch.frame !== null || !touched || !wanted || !this.inFocus(who)) continue;
      if (this.modeAllows(watch.id, watch.mode, who)) this.sort(watch, hit, ask);
    }
    return { hit, ask };
  }

  /** Watches of variables on a stack that have changed since they were last looked at. @param depth end of the stack */
  changed(memory: DataView, depth: number, who: Arrival): typeof NOTHING {
    if (!this.compares) return NOTHING;
    const hit: number[] = [];
    const ask: number[] = [];
    for (const watch of this.watches) {
      const { id, address, bytes, frame } = watch;
      // Call records of every thread begin at one address: another's say nothing about this one's.
      if (frame === null || watch.hostThread !== who.hostThread) continue;
      // Its function has returned: what lies there now is something else.
      if (depth <= frame) {
        this.seen.delete(id);
        continue;
      }
      const text = new TextDecoder('latin1').decode(new Uint8Array(memory.buffer, address, bytes).slice());
      const before = this.seen.get(id);
      this.seen.set(id, text);
      if (before !== undefined && before !== text && this.modeAllows(id, watch.mode, who)) this.sort(watch, hit, ask);
    }
    return { hit, ask };
  }

  private sort(watch: DataWatch, hit: number[], ask: number[]): void {
    if (watch.ask) ask.push(watch.id);
    else if (this.counts(watch.id, watch.hit)) hit.push(watch.id);
  }

  private inFocus({ agent, grid }: Arrival): boolean {
    const { focus } = this;
    if (!focus || agent === 0) return true;
    return grid !== null && sameTriple(focus.block, grid.block) && sameTriple(focus.thread, grid.thread);
  }

  private modeAllows(id: number, mode: BreakpointMode, { agent, launch }: Arrival): boolean {
    if (mode === 'cpu') return agent === 0;
    if (mode === 'device') return agent !== 0;
    return mode === 'any' || agent === 0 || this.launches.get(id) !== launch;
  }

  private counts(id: number, condition: HitCondition | null, before = 0): boolean {
    const count = (this.hits.get(id) ?? before) + 1;
    this.hits.set(id, count);
    return hitConditionHolds(condition, count);
  }
}

export function hitConditionHolds(condition: HitCondition | null, count: number): boolean {
  if (!condition) return true;
  switch (condition.operator) {
    case '==':
      return count === condition.count;
    case '>':
      return count > condition.count;
    case '>=':
      return count >= condition.count;
    case '<':
      return count < condition.count;
    case '<=':
      return count <= condition.count;
    case '%':
      return count % condition.count === 0;
  }
}

function sameTriple(a: Triple, b: Triple): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

/** Whether it is this thread of this launch that arrives. */
export function isThreadOfGrid(
  { launch, grid }: Arrival,
  wanted: { readonly launch: number; readonly block: Triple; readonly thread: Triple },
): boolean {
  return (
    launch === wanted.launch &&
    grid !== null &&
    sameTriple(grid.block, wanted.block) &&
    sameTriple(grid.thread, wanted.thread)
  );
}
