/**
 * The driver `uvm`: the policy of NVIDIA's open driver. Faults are serviced in batches, block by block; pages around those that faulted come
 * along; advice is followed; a full device evicts blocks. Source: NVIDIA open-gpu-kernel-modules, kernel-open/nvidia-uvm.
 *
 * Invariant: this file only joins the parts; each decision is in the file that bears its name.
 */

import type { AddressSpace } from '../../memory/address-space.js';
import { Access, Cause, EventKind, isWrite } from '../../memory/event.js';
import type { Errno } from '../../memory/errno.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { MmuNotifyEvent } from '../../memory/mmu-notifier.js';
import { NO_NODE, PAGE_COUNT, SYSTEM_NODE, type AgentId, type NodeId, type PageIndex } from '../../memory/units.js';
import { isSystemMemory, type VmaKind } from '../../memory/vma.js';
import type { Machine } from '../../machine/machine.js';
import type { AdvisedRange, MemoryAdvice, Processor, RangeAttributes } from '../advice.js';
import { refuseDeviceAccess } from '../access.js';
import { notAttached, type AccessCounterPolicy, type Device, type Driver, type DriverContext } from '../driver.js';
import { FaultEntries, FaultOutcome, type FaultBatch, type FaultBufferPolicy } from '../fault-batch.js';
import { AtsService, isCoherent } from '../ats/ats-service.js';
import { PageMigration } from '../migration/page-migration.js';
import { AccessCounters, countersOf } from './access-counters.js';
import { Advice } from './advice.js';
import { BlockService } from './block-service.js';
import { Eviction } from './eviction.js';
import { FaultService } from './fault-service.js';
import { MigrationEvents } from './migration-events.js';
import type { UvmSettings } from './parameters.js';
import { PrefetchCall } from './prefetch-call.js';
import { RangePolicies } from './range-policies.js';
import { RootChunks } from './root-chunks.js';
import type { ServiceParts } from './service-parts.js';
import { SystemAtomics } from './system-atomics.js';
import { Thrashing } from './thrashing.js';
import { topologyOf, type ProcessTopology, type Topology } from './topology.js';

/** Whoever needs more batches for one fault makes no progress. */
const MAX_BATCHES = 64;

interface Attached {
  readonly topology: ProcessTopology;
  readonly parts: ServiceParts;
  readonly faults: FaultService;
  readonly atomics: SystemAtomics;
  readonly advice: Advice;
  readonly prefetches: PrefetchCall;
  readonly counters: AccessCounters;
  readonly eviction: Eviction;
}

export class UvmDriver implements Driver {
  readonly name = 'uvm';
  readonly faultBuffer: FaultBufferPolicy;
  readonly #settings: UvmSettings;
  #attached: Attached | undefined;

  constructor(settings: UvmSettings) {
    this.#settings = settings;
    this.faultBuffer = { batchEntries: settings.batchEntries, replay: settings.replay };
  }

  attach(context: DriverContext): void {
    const coherent = this.mapsDeviceMemory(context.machine);
    const topology = topologyOf(context.machine, coherent);
    const thrashing = this.#thrashing(context, topology);
    const events = new MigrationEvents(context, thrashing);
    const migration = new PageMigration(context, events);
    const policies = new RangePolicies();
    const chunks: (RootChunks | undefined)[] = [undefined];
    for (const device of context.devices) {
      const evict = (frames: Int32Array, count: number): boolean =>
        (this.#attached ?? notAttached(this)).eviction.evict(device, frames, count);
      chunks[device.agent] = new RootChunks(context.mm, device, evict);
    }
    const settings = this.#settings;
    const preferred = (page: PageIndex): NodeId | undefined => {
      const node = policies.preferred(page);
      return node === NO_NODE ? undefined : node;
    };
    const prefetchThreshold = settings.prefetch ? settings.prefetchThreshold : undefined;
    const ats = coherent ? new AtsService(context, events, migration, { prefetchThreshold, preferred }) : undefined;
    const parts = { context, events, migration, settings, topology, policies, thrashing, chunks, ats };
    const blocks = new BlockService(parts);
    const atomics = new SystemAtomics(parts);
    this.#attached = {
      topology,
      parts,
      faults: new FaultService(parts, blocks, atomics),
      atomics,
      advice: new Advice(parts, blocks),
      prefetches: new PrefetchCall(parts, blocks),
      counters: new AccessCounters(parts, blocks),
      eviction: new Eviction(parts, blocks.mappings),
    };
    context.mm.notifiers.insert(0 as PageIndex, PAGE_COUNT, {
      invalidate: ({ event, start, count }) => {
        if (event === MmuNotifyEvent.UNMAP) forget(parts, start, start + count);
        return true;
      },
    });
  }

  mapsDeviceMemory(machine: Machine): boolean {
    return this.#settings.ats && isCoherent(machine);
  }

  /** System memory that the CPU has mapped, where devices use the process's page table. */
  translates(device: Device, page: PageIndex, access: Access): boolean {
    const { parts } = this.#attached ?? notAttached(this);
    if (parts.ats === undefined || !isSystemMemory(parts.context.mm.findVma(page))) return false;
    return parts.ats.translate(device, page, access);
  }

