/**
 * Takes pages off a full device, and maps them again for those who are to have a mapping wherever they are. Source: NVIDIA
 * open-gpu-kernel-modules, uvm_va_block.c (uvm_va_block_evict_chunks, block_add_eviction_mappings).
 *
 * Invariant: what is evicted the CPU has no mapping of, unless it is to have one everywhere: it faults when it wants it.
 */

import { Cause } from '../../memory/event.js';
import { unmapManagedPage } from '../../memory/managed.js';
import { SYSTEM_NODE, type FrameNumber, type NodeId, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';
import { countersOf } from './access-counters.js';
import type { BlockMappings } from './block-mappings.js';
import { blockAround } from './geometry.js';
import type { ServiceParts } from './service-parts.js';

export class Eviction {
  readonly #parts: ServiceParts;
  readonly #mappings: BlockMappings;

  constructor(parts: ServiceParts, mappings: BlockMappings) {
    this.#parts = parts;
    this.#mappings = mappings;
  }

  /** @param frames the device's, of pages of one window, ascending. False: none of them went */
  evict(device: Device, frames: Int32Array, count: number): boolean {
    const { migration, context, policies } = this.#parts;
    const { mm } = context;
    const pages = [...frames.subarray(0, count)].map((frame) => device.memory.frames.pageOf(frame as FrameNumber));
    const moved = migration.evictFrames(device, frames, count);
    for (const page of pages) {
      const accessed = (policies.accessedBy(page) & (1 << SYSTEM_NODE)) !== 0;
      if (!accessed && mm.findVma(page)?.kind === 'managed') unmapManagedPage(mm, page);
    }
    for (const { node } of context.devices) this.#mapAgain(node, device, pages);
    return moved;
  }

  #mapAgain(processor: NodeId, evicted: Device, pages: readonly PageIndex[]): void {
    const { mm } = this.#parts.context;
    for (let at = 0; at < pages.length;) {
      const first = pages[at]!;
      const cause = this.#causeToMap(processor, evicted, first);
      const vma = mm.findVma(first);
      let end = at + 1;
      while (
        end < pages.length &&
        pages[end] === first + (end - at) &&
        mm.findVma(pages[end]!) === vma &&
        this.#causeToMap(processor, evicted, pages[end]!) === cause
      )
        end++;
      if (vma !== undefined && cause !== Cause.none) {
        const block = blockAround(this.#parts.policies, vma, first);
        this.#mappings.mapFor(processor, block, first, first + end - at, cause);
      }
      at = end;
    }
  }

  /** Why a device is to have a mapping of a page that has been evicted; none: it is not. */
  #causeToMap(processor: NodeId, evicted: Device, page: PageIndex): Cause {
    const { policies, settings, context } = this.#parts;
    if (context.mm.nodeOf(page) !== SYSTEM_NODE) return Cause.none;
    if ((policies.accessedBy(page) & (1 << processor)) !== 0) return Cause.advise;
    const counts = countersOf(evicted, context.machine, settings) !== undefined;
    const again = processor === evicted.node && counts && settings.accessCounters.mapsEvicted;
    return again ? Cause.evict : Cause.none;
  }
}
