/**
 * All nodes of memory, system memory and each device's, the swap area, and the processes that use them. Frames of any address space come
 * from here; the reverse mapping starts here.
 * Invariant: node 0 is there from the start; a device's node is added once, together with its pagemap. A process is listed while it lives.
 */

import { Backings } from './backing.js';
import type { Access } from './event.js';
import type { FaultResult } from './fault.js';
import { FrameAllocator, FrameFlag } from './frames.js';
import { MemoryInvariantError } from './invariant.js';
import type { Mm } from './mm.js';
import type { PgmapOwner } from './mmu-notifier.js';
import { hasFrame, pteFrame } from './page-table.js';
import { frameNode, SYSTEM_NODE, type FrameNumber, type NodeId, type PageIndex } from './units.js';
import { SwapArea } from './swap-area.js';

/** What memory management must know of a device's memory. Source: the kernel's struct dev_pagemap and its ops. */
export interface DevicePagemap {
  readonly owner: PgmapOwner;
  readonly frames: FrameAllocator;
  /** private: the CPU cannot reach it · coherent: the CPU maps it like its own (MEMORY_DEVICE_PRIVATE, MEMORY_DEVICE_COHERENT). */
  readonly type: 'private' | 'coherent';
  /**
   * The CPU touched a device-private entry of this process: bring the page back. The faulting frame is locked and holds a reference of the
   * fault's.
   */
  migrateToRam(mm: Mm, page: PageIndex, access: Access): FaultResult;
  /** Moves one page away, wherever it is mapped (migrate_device_coherent_folio): what a long-term pin asks for. False: it has to stay. */
  evict?(frame: FrameNumber): boolean;
  /** Moves pages away until `count` frames are free; false if that cannot be done. */
  makeRoom(count: number): boolean;
}

export class PhysicalMemory {
  readonly system: FrameAllocator;
  readonly swap: SwapArea;
  /**
   * Drops a frame from the cache of the backing with this id, writing it back first if it must; false if it has to stay. Set by the page
   * cache; absent while there is none.
   */
  reclaimCached: ((mapping: number, frame: FrameNumber) => boolean) | undefined;
  /** Frames that a page cache holds beyond the life of every process. */
  cachedFrames = 0;
  /** Where reclaim's clock hand stands: an index of a system frame. */
  reclaimHand = 1;
  readonly #nodes: (FrameAllocator | undefined)[];
  readonly #pagemaps: (DevicePagemap | undefined)[] = [];
  readonly #spaces: (Mm | undefined)[] = [];
  /** What pages are pages of, where they are not anonymous. */
  readonly backings = new Backings();

  /** @param swapFrames pages that the swap area holds. */
  constructor(systemFrames: number, swapFrames = 0) {
    // The first frame is the zero page.
    this.system = new FrameAllocator(SYSTEM_NODE, systemFrames, undefined, 1);
    this.swap = new SwapArea(swapFrames);
    this.#nodes = [this.system];
  }

  /** Every node that exists. */
  nodes(): readonly FrameAllocator[] {
    return this.#nodes.filter((node) => node !== undefined);
  }

  addDevice(pagemap: DevicePagemap): void {
    this.#nodes[pagemap.frames.node] = pagemap.frames;
    this.#pagemaps[pagemap.frames.node] = pagemap;
  }

  /** The allocator that a frame belongs to. */
  of(frame: FrameNumber): FrameAllocator {
    const frames = this.#nodes[frameNode(frame)];
    if (frames === undefined) throw new MemoryInvariantError('a frame belongs to no node', { frame });
    return frames;
  }

  pagemap(node: NodeId): DevicePagemap | undefined {
    return this.#pagemaps[node];
  }

  /** The pagemap of a device frame. */
  pagemapOf(frame: FrameNumber): DevicePagemap | undefined {
    return this.#pagemaps[frameNode(frame)];
  }

  /** Lists a process. @returns its id: the lowest that is free. */
  addSpace(mm: Mm): number {
    let id = this.#spaces.indexOf(undefined);
    if (id < 0) id = this.#spaces.length;
    this.#spaces[id] = mm;
    return id;
  }

  removeSpace(mm: Mm): void {
    this.#spaces[mm.id] = undefined;
  }

  /** The processes that live, by id. */
  spaces(): readonly Mm[] {
    return this.#spaces.filter((mm) => mm !== undefined);
  }

  /**
   * The reverse mapping (rmap_walk): every entry, in every process, that refers to the frame, migration and exclusive entries included. The
   * visitor may change the entry that it is shown.
   */
  rmap(frame: FrameNumber, visit: (mm: Mm, page: PageIndex) => void): void {
    const frames = this.of(frame);
    const last = frames.pageOf(frame);
    const mm = this.#spaces[frames.spaceOf(frame)];
    if (!frames.hasFlag(frame, FrameFlag.SHARED)) {
      if (mm !== undefined && refersTo(mm, last, frame)) visit(mm, last);
      return;
    }
    const index = frames.indexOf(frame);
    const mapping = frames.mappingOf(frame);
    for (const space of this.spaces()) {
      for (const page of space.pagesOf(index, mapping)) if (refersTo(space, page, frame)) visit(space, page);
    }
  }
}

function refersTo(mm: Mm, page: PageIndex, frame: FrameNumber): boolean {
  const pte = mm.pageTable.get(page);
  return hasFrame(pte) && pteFrame(pte) === frame;
}
