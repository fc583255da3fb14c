/**
 * The frames of one node of memory: who holds them, what maps them, which are pinned or locked. Records that grow with use.
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

/** What the words of a frame's record are. */
export const FrameField = {
  REFS: 0,
  MAPS: 1,
  PINS: 2,
  /** FrameFlag bits. */
  FLAGS: 3,
  /** Page and process of the entry that was written last. */
  PAGE: 4,
  SPACE: 5,
  /** Which page of its backing, or of the anonymous index, it is; and the backing's id, if it is BACKED. */
  INDEX: 6,
  MAPPING: 7,
} as const;
const RECORD_SHIFT = 3;

/** Where the record of a frame begins in `FrameAllocator.records`. */
export function frameRecord(frame: FrameNumber): number {
  return (frame & (MAX_FRAMES_PER_NODE - 1)) << RECORD_SHIFT;
}

/** `frames[from … to)` are free now. */
export type OnFree = (frames: Int32Array, from: number, to: number) => void;

export class FrameAllocator {
  readonly node: NodeId;
  /** How many frames the node has. */
  readonly capacity: number;
  /** Frames at the start that belong to nobody and do not count. */
  readonly #reserved: number;
  #records: Int32Array;
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
  readonly #onFree: OnFree | undefined;
  /** What #onFree is told of a single frame in. */
  readonly #single = new Int32Array(1);

