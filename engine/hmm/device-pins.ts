/**
 * Pages pinned in a device's memory: what the 2014 proposal asked for and upstream refused. While a page is pinned the device may rely on it,
 * and the CPU, which cannot reach it there, waits until it is unpinned. A mode for seeing what that does; Linux has no such call.
 *
 * Invariant: a pin holds the device's frame (pincount), so no migration and no eviction takes it away; it ends once, by unpin or with the
 * process. Source of the idea: the HMM proposal of December 2014 (pinning to device memory); mm/migrate_device.c's pin check keeps the page.
 */

import { Errno } from '../memory/errno.js';
import { Access, Cause, EventKind } from '../memory/event.js';
import type { Mm } from '../memory/mm.js';
import { pteFrame, pteType, PteType } from '../memory/page-table.js';
import { CPU, type FrameNumber, type PageIndex } from '../memory/units.js';
import type { DeviceMemory } from './device-memory.js';

interface Pin {
  readonly frame: FrameNumber;
  readonly memory: DeviceMemory;
}

export class DevicePins {
  readonly #mm: Mm;
  readonly #pins = new Map<PageIndex, Pin[]>();

  constructor(mm: Mm) {
    this.#mm = mm;
  }

  /** Pins pages that are in the device's memory, each call once more. @returns 0, or -EBUSY (one of them is elsewhere) with nothing pinned. */
  pin(memory: DeviceMemory, start: PageIndex, count: number): 0 | Errno {
    const { pageTable } = this.#mm;
    for (let page = start; page < start + count; page++) {
      const pte = pageTable.get(page);
      const here = pteType(pte) === PteType.devicePrivate && this.#mm.physical.of(pteFrame(pte)) === memory.frames;
      if (!here) return Errno.EBUSY;
    }
    for (let page = start; page < start + count; page++) {
      const frame = pteFrame(pageTable.get(page));
      memory.frames.pin(frame);
      const pins = this.#pins.get(page);
      if (pins === undefined) this.#pins.set(page, [{ frame, memory }]);
      else pins.push({ frame, memory });
    }
    this.#record(EventKind.pin, memory, start, count);
    return 0;
  }

  /** Undoes one pin of each page. @returns 0, or -EINVAL (one of them is not pinned) with nothing undone. */
  unpin(start: PageIndex, count: number): 0 | Errno {
    for (let page = start; page < start + count; page++) if (!this.#pins.has(page)) return Errno.EINVAL;
    let memory: DeviceMemory | undefined;
    for (let page = start; page < start + count; page++) memory = this.#undo(page) ?? memory;
    if (memory !== undefined) this.#record(EventKind.unpin, memory, start, count);
    return 0;
  }

  /** The process ends: nothing stays pinned. */
  end(): void {
    for (const page of [...this.#pins.keys()]) while (this.#pins.has(page)) this.#undo(page);
  }

  #undo(page: PageIndex): DeviceMemory | undefined {
    const pins = this.#pins.get(page);
    const pin = pins?.pop();
    if (pins?.length === 0) this.#pins.delete(page);
    pin?.memory.frames.unpin(pin.frame);
    return pin?.memory;
  }

  #record(kind: EventKind, memory: DeviceMemory, firstPage: PageIndex, pageCount: number): void {
    this.#mm.sink.record({
      kind,
      agent: CPU,
      source: memory.node,
      target: memory.node,
      firstPage,
      pageCount,
      access: Access.none,
      cause: Cause.api,
      durationNs: 0,
      extra: memory.frames.pinnedFrames,
    });
  }
}
