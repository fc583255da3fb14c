/**
 * Access counters: pages that a device uses in somebody else's memory, often enough, move to it. Source: NVIDIA open-gpu-kernel-modules,
 * uvm_gpu_access_counters.c (is_migration_enabled, service_notifications_batch, expand_notification_block, service_va_block_locked).
 *
 * Invariant: only what the device maps elsewhere moves. A counter of managed memory, or of memory that is gone, begins again; one of memory that
 * the driver did not allocate does not, and nothing of it moves.
 */

import type { Machine } from '../../machine/machine.js';
import { Access, Cause } from '../../memory/event.js';
import { NO_NODE, type PageIndex } from '../../memory/units.js';
import { isSystemMemory } from '../../memory/vma.js';
import type { AccessCounterPolicy, Device } from '../driver.js';
import type { BlockService } from './block-service.js';
import { BIG_PAGES, blockAround } from './geometry.js';
import type { UvmSettings } from './parameters.js';
import { Placement } from './placement.js';
import type { ServiceParts } from './service-parts.js';
import { ServiceRequest } from './service-request.js';

/** Undefined: the device has none, or nobody looks at them. */
export function countersOf(device: Device, machine: Machine, settings: UvmSettings): AccessCounterPolicy | undefined {
  const { migration, threshold, batchNotifications } = settings.accessCounters;
  const enabled = migration === 1 || (migration === -1 && usesHostPageTables(machine));
  return enabled && device.spec.accessCounters ? { threshold, batchNotifications } : undefined;
}

/** Whether devices translate addresses by the process's own page table (ATS). */
function usesHostPageTables({ devices }: Machine): boolean {
  return devices.some((device) => device.pageableMemoryAccessUsesHostPageTables);
}

export class AccessCounters {
  readonly #parts: ServiceParts;
  readonly #blocks: BlockService;
  readonly #placement: Placement;
  readonly #request = new ServiceRequest();

  constructor(parts: ServiceParts, blocks: BlockService) {
    this.#parts = parts;
    this.#blocks = blocks;
    this.#placement = new Placement(parts);
  }

  /** @param regions first pages of regions of 64 KiB. @returns those whose counters begin again */
  service(device: Device, regions: readonly PageIndex[]): readonly PageIndex[] {
    const { ats, context } = this.#parts;
    const { mm } = context;
    const cleared: PageIndex[] = [];
    this.#parts.thrashing.tick();
    const sorted = [...regions].sort((a, b) => a - b);
    for (let at = 0; at < sorted.length;) at = this.#serviceBlock(device, sorted, at);
    for (const region of regions) {
      const vma = mm.findVma(region);
      const moved = vma !== undefined && isSystemMemory(vma) && ats?.migrateCounted(device, vma, region) === true;
      if (moved || vma === undefined || vma.kind === 'managed') cleared.push(region);
    }
    return cleared;
  }

  /** Services the regions from `from` on that are of one block. @returns where the next block begins */
  #serviceBlock(device: Device, regions: readonly PageIndex[], from: number): number {
    const { context, policies } = this.#parts;
    const vma = context.mm.findVma(regions[from]!);
    if (vma?.kind !== 'managed') return from + 1;
    const block = blockAround(policies, vma, regions[from]!);
    const end = block.window + block.outer;
    const request = this.#request;
    request.begin(block, device.node);
    request.cause = Cause.accessCounter;
    let at = from;
    for (; at < regions.length && regions[at]! < end; at++) {
      const last = Math.min(regions[at]! + BIG_PAGES, end);
      for (let page = regions[at]!; page < last; page++) this.#want(request, device, page);
    }
    if (request.count > 0) this.#blocks.service(request);
    return at;
  }

  #want(request: ServiceRequest, device: Device, page: PageIndex): void {
    const { mm } = this.#parts.context;
    const node = mm.nodeOf(page);
    if (node === NO_NODE || node === device.node || !device.mirror.allows(page, false)) return;
    const processor = device.node;
    const hint = this.#placement.hint(page, processor);
    if (hint.kind === 'throttle') return;
    const access = Access.read;
    const target = this.#placement.residency({ block: request.block, page, access, processor, hint, counted: true });
    if (target.node === node) return;
    request.add(page, access, target.node, target.duplicate, -1);
    if (hint.kind === 'pin') request.pinned[page - request.block.window] = 1;
  }
}
