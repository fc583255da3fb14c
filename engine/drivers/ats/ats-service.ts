/**
 * What a driver does where its devices use the process's own page table (ATS) and the CPU maps their memory like its own: a page that the CPU
 * has mapped needs no fault wherever it lies, one that nobody has is made in the device's memory, and access counters move what a device often
 * uses. Source: NVIDIA open-gpu-kernel-modules, uvm_ats_faults.c (service_ats_requests, uvm_ats_service_faults,
 * uvm_ats_service_access_counters), uvm_perf_prefetch.c (uvm_perf_prefetch_compute_ats).
 *
 * Invariant: a fault moves no page that is mapped. What a device holds never allows more than the CPU's entry. Nothing is evicted: where the
 * device has no room a page is made in system memory, or stays there.
 */

import { mapNs } from '../../machine/cost-model.js';
import type { Machine } from '../../machine/machine.js';
import { type Access, Cause, EventKind, isWrite } from '../../memory/event.js';
import { FAULT_RESOLVED, type FaultResult } from '../../memory/fault.js';
import { pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { type NodeId, type PageIndex } from '../../memory/units.js';
import { mayMigrate, type Vma } from '../../memory/vma.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';
import type { PageMigration } from '../migration/page-migration.js';
import { BIG_PAGES, BLOCK_PAGES, windowOf } from '../uvm/geometry.js';
import { growFaults, type PageMask } from '../uvm/prefetch.js';

/** Whether devices use the process's page table, and the CPU maps their memory. */
export function isCoherent({ devices, links }: Machine): boolean {
  return (
    devices.every((device) => device.pageableMemoryAccessUsesHostPageTables) && links.every(({ coherent }) => coherent)
  );
}

/** How pages come along. */
export interface AtsPolicy {
  /** Percent of a part of 2 MiB that must be exceeded for all of it to come along; undefined: nothing does. */
  readonly prefetchThreshold: number | undefined;
  /** Where pages of a range are to be, if anybody has said so. */
  readonly preferred: (page: PageIndex) => NodeId | undefined;
}

export class AtsService {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  readonly #migration: PageMigration;
  readonly #policy: AtsPolicy;
  /** By place in the window of 2 MiB: pages that faulted or are often used, that are at their destination, that go there. */
  readonly #accessed: PageMask = new Uint8Array(BLOCK_PAGES);
  readonly #resident: PageMask = new Uint8Array(BLOCK_PAGES);
  readonly #taken: PageMask = new Uint8Array(BLOCK_PAGES);

  constructor(context: DriverContext, events: DeviceEvents, migration: PageMigration, policy: AtsPolicy) {
    this.#context = context;
    this.#events = events;
    this.#migration = migration;
    this.#policy = policy;
  }

  /** The device finds the page in the CPU's table, if that allows the access. */
  translate(device: Device, page: PageIndex, access: Access): boolean {
    const { mm, machine } = this.#context;
    if (!mm.pageTable.allows(page, isWrite(access))) return false;
    const pte = mm.pageTable.get(page);
    const source = mm.nodeOf(page);
    device.mirror.map(page, pteFrame(pte), pteWritable(pte));
    if (source === device.node) return true;
    this.#events.record(EventKind.remoteMap, device, {
      source,
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      cause: Cause.fault,
      durationNs: mapNs(machine.costs, 1),
    });
    return true;
  }

  /** Pages of one area and one window of 2 MiB faulted: what is not mapped yet is made where it is to be, with what comes along. */
  populate(device: Device, vma: Vma, pages: readonly PageIndex[]): void {
    const first = pages[0];
    if (first === undefined || !mayMigrate(vma) || vma.backing !== undefined) return;
    if ((this.#policy.preferred(first) ?? device.node) !== device.node) return;
    const window = this.#begin(vma, first, device.node);
    for (const page of pages) this.#accessed[page - window.base] = 1;
    const wholly = window.empty && this.#policy.preferred(first) !== undefined;
    this.#prefetch(window, wholly);
    const { pageTable } = this.#context.mm;
    this.#eachRun(
      window,
      (at) => pageTable.get((window.base + at) as PageIndex) === 0,
      (start, count) => this.#move(device, start, count, Cause.fault),
    );
  }

  /** The CPU's fault handler does what is left of a fault: writes of shared pages, files, what there is no room for. */
  faultIn(device: Device, page: PageIndex, access: Access): FaultResult {
    const { mm } = this.#context;
    const result = mm.pageTable.allows(page, isWrite(access)) ? FAULT_RESOLVED : mm.faultIn(page, access);
    if (result.ok) this.translate(device, page, access);
    return result;
  }

  /** A device has often used a region of 64 KiB that lies elsewhere. @returns whether any of it has moved, or was there */
  migrateCounted(device: Device, vma: Vma, region: PageIndex): boolean {
    if (!mayMigrate(vma) || (this.#policy.preferred(region) ?? device.node) !== device.node) return false;
    const window = this.#begin(vma, region, device.node);
    const from = Math.max(region - window.base, window.first);
    this.#accessed.fill(1, from, Math.min(region - window.base + BIG_PAGES, window.outer));
    let done = this.#resident.subarray(from, from + BIG_PAGES).includes(1);
    this.#prefetch(window, this.#policy.preferred(region) !== undefined);
    this.#eachRun(
      window,
      (at) => this.#isElsewhere((window.base + at) as PageIndex, device.node),
      (start, count) => {
        done = this.#move(device, start, count, Cause.accessCounter) > 0 || done;
      },
    );
    return done;
  }

  /** Whether the CPU maps the page, in other memory than `node`. */
  #isElsewhere(page: PageIndex, node: NodeId): boolean {
    const { mm } = this.#context;
    return pteType(mm.pageTable.get(page)) === PteType.present && mm.nodeOf(page) !== node;
  }

  #begin(vma: Vma, page: PageIndex, target: NodeId): Window {
    const { mm } = this.#context;
    const base = windowOf(page);
    const first = Math.max(vma.start, base) - base;
    const outer = Math.min(vma.end, base + BLOCK_PAGES) - base;
    let empty = true;
    this.#accessed.fill(0);
    this.#resident.fill(0);
    for (let at = first; at < outer; at++) {
      const page = (base + at) as PageIndex;
      if (pteType(mm.pageTable.get(page)) !== PteType.present) continue;
      empty = false;
      if (mm.nodeOf(page) === target) this.#resident[at] = 1;
    }
    return { base, first, outer, empty };
  }

  #prefetch({ first, outer }: Window, wholly: boolean): void {
    const { prefetchThreshold: threshold } = this.#policy;
    const [faulted, taken] = [this.#accessed, this.#taken];
    taken.set(faulted);
    if (threshold === undefined) return;
    if (wholly) taken.fill(1, first, outer);
    else {
      const question = { first, outer, blockFirst: first, resident: this.#resident, faulted, thrashing: undefined };
      growFaults({ ...question, threshold, fillsBigPages: false }, taken);
      for (let at = first; at < outer; at++) if (faulted[at] !== 0) taken[at] = 1;
    }
  }

  #eachRun(
    { base, first, outer }: Window,
    among: (at: number) => boolean,
    visit: (start: PageIndex, count: number) => void,
  ): void {
    for (let at = first; at < outer;) {
      let end = at;
      while (end < outer && this.#taken[end] !== 0 && among(end)) end++;
      if (end > at) visit((base + at) as PageIndex, end - at);
      at = Math.max(end, at + 1);
    }
  }

  /** @returns how many pages have moved */
  #move(device: Device, start: PageIndex, count: number, cause: Cause): number {
    const { mm } = this.#context;
    const base = windowOf(start);
    if (device.memory.frames.freeFrames < count) return 0;
    return this.#migration.moveRange({
      device,
      toDevice: true,
      start,
      count,
      reason: 'fault',
      causeOf: (page) => (this.#accessed[page - base] === 0 ? Cause.prefetch : cause),
      mm,
      mapped: true,
    });
  }
}

/** The pages of one area in one window of 2 MiB: places [first, outer). */
interface Window {
  readonly base: PageIndex;
  readonly first: number;
  readonly outer: number;
  /** None of them is mapped. */
  readonly empty: boolean;
}
