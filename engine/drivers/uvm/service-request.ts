/**
 * What one service of one block is about: who faulted, on which pages, and where each of them is to go. Made once for each depth of nesting and
 * used again.
 *
 * Invariant: masks are indexed by place in the window, and are empty outside the block.
 */

import { Access, Cause } from '../../memory/event.js';
import { NO_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import { BLOCK_PAGES, type Block } from './geometry.js';
import type { PageMask } from './prefetch.js';

export class ServiceRequest {
  block!: Block;
  /** Who faulted, as its memory's node. */
  processor = NO_NODE;
  /** A page whose lock the CPU's fault holds. */
  faultPage: PageIndex | undefined;
  /** Pages that faulted, and how. */
  readonly faulted: PageMask = new Uint8Array(BLOCK_PAGES);
  readonly access = new Uint8Array(BLOCK_PAGES);
  /** Where each page that is to be serviced is to be: NO_NODE is nowhere, it is not. */
  readonly target = new Uint8Array(BLOCK_PAGES).fill(NO_NODE);
  /** Pages of which the processor is to get a copy. */
  readonly duplicate: PageMask = new Uint8Array(BLOCK_PAGES);
  /** Pages that thrash and are pinned where they are to go. */
  readonly pinned: PageMask = new Uint8Array(BLOCK_PAGES);
  /** Entry of the batch that each page is of, -1: none. */
  readonly entry = new Int32Array(BLOCK_PAGES).fill(-1);
  /** Bit n: some page is to go to node n. */
  targets = 0;
  count = 0;
  /** The program asked for it; nobody faulted. */
  asked = false;
  /** What those pages move for that did not come along. */
  cause: Cause = Cause.fault;

  begin(block: Block, processor: NodeId, faultPage?: PageIndex): void {
    this.block = block;
    this.processor = processor;
    this.faultPage = faultPage;
    this.asked = false;
    this.cause = Cause.fault;
    this.pinned.fill(0);
    this.faulted.fill(0);
    this.target.fill(NO_NODE);
    this.duplicate.fill(0);
    this.entry.fill(-1);
    this.targets = 0;
    this.count = 0;
  }

  add(page: PageIndex, access: Access, node: NodeId, duplicate: boolean, entry: number): void {
    const at = page - this.block.window;
    this.faulted[at] = 1;
    this.access[at] = access;
    this.target[at] = node;
    this.duplicate[at] = Number(duplicate);
    this.entry[at] = entry;
    this.targets |= 1 << node;
    this.count++;
  }

  /** A page that the program wants somewhere. */
  ask(page: PageIndex, node: NodeId, duplicate: boolean): void {
    this.asked = true;
    this.bring(page - this.block.window, node, duplicate);
    this.targets |= 1 << node;
  }

  /** What a page moves for: neighbours of one cause are one transfer. */
  readonly causeOf = (page: PageIndex): Cause =>
    this.faulted[page - this.block.window] === 0 ? Cause.prefetch : this.cause;

  /** A page that did not fault comes along. */
  bring(at: number, node: NodeId, duplicate: boolean): void {
    this.access[at] = Access.read;
    this.target[at] = node;
    this.duplicate[at] = Number(duplicate);
  }

  /** Only what faulted is serviced. */
  dropPrefetch(): void {
    for (let at = this.block.first; at < this.block.outer; at++) if (this.faulted[at] === 0) this.target[at] = NO_NODE;
  }

  /** The only node that pages are to go to; undefined if there are several. */
  get onlyTarget(): NodeId | undefined {
    const bits = this.targets;
    return bits !== 0 && (bits & (bits - 1)) === 0 ? ((31 - Math.clz32(bits)) as NodeId) : undefined;
  }

  readonly pageAt = (at: number): PageIndex => (this.block.window + at) as PageIndex;
}
