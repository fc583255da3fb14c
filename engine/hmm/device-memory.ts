/**
 * A device's own memory (the kernel's struct dev_pagemap of type MEMORY_DEVICE_PRIVATE or MEMORY_DEVICE_COHERENT): a limited number of frames,
 * an owner, and the order in which migrated pages came.
 *
 * Invariant: a frame is in the list exactly while it is in use for a page that may be moved away again.
 */

import type { Access } from '../memory/event.js';
import type { FaultResult } from '../memory/fault.js';
import { FrameAllocator } from '../memory/frames.js';
import type { Mm } from '../memory/mm.js';
import type { PgmapOwner } from '../memory/mmu-notifier.js';
import type { DevicePagemap } from '../memory/physical-memory.js';
import { HUGE_PAGES, nodeName, NO_FRAME, type FrameNumber, type NodeId, type PageIndex } from '../memory/units.js';
import { ResidentList } from './resident-list.js';

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

export class DeviceMemory implements DevicePagemap {
  readonly node: NodeId;
  readonly owner: PgmapOwner;
  readonly frames: FrameAllocator;
  readonly type: 'private' | 'coherent';
  readonly #ops: DeviceMemoryOps;
  readonly #residents: ResidentList;
  /** What `allocate` is done with. */
  readonly #single = new Int32Array(1);

  /** @param capacity frames, i.e. pages, that the memory holds. */
  constructor(node: NodeId, capacity: number, ops: DeviceMemoryOps, options: DeviceMemoryOptions = {}) {
    this.node = node;
    this.type = options.type ?? 'private';
    this.owner = options.owner ?? Symbol(nodeName(node));
    this.#residents = new ResidentList(node);
    this.frames = new FrameAllocator(node, capacity, (frames, from, to) => {
      this.#residents.remove(frames, from, to);
      if (ops.pageFree === undefined) return;
      for (let at = from; at < to; at++) ops.pageFree(frames[at]! as FrameNumber);
    });
    this.#ops = ops;
  }

  /** Frames in use for pages that may be moved away. */
  get residentPages(): number {
    return this.#residents.size;
  }

  /** A frame for a page that migrates here, the newest resident; NO_FRAME if the memory is full. */
  allocate(): FrameNumber {
    return this.allocateMany(this.#single, 1) === 0 ? NO_FRAME : (this.#single[0]! as FrameNumber);
  }

  /** As many calls of `allocate`, the frames in `out`. @returns how many there were. */
  allocateMany(out: Int32Array, count: number): number {
    const found = this.frames.allocateMany(out, count);
    this.#residents.add(out, found, this.frames.highest);
    return found;
  }

  /** HUGE_PAGES neighbouring frames, aligned, the newest residents; the first of them, or NO_FRAME: try single frames. */
  allocateHuge(): FrameNumber {
    const first = this.frames.allocateHuge();
    if (first === NO_FRAME) return first;
    this.#residents.add(
      Int32Array.from({ length: HUGE_PAGES }, (_, at) => first + at),
      HUGE_PAGES,
      this.frames.highest,
    );
    return first;
  }

  /** Writes up to `count` frames that have been resident longest, oldest first, without those that are being moved. @returns how many. */
  longestResident(out: Int32Array, count: number): number {
    const { frames } = this;
    return this.#residents.findOldest(out, count, (frame) => !frames.isLocked(frame) && frames.mapcount(frame) > 0);
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
}
