/**
 * Device memory of ranges (struct svm_range_bo): a buffer holds room for the whole of a range as soon as one of its pages migrates, and gives
 * it back when none is left. A full device evicts whole buffers, those first that were used least recently (TTM's LRU).
 *
 * Invariant: a range has at most one buffer; a buffer has at least one range, and is on the list of its device as long. Source: kfd_svm.c
 * (svm_range_vram_node_new, svm_range_bo_release), ttm_resource.c.
 */

import type { Device } from '../driver.js';
import type { SvmBuffer, SvmRange } from './range.js';

/** The buffers of one device. */
interface Held {
  /** Least recently used first. */
  readonly buffers: Set<SvmBuffer>;
  /** Of all of them. */
  pages: number;
}

export class SvmBuffers {
  readonly #held = new Map<Device, Held>();
  readonly #evict: (buffer: SvmBuffer) => void;

  /** @param evict moves all pages of a buffer's ranges to system memory, and drops it from those that are empty then */
  constructor(evict: (buffer: SvmBuffer) => void) {
    this.#evict = evict;
  }

  /** Gives a range, which has none on another device, a buffer on this one. False if there is no room for all of it. */
  hold(range: SvmRange, device: Device): boolean {
    const held = this.#of(device);
    const { buffer, pages } = range;
    if (buffer !== undefined) {
      held.buffers.delete(buffer);
      held.buffers.add(buffer);
      return buffer.device === device;
    }
    const { frames, residentPages } = device.memory;
    const room = frames.capacity - (frames.usedFrames - residentPages) - pages;
    if (room < 0) return false;
    for (const oldest of held.buffers) {
      if (held.pages <= room) break;
      this.#evict(oldest);
    }
    if (held.pages > room) return false;
    range.buffer = { device, pages, ranges: new Set([range]) };
    held.buffers.add(range.buffer);
    held.pages += pages;
    return true;
  }

  /** What was split off has its pages in the same buffer. */
  share(head: SvmRange, tail: SvmRange): void {
    tail.buffer = head.buffer;
    head.buffer?.ranges.add(tail);
  }

  /** A range has no page on the device any more. */
  drop(range: SvmRange): void {
    const { buffer } = range;
    range.buffer = undefined;
    range.devicePages = 0;
    if (buffer === undefined) return;
    buffer.ranges.delete(range);
    if (buffer.ranges.size > 0) return;
    const held = this.#of(buffer.device);
    if (held.buffers.delete(buffer)) held.pages -= buffer.pages;
  }

  /** Evicts buffers of a device until it has more free frames. False if none frees one. */
  makeRoom(device: Device): boolean {
    const { frames } = device.memory;
    const before = frames.freeFrames;
    for (const oldest of this.#of(device).buffers) {
      this.#evict(oldest);
      if (frames.freeFrames > before) return true;
    }
    return false;
  }

  #of(device: Device): Held {
    let held = this.#held.get(device);
    if (held === undefined) this.#held.set(device, (held = { buffers: new Set(), pages: 0 }));
    return held;
  }
}
