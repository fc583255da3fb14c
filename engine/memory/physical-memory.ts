/**
 * All nodes of memory, system memory and each device's, the swap area, and the processes that use them. Frames of any address space come
 * from here; the reverse mapping starts here.
 * Invariant: node 0 is there from the start; a device's node is added once, together with its pagemap. A process is listed while it lives.
 */

import { Backings } from './backing.js';
import { FrameAllocator, FrameFlag } from './frames.js';
import { MemoryInvariantError } from './invariant.js';
import type { DevicePagemap, Mm, PhysicalMemory } from './mm-types.js';
import { hasFrame, pteFrame } from './page-table.js';
import { frameNode, SYSTEM_NODE, type FrameNumber, type NodeId, type PageIndex } from './units.js';
import { SwapArea } from './swap-area.js';

export type { DevicePagemap, PhysicalMemory } from './mm-types.js';

export class NodeMemory implements PhysicalMemory {
  readonly system: FrameAllocator;
  readonly swap: SwapArea;
  reclaimCached: ((mapping: number, frame: FrameNumber) => boolean) | undefined;
  cachedFrames = 0;
  reclaimHand = 1;
  readonly #nodes: (FrameAllocator | undefined)[];
  readonly #pagemaps: (DevicePagemap | undefined)[] = [];
  readonly #spaces: (Mm | undefined)[] = [];
  readonly backings = new Backings();

  /** @param swapFrames pages that the swap area holds. */
  constructor(systemFrames: number, swapFrames = 0) {
    // The first frame is the zero page.
    this.system = new FrameAllocator(SYSTEM_NODE, systemFrames, undefined, 1);
    this.swap = new SwapArea(swapFrames);
    this.#nodes = [this.system];
  }

  nodes(): readonly FrameAllocator[] {
    return this.#nodes.filter((node) => node !== undefined);
  }

  addDevice(pagemap: DevicePagemap): void {
    this.#nodes[pagemap.frames.node] = pagemap.frames;
    this.#pagemaps[pagemap.frames.node] = pagemap;
  }

  of(frame: FrameNumber): FrameAllocator {
    const frames = this.#nodes[frameNode(frame)];
    if (frames === undefined) throw new MemoryInvariantError('a frame belongs to no node', { frame });
    return frames;
  }

  pagemap(node: NodeId): DevicePagemap | undefined {
    return this.#pagemaps[node];
  }

  pagemapOf(frame: FrameNumber): DevicePagemap | undefined {
    return this.#pagemaps[frameNode(frame)];
  }

  addSpace(mm: Mm): number {
    let id = this.#spaces.indexOf(undefined);
    if (id < 0) id = this.#spaces.length;
    this.#spaces[id] = mm;
    return id;
  }

  removeSpace(mm: Mm): void {
    this.#spaces[mm.id] = undefined;
  }

  spaces(): readonly Mm[] {
    return this.#spaces.filter((mm) => mm !== undefined);
  }

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
    for (const space of this.#spaces) {
      if (space === undefined) continue;
      for (const page of space.pagesOf(index, mapping)) if (refersTo(space, page, frame)) visit(space, page);
    }
  }
}

function refersTo(mm: Mm, page: PageIndex, frame: FrameNumber): boolean {
  const pte = mm.pageTable.get(page);
  return hasFrame(pte) && pteFrame(pte) === frame;
}
