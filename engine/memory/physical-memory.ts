/**
 * All nodes of memory: system memory and each device's. Frames of any address space come from here.
 * Invariant: node 0 is there from the start; a device's node is added once, together with its pagemap.
 */

import type { Access } from './event.js';
import type { FaultResult } from './fault.js';
import { FrameAllocator } from './frames.js';
import { MemoryInvariantError } from './invariant.js';
import type { PgmapOwner } from './mmu-notifier.js';
import { frameNode, SYSTEM_NODE, type FrameNumber, type NodeId, type PageIndex } from './units.js';

/** What memory management must know of a device's memory. Source: the kernel's struct dev_pagemap and its ops. */
export interface DevicePagemap {
  readonly owner: PgmapOwner;
  readonly frames: FrameAllocator;
  /** The CPU touched a device-private entry: bring the page back. The faulting frame is locked and holds a reference of the fault's. */
  migrateToRam(page: PageIndex, access: Access): FaultResult;
  /** Moves pages away until `count` frames are free; false if that cannot be done. */
  makeRoom(count: number): boolean;
}

export class PhysicalMemory {
  readonly system: FrameAllocator;
  readonly #nodes: (FrameAllocator | undefined)[];
  readonly #pagemaps: (DevicePagemap | undefined)[] = [];

  constructor(systemFrames: number) {
    this.system = new FrameAllocator(SYSTEM_NODE, systemFrames);
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
}
