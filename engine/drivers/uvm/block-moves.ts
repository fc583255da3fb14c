/**
 * Moves the pages of a request to where they are to be. Source: NVIDIA open-gpu-kernel-modules, uvm_va_block.c (uvm_va_block_make_resident,
 * block_populate_pages, block_copy_resident_pages), uvm_hmm.c.
 *
 * Invariant: neighbours that move for the same cause from the same place are one transfer; pages that nobody has touched get a frame and no
 * transfer. What comes from another device comes directly from a peer, and otherwise through system memory.
 */

import { copyOnWrite } from '../../memory/copy-on-write.js';
import { Access, isWrite } from '../../memory/event.js';
import { insertManagedPage, unmapManagedPage } from '../../memory/managed.js';
import { pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';
import { BLOCK_PAGES } from './geometry.js';
import type { PageMask } from './prefetch.js';
import { entryOf, eachRun, isAllOn, isAnyOn, type Charge, type ServiceParts } from './service-parts.js';
import type { ServiceRequest } from './service-request.js';

export class BlockMoves {
  readonly #parts: ServiceParts;
  /** Pages that came from a device. */
  readonly #came: PageMask = new Uint8Array(BLOCK_PAGES);

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  toSystem(request: ServiceRequest, charge: Charge): void {
    const { mm, devices } = this.#parts.context;
    if (this.#countMoving(request, SYSTEM_NODE) > mm.physical.system.freeFrames) request.dropPrefetch();
    const came = this.#came.fill(0);
    for (const device of devices) this.#bringHome(request, SYSTEM_NODE, device, charge, came);
    const { block, processor } = request;
    for (let at = block.first; at < block.outer; at++) {
      const page = request.pageAt(at);
      if (request.target[at] !== SYSTEM_NODE) continue;
      // Only who faulted gets a mapping.
      if (block.managed && came[at] === 1 && processor !== SYSTEM_NODE) unmapManagedPage(mm, page);
      if (mm.pageTable.get(page) !== 0) continue;
      if (block.managed) insertManagedPage(mm, block.vma, page, processor === SYSTEM_NODE);
      else if (request.faulted[at] !== 0) mm.faultIn(page, request.access[at]! as Access);
    }
  }

  /** @param hasCopy pages of which the device has had a copy */
  toDevice(request: ServiceRequest, device: Device, charge: Charge, hasCopy: (page: PageIndex) => boolean): void {
    const { migration, context, chunks, settings, topology, events } = this.#parts;
    const { mm, devices } = context;
    const { causeOf } = request;
    const memory = chunks[device.agent];
    this.#prepare(request, device);
    if (memory?.reserve(request.block, this.#countMoving(request, device.node), settings.oversubscription) === false) {
      if (!request.asked) request.dropPrefetch();
      memory.reserve(request.block, this.#countMoving(request, device.node), settings.oversubscription);
    }
    let moved = 0;
    for (const other of devices) {
      if (other === device) continue;
      if (topology.canAccess(device.node, other.node)) moved += this.#fromPeer(request, device, other, charge);
      else this.#bringHome(request, device.node, other, charge);
    }
    const mapped = request.processor === device.node;
    const reason = request.asked ? 'prefetch' : 'fault';
    const kind = request.asked ? 'asked' : 'service';
    eachRun(
      request,
      device.node,
      (start, end) => {
        if (isAllOn(mm, device.node, start, end)) return;
        charge(entryOf(request, start, end));
        const range = { start, count: end - start };
        const move = { device, toDevice: true, ...range, reason, causeOf, hasCopy, mm, mapped } as const;
        moved += events.during(kind, () => migration.moveRange(move));
      },
      (at) => request.duplicate[at] === 0,
    );
    if (moved > 0) memory?.changed(request.block.window, true);
    this.#unmapForCpu(request, device);
  }

  /** Where the CPU could map what is on a device, it does so only if it is to have a mapping everywhere. */
  #unmapForCpu({ block, target, pageAt }: ServiceRequest, device: Device): void {
    const { context, policies } = this.#parts;
    if (device.memory.type !== 'coherent' || !block.managed) return;
    const accessed = (policies.accessedBy(block.window + block.first) & (1 << SYSTEM_NODE)) !== 0;
    for (let at = block.first; !accessed && at < block.outer; at++)
      if (target[at] === device.node && context.mm.nodeOf(pageAt(at)) === device.node)
        unmapManagedPage(context.mm, pageAt(at));
  }

  /** Moves those pages that are to go to a device and are on a peer of its. @returns how many */
  #fromPeer(request: ServiceRequest, device: Device, peer: Device, charge: Charge): number {
    const { migration, context, chunks, events } = this.#parts;
    const { mm } = context;
    const { causeOf, pageAt, duplicate } = request;
    const kind = request.asked ? 'asked' : 'service';
    const reason = request.asked ? 'prefetch' : 'fault';
    const mapped = request.processor === device.node;
    let moved = 0;
    const visit = (start: PageIndex, end: number): void => {
      charge(entryOf(request, start, end));
      const range = { start, count: end - start };
      const move = { device, toDevice: true, peer, ...range, reason, causeOf, mm, mapped } as const;
      moved += events.during(kind, () => migration.moveRange(move));
    };
    eachRun(request, device.node, visit, (at) => duplicate[at] === 0 && mm.nodeOf(pageAt(at)) === peer.node);
    if (moved > 0) chunks[peer.agent]?.changed(request.block.window, false);
    return moved;
  }

  /** Moves those pages that are to go to `node` and are on this device to system memory, at least for now. @param came out: which */
  #bringHome(request: ServiceRequest, node: NodeId, device: Device, charge: Charge, came?: PageMask): void {
    const { migration, context, chunks, events } = this.#parts;
    const { mm } = context;
    const { block, faultPage, causeOf } = request;
    const reason = request.asked ? 'prefetch' : 'fault';
    let moved = 0;
    eachRun(request, node, (start, end) => {
      if (!isAnyOn(mm, device.node, start, end)) return;
      charge(entryOf(request, start, end));
      for (let page = start; came !== undefined && page < end; page++)
        if (mm.nodeOf(page) === device.node) came[page - block.window] = 1;
      const locked = faultPage !== undefined && faultPage >= start && faultPage < end;
      const here = locked && mm.nodeOf(faultPage) === device.node;
      const range = { start, count: end - start, ...(here && { faultPage }) };
      const move = { device, toDevice: false, ...range, reason, causeOf, mm, mapped: false } as const;
      const kind = request.asked ? 'asked' : node === SYSTEM_NODE ? 'service' : 'staging';
      moved += events.during(kind, () => migration.moveRange(move));
    });
    if (moved > 0) chunks[device.agent]?.changed(block.window, false);
  }

  /** What migrate_vma cannot take as it is, the CPU's fault handler sorts out first: swapped pages, a page that others share and this one writes. */
  #prepare(request: ServiceRequest, device: Device): void {
    const { block } = request;
    for (let at = block.first; at < block.outer; at++) {
      if (request.faulted[at] !== 0 && request.target[at] === device.node && request.duplicate[at] === 0)
        this.#preparePage(request, at);
    }
  }

  #preparePage({ block, access, pageAt }: ServiceRequest, at: number): void {
    const { mm } = this.#parts.context;
    const page = pageAt(at);
    const wanted = access[at]! as Access;
    const pte = mm.pageTable.get(page);
    const readOnly = isWrite(wanted) && !pteWritable(pte);
    switch (pteType(pte)) {
      case PteType.none:
        if (block.vma.backing !== undefined) mm.faultIn(page, wanted);
        break;
      case PteType.present:
        if (!readOnly) break;
        if (block.managed) copyOnWrite(mm, block.vma, page);
        else mm.faultIn(page, Access.write);
        break;
      case PteType.devicePrivate:
        if (readOnly) mm.faultIn(page, Access.write);
        break;
      case PteType.swap:
      case PteType.exclusive:
      case PteType.migration:
        mm.faultIn(page, wanted);
        break;
      case PteType.deviceOnly:
      case PteType.copy:
        break;
    }
  }

  /** Pages that are to go to a node and are not there yet. */
  #countMoving(request: ServiceRequest, node: NodeId): number {
    const { mm } = this.#parts.context;
    let count = 0;
    for (let at = request.block.first; at < request.block.outer; at++) {
      if (request.target[at] === node && mm.nodeOf(request.pageAt(at)) !== node) count++;
    }
    return count;
  }
}
