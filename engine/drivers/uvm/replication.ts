/**
 * Memory that is mostly read: readers get copies, and a write makes all but one of them go away. Source: NVIDIA open-gpu-kernel-modules,
 * uvm_va_block.c (uvm_va_block_make_resident_read_duplicate, uvm_va_block_unset_read_duplication).
 *
 * Invariant: while a device has a replica of a page, nobody's entry for it allows a write. A page has one home, which the CPU's table says; a
 * device that has had it as home keeps a replica when the CPU reads it.
 */

import { copyOnWrite } from '../../memory/copy-on-write.js';
import { pageBytes } from '../../machine/cost-model.js';
import { Cause, EventKind } from '../../memory/event.js';
import { protectManagedPage } from '../../memory/managed.js';
import { pteType, PteType } from '../../memory/page-table.js';
import { NO_NODE, SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';
import { BLOCK_PAGES } from './geometry.js';
import type { PageMask } from './prefetch.js';
import type { PageSpan } from './range-policies.js';
import { deviceOf, eachRun, entryOf, type Charge, type ServiceParts } from './service-parts.js';
import type { ServiceRequest } from './service-request.js';

export class Replication {
  readonly #parts: ServiceParts;
  readonly #homes = new Uint8Array(BLOCK_PAGES);
  /** Pages of which the target of the last collapse had a copy. */
  readonly #copied: PageMask = new Uint8Array(BLOCK_PAGES);

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Where pages are that the request is to have copies of, before anything moves. Pages that are nowhere are no copies. */
  note(request: ServiceRequest): void {
    const { mm } = this.#parts.context;
    const { block, duplicate } = request;
    for (let at = block.first; at < block.outer; at++) {
      if (duplicate[at] === 0) continue;
      this.#homes[at] = mm.nodeOf(request.pageAt(at));
      if (this.#homes[at] === NO_NODE) duplicate[at] = 0;
    }
  }

  /** After pages that the CPU reads have come home: the devices that had them keep copies. */
  keepOnDevices(request: ServiceRequest): void {
    if (!request.duplicate.includes(1)) return;
    const isDuplicate = (at: number): boolean => request.duplicate[at] !== 0;
    const visit = (start: PageIndex, end: number): void => {
      for (let page = start; page < end; page++) {
        const home = this.#homes[page - request.block.window]! as NodeId;
        const device = deviceOf(this.#parts, home);
        if (device !== undefined) this.#replicate(device, page, home, SYSTEM_NODE);
      }
    };
    eachRun(request, SYSTEM_NODE, visit, isDuplicate);
    for (const chunks of this.#parts.chunks) chunks?.changed(request.block.window, false);
  }

  /** Copies what a device reads and has not got. */
  copyToDevice(request: ServiceRequest, device: Device, charge: Charge): void {
    const { context, events, chunks, settings } = this.#parts;
    const { mm } = context;
    const { block, causeOf } = request;
    const wanted = (at: number): boolean => {
      const page = request.pageAt(at);
      const missing = mm.nodeOf(page) === SYSTEM_NODE && !device.mirror.hasReplica(page);
      return request.duplicate[at] !== 0 && missing;
    };
    let count = 0;
    for (let at = block.first; at < block.outer; at++) if (request.target[at] === device.node && wanted(at)) count++;
    if (count === 0) return;
    if (chunks[device.agent]?.reserve(block, count, settings.oversubscription) === false) return;
    eachRun(
      request,
      device.node,
      (start, end) => {
        charge(entryOf(request, start, end));
        for (let first = start; first < end;) {
          const cause = causeOf(first);
          let last: PageIndex = first;
          while (last < end && causeOf(last) === cause && this.#copyPage(device, last)) last++;
          if (last === first) return;
          events.transfer(device, SYSTEM_NODE, device.node, first, last - first, cause);
          this.#record(device, first, last - first, SYSTEM_NODE, device.node);
          first = last;
        }
      },
      wanted,
    );
    chunks[device.agent]?.changed(block.window, true);
  }

  /** All copies of pages that are to be written go; `hadCopy` says afterwards of which pages the target had one. */
  collapse(request: ServiceRequest, node: NodeId): void {
    const { devices } = this.#parts.context;
    this.#copied.fill(0);
    if (devices.every(({ mirror }) => mirror.replicatedPages === 0)) return;
    eachRun(
      request,
      node,
      (start, end) => {
        for (let page = start; page < end; page++) {
          for (const device of devices) {
            if (device.mirror.dropReplica(page) && device.node === node) this.#copied[page - request.block.window] = 1;
          }
        }
      },
      (at) => request.duplicate[at] === 0,
    );
    for (const chunks of this.#parts.chunks) chunks?.changed(request.block.window, false);
  }

  hadCopy(page: PageIndex): boolean {
    return this.#copied[page % BLOCK_PAGES] === 1;
  }

  /** Pages are no longer mostly read: one copy is left of each, which may be written. */
  end({ start, end }: PageSpan): void {
    const { context, chunks } = this.#parts;
    const { mm, devices } = context;
    for (let page = start as PageIndex; page < end; page++) {
      let dropped = false;
      for (const { mirror } of devices) dropped = mirror.dropReplica(page) || dropped;
      const vma = mm.findVma(page);
      if (dropped && vma !== undefined && pteType(mm.pageTable.get(page)) === PteType.present)
        copyOnWrite(mm, vma, page);
    }
    for (let window = start; window < end; window += BLOCK_PAGES)
      for (const each of chunks) each?.changed(window as PageIndex, false);
  }

  #copyPage(device: Device, page: PageIndex): boolean {
    const { mm, devices } = this.#parts.context;
    for (const { mirror } of devices) if (mirror.allows(page, true)) mirror.unmap(page, 1, Cause.fault);
    protectManagedPage(mm, page);
    return device.mirror.replicate(page);
  }

  #replicate(device: Device, page: PageIndex, source: NodeId, target: NodeId): void {
    const { mm } = this.#parts.context;
    if (mm.nodeOf(page) !== SYSTEM_NODE) return;
    if (this.#copyPage(device, page)) this.#record(device, page, 1, source, target);
  }

  #record(device: Device, firstPage: PageIndex, pageCount: number, source: NodeId, target: NodeId): void {
    const extra = pageBytes(pageCount);
    this.#parts.events.record(EventKind.replicate, device, {
      source,
      target,
      firstPage,
      pageCount,
      durationNs: 0,
      extra,
    });
  }
}
