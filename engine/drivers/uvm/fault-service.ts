/**
 * From faults to services: a batch of a device's, sorted and taken block by block, and a fault of the CPU's. Source: NVIDIA
 * open-gpu-kernel-modules, uvm_gpu_replayable_faults.c (service_fault_batch, service_fault_batch_block_locked), uvm_va_block.c
 * (block_cpu_fault_locked), uvm_hmm.c.
 *
 * Invariant: of the entries for one page, the one that asks for most is serviced, and decides for all that may have what they ask for. When a
 * batch is done each entry has an outcome: pending means that what was made possible is gone again.
 */

import { makeHmmRange, mirrorFault } from '../../hmm/mirror-fault.js';
import type { HmmRange } from '../../hmm/range-fault.js';
import { deviceFaultNs, mapNs } from '../../machine/cost-model.js';
import { copyOnWrite } from '../../memory/copy-on-write.js';
import { Access, Cause, EventKind, isWrite } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import { isMappedForCpu } from '../../memory/managed.js';
import { pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { CPU, SYSTEM_NODE, type PageIndex } from '../../memory/units.js';
import { isSystemMemory, mayMigrate, type Vma } from '../../memory/vma.js';
import { rangeFaultFailure, refuseDeviceAccess } from '../access.js';
import type { Device } from '../driver.js';
import { FaultOutcome, type FaultBatch } from '../fault-batch.js';
import type { BlockService } from './block-service.js';
import { blockAround, windowNumber } from './geometry.js';
import { Placement } from './placement.js';
import type { ServiceParts } from './service-parts.js';
import { ServiceRequest } from './service-request.js';
import type { SystemAtomics } from './system-atomics.js';
import type { ThrashingHint } from './thrashing.js';

/** The CPU is held back from a page so often for one fault at most. */
const MAX_NAPS = 64;

export class FaultService {
  readonly #parts: ServiceParts;
  readonly #blocks: BlockService;
  readonly #placement: Placement;
  readonly #atomics: SystemAtomics;
  /** One for each depth: a device's fault may take one of the CPU's. */
  readonly #requests: ServiceRequest[] = [];
  #depth = 0;
  /** For mapping what does not move, by agent. */
  readonly #ranges: HmmRange[] = [];

  constructor(parts: ServiceParts, blocks: BlockService, atomics: SystemAtomics) {
    this.#parts = parts;
    this.#blocks = blocks;
    this.#placement = new Placement(parts);
    this.#atomics = atomics;
    for (const device of parts.context.devices) this.#ranges[device.agent] = makeHmmRange(device.mirror, 1);
  }

  serviceBatch(device: Device, batch: FaultBatch): void {
    this.#parts.thrashing.tick();
    const order = this.#serviceable(device, batch);
    const pages = distinctPages(batch, order);
    this.#recordBatch(device, batch, pages);
    let at = 0;
    for (let from = 0; from < pages.length;) {
      from = this.#serviceBlock(device, batch, pages, from);
      const next = from < pages.length ? batch.pageAt(pages[from]!) : Infinity;
      for (; at < order.length && batch.pageAt(order[at]!) < next; at++) this.#settle(device, batch, order, at);
    }
    // What a later block of the batch has pushed out is faulted on again.
    for (const index of order) {
      const gone = !this.#allows(device, batch.pageAt(index), batch.accessAt(index));
      if (gone && batch.outcomeAt(index) === FaultOutcome.resolved) batch.setOutcome(index, FaultOutcome.pending);
    }
  }

  /** The CPU faulted. @param locked whether the fault holds the lock of the page's frame, because the page is on a device */
  serviceCpu(page: PageIndex, access: Access, locked: boolean): FaultResult {
    const { mm } = this.#parts.context;
    const vma = mm.findVma(page);
    if (vma === undefined) return fatalFault('unmapped');
    const block = blockAround(this.#parts.policies, vma, page);
    this.#parts.thrashing.tick();
    const hint = this.#hintForCpu(page, access);
    const wanted = { block, page, access, processor: SYSTEM_NODE, hint };
    const { node, duplicate } = this.#placement.residency(wanted);
    this.#withRequest((request) => {
      request.begin(block, SYSTEM_NODE, locked ? page : undefined);
      request.add(page, access, node, duplicate, -1);
      if (hint.kind === 'pin') request.pinned[page - block.window] = 1;
      this.#blocks.service(request);
    });
    const pte = mm.pageTable.get(page);
    if (pteType(pte) !== PteType.present) return this.#unresolved();
    if (block.managed && isWrite(access)) this.#atomics.withdraw(vma, page);
    return block.managed && isWrite(access) && !pteWritable(pte) ? copyOnWrite(mm, vma, page) : FAULT_RESOLVED;
  }

  /** A thread of the CPU that is held back sleeps, and looks again. */
  #hintForCpu(page: PageIndex, access: Access): ThrashingHint {
    const { context } = this.#parts;
    for (let nap = 0; nap < MAX_NAPS; nap++) {
      const hint = this.#placement.hint(page, SYSTEM_NODE);
      if (hint.kind !== 'throttle') return hint;
      const durationNs = Math.max(0, hint.untilNs - context.clock.nowNs) + 1;
      context.sink.record({
        kind: EventKind.throttle,
        agent: CPU,
        source: context.mm.nodeOf(page),
        target: SYSTEM_NODE,
        firstPage: page,
        pageCount: 1,
        access,
        cause: Cause.fault,
        durationNs,
        extra: 0,
      });
      context.clock.advance(durationNs);
    }
    return { kind: 'none' };
  }

  #unresolved(): FaultResult {
    return fatalFault(this.#parts.context.mm.physical.system.freeFrames === 0 ? 'out-of-memory' : 'driver-failed');
  }

  /** Entries that can be serviced, by page and, for a page, those first that ask for most. What can never be done is said at once. */
  #serviceable(device: Device, batch: FaultBatch): readonly number[] {
    const { mm } = this.#parts.context;
    const order: number[] = [];
    for (let index = 0; index < batch.count; index++) {
      const page = batch.pageAt(index);
      const access = batch.accessAt(index);
      const why = this.#refuse(device, mm.findVma(page), page, access);
      if (why === undefined) order.push(index);
      else batch.fail(index, why);
    }
    return order.sort((a, b) => batch.pageAt(a) - batch.pageAt(b) || batch.accessAt(b) - batch.accessAt(a) || a - b);
  }

  #refuse(device: Device, vma: Vma | undefined, page: PageIndex, access: Access): FaultResult | undefined {
    const refused = refuseDeviceAccess(vma, device.agent, page, access);
    if (refused !== undefined || vma === undefined || this.#parts.settings.hmm) return refused;
    return ALLOCATED.has(vma.kind) ? undefined : fatalFault('host-only');
  }

  /** The batch, with what its service costs apart from transfers. */
  #recordBatch(device: Device, batch: FaultBatch, pages: readonly number[]): void {
    const { context, events, settings } = this.#parts;
    const { mm, machine } = context;
    if (batch.count === 0) return;
    let blocks = 0;
    let last: number | undefined;
    let cpuMapped = false;
    for (const index of pages) {
      const page = batch.pageAt(index);
      const window = windowNumber(page);
      if (window !== last) blocks++;
      last = window;
      cpuMapped ||= isMappedForCpu(mm, page);
    }
    const faults = settings.coalesce ? pages.length : batch.count;
    batch.charge(0);
    const firstPage = batch.pageAt(0);
    events.record(EventKind.faultBatch, device, {
      source: mm.nodeOf(firstPage),
      target: device.node,
      firstPage,
      pageCount: pages.length,
      access: batch.accessAt(0),
      cause: Cause.fault,
      durationNs: deviceFaultNs(machine.costs, faults, blocks, cpuMapped),
      extra: batch.count,
    });
  }

  /** Services the pages from `from` on that are of one block. @returns where the next block begins */
  #serviceBlock(device: Device, batch: FaultBatch, pages: readonly number[], from: number): number {
    const { mm } = this.#parts.context;
    const first = batch.pageAt(pages[from]!);
    const vma = mm.findVma(first);
    if (vma === undefined) return from + 1;
    const block = blockAround(this.#parts.policies, vma, first);
    const end = block.window + block.outer;
    let at = from;
    if (this.#parts.ats !== undefined && isSystemMemory(vma)) {
      while (at < pages.length && batch.pageAt(pages[at]!) < end) at++;
      const faulted = pages.slice(from, at).map((index) => batch.pageAt(index));
      batch.charge(pages[from]!);
      this.#parts.ats.populate(device, vma, faulted);
      return at;
    }
    this.#withRequest((request) => {
      request.begin(block, device.node);
      for (; at < pages.length && batch.pageAt(pages[at]!) < end; at++) {
        if (isMovable(vma)) this.#addFault(request, device, batch, pages[at]!);
      }
      const charge = (entry: number): void => {
        if (entry >= 0) batch.charge(entry);
      };
      if (request.count > 0) this.#blocks.service(request, charge);
    });
    return at;
  }

  #addFault(request: ServiceRequest, device: Device, batch: FaultBatch, index: number): void {
    const page = batch.pageAt(index);
    const access = batch.accessAt(index);
    if (this.#allows(device, page, access)) return;
    batch.charge(index);
    const hint = this.#placement.hint(page, device.node);
    if (hint.kind === 'throttle') {
      batch.setOutcome(index, FaultOutcome.throttled);
      return;
    }
    const wanted = { block: request.block, page, access, processor: device.node, hint };
    const { node, duplicate } = this.#placement.residency(wanted);
    request.add(page, access, node, duplicate, index);
    if (hint.kind === 'pin') request.pinned[page - request.block.window] = 1;
  }

  /** What has become of an entry when its block has been serviced; all of a page are throttled if its first is. */
  #settle(device: Device, batch: FaultBatch, order: readonly number[], at: number): void {
    const index = order[at]!;
    const page = batch.pageAt(index);
    const first = at > 0 && batch.pageAt(order[at - 1]!) === page ? order[at - 1]! : index;
    if (batch.outcomeAt(first) === FaultOutcome.throttled) {
      batch.setOutcome(index, FaultOutcome.throttled);
      return;
    }
    const access = batch.accessAt(index);
    if (this.#allows(device, page, access)) {
      batch.setOutcome(index, FaultOutcome.resolved);
      return;
    }
    batch.charge(index);
    let result = FAULT_RESOLVED;
    if (this.#parts.ats !== undefined && isSystemMemory(this.#parts.context.mm.findVma(page)))
      result = this.#parts.ats.faultIn(device, page, access);
    if (result.ok && !device.mirror.allows(page, isWrite(access)))
      result = this.#mapWhereItLies(device, page, isWrite(access));
    if (result.ok && access === Access.systemAtomic) result = this.#atomics.grant(device, page);
    if (result.ok) batch.setOutcome(index, FaultOutcome.resolved);
    else batch.fail(index, result);
  }

  #allows(device: Device, page: PageIndex, access: Access): boolean {
    return access === Access.systemAtomic
      ? this.#atomics.allows(device, page)
      : device.mirror.allows(page, isWrite(access));
  }

  #mapWhereItLies(device: Device, page: PageIndex, write: boolean): FaultResult {
    const { context, events } = this.#parts;
    const range = this.#ranges[device.agent];
    if (range === undefined) return fatalFault('driver-failed');
    const result = mirrorFault(context.mm, device.mirror, range, page, 1, write);
    if (result !== 0) return rangeFaultFailure(result);
    const source = context.mm.nodeOf(page);
    if (source !== device.node) {
      const where = { source, target: device.node, firstPage: page, pageCount: 1 };
      events.record(EventKind.remoteMap, device, {
        ...where,
        cause: Cause.fault,
        durationNs: mapNs(context.machine.costs, 1),
      });
    }
    return FAULT_RESOLVED;
  }

  #withRequest(work: (request: ServiceRequest) => void): void {
    const request = (this.#requests[this.#depth++] ??= new ServiceRequest());
    try {
      work(request);
    } finally {
      this.#depth--;
    }
  }
}

/** Memory that the driver has allocated. */
const ALLOCATED: ReadonlySet<string> = new Set(['managed', 'device', 'local', 'pinned']);

/** Whether a fault on it is a matter of where the page is to be; what a device or a pin holds stays. */
function isMovable(vma: Vma): boolean {
  return vma.kind !== 'device' && vma.kind !== 'local' && vma.kind !== 'pinned' && mayMigrate(vma);
}

/** The first entry of each page. */
function distinctPages(batch: FaultBatch, order: readonly number[]): readonly number[] {
  return order.filter((index, at) => at === 0 || batch.pageAt(index) !== batch.pageAt(order[at - 1]!));
}
