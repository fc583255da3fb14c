/**
 * Managed memory on devices without concurrent access (concurrentManagedAccess = 0: Windows, Tegra, compute capability below 6): the whole of
 * it moves to the device at a launch, no device faults on it, and until the host has waited for the kernels the CPU may touch none of it.
 * cudaStreamAttachMemAsync narrows that: memory attached to one stream is forbidden while that stream works; memory attached to the
 * host never, and no kernel may use it.
 *
 * Invariant: while a kernel is pending that an allocation belongs to, the CPU has no permission for the allocation's pages (race-detector.ts
 * withholds it), so that every access comes to the resolver, which asks here.
 * Source: CUDA C++ Programming Guide, "Coherency and concurrency" and "Managing data visibility and concurrent CPU + GPU access with streams".
 */
import type { Device, Driver } from '../drivers/driver.js';
import type { Machine } from '../machine/machine.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Errno } from '../memory/errno.js';
import { fatalFault, type FaultResult } from '../memory/fault.js';
import { PAGE_SIZE, pagesFor, type AgentId, type PageIndex } from '../memory/units.js';
import type { Vma } from '../memory/vma.js';
import type { Allocations } from './allocations.js';
import { memoryModel } from './memory-model.js';
import type { RaceDetector } from './race-detector.js';

/** Flags of cudaStreamAttachMemAsync and cudaMallocManaged. */
const Attach = { global: 1, host: 2, single: 4 } as const;

interface Attachment {
  readonly flags: number;
  /** Of `single`. */
  readonly stream: number;
  /** What holds until the stream that it was asked for in has come so far. */
  readonly before: Attachment;
  readonly askedIn: number;
  readonly after: number;
}

/** The parts of the running program that it reads. */
export interface ManagedProcess {
  readonly mm: AddressSpace;
  readonly devices: readonly Device[];
  readonly races: RaceDetector;
  /** Made after this. */
  readonly memory: { readonly allocations: Allocations };
}

const GLOBAL: Attachment = {
  flags: Attach.global,
  stream: 0,
  askedIn: 0,
  after: 0,
  get before() {
    return GLOBAL;
  },
};

export class ManagedAccess {
  /** By id of the allocation; absent: global. */
  private readonly attachments = new Map<number, Attachment>();
  private readonly exclusive: ReadonlySet<AgentId>;

  constructor(
    private readonly process: ManagedProcess,
    private readonly driver: Driver,
    machine: Machine,
  ) {
    const { devices, races } = process;
    const without = devices.filter(({ agent }) => !memoryModel(machine, agent, driver).concurrentManagedAccess);
    this.exclusive = new Set(without.map(({ agent }) => agent));
    if (without.length > 0) races.onBegin = (device, stream) => this.launching(device, stream);
  }

  /** A kernel has been launched and is about to run: managed memory goes to its device. */
  private launching(device: Device, stream: number): void {
    if (!this.exclusive.has(device.agent)) return;
    for (const { start, end } of [...this.managedAreas()]) {
      for (let page: number = start; page < end;) {
        const next = this.endOfAllocation(page, end);
        const { flags, stream: own } = this.attachmentOf(page);
        if (flags === Attach.global || (flags === Attach.single && own === stream)) {
          this.driver.prefetch?.(device, page as PageIndex, next - page);
          this.process.races.withhold(page as PageIndex, next - page);
        }
        page = next;
      }
    }
  }

  /** Why the CPU may not touch a page now. */
  refuseCpu(page: PageIndex): FaultResult | undefined {
    return this.usedBy(page) === 0 ? undefined : fatalFault('device-busy');
  }

  /** The launch that may be using a page of managed memory, 0 if none. */
  usedBy(page: PageIndex): number {
    if (this.exclusive.size === 0 || !this.process.races.isPending || this.process.mm.findVma(page)?.kind !== 'managed')
      return 0;
    const { flags, stream } = this.attachmentOf(page);
    if (flags === Attach.host) return 0;
    return this.process.races.pendingLaunch(this.exclusive, flags === Attach.single ? stream : undefined);
  }

  /** Why a device may not touch a page now. */
  refuseDevice(device: Device, page: PageIndex): FaultResult | undefined {
    if (!this.exclusive.has(device.agent) || this.process.mm.findVma(page)?.kind !== 'managed') return undefined;
    return this.attachmentOf(page).flags === Attach.host ? fatalFault('host-only') : undefined;
  }

  /** cudaStreamAttachMemAsync. @param bytes 0: all of the allocation */
  attach(address: number, bytes: number, flags: number, stream: number): 0 | Errno {
    const known = flags === Attach.global || flags === Attach.host || flags === Attach.single;
    if (!known || (flags === Attach.single && stream === 0)) return Errno.EINVAL;
    const page = (address >>> 12) as PageIndex;
    if (this.process.mm.findVma(page)?.kind !== 'managed') return Errno.EINVAL;
    const id = this.process.memory.allocations.ofPage(page);
    const whole = this.process.memory.allocations.at(address);
    if (bytes !== 0 && whole?.bytes !== bytes) return Errno.EINVAL;
    const before = this.attachmentOf(page);
    this.attachments.set(id, { flags, stream, before, askedIn: stream, after: this.process.races.mark() });
    return 0;
  }

  /** cudaMallocManaged with cudaMemAttachHost, once it has its memory. */
  allocatedForHost(address: number): void {
    const id = this.process.memory.allocations.ofPage(address >>> 12);
    this.attachments.set(id, { flags: Attach.host, stream: 0, before: GLOBAL, askedIn: 0, after: 0 });
  }

  /** Whether so much more managed memory can be had: without faults, all of it has to fit on each device. */
  hasRoom(bytes: number): boolean {
    if (this.exclusive.size === 0) return true;
    let pages = pagesFor(bytes);
    for (const { start, end } of this.managedAreas()) pages += end - start;
    return this.process.devices.every(({ agent, spec }) => {
      if (!this.exclusive.has(agent)) return true;
      let own = 0;
      for (const vma of this.process.mm.vmas())
        if ((vma.kind === 'device' || vma.kind === 'local') && vma.agent === agent) own += vma.end - vma.start;
      return pages + own <= Math.floor(spec.memoryBytes / PAGE_SIZE);
    });
  }

  private *managedAreas(): Iterable<Vma> {
    for (const vma of this.process.mm.vmas()) if (vma.kind === 'managed') yield vma;
  }

  private attachmentOf(page: number): Attachment {
    let found = this.attachments.get(this.process.memory.allocations.ofPage(page)) ?? GLOBAL;
    while (found.after !== 0 && this.process.races.pendingLaunch(this.exclusive, found.askedIn, found.after) !== 0)
      found = found.before;
    return found;
  }

  /** Neighbouring allocations may share an area. */
  private endOfAllocation(page: number, end: number): number {
    const allocations = this.process.memory.allocations;
    const id = allocations.ofPage(page);
    let next = page + 1;
    while (next < end && allocations.ofPage(next) === id) next++;
    return next;
  }
}
