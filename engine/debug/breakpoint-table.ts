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
  }

  sites(): number[] {
    return [...this.bySite.keys()];
  }

  has(site: number): boolean {
    return this.bySite.has(site);
  }

  get watched(): readonly DataWatch[] {
    return this.watches;
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
  migrating(firstPage: number, pageCount: number, who: Arrival): readonly number[] {
    const end = (firstPage + pageCount) * 4096;
    return this.watches
      .filter(
        ({ id, access, address, bytes, mode, hit }) =>
          access === 'migrate' &&
          address < end &&
          address + bytes > firstPage * 4096 &&
          this.modeAllows(id, mode, who) &&
          this.counts(id, hit),
      )
      .map(({ id }) => id);
  }

  /** Watches that an access of these bytes hits. */
  accessing(address: number, bytes: number, write: boolean, who: Arrival): readonly DataWatch[] {
    return this.watches.filter(
      (watch) =>
        (watch.access === 'readWrite' || watch.access === (write ? 'write' : 'read')) &&
        watch.address < address + bytes &&
        watch.address + watch.bytes > address &&
        this.inFocus(who) &&
        this.modeAllows(watch.id, watch.mode, who) &&
        this.counts(watch.id, watch.hit),
    );
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

export function sameTriple(a: Triple, b: Triple): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}
