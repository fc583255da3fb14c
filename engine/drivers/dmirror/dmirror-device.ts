/**
 * One test device: its memory, which grows in chunks, and the files that are open on it. Source: lib/test_hmm.c (struct dmirror_device,
 * dmirror_allocate_chunk, dmirror_device_remove_chunks).
 *
 * Invariant: no more frames are in use than the chunks hold. A device with coherent memory has one chunk, cut into single pages, as the
 * kernel has it: it never finds memory for a huge page.
 */

import { DeviceMemory } from '../../hmm/device-memory.js';
import type { EventSink } from '../../memory/event.js';
import type { Mm } from '../../memory/mm.js';
import type { PgmapOwner } from '../../memory/mmu-notifier.js';
import type { PhysicalMemory } from '../../memory/physical-memory.js';
import {
  DMIRROR_NODES,
  HUGE_PAGES,
  MAX_FRAMES_PER_NODE,
  NO_FRAME,
  PAGE_SIZE,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from '../../memory/units.js';
import { Dmirror } from './dmirror.js';
import { DmirrorEvents, type DmirrorTiming } from './dmirror-events.js';
import { evictAll, faultToRam } from './eviction.js';
import type { TestDevice } from './test-device.js';

/** Pages of a chunk: 256 MiB. */
export const CHUNK_PAGES = (256 * 2 ** 20) / PAGE_SIZE;

export class DmirrorDevice implements TestDevice {
  readonly minor: number;
  readonly node: NodeId;
  readonly type: 'private' | 'coherent';
  readonly memory: DeviceMemory;
  readonly events: DmirrorEvents;
  readonly #physical: PhysicalMemory;
  readonly #files = new Set<Dmirror>();
  #chunks = 1;
  #allocated = 0;
  #freed = 0;

  constructor(minor: number, physical: PhysicalMemory, sink: EventSink, timing?: DmirrorTiming) {
    this.minor = minor;
    this.node = (DMIRROR_NODES + minor) as NodeId;
    this.type = minor < 2 ? 'private' : 'coherent';
    this.#physical = physical;
    this.events = new DmirrorEvents(this.node, sink, timing);
    this.memory = new DeviceMemory(
      this.node,
      this.type === 'private' ? MAX_FRAMES_PER_NODE : CHUNK_PAGES,
      {
        migrateToRam: (mm, page) => faultToRam(this, mm, page),
        makeRoom: () => false,
        pageFree: () => {
          this.#freed++;
        },
      },
      { type: this.type },
    );
    physical.addDevice(this.memory);
  }

  /** Whose device memory it is: compared by hmm and by notifiers. */
  get owner(): PgmapOwner {
    return this.memory.owner;
  }

  /** Chunks of CHUNK_PAGES pages that there are. */
  get chunks(): number {
    return this.#chunks;
  }

  /** Pages that were allocated, and given back, since the device came into being. */
  get counters(): { readonly allocated: number; readonly freed: number } {
    return { allocated: this.#allocated, freed: this.#freed };
  }

  /** Opens the device: the file mirrors this process. */
  open(mm: Mm): Dmirror {
    const file = new Dmirror(this, mm, () => {
      this.closed(file);
    });
    this.#files.add(file);
    return file;
  }

  /** The last descriptor of a file is closed. What the device holds, of whichever process, comes back. */
  private closed(file: Dmirror): void {
    this.#files.delete(file);
    this.evict();
  }

  /** A frame with one reference, or NO_FRAME. */
  allocate(): FrameNumber {
    if (!this.#grow(1)) return NO_FRAME;
    const frame = this.memory.allocate();
    if (frame !== NO_FRAME) this.#allocated++;
    return frame;
  }

  /** The first of HUGE_PAGES neighbouring frames with one reference each, or NO_FRAME. */
  allocateHuge(): FrameNumber {
    if (this.type === 'coherent' || !this.#grow(HUGE_PAGES)) return NO_FRAME;
    const frame = this.memory.allocateHuge();
    if (frame !== NO_FRAME) this.#allocated += HUGE_PAGES;
    return frame;
  }

  /** Moves every page that can move to system memory. */
  evict(): void {
    evictAll(this, this.#physical);
  }

  /** RELEASE: evicts all, and the chunks are gone until memory is needed again. */
  removeChunks(): void {
    this.evict();
    this.#chunks = Math.ceil(this.memory.frames.usedFrames / CHUNK_PAGES);
  }

  /** The pages are about to be elsewhere: no file of this device that mirrors the process keeps an entry. @returns entries dropped. */
  forget(mm: Mm, start: PageIndex, count: number): number {
    let dropped = 0;
    for (const file of this.#files) if (file.mm === mm) dropped += file.table.erase(start, count);
    return dropped;
  }

  /** Whether an allocation for a huge page of this process is to fail: once for each time that a file was told so. */
  failsHuge(mm: Mm): boolean {
    for (const file of this.#files) if (file.mm === mm && file.takeFailAlloc()) return true;
    return false;
  }

  /** Adds chunks until `count` more frames fit. */
  #grow(count: number): boolean {
    const most = this.memory.frames.capacity / CHUNK_PAGES;
    while (this.memory.frames.usedFrames + count > this.#chunks * CHUNK_PAGES) {
      if (this.#chunks >= most) return false;
      this.#chunks++;
    }
    return true;
  }
}
