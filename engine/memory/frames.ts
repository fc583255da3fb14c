/**
 * The frames of one node of memory: who holds them, which page maps them, which are pinned or locked. Columns that grow with use.
 *
 * Invariant: a frame is free exactly when its reference count is 0; a mapping, a pin and a migration under way each hold one reference, so
 * refcount >= mapcount + pins. Source: the kernel's struct page (_refcount, _mapcount, pincount, PG_locked) and its rmap.
 */

import { MemoryInvariantError } from './invariant.js';
import {
  frameIndex,
  frameNumber,
  MAX_FRAMES_PER_NODE,
  NO_FRAME,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from './units.js';

const INITIAL_COLUMN = 1024;

export class FrameAllocator {
  readonly node: NodeId;
  /** How many frames the node has. */
  readonly capacity: number;
  #refs: Int32Array;
  #maps: Int32Array;
  #pins: Int32Array;
  #locks: Uint8Array;
  #pages: Int32Array;
  /** Indices that were given back, used again last in, first out. */
  #free: Int32Array;
  #freeCount = 0;
  /** Frames below this index have been handed out at least once. */
  #fresh = 0;
  #pinned = 0;
  readonly #onFree: ((frame: FrameNumber) => void) | undefined;

  /** @param onFree called when the last reference to a frame is dropped (the kernel's dev_pagemap_ops.page_free). */
  constructor(node: NodeId, capacity: number, onFree?: (frame: FrameNumber) => void) {
    this.node = node;
    this.capacity = Math.min(Math.max(0, Math.floor(capacity)), MAX_FRAMES_PER_NODE);
    const length = Math.min(INITIAL_COLUMN, this.capacity);
    this.#refs = new Int32Array(length);
    this.#maps = new Int32Array(length);
    this.#pins = new Int32Array(length);
    this.#locks = new Uint8Array(length);
    this.#pages = new Int32Array(length);
    this.#free = new Int32Array(length);
    this.#onFree = onFree;
  }

  get freeFrames(): number {
    return this.capacity - this.usedFrames;
  }

  get usedFrames(): number {
    return this.#fresh - this.#freeCount;
  }

  /** How many frames have at least one pin. */
  get pinnedFrames(): number {
    return this.#pinned;
  }

  /** A frame with one reference, the caller's; NO_FRAME if the node is full. */
  allocate(): FrameNumber {
    let index: number;
    if (this.#freeCount > 0) index = this.#free[--this.#freeCount] ?? 0;
    else if (this.#fresh < this.capacity) {
      if (this.#fresh === this.#refs.length) this.#grow();
      index = this.#fresh++;
    } else return NO_FRAME;
    this.#refs[index] = 1;
    return frameNumber(this.node, index);
  }

  refcount(frame: FrameNumber): number {
    return this.#refs[frameIndex(frame)] ?? 0;
  }

  mapcount(frame: FrameNumber): number {
    return this.#maps[frameIndex(frame)] ?? 0;
  }

  pincount(frame: FrameNumber): number {
    return this.#pins[frameIndex(frame)] ?? 0;
  }

  get(frame: FrameNumber): void {
    const index = frameIndex(frame);
    this.#refs[index] = (this.#refs[index] ?? 0) + 1;
  }

  /** Drops a reference; with the last one the frame is free. */
  put(frame: FrameNumber): void {
    const index = frameIndex(frame);
    const left = (this.#refs[index] ?? 0) - 1;
    if (left < 0) throw new MemoryInvariantError('a frame was freed twice', { frame });
    this.#refs[index] = left;
    if (left > 0) return;
    if (this.#maps[index] !== 0 || this.#pins[index] !== 0)
      throw new MemoryInvariantError('a frame was freed while in use', { frame });
    this.#free[this.#freeCount++] = index;
    this.#onFree?.(frame);
  }

  /** Notes that a page table entry of `page` now maps the frame; the mapping holds a reference. */
  map(frame: FrameNumber, page: PageIndex): void {
    const index = frameIndex(frame);
    this.#refs[index] = (this.#refs[index] ?? 0) + 1;
    this.#maps[index] = (this.#maps[index] ?? 0) + 1;
    this.#pages[index] = page;
  }

  /** Notes that an entry no longer maps the frame, and drops the mapping's reference. */
  unmap(frame: FrameNumber): void {
    const index = frameIndex(frame);
    this.#maps[index] = (this.#maps[index] ?? 0) - 1;
    this.put(frame);
  }

  /** The page that maps the frame (the reverse mapping); meaningful while mapcount > 0. */
  pageOf(frame: FrameNumber): PageIndex {
    return (this.#pages[frameIndex(frame)] ?? 0) as PageIndex;
  }

  pin(frame: FrameNumber): void {
    const index = frameIndex(frame);
    this.get(frame);
    const pins = (this.#pins[index] ?? 0) + 1;
    this.#pins[index] = pins;
    if (pins === 1) this.#pinned++;
  }

  unpin(frame: FrameNumber): void {
    const index = frameIndex(frame);
    const pins = (this.#pins[index] ?? 0) - 1;
    if (pins < 0) throw new MemoryInvariantError('a frame was unpinned twice', { frame });
    this.#pins[index] = pins;
    if (pins === 0) this.#pinned--;
    this.put(frame);
  }

  /** Takes the page lock; false if somebody holds it. */
  tryLock(frame: FrameNumber): boolean {
    const index = frameIndex(frame);
    if (this.#locks[index] !== 0) return false;
    this.#locks[index] = 1;
    return true;
  }

  isLocked(frame: FrameNumber): boolean {
    return this.#locks[frameIndex(frame)] !== 0;
  }

  unlock(frame: FrameNumber): void {
    this.#locks[frameIndex(frame)] = 0;
  }

  #grow(): void {
    const length = Math.min(this.#refs.length * 2, this.capacity);
    this.#refs = grown(this.#refs, length);
    this.#maps = grown(this.#maps, length);
    this.#pins = grown(this.#pins, length);
    this.#pages = grown(this.#pages, length);
    this.#free = grown(this.#free, length);
    const locks = new Uint8Array(length);
    locks.set(this.#locks);
    this.#locks = locks;
  }
}

/** A longer copy of a column; the new part is 0. */
export function grown(column: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(column);
  return copy;
}
