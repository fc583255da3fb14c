/**
 * Maps what a service has moved: for the one who faulted, and for those who are to have a mapping wherever a page is. Source: NVIDIA
 * open-gpu-kernel-modules, uvm_va_block.c (block_service_finish_map, block_service_finish_map_accessed_by,
 * uvm_va_block_add_mappings_after_migration).
 *
 * Invariant: an entry allows all that the CPU's does, so that no second fault is needed for a write after a read.
 */

import { mapNs } from '../../machine/cost-model.js';
import { Cause, EventKind } from '../../memory/event.js';
import { mapManagedPage } from '../../memory/managed.js';
import { pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';
import type { Block } from './geometry.js';
import { deviceOf, eachRun, entryOf, nodesOf, type Charge, type ServiceParts } from './service-parts.js';
import type { ServiceRequest } from './service-request.js';

export class BlockMappings {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** After the pages of a request that were to go to `node` have gone there. */
  map(request: ServiceRequest, node: NodeId, charge: Charge): void {
    const { block, processor } = request;
    const accessedBy = this.#parts.policies.accessedBy(block.window + block.first);
    eachRun(request, node, (start, end) => {
      charge(entryOf(request, start, end));
      this.mapFor(processor, block, start, end, Cause.fault);
      for (const other of nodesOf(accessedBy)) this.mapFor(other, block, start, end, Cause.advise);
    });
    for (let at = block.first; at < block.outer; at++) {
      if (request.pinned[at] === 0 || request.target[at] !== node) continue;
      const page = request.pageAt(at);
      for (const other of nodesOf(this.#parts.thrashing.processorsOf(page)))
        this.mapFor(other, block, page, page + 1, Cause.fault);
    }
  }

  /** Maps what a processor can reach of [start, end), wherever each page is. */
  mapFor(processor: NodeId, block: Block, start: PageIndex, end: number, cause: Cause): void {
    const device = deviceOf(this.#parts, processor);
    if (device !== undefined) this.#mapOnDevice(device, block, start, end, cause);
    else if (block.managed) {
      const { mm } = this.#parts.context;
      for (let page = start; page < end; page++) mapManagedPage(mm, block.vma, page);
    }
  }

  /** Its own pages as they are; system memory and that of peers, where the driver allocated it or keeps it mapped, over the link. */
  #mapOnDevice(device: Device, block: Block, start: PageIndex, end: number, cause: Cause): void {
    const { topology, context } = this.#parts;
    const { mm } = context;
    const remote = block.managed || cause !== Cause.fault;
    let first = start;
    let count = 0;
    let source = SYSTEM_NODE;
    for (let page = start; page < end; page++) {
      const pte = mm.pageTable.get(page);
      const type = pteType(pte);
      const node = mm.nodeOf(page);
      const resident = type === PteType.devicePrivate || type === PteType.present;
      const own = resident && node === device.node;
      const peer = resident && node !== SYSTEM_NODE && topology.canAccess(device.node, node);
      const reached = own || (remote && (peer || (type === PteType.present && node === SYSTEM_NODE)));
      if (!reached || device.mirror.hasReplica(page) || device.mirror.allows(page, pteWritable(pte))) continue;
      device.mirror.map(page, pteFrame(pte), pteWritable(pte));
      if (own) continue;
      if (count > 0 && (page !== first + count || node !== source)) {
        this.#recordRemote(device, source, first, count, cause);
        count = 0;
      }
      if (count++ === 0) first = page;
      source = node;
    }
    if (count > 0) this.#recordRemote(device, source, first, count, cause);
  }

  #recordRemote(device: Device, source: NodeId, firstPage: PageIndex, pageCount: number, cause: Cause): void {
    const { context, events } = this.#parts;
    const durationNs = mapNs(context.machine.costs, pageCount);
    const where = { source, target: device.node, firstPage, pageCount };
    events.record(EventKind.remoteMap, device, { ...where, cause, durationNs });
  }
}
