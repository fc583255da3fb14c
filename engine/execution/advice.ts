/**
 * Advice on memory and questions about it, as the CUDA and HIP APIs have them: checked, recorded, remembered, and handed to the driver.
 * Answers are errors of Linux's, which the runtime's C makes the API's: EINVAL an invalid value, ENODEV an invalid device.
 *
 * Ranges are rounded to pages. Source: CUDA Runtime API, "Memory management" (cudaMemAdvise, cudaMemPrefetchAsync,
 * cudaMemRangeGetAttribute, cudaPointerGetAttributes); ROCm HIP, "Managed memory".
 */
import { MemoryAdvice, type Processor, type RangeAttributes } from '../drivers/advice.js';
import type { Driver } from '../drivers/driver.js';
import type { Machine } from '../machine/machine.js';
import { Errno } from '../memory/errno.js';
import { Access, Cause, EventKind, type EventSink } from '../memory/event.js';
import { CPU, localNode, NO_NODE, type PageIndex } from '../memory/units.js';
import type { Vma } from '../memory/vma.js';
import { AdvisedRanges, CPU_LOCATION, NO_LOCATION } from './advised-ranges.js';
import { pagesTouched } from './layout.js';
import { ManagedAccess, type ManagedProcess } from './managed-access.js';
import { memoryModel } from './memory-model.js';
import type { StreamPlace, Transfers } from './transfers.js';

const KINDS: ReadonlySet<number> = new Set(Object.values(MemoryAdvice));
/** Advice that says a processor. */
const LOCATED: ReadonlySet<number> = new Set([
  MemoryAdvice.setPreferredLocation,
  MemoryAdvice.setAccessedBy,
  MemoryAdvice.unsetAccessedBy,
]);

/** cudaMemRangeAttribute, and HIP's own. */
const RangeAttribute = {
  readMostly: 1,
  preferredLocation: 2,
  accessedBy: 3,
  lastPrefetchLocation: 4,
  coherencyMode: 100,
} as const;

/** cudaMemoryType. */
const MemoryType = { unregistered: 0, host: 1, device: 2, managed: 3 } as const;

/** The parts of the running program that it reads. */
export interface AdvisedProcess extends ManagedProcess {
  /** Made after this. */
  readonly transfers: Transfers;
}

export class Advice {
  readonly managed: ManagedAccess;
  private readonly said: AdvisedRanges;

  constructor(
    private readonly process: AdvisedProcess,
    private readonly driver: Driver,
    private readonly machine: Machine,
    private readonly sink: EventSink,
  ) {
    this.said = new AdvisedRanges(process.mm);
    this.managed = new ManagedAccess(process, driver, machine);
  }

  /** cudaMemAdvise. @param location a device's index, or CPU_LOCATION; nothing with kinds that say none */
  advise(address: number, bytes: number, kind: number, location: number): 0 | Errno {
    if (!isAdvice(kind)) return Errno.EINVAL;
    const located = LOCATED.has(kind);
    const refused = this.refuse(address, bytes, located ? location : CPU_LOCATION);
    if (refused !== 0) return refused;
    const { first, count } = pagesTouched(address, bytes);
    const processor = located ? this.processor(location) : undefined;
    this.record(kind, processor, first, count);
    this.said.advise(kind, first, count, location);
    return this.driver.advise?.(kind, { start: first, count }, processor) ?? 0;
  }

  /** cudaMemPrefetchAsync. */
  prefetch(address: number, bytes: number, location: number, place: StreamPlace): number {
    const refused = this.refuse(address, bytes, location);
    if (refused !== 0) return refused;
    const { first, count } = pagesTouched(address, bytes);
    this.said.prefetched(first, count, location);
    return this.process.transfers.prefetchInStream(address, bytes, location, place);
  }

  /** cudaMemRangeGetAttribute: the answer in so many words, or an error. */
  rangeAttribute(address: number, bytes: number, attribute: number, words: number): readonly number[] | Errno {
    const refused = this.refuse(address, bytes, CPU_LOCATION);
    if (refused !== 0) return refused;
    const { first, count } = pagesTouched(address, bytes);
    const { said } = this;
    const known = this.driver.rangeAttributes?.({ start: first, count });
    switch (attribute) {
      case RangeAttribute.readMostly:
        return [Number(known?.readMostly ?? said.isReadMostly(first, count))];
      case RangeAttribute.preferredLocation:
        return [known ? locationOf(known.preferredLocation) : said.preferredLocation(first, count)];
      case RangeAttribute.lastPrefetchLocation:
        return [known ? locationOf(known.lastPrefetchLocation) : said.lastPrefetchLocation(first, count)];
      case RangeAttribute.accessedBy: {
        const all = known?.accessedBy.map(locationOf) ?? said.accessedBy(first, count);
        return Array.from({ length: words }, (_, index) => all[index] ?? NO_LOCATION);
      }
      case RangeAttribute.coherencyMode:
        return [said.coherency(first, count)];
      default:
        return Errno.EINVAL;
    }
  }

  /** cudaPointerGetAttributes: cudaMemoryType and the device. Memory that nobody told the API of is unregistered, and no error. */
  pointerAttributes(address: number): readonly [type: number, device: number] {
    const vma = this.process.mm.findVma((address >>> 12) as PageIndex);
    switch (vma?.kind) {
      case 'device':
      case 'local':
        return [MemoryType.device, vma.agent - 1];
      case 'managed':
        return [MemoryType.managed, 0];
      case 'pinned':
        return [MemoryType.host, 0];
      default:
        return [MemoryType.unregistered, NO_LOCATION];
    }
  }

  /** Whether the API takes a range, and a location, at all. */
  private refuse(address: number, bytes: number, location: number): 0 | Errno {
    if (location !== CPU_LOCATION) {
      const device = this.process.devices[location];
      if (!device || !memoryModel(this.machine, device.agent, this.driver).concurrentManagedAccess) return Errno.ENODEV;
    }
    if (bytes === 0 || address + bytes > 2 ** 32) return Errno.EINVAL;
    const { first, count } = pagesTouched(address, bytes);
    for (let page: number = first; page < first + count;) {
      const vma = this.process.mm.findVma(page as PageIndex);
      if (!vma || !this.takes(vma)) return Errno.EINVAL;
      page = vma.end;
    }
    return 0;
  }

  /** Managed memory, and ordinary memory if every device can use it. */
  private takes({ kind }: Vma): boolean {
    if (kind === 'managed') return true;
    if (kind === 'device' || kind === 'local' || kind === 'pinned' || kind === 'reserved') return false;
    return this.process.devices.every(
      ({ agent }) => memoryModel(this.machine, agent, this.driver).pageableMemoryAccess,
    );
  }

  private processor(location: number): Processor | undefined {
    return location === CPU_LOCATION ? 'cpu' : this.process.devices[location];
  }

  private record(advice: MemoryAdvice, processor: Processor | undefined, firstPage: PageIndex, count: number): void {
    const target = processor === undefined ? NO_NODE : localNode(processor === 'cpu' ? CPU : processor.agent);
    this.sink.record({
      kind: EventKind.advise,
      agent: CPU,
      source: NO_NODE,
      target,
      firstPage,
      pageCount: count,
      access: Access.none,
      cause: Cause.api,
      durationNs: 0,
      extra: advice,
    });
  }
}

function isAdvice(kind: number): kind is MemoryAdvice {
  return KINDS.has(kind);
}

function locationOf(processor: RangeAttributes['preferredLocation']): number {
  if (processor === undefined) return NO_LOCATION;
  return processor === 'cpu' ? CPU_LOCATION : processor.agent - 1;
}
