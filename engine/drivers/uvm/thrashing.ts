/**
 * Pages that go to and fro between processors: noticed, and then kept somewhere, or their users held back in turn. Source: NVIDIA
 * open-gpu-kernel-modules, uvm_perf_thrashing.c.
 *
 * Invariant: a hint says nothing about a page that does not thrash. A processor that is held back has a time at which it no longer is. Time is
 * simulated; what a timer would do is done when the driver next looks.
 */

import { Cause } from '../../memory/event.js';
import { NO_NODE, SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import { windowNumber, windowOf } from './geometry.js';
import type { MigrationListener } from './migration-events.js';
import type { ThrashingSettings } from './parameters.js';
import type { PageMask } from './prefetch.js';
import { ThrashingBlock, ThrashingPages } from './thrashing-state.js';
import type { Topology } from './topology.js';

/** Limits between which the default lapse adjusts itself, and its largest step. */
const SHORTEST_LAPSE_NS = 5000;
const LONGEST_LAPSE_NS = 500_000_000;
const LARGEST_STEP_NS = 50_000_000;
const MOST_EVENTS = 7;
const MOST_THROTTLINGS = 255;

/** pin: the page is to be at `node`, and to be mapped from elsewhere · throttle: not before `untilNs`. */
export type ThrashingHint =
  | { readonly kind: 'none' }
  | { readonly kind: 'pin'; readonly node: NodeId }
  | { readonly kind: 'throttle'; readonly untilNs: number };

const NO_HINT: ThrashingHint = { kind: 'none' };

export interface ThrashingQuestion {
  readonly page: PageIndex;
  /** Who faulted. */
  readonly processor: NodeId;
  /** Where the page is; NO_NODE: nowhere. */
  readonly closest: NodeId;
  readonly preferred: NodeId;
}

export interface ThrashingWorld {
  readonly now: () => number;
  readonly topology: Topology;
  /** A page was found to thrash. @param processors a bit for each */
  readonly detected: (page: PageIndex, processor: NodeId, processors: number) => void;
  /** A processor is held back from now on. */
  readonly throttled: (page: PageIndex, processor: NodeId, ns: number) => void;
  /** A page is pinned no more: whoever maps it from elsewhere must fault again. */
  readonly unpinned: (page: PageIndex) => void;
}

export class Thrashing implements MigrationListener {
  readonly #settings: ThrashingSettings;
  readonly #world: ThrashingWorld;
  readonly #blocks = new Map<number, ThrashingBlock>();
  /** Pinned pages by when that ends, soonest first. */
  readonly #pins: { readonly page: PageIndex; readonly deadlineNs: number }[] = [];
  #lapseNs: number;
  #votes = 0;

  constructor(settings: ThrashingSettings, world: ThrashingWorld) {
    this.#settings = settings;
    this.#world = world;
    this.#lapseNs = settings.lapseNs;
  }

  /** Microseconds count: gaps up to this one are short. */
  get lapseNs(): number {
    return this.#lapseNs;
  }

  /** Pages of the window that thrash. */
  pagesOf(window: PageIndex): PageMask | undefined {
    return this.#blocks.get(windowNumber(window))?.mask;
  }

  /** Who uses a page that thrashes: a bit for each. */
  processorsOf(page: PageIndex): number {
    const block = this.#blocks.get(windowNumber(page));
    return block?.pages?.processors[page - block.window] ?? 0;
  }

  /** The memory is unmapped. */
  forget(start: number, end: number): void {
    if (this.#blocks.size === 0) return;
    for (let number = windowNumber(start); number <= windowNumber(end - 1); number++) {
      const block = this.#blocks.get(number);
      if (block === undefined) continue;
      for (let page = Math.max(start, block.window); page < end && windowNumber(page) === number; page++)
        block.resetPage(page - block.window);
    }
  }

  /** Pages have moved. What the program asked for, or advised, starts afresh. */
  moved(start: PageIndex, count: number, target: NodeId, cause: Cause, asked: boolean): void {
    if (!this.#settings.enabled) return;
    if (asked || cause === Cause.advise) this.forget(start, start + count);
    else this.#happened(start, count, target);
  }

  /** A processor has lost a permission on a page, because another does atomic operations of the system's scope, or writes where one did. */
  revoked(page: PageIndex, processor: NodeId): void {
    if (this.#settings.enabled) this.#happened(page, 1, processor, true);
  }

  /** What used to be timers: pins that have ended. Called before faults are looked at. */
  tick(): void {
    const now = this.#world.now();
    for (let first = this.#pins[0]; first !== undefined && first.deadlineNs <= now; first = this.#pins[0]) {
      this.#pins.shift();
      const block = this.#blocks.get(windowNumber(first.page));
      const at = first.page - windowOf(first.page);
      if (block?.pages === undefined || block.pages.pinned[at] === NO_NODE) continue;
      this.#world.unpinned(first.page);
      block.resetPage(at);
    }
  }

  /** What to do about a fault. */
  hint(question: ThrashingQuestion): ThrashingHint {
    const block = this.#blocks.get(windowNumber(question.page));
    if (!this.#settings.enabled || block?.pages === undefined) return NO_HINT;
    const { pages } = block;
    const now = this.#world.now();
    if (this.#isOver(block, now)) {
      block.reset();
      return NO_HINT;
    }
    const at = question.page - block.window;
    const bit = 1 << question.processor;
    if (pages.events[at]! < this.#settings.threshold) return NO_HINT;
    if ((pages.throttled[at]! & bit) !== 0) {
      const untilNs = pages.throttleEndNs[at]!;
      if (now < untilNs && pages.exempt[at] !== question.processor) return { kind: 'throttle', untilNs };
      pages.throttled[at]! &= ~bit;
      if (pages.throttled[at] === 0) pages.throttleEndNs[at] = 0;
    }
    const gap = now - pages.lastNs[at]!;
    this.#adjustLapse(gap);
    if (gap > this.#lapseNs && pages.pinned[at] === NO_NODE) return NO_HINT;
    pages.processors[at]! |= bit;
    takeTurns(pages, at, question.processor, now, this.#settings.napNs);
    return this.#act(block, pages, at, question, this.#choose(pages, at, question));
  }

  #happened(start: PageIndex, count: number, processor: NodeId, revocation = false): void {
    const window = windowOf(start);
    const number = windowNumber(start);
    let block = this.#blocks.get(number);
    if (block === undefined) this.#blocks.set(number, (block = new ThrashingBlock(window)));
    const at = start - window;
    if (!revocation && isPinnedThroughout(block, at, count)) return;
    const now = this.#world.now();
    if (block.pages === undefined) {
      const other = block.lastProcessor !== processor && block.lastProcessor !== NO_NODE;
      if (other && now - block.lastNs <= this.#lapseNs) block.pages = new ThrashingPages();
    }
    const { pages } = block;
    if (pages !== undefined)
      for (let each = at; each < at + count; each++) this.#count(block, pages, each, processor, now, revocation);
    block.lastNs = now;
    block.lastProcessor = processor;
  }

  #count(
    block: ThrashingBlock,
    pages: ThrashingPages,
    at: number,
    processor: NodeId,
    now: number,
    revocation: boolean,
  ): void {
    const { threshold } = this.#settings;
    const last = pages.lastNs[at]!;
    pages.processors[at]! |= 1 << processor;
    pages.lastNs[at] = now;
    if (last < 0) return;
    const events = pages.events[at]!;
    if (now - last > this.#lapseNs) {
      if (events >= threshold && pages.pinned[at] === NO_NODE) block.resetPage(at);
      return;
    }
    if (revocation) pages.revoked[at] = 1;
    pages.events[at] = Math.min(events + 1, MOST_EVENTS);
    if (events + 1 < threshold) return;
    block.lastThrashingNs = now;
    if (events + 1 !== threshold) return;
    block.mask[at] = 1;
    this.#world.detected((block.window + at) as PageIndex, processor, pages.processors[at]!);
  }

  /** A block that has been quiet for an epoch starts afresh, a few times. */
  #isOver(block: ThrashingBlock, now: number): boolean {
    const { epochNs, maxResets } = this.#settings;
    const quiet = block.lastThrashingNs >= 0 && now - block.lastThrashingNs > epochNs;
    return quiet && block.pinnedPages === 0 && block.resets < maxResets;
  }

  /** Gaps vote; many long ones make the lapse longer by an eighth, many short ones shorter. */
  #adjustLapse(gapNs: number): void {
    const { adjustsLapse, lapseVotes } = this.#settings;
    if (!adjustsLapse) return;
    this.#votes += gapNs < this.#lapseNs ? -1 : 1;
    if (this.#votes >= lapseVotes && this.#lapseNs < LONGEST_LAPSE_NS) {
      this.#lapseNs += Math.min(Math.floor(this.#lapseNs / 8), LARGEST_STEP_NS);
    } else if (this.#votes <= -lapseVotes && this.#lapseNs > SHORTEST_LAPSE_NS) {
      this.#lapseNs -= Math.max(Math.floor(this.#lapseNs / 8), SHORTEST_LAPSE_NS);
    } else return;
    this.#votes = Math.trunc(this.#votes / 2);
  }

  /** NO_NODE: nothing; -1: throttle; otherwise where to pin. */
  #choose(pages: ThrashingPages, at: number, { processor, closest, preferred }: ThrashingQuestion): number {
    const processors = pages.processors[at]!;
    const pinned = pages.pinned[at]! as NodeId;
    const exempt = pages.exempt[at]! as NodeId;
    const lives = closest === NO_NODE ? SYSTEM_NODE : closest;
    // Pages that nobody moves, and whose permissions go to and fro: all that helps is to take turns.
    if (pinned !== NO_NODE && pages.revoked[at] === 1 && processor !== exempt) return THROTTLE;
    const pinThere = pages.throttlings[at]! >= this.#settings.pinThreshold;
    if (this.#allReach(processors, preferred)) return preferred;
    const prefersThrashing = preferred !== NO_NODE && (processors & (1 << preferred)) !== 0;
    if (!prefersThrashing && this.#allReachFast(processors, lives)) {
      if (lives !== SYSTEM_NODE || !this.#allReach(processors, processor)) return lives;
      return processor === SYSTEM_NODE ? NO_NODE : processor;
    }
    if (processor === preferred) {
      if (pinned !== NO_NODE) return pinned === preferred || exempt === preferred ? preferred : THROTTLE;
      if (exempt !== preferred) return THROTTLE;
      return pinThere ? preferred : NO_NODE;
    }
    if (pinned !== NO_NODE) {
      if (processor === exempt) return this.#commonPlace(processors, processor);
      return this.#world.topology.canAccess(processor, pinned) ? pinned : THROTTLE;
    }
    if (processor !== exempt) return THROTTLE;
    return pinThere ? processor : NO_NODE;
  }

  #act(
    block: ThrashingBlock,
    pages: ThrashingPages,
    at: number,
    { page, processor, closest }: ThrashingQuestion,
    choice: number,
  ): ThrashingHint {
    if (choice === NO_NODE) return NO_HINT;
    if (choice !== THROTTLE) {
      this.#pin(block, pages, at, page, choice as NodeId, closest);
      return { kind: 'pin', node: choice as NodeId };
    }
    const bit = 1 << processor;
    const untilNs = pages.throttleEndNs[at]!;
    if ((pages.throttled[at]! & bit) === 0) {
      pages.throttled[at]! |= bit;
      if (pages.pinned[at] === NO_NODE) pages.throttlings[at] = Math.min(pages.throttlings[at]! + 1, MOST_THROTTLINGS);
      this.#world.throttled(page, processor, untilNs - this.#world.now());
    }
    return { kind: 'throttle', untilNs };
  }

  #pin(block: ThrashingBlock, pages: ThrashingPages, at: number, page: PageIndex, node: NodeId, closest: NodeId): void {
    const fresh = pages.pinned[at] === NO_NODE;
    if (fresh || closest !== node) block.endThrottling(at);
    if (fresh) {
      if (this.#settings.pinNs > 0) this.#pins.push({ page, deadlineNs: this.#world.now() + this.#settings.pinNs });
      pages.throttlings[at] = 0;
      block.pinnedPages++;
    }
    pages.pinned[at] = node;
  }

  #allReach(processors: number, node: NodeId): boolean {
    return node !== NO_NODE && this.#every(processors, (each) => this.#world.topology.canAccess(each, node));
  }

  #allReachFast(processors: number, node: NodeId): boolean {
    const { topology } = this.#world;
    return this.#every(
      processors,
      (each) => each === node || (topology.hasFastLink(each, node) && topology.hasNativeAtomics(each, node)),
    );
  }

  /** The requester's own memory if all reach it, otherwise what all of them reach, otherwise its own all the same. */
  #commonPlace(processors: number, requester: NodeId): NodeId {
    if (this.#allReach(processors, requester)) return requester;
    for (let bits = processors | (1 << SYSTEM_NODE); bits !== 0; bits &= bits - 1) {
      const node = (31 - Math.clz32(bits & -bits)) as NodeId;
      if (this.#allReach(processors, node)) return node;
    }
    return requester;
  }

  #every(processors: number, test: (processor: NodeId) => boolean): boolean {
    for (let bits = processors; bits !== 0; bits &= bits - 1) {
      if (!test((31 - Math.clz32(bits & -bits)) as NodeId)) return false;
    }
    return true;
  }
}

const THROTTLE = -1;

/** A nap begins: somebody is exempt from it, not the same one twice running. */
function takeTurns(pages: ThrashingPages, at: number, processor: NodeId, now: number, napNs: number): void {
  if (now > pages.throttleEndNs[at]!) {
    pages.throttleEndNs[at] = now + napNs;
    pages.exempt[at] = pages.exempt[at] === processor ? NO_NODE : processor;
  } else if (pages.exempt[at] === NO_NODE) pages.exempt[at] = processor;
}

/** A page that moves to where it is pinned does not thrash because of that. */
function isPinnedThroughout({ pages, pinnedPages }: ThrashingBlock, at: number, count: number): boolean {
  if (pages === undefined || pinnedPages === 0) return false;
  for (let each = at; each < at + count; each++) if (pages.pinned[each] === NO_NODE) return false;
  return true;
}
