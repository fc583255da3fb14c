/**
 * A device's own memory (the kernel's struct dev_pagemap of type MEMORY_DEVICE_PRIVATE or MEMORY_DEVICE_COHERENT): a limited number of frames,
 * an owner, and the order in which migrated pages came.
 *
 * Invariant: a frame is in the list exactly while it is in use for a page that may be moved away again; the list is doubly linked in typed
 * columns, so adding, removing and asking for the oldest are O(1).
 */

import type { Access } from '../memory/event.js';
import type { FaultResult } from '../memory/fault.js';
import { FrameAllocator, grown } from '../memory/frames.js';
import type { Mm } from '../memory/mm.js';
import type { PgmapOwner } from '../memory/mmu-notifier.js';
import type { DevicePagemap } from '../memory/physical-memory.js';
import {
  frameIndex,
  frameNumber,
  HUGE_PAGES,
  nodeName,
  NO_FRAME,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from '../memory/units.js';

/** What the driver does for its memory (the kernel's struct dev_pagemap_ops). */
export interface DeviceMemoryOps {
  /** The CPU needs a page that lives here. */
  migrateToRam(mm: Mm, page: PageIndex, access: Access): FaultResult;
  /** Moves one page of coherent memory to system memory (see migrateDeviceCoherentFolio). Absent: it has to stay. */
  evict?(frame: FrameNumber): boolean;
  /** Frees at least one frame, at best `count`, by moving pages away; false if none could be moved. */
  makeRoom(count: number): boolean;
  /** The last reference to a frame was dropped (page_free). */
  pageFree?(frame: FrameNumber): void;
}

export interface DeviceMemoryOptions {
  /** private: the CPU cannot reach it · coherent: it maps it like its own. Default private. */
  readonly type?: 'private' | 'coherent';
  /** Default: an owner of its own. */
  readonly owner?: PgmapOwner;
}

const INITIAL_COLUMN = 1024;
/** Ends of the list; the columns hold index + 1, so that fresh columns are empty. */
const NIL = 0;
const UNLINKED = -1;

export class DeviceMemory implements DevicePagemap {
  readonly node: NodeId;
  readonly owner: PgmapOwner;
  readonly frames: FrameAllocator;
  readonly type: 'private' | 'coherent';
  readonly #ops: DeviceMemoryOps;
  #next = new Int32Array(INITIAL_COLUMN);
  /** UNLINKED, or the neighbour. */
  #previous = new Int32Array(INITIAL_COLUMN).fill(UNLINKED);
  #oldest = NIL;
  #newest = NIL;
  #residents = 0;

  /** @param capacity frames, i.e. pages, that the memory holds. */
  constructor(node: NodeId, capacity: number, ops: DeviceMemoryOps, options: DeviceMemoryOptions = {}) {
    this.node = node;
    this.type = options.type ?? 'private';
    this.owner = options.owner ?? Symbol(nodeName(node));
    this.frames = new FrameAllocator(node, capacity, (frame) => {
      this.#unlink(frame);
      ops.pageFree?.(frame);
    });
    this.#ops = ops;
  }

  /** Frames in use for pages that may be moved away. */
  get residentPages(): number {
    return this.#residents;
  }

  /** A frame for a page that migrates here, the newest resident; NO_FRAME if the memory is full. */
  allocate(): FrameNumber {
    const frame = this.frames.allocate();
    if (frame !== NO_FRAME) this.#link(frameIndex(frame));
    return frame;
  }

  /** HUGE_PAGES neighbouring frames, aligned, the newest residents; the first of them, or NO_FRAME: try single frames. */
  allocateHuge(): FrameNumber {
    const first = this.frames.allocateHuge();
    if (first === NO_FRAME) return first;
    for (let index = 0; index < HUGE_PAGES; index++) this.#link(frameIndex(first) + index);
    return first;
  }

  /** Writes up to `count` frames that have been resident longest, oldest first, without those that are being moved. @returns how many. */
  longestResident(out: Int32Array, count: number): number {
    let found = 0;
    for (let at = this.#oldest; at !== NIL && found < count; at = this.#next[at - 1] ?? NIL) {
      const frame = frameNumber(this.node, at - 1);
      if (!this.frames.isLocked(frame) && this.frames.mapcount(frame) > 0) out[found++] = frame;
    }
    return found;
  }

  migrateToRam(mm: Mm, page: PageIndex, access: Access): FaultResult {
    return this.#ops.migrateToRam(mm, page, access);
  }

  evict(frame: FrameNumber): boolean {
    return this.#ops.evict?.(frame) ?? false;
  }

  makeRoom(count: number): boolean {
    if (count > this.frames.capacity) return false;
    while (this.frames.freeFrames < count) {
      const before = this.frames.freeFrames;
      if (!this.#ops.makeRoom(count - before) || this.frames.freeFrames <= before) return false;
    }
    return true;
  }

  #link(index: number): void {
    if (index >= this.#next.length) this.#grow(index + 1);
    const newest = this.#newest;
    this.#next[index] = NIL;
    this.#previous[index] = newest;
    if (newest === NIL) this.#oldest = index + 1;
    else this.#next[newest - 1] = index + 1;
    this.#newest = index + 1;
    this.#residents++;
  }

  #unlink(frame: FrameNumber): void {
    const index = frameIndex(frame);
    const previous = this.#previous[index] ?? UNLINKED;
    if (previous === UNLINKED) return;
    this.#previous[index] = UNLINKED;
    const next = this.#next[index]!;
    if (next === NIL) this.#newest = previous;
    else this.#previous[next - 1] = previous;
    if (previous === NIL) this.#oldest = next;
    else this.#next[previous - 1] = next;
    this.#residents--;
  }

  #grow(needed: number): void {
    const before = this.#next.length;
    const length = Math.max(needed, before * 2);
    this.#next = grown(this.#next, length);
    this.#previous = grown(this.#previous, length).fill(UNLINKED, before);
  }
}