  /**
   * @param onFree called when the last reference to frames is dropped (the kernel's dev_pagemap_ops.page_free).
   * @param reserved frames at the start, in addition, that are never handed out.
   */
  constructor(node: NodeId, capacity: number, onFree?: OnFree, reserved = 0) {
    this.node = node;
    this.#reserved = reserved;
    this.capacity = Math.min(Math.max(0, Math.floor(capacity)), MAX_FRAMES_PER_NODE - reserved);
    const length = Math.min(INITIAL_COLUMN, this.capacity + reserved);
    this.#records = new Int32Array(length << RECORD_SHIFT);
    this.#free = new Int32Array(length);
    this.#freeOfBlock = new Uint16Array((length >>> HUGE_SHIFT) + 1);
    this.#fresh = reserved;
    for (let index = 0; index < reserved; index++) this.#start(index);
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

  /**
   * All frames' records (the kernel's mem_map), for loops over many that cannot afford a call for each; see frameRecord. Replaced when the
   * allocator grows: name it after allocating, not before.
   */
  get records(): Int32Array {
    return this.#records;
  }

  /** A frame with one reference, the caller's; NO_FRAME if the node is full. */
  allocate(): FrameNumber {
    let index: number;
    if (this.#freeCount > 0) index = this.#popFree();
    else if (this.#fresh < this.capacity + this.#reserved) {
      if (this.#fresh === this.#free.length) this.#grow(this.#fresh + 1);
      index = this.#fresh++;
    } else if (this.#freeBlocks.length > 0) {
      this.#breakBlock();
      index = this.#popFree();
    } else return NO_FRAME;
    this.#start(index);
    return frameNumber(this.node, index);
  }

  /** As many calls of `allocate`, the frames in `out`. @returns how many there were. */
  allocateMany(out: Int32Array, count: number): number {
    const { node } = this;
    const records = this.#records;
    const free = this.#free;
    const freeOfBlock = this.#freeOfBlock;
    let top = this.#freeCount;
    let found = 0;
    for (; found < count && top > 0; found++) {
      const index = free[--top]!;
      freeOfBlock[index >>> HUGE_SHIFT]!--;
      const record = index << RECORD_SHIFT;
      records[record + FrameField.REFS] = 1;
      records[record + FrameField.FLAGS] = 0;
      out[found] = frameNumber(node, index);
    }
    this.#freeCount = top;
    for (; found < count; found++) {
      const frame = this.allocate();
      if (frame === NO_FRAME) break;
      out[found] = frame;
    }
    return found;
  }

  /**
   * HUGE_PAGES neighbouring frames, aligned, with one reference each; the first of them, or NO_FRAME. Frames in use are not moved to make
   * room (no compaction).
   */
  allocateHuge(): FrameNumber {
    const first = this.#findBlock();
    if (first < 0) return NO_FRAME;
    for (let index = first; index < first + HUGE_PAGES; index++) this.#start(index);
    return frameNumber(this.node, first);
  }

  refcount(frame: FrameNumber): number {
    return this.#records[frameRecord(frame) + FrameField.REFS] ?? 0;
  }

  mapcount(frame: FrameNumber): number {
    return this.#records[frameRecord(frame) + FrameField.MAPS] ?? 0;
  }

  pincount(frame: FrameNumber): number {
    return this.#records[frameRecord(frame) + FrameField.PINS] ?? 0;
  }

  get(frame: FrameNumber): void {
    const record = frameRecord(frame);
    this.#records[record + FrameField.REFS] = (this.#records[record + FrameField.REFS] ?? 0) + 1;
  }

  /** Drops a reference; with the last one the frame is free. */
  put(frame: FrameNumber): void {
    const record = frameRecord(frame);
    const left = (this.#records[record + FrameField.REFS] ?? 0) - 1;
    if (left < 0) throw new MemoryInvariantError('a frame was freed twice', { frame });
    this.#records[record + FrameField.REFS] = left;
    if (left > 0) return;
    if (this.#records[record + FrameField.MAPS] !== 0 || this.#records[record + FrameField.PINS] !== 0)
      throw new MemoryInvariantError('a frame was freed while in use', { frame });
    this.#pushFree(frameIndex(frame));
    if (this.#onFree === undefined) return;
    this.#single[0] = frame;
    this.#onFree(this.#single, 0, 1);
  }

  /** As many calls of `put`, quick where it is the last reference. */
  putMany(frames: Int32Array, count: number): void {
    for (let at = 0; at < count; at++) {
      at = this.#freeRun(frames, at, count);
      if (at < count) this.put(frames[at]! as FrameNumber);
    }
  }

  /** Frees frames from `from` on. @returns where the first is that is still in use. */
  #freeRun(frames: Int32Array, from: number, end: number): number {
    const records = this.#records;
    const free = this.#free;
    const freeOfBlock = this.#freeOfBlock;
    let top = this.#freeCount;
    let at = from;
    for (; at < end; at++) {
      const index = frameIndex(frames[at]! as FrameNumber);
      const record = index << RECORD_SHIFT;
      if (records[record + FrameField.REFS] !== 1) break;
      if (records[record + FrameField.MAPS] !== 0 || records[record + FrameField.PINS] !== 0) break;
      records[record + FrameField.REFS] = 0;
      free[top++] = index;
      freeOfBlock[index >>> HUGE_SHIFT]!++;
    }
    this.#freeCount = top;
    if (at > from) this.#onFree?.(frames, from, at);
    return at;
  }

  /**
   * Notes that an entry now maps the frame; the mapping holds a reference.
   * @param space the process (Mm.id) whose entry it is. @param index see linearPageIndex.
   */
  map(frame: FrameNumber, page: PageIndex, space = 0, index: number = page): void {
    const record = frameRecord(frame);
    this.#records[record + FrameField.REFS] = (this.#records[record + FrameField.REFS] ?? 0) + 1;
    const maps = (this.#records[record + FrameField.MAPS] ?? 0) + 1;
    this.#records[record + FrameField.MAPS] = maps;
    this.#records[record + FrameField.PAGE] = page;
    this.#records[record + FrameField.SPACE] = space;
    this.#records[record + FrameField.INDEX] = index;
    if (maps > 1)
      this.#records[record + FrameField.FLAGS] = (this.#records[record + FrameField.FLAGS] ?? 0) | FrameFlag.SHARED;
  }

  /** Notes that an entry no longer maps the frame, and drops the mapping's reference. */
  unmap(frame: FrameNumber): void {
    const record = frameRecord(frame);
    this.#records[record + FrameField.MAPS] = (this.#records[record + FrameField.MAPS] ?? 0) - 1;
    this.put(frame);
  }

  /** Notes that the only entry that maps the frame is another one now (mremap). */
  moved(frame: FrameNumber, page: PageIndex, space: number): void {
    const record = frameRecord(frame);
    this.#records[record + FrameField.PAGE] = page;
    this.#records[record + FrameField.SPACE] = space;
  }

  /** The page whose entry was written last for the frame: with one mapping, the one that maps it. */
  pageOf(frame: FrameNumber): PageIndex {
    return (this.#records[frameRecord(frame) + FrameField.PAGE] ?? 0) as PageIndex;
  }

  /** The process of that entry. */
  spaceOf(frame: FrameNumber): number {
    return this.#records[frameRecord(frame) + FrameField.SPACE] ?? 0;
  }

  /** Which page of its backing, or of the anonymous index, it is. */
  indexOf(frame: FrameNumber): number {
    return this.#records[frameRecord(frame) + FrameField.INDEX] ?? 0;
  }

  /** The backing's id; 0 = anonymous (the kernel's folio_test_anon). */
  mappingOf(frame: FrameNumber): number {
    const record = frameRecord(frame);
    return (this.#records[record + FrameField.FLAGS]! & FrameFlag.BACKED) === 0
      ? 0
      : this.#records[record + FrameField.MAPPING]!;
  }

  /** Makes the frame a page of a backing (or of none): what the page cache does when it takes it in or lets go of it. */
  setMapping(frame: FrameNumber, mapping: number, index: number): void {
    const record = frameRecord(frame);
    if (mapping === 0) this.clearFlag(frame, FrameFlag.BACKED);
    else this.setFlag(frame, FrameFlag.BACKED);
    this.#records[record + FrameField.MAPPING] = mapping;
    this.#records[record + FrameField.INDEX] = index;
  }

  hasFlag(frame: FrameNumber, flag: number): boolean {
    return ((this.#records[frameRecord(frame) + FrameField.FLAGS] ?? 0) & flag) !== 0;
  }

  setFlag(frame: FrameNumber, flag: number): void {
    const record = frameRecord(frame);
    this.#records[record + FrameField.FLAGS] = (this.#records[record + FrameField.FLAGS] ?? 0) | flag;
  }

  clearFlag(frame: FrameNumber, flag: number): void {
    const record = frameRecord(frame);
    this.#records[record + FrameField.FLAGS] = (this.#records[record + FrameField.FLAGS] ?? 0) & ~flag;
  }

  pin(frame: FrameNumber): void {
    const record = frameRecord(frame);
    this.get(frame);
    const pins = (this.#records[record + FrameField.PINS] ?? 0) + 1;
    this.#records[record + FrameField.PINS] = pins;
    if (pins === 1) this.#pinned++;
  }

  unpin(frame: FrameNumber): void {
    const record = frameRecord(frame);
    const pins = (this.#records[record + FrameField.PINS] ?? 0) - 1;
    if (pins < 0) throw new MemoryInvariantError('a frame was unpinned twice', { frame });
    this.#records[record + FrameField.PINS] = pins;
    if (pins === 0) this.#pinned--;
    this.put(frame);
  }

  /** Takes the page lock; false if somebody holds it. */
  tryLock(frame: FrameNumber): boolean {
    const record = frameRecord(frame);
    const flags = this.#records[record + FrameField.FLAGS] ?? 0;
    if ((flags & FrameFlag.LOCKED) !== 0) return false;
    this.#records[record + FrameField.FLAGS] = flags | FrameFlag.LOCKED;
    return true;
  }

  isLocked(frame: FrameNumber): boolean {
    return this.hasFlag(frame, FrameFlag.LOCKED);
  }

  unlock(frame: FrameNumber): void {
    this.clearFlag(frame, FrameFlag.LOCKED);
  }

  /** A frame has one reference now. */
  #start(index: number): void {
    this.#records[(index << RECORD_SHIFT) + FrameField.REFS] = 1;
    this.#records[(index << RECORD_SHIFT) + FrameField.FLAGS] = 0;
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
      if (end > this.#free.length) this.#grow(end);
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
    const length = Math.min(Math.max(this.#free.length * 2, needed), this.capacity + this.#reserved);
    this.#records = grown(this.#records, length << RECORD_SHIFT);
    this.#free = grown(this.#free, length);
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
