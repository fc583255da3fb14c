/**
 * The frames of one node of memory: who holds them, what maps them, which are pinned or locked. Columns that grow with use.
 *
 * Invariant: a frame is free exactly when its reference count is 0; a mapping, a pin, a cache and a migration under way each hold one
 * reference, so refcount >= mapcount + pins. Source: the kernel's struct page (_refcount, _mapcount, pincount, PG_locked, index, mapping).
 */

import { MemoryInvariantError } from './invariant.js';
import {
  frameIndex,
  frameNumber,
  HUGE_PAGES,
  HUGE_SHIFT,
  MAX_FRAMES_PER_NODE,
  NO_FRAME,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from './units.js';

const INITIAL_COLUMN = 1024;

/** What is true of a frame (the kernel's PG_* bits; numbers are ours). */
export const FrameFlag = {
  LOCKED: 1,
  /** Its contents are not, or no longer, in the file behind it. */
  DIRTY: 2,
  /** MADV_FREE: may be thrown away until it is written again. */
  LAZY_FREE: 4,
  /** More than one entry has mapped it at some time: the reverse mapping has to look in every process. */
  SHARED: 8,
  /** Being written to its file: stays, is not written again. */
  WRITEBACK: 32,
  /** Not a page of memory that anybody manages (the kernel's pte_special): it is neither mirrored nor migrated. */
  SPECIAL: 64,
  /** It is a page of a backing: it has a mapping. Kept by setMapping. */
  BACKED: 128,
} as const;

/**
 * The columns of an allocator, for loops over many frames that cannot afford a call for each. An array is replaced when its allocator grows:
 * name it after allocating, not before.
 */
export interface FrameColumns {
  readonly refs: Int32Array;
  readonly maps: Int32Array;
  readonly flags: Uint8Array;
  readonly pages: Int32Array;
  readonly spaces: Uint16Array;
  readonly indices: Int32Array;
}

export class FrameAllocator {
  readonly node: NodeId;
  /** How many frames the node has. */
  readonly capacity: number;
  /** Frames at the start that belong to nobody and do not count. */
  readonly #reserved: number;
  #refs: Int32Array;
  #maps: Int32Array;
  #pins: Int32Array;
  #flags: Uint8Array;
  /** Page and process of the entry that was written last. */
  #pages: Int32Array;
  #spaces: Uint16Array;
  /** Which page of its backing, or of the anonymous index, a frame is; and the backing's id, if it is BACKED. */
  #indices: Int32Array;
  #mappings: Int32Array;
  /** Indices that were given back, used again last in, first out. */
  #free: Int32Array;
  #freeCount = 0;
  /** How many frames of each block of HUGE_PAGES are in that list. */
  #freeOfBlock: Uint16Array;
  /** Blocks that are free as a whole, by number; their frames are not in the list. */
  readonly #freeBlocks: number[] = [];
  /** Frames below this index have been handed out at least once. */
  #fresh: number;
  #pinned = 0;
  /** Made when asked for, and again after growing. */
  #columns: FrameColumns | undefined;
  readonly #onFree: ((frame: FrameNumber) => void) | undefined;

  /**
   * @param onFree called when the last reference to a frame is dropped (the kernel's dev_pagemap_ops.page_free).
   * @param reserved frames at the start, in addition, that are never handed out.
   */
  constructor(node: NodeId, capacity: number, onFree?: (frame: FrameNumber) => void, reserved = 0) {
    this.node = node;
    this.#reserved = reserved;
    this.capacity = Math.min(Math.max(0, Math.floor(capacity)), MAX_FRAMES_PER_NODE - reserved);
    const length = Math.min(INITIAL_COLUMN, this.capacity + reserved);
    this.#refs = new Int32Array(length);
    this.#maps = new Int32Array(length);
    this.#pins = new Int32Array(length);
    this.#flags = new Uint8Array(length);
    this.#pages = new Int32Array(length);
    this.#spaces = new Uint16Array(length);
    this.#indices = new Int32Array(length);
    this.#mappings = new Int32Array(length);
    this.#free = new Int32Array(length);
    this.#freeOfBlock = new Uint16Array((length >>> HUGE_SHIFT) + 1);
    this.#fresh = reserved;
    this.#refs.fill(1, 0, reserved);
    this.#onFree = onFree;
  }

  get freeFrames(): number {
    return this.capacity - this.usedFrames;
  }

  get usedFrames(): number {
    return this.#fresh - this.#reserved - this.#freeCount - this.#freeBlocks.length * HUGE_PAGES;
  }

  /** How many frames have at least one pin. */
  get pinnedFrames(): number {
    return this.#pinned;
  }

  /** Indices below this one have been handed out at least once: where a search through all frames ends. */
  get highest(): number {
    return this.#fresh;
  }

  /** The columns as they are now. */
  get columns(): FrameColumns {
    return (this.#columns ??= {
      refs: this.#refs,
      maps: this.#maps,
      flags: this.#flags,
      pages: this.#pages,
      spaces: this.#spaces,
      indices: this.#indices,
    });
  }

  /** A frame with one reference, the caller's; NO_FRAME if the node is full. */
  allocate(): FrameNumber {
    let index: number;
    if (this.#freeCount > 0) index = this.#popFree();
    else if (this.#fresh < this.capacity + this.#reserved) {
      if (this.#fresh === this.#refs.length) this.#grow(this.#fresh + 1);
      index = this.#fresh++;
    } else if (this.#freeBlocks.length > 0) {
      this.#breakBlock();
      index = this.#popFree();
    } else return NO_FRAME;
    this.#refs[index] = 1;
    this.#flags[index] = 0;
    return frameNumber(this.node, index);
  }

  /**
   * HUGE_PAGES neighbouring frames, aligned, with one reference each; the first of them, or NO_FRAME. Frames in use are not moved to make
   * room (no compaction).
   */
  allocateHuge(): FrameNumber {
    const first = this.#findBlock();
    if (first < 0) return NO_FRAME;
    const end = first + HUGE_PAGES;
    this.#refs.fill(1, first, end);
    this.#flags.fill(0, first, end);
    return frameNumber(this.node, first);
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
    this.#pushFree(index);
    this.#onFree?.(frame);
  }

  /**
   * Notes that an entry now maps the frame; the mapping holds a reference.
   * @param space the process (Mm.id) whose entry it is. @param index see linearPageIndex.
   */
  map(frame: FrameNumber, page: PageIndex, space = 0, index: number = page): void {
    const at = frameIndex(frame);
    this.#refs[at] = (this.#refs[at] ?? 0) + 1;
    const maps = (this.#maps[at] ?? 0) + 1;
    this.#maps[at] = maps;
    this.#pages[at] = page;
    this.#spaces[at] = space;
    this.#indices[at] = index;
    if (maps > 1) this.#flags[at] = (this.#flags[at] ?? 0) | FrameFlag.SHARED;
  }

  /** Notes that an entry no longer maps the frame, and drops the mapping's reference. */
  unmap(frame: FrameNumber): void {
    const index = frameIndex(frame);
    this.#maps[index] = (this.#maps[index] ?? 0) - 1;
    this.put(frame);
  }

  /** Notes that the only entry that maps the frame is another one now (mremap). */
  moved(frame: FrameNumber, page: PageIndex, space: number): void {
    const index = frameIndex(frame);
    this.#pages[index] = page;
    this.#spaces[index] = space;
  }

  /** The page whose entry was written last for the frame: with one mapping, the one that maps it. */
  pageOf(frame: FrameNumber): PageIndex {
    return (this.#pages[frameIndex(frame)] ?? 0) as PageIndex;
  }

  /** The process of that entry. */
  spaceOf(frame: FrameNumber): number {
    return this.#spaces[frameIndex(frame)] ?? 0;
  }

  /** Which page of its backing, or of the anonymous index, it is. */
  indexOf(frame: FrameNumber): number {
    return this.#indices[frameIndex(frame)] ?? 0;
  }

  /** The backing's id; 0 = anonymous (the kernel's folio_test_anon). */
  mappingOf(frame: FrameNumber): number {
    const index = frameIndex(frame);
    return (this.#flags[index]! & FrameFlag.BACKED) === 0 ? 0 : this.#mappings[index]!;
  }

  /** Makes the frame a page of a backing (or of none): what the page cache does when it takes it in or lets go of it. */
  setMapping(frame: FrameNumber, mapping: number, index: number): void {
    const at = frameIndex(frame);
    if (mapping === 0) this.clearFlag(frame, FrameFlag.BACKED);
    else this.setFlag(frame, FrameFlag.BACKED);
    this.#mappings[at] = mapping;
    this.#indices[at] = index;
  }

  hasFlag(frame: FrameNumber, flag: number): boolean {
    return ((this.#flags[frameIndex(frame)] ?? 0) & flag) !== 0;
  }

  setFlag(frame: FrameNumber, flag: number): void {
    const index = frameIndex(frame);
    this.#flags[index] = (this.#flags[index] ?? 0) | flag;
  }

  clearFlag(frame: FrameNumber, flag: number): void {
    const index = frameIndex(frame);
    this.#flags[index] = (this.#flags[index] ?? 0) & ~flag;
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
    const flags = this.#flags[index] ?? 0;
    if ((flags & FrameFlag.LOCKED) !== 0) return false;
    this.#flags[index] = flags | FrameFlag.LOCKED;
    return true;
  }

  isLocked(frame: FrameNumber): boolean {
    return this.hasFlag(frame, FrameFlag.LOCKED);
  }

  unlock(frame: FrameNumber): void {
    this.clearFlag(frame, FrameFlag.LOCKED);
  }

  #pushFree(index: number): void {
    this.#free[this.#freeCount++] = index;
    this.#freeOfBlock[index >>> HUGE_SHIFT]!++;
  }

  #popFree(): number {
    const index = this.#free[--this.#freeCount]!;
    this.#freeOfBlock[index >>> HUGE_SHIFT]!--;
    return index;
  }

  /** Makes single frames of a free block; the lowest is used first. */
  #breakBlock(): void {
    const first = (this.#freeBlocks.pop() ?? 0) << HUGE_SHIFT;
    for (let index = first + HUGE_PAGES - 1; index >= first; index--) this.#pushFree(index);
  }

  /** The first frame of a block that is free as a whole and is from now on nobody's; -1. */
  #findBlock(): number {
    const known = this.#freeBlocks.pop();
    if (known !== undefined) return known << HUGE_SHIFT;
    const first = Math.ceil(this.#fresh / HUGE_PAGES) * HUGE_PAGES;
    const end = first + HUGE_PAGES;
    if (end <= this.capacity + this.#reserved) {
      if (end > this.#refs.length) this.#grow(end);
      for (let index = this.#fresh; index < first; index++) this.#pushFree(index);
      this.#fresh = end;
      return first;
    }
    this.#gatherBlocks();
    const gathered = this.#freeBlocks.pop();
    return gathered === undefined ? -1 : gathered << HUGE_SHIFT;
  }

  /** Takes the frames of every block that is free as a whole out of the list: one pass for all of them. */
  #gatherBlocks(): void {
    const counts = this.#freeOfBlock;
    const found = this.#freeBlocks.length;
    for (let block = counts.length - 1; block >= 0; block--)
      if (counts[block] === HUGE_PAGES) this.#freeBlocks.push(block);
    if (this.#freeBlocks.length === found) return;
    let left = 0;
    for (let at = 0; at < this.#freeCount; at++) {
      const index = this.#free[at]!;
      if (counts[index >>> HUGE_SHIFT] !== HUGE_PAGES) this.#free[left++] = index;
    }
    this.#freeCount = left;
    for (const block of this.#freeBlocks) counts[block] = 0;
  }

  #grow(needed: number): void {
    const length = Math.min(Math.max(this.#refs.length * 2, needed), this.capacity + this.#reserved);
    this.#columns = undefined;
    this.#refs = grown(this.#refs, length);
    this.#maps = grown(this.#maps, length);
    this.#pins = grown(this.#pins, length);
    this.#pages = grown(this.#pages, length);
    this.#indices = grown(this.#indices, length);
    this.#mappings = grown(this.#mappings, length);
    this.#free = grown(this.#free, length);
    const flags = new Uint8Array(length);
    flags.set(this.#flags);
    this.#flags = flags;
    const spaces = new Uint16Array(length);
    spaces.set(this.#spaces);
    this.#spaces = spaces;
    const freeOfBlock = new Uint16Array((length >>> HUGE_SHIFT) + 1);
    freeOfBlock.set(this.#freeOfBlock);
    this.#freeOfBlock = freeOfBlock;
  }
}

/** A longer copy of a column; the new part is 0. */
export function grown(column: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(column);
  return copy;
}
