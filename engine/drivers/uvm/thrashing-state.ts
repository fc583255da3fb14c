/**
 * What is known of a block in which pages go to and fro. Source: NVIDIA open-gpu-kernel-modules, uvm_perf_thrashing.c (block_thrashing_info_t,
 * page_thrashing_info_t).
 *
 * Invariant: nothing is kept for each page before two processors have moved pages of the block soon after each other. Masks of processors have a
 * bit for each node.
 */

import { NO_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import { BLOCK_PAGES } from './geometry.js';
import type { PageMask } from './prefetch.js';

const NEVER = -1;

/** By place in the window. */
export class ThrashingPages {
  /** When something last happened to the page, in ns; -1: never. */
  readonly lastNs = new Float64Array(BLOCK_PAGES).fill(NEVER);
  readonly events = new Uint8Array(BLOCK_PAGES);
  readonly processors = new Uint16Array(BLOCK_PAGES);
  /** Whether permissions were revoked among those events. */
  readonly revoked = new Uint8Array(BLOCK_PAGES);
  readonly throttled = new Uint16Array(BLOCK_PAGES);
  readonly throttleEndNs = new Float64Array(BLOCK_PAGES);
  /** The one who is not held back; NO_NODE: nobody is chosen. */
  readonly exempt = new Uint8Array(BLOCK_PAGES).fill(NO_NODE);
  readonly throttlings = new Uint8Array(BLOCK_PAGES);
  /** Where the page is pinned; NO_NODE: it is not. */
  readonly pinned = new Uint8Array(BLOCK_PAGES).fill(NO_NODE);
}

export class ThrashingBlock {
  readonly window: PageIndex;
  /** Pages that thrash. */
  readonly mask: PageMask = new Uint8Array(BLOCK_PAGES);
  pages: ThrashingPages | undefined;
  lastProcessor: NodeId = NO_NODE;
  lastNs = NEVER;
  lastThrashingNs = NEVER;
  pinnedPages = 0;
  resets = 0;

  constructor(window: PageIndex) {
    this.window = window;
  }

  /** Starts afresh. */
  reset(): void {
    this.resets++;
    this.pages = undefined;
    this.mask.fill(0);
    this.lastProcessor = NO_NODE;
    this.lastNs = NEVER;
    this.lastThrashingNs = NEVER;
  }

  /** Forgets a page. */
  resetPage(at: number): void {
    const { pages } = this;
    this.mask[at] = 0;
    if (pages === undefined) return;
    if (pages.pinned[at] !== NO_NODE) this.pinnedPages--;
    pages.pinned[at] = NO_NODE;
    pages.lastNs[at] = NEVER;
    pages.events[at] = 0;
    pages.revoked[at] = 0;
    pages.processors[at] = 0;
    pages.throttlings[at] = 0;
    this.endThrottling(at);
  }

  endThrottling(at: number): void {
    const { pages } = this;
    if (pages === undefined || pages.throttled[at] === 0) return;
    pages.throttled[at] = 0;
    pages.throttleEndNs[at] = 0;
  }
}