  /** A batch of one, again until it is serviced. */
  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    const { parts, atomics } = this.#attached ?? notAttached(this);
    const atomic = access === Access.systemAtomic;
    if (device.mirror.allows(page, isWrite(access)) && (!atomic || atomics.allows(device, page))) return FAULT_RESOLVED;
    const refused = refuseDeviceAccess(parts.context.mm.findVma(page), device.agent, page, access);
    if (refused !== undefined) return refused;
    if (this.translates(device, page, access)) return FAULT_RESOLVED;
    const batch = new FaultEntries(1);
    for (let round = 0; round < MAX_BATCHES; round++) {
      batch.clear();
      batch.add(page, access);
      if (round === 0) this.#recordFault(device, page, access);
      this.serviceFaults(device, batch);
      if (batch.failure !== undefined) return batch.failure.why;
      if (batch.outcomeAt(0) === FaultOutcome.resolved) return FAULT_RESOLVED;
      // Nobody else does anything meanwhile.
      if (batch.outcomeAt(0) === FaultOutcome.throttled) parts.context.clock.advance(this.#settings.thrashing.napNs);
    }
    return fatalFault('driver-failed');
  }

  #recordFault(device: Device, page: PageIndex, access: Access): void {
    const { parts } = this.#attached ?? notAttached(this);
    const where = { source: parts.context.mm.nodeOf(page), target: device.node, firstPage: page, pageCount: 1 };
    parts.events.record(EventKind.deviceFault, device, { ...where, access, durationNs: 0 });
  }

  serviceFaults(device: Device, batch: FaultBatch): void {
    const { faults } = this.#attached ?? notAttached(this);
    faults.serviceBatch(device, batch);
  }

  allowsSystemAtomics(device: Device, page: PageIndex): boolean {
    const { atomics } = this.#attached ?? notAttached(this);
    return atomics.allows(device, page);
  }

  accessCounters(device: Device): AccessCounterPolicy | undefined {
    const { parts } = this.#attached ?? notAttached(this);
    return countersOf(device, parts.context.machine, this.#settings);
  }

  serviceAccessCounters(device: Device, regions: readonly PageIndex[]): readonly PageIndex[] {
    const { counters } = this.#attached ?? notAttached(this);
    return counters.service(device, regions);
  }

  managedFault(page: PageIndex, access: Access): FaultResult {
    const { faults } = this.#attached ?? notAttached(this);
    return faults.serviceCpu(page, access, false);
  }

  migrateToRam(device: Device, page: PageIndex, access: Access, mm: Mm): FaultResult {
    const { parts, faults } = this.#attached ?? notAttached(this);
    // A child's page, after fork: the child has no devices, and is nobody whose memory is laid out.
    return mm === parts.context.mm ? faults.serviceCpu(page, access, true) : parts.migration.toRam(device, page, mm);
  }

  makeRoom(device: Device, count: number): boolean {
    const { parts } = this.#attached ?? notAttached(this);
    if (!this.#settings.oversubscription) return false;
    return parts.chunks[device.agent]?.makeRoom() === true || parts.migration.evict(device, count);
  }

  setPeers(one: Device, other: Device, peers: boolean): void {
    const { topology, parts } = this.#attached ?? notAttached(this);
    if (!topology.setPeers(one.node, other.node, peers) || peers) return;
    unmapPeer(parts.context.mm, one, other);
    unmapPeer(parts.context.mm, other, one);
  }

  prefetch(target: Device | undefined, start: PageIndex, count: number): 0 | Errno {
    const { prefetches } = this.#attached ?? notAttached(this);
    return prefetches.run(target?.node ?? SYSTEM_NODE, start, count);
  }

  advise(advice: MemoryAdvice, range: AdvisedRange, location: Processor | undefined): 0 {
    const { advice: advices } = this.#attached ?? notAttached(this);
    advices.advise(advice, range, location);
    return 0;
  }

  rangeAttributes(range: AdvisedRange): RangeAttributes {
    const { advice } = this.#attached ?? notAttached(this);
    return advice.attributes(range);
  }

  allocated(_start: PageIndex, _pageCount: number, kind: VmaKind): 0 {
    const { parts } = this.#attached ?? notAttached(this);
    if (kind === 'device') for (const chunks of parts.chunks) chunks?.settle();
    return 0;
  }

  #thrashing(context: DriverContext, topology: Topology): Thrashing {
    const record = (kind: EventKind, page: PageIndex, processor: NodeId, source: NodeId, extra: number): void => {
      context.sink.record({
        kind,
        agent: processor as number as AgentId,
        source,
        target: processor,
        firstPage: page,
        pageCount: 1,
        access: Access.none,
        cause: Cause.fault,
        durationNs: 0,
        extra,
      });
    };
    return new Thrashing(this.#settings.thrashing, {
      now: () => context.clock.nowNs,
      topology,
      detected: (page, processor, processors) => {
        record(EventKind.thrash, page, processor, otherOf(processors, processor), processors);
      },
      throttled: (page, processor, ns) => {
        // A thread of the CPU sleeps, which is recorded with its time.
        if (processor !== SYSTEM_NODE) record(EventKind.throttle, page, processor, context.mm.nodeOf(page), ns);
      },
      unpinned: (page) => {
        for (const device of context.devices)
          if (context.mm.nodeOf(page) !== device.node) device.mirror.unmap(page, 1, Cause.fault);
      },
    });
  }
}

function forget({ policies, thrashing, chunks }: ServiceParts, start: PageIndex, end: number): void {
  policies.forget({ start, end });
  thrashing.forget(start, end);
  for (const each of chunks) each?.forget(start, end);
}

/** A device loses what it maps of another one's memory. */
function unmapPeer(mm: AddressSpace, device: Device, peer: Device): void {
  for (const { start, end } of mm.areas) {
    for (let page = start; page < end; page++)
      if (mm.nodeOf(page) === peer.node && device.mirror.allows(page, false)) device.mirror.unmap(page, 1, Cause.api);
  }
}

/** One of the processors other than this one. */
function otherOf(processors: number, processor: NodeId): NodeId {
  const others = processors & ~(1 << processor);
  return others === 0 ? NO_NODE : ((31 - Math.clz32(others & -others)) as NodeId);
}
