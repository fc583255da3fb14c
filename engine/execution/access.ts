/**
 * The way from an access that lacks a permission to the code that can resolve it: the CPU's faults go to the address space,
 * a device's to its driver. After it returns, the access may be done.
 */
import { Access, EventKind, Cause, type EventSink } from '../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../memory/fault.js';
import { CPU, NO_NODE, PAGE_SHIFT, PAGE_SIZE, type AgentId, type PageIndex } from '../memory/units.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Device, Driver } from '../drivers/driver.js';
import type { ConcurrentGrid } from './grid/concurrent-grid.js';
import type { ManagedAccess } from './managed-access.js';
import type { RemoteAccesses } from './remote-accesses.js';
import type { RaceDetector } from './race-detector.js';
import type { AccessSignal } from './signals.js';
import { ProgramSignal } from './signals.js';

const NEED_READ = 1;
const NEED_WRITE = 2;
const ATOMIC = 4;
/** Two pages that an access straddles may push each other out of a small device; it has to hold both at once. */
const MOST_ROUNDS = 8;

/** What the resolver has to know of the running program. */
export interface AccessContext {
  agent(): AgentId;
  /** Code offset of the access under way. */
  site(): number;
  where(): Pick<AccessSignal, 'agent' | 'offsets' | 'block' | 'thread'>;
  /** The CPU waits for the kernel that uses a page, if that has not ended by then. */
  waitForKernel(page: PageIndex): void;
  /** The program is about to end with this. */
  signal(details: AccessSignal): void;
}

export class AccessResolver {
  /** Pages of which every access comes here. */
  private watched: ReadonlySet<number> = new Set();
  /** The grid that runs, where its threads run at the same time: their touches go there. */
  grid: ConcurrentGrid | undefined;
  /** Counts accesses to memory that is not the device's own. */
  remote: RemoteAccesses | undefined;

  constructor(
    private readonly mm: AddressSpace,
    private readonly devices: readonly Device[],
    private readonly driver: Driver,
    private readonly permissions: readonly Uint8Array[],
    private readonly sink: EventSink,
    private readonly context: AccessContext,
    /** Absent: nobody wants to know. */
    private readonly races?: RaceDetector,
    private readonly managed?: ManagedAccess,
  ) {}

  /** Makes every access to these pages, and to no others, come here: by the CPU and by devices, whatever they are allowed. */
  watch(pages: ReadonlySet<number>): void {
    this.watched = pages;
    this.mm.pageTable.watch(pages);
    for (const { mirror } of this.devices) mirror.table.watch(pages);
    for (const page of pages) this.races?.forgetPermission(page as PageIndex);
  }

  /** An instruction's access of up to 8 bytes. @param flags bytes << 8 | atomic << 2 | permissions needed */
  access(address: number, flags: number): void {
    const bytes = flags >>> 8;
    const need = flags & (NEED_READ | NEED_WRITE);
    const kind = flags & ATOMIC ? Access.atomic : need & NEED_WRITE ? Access.write : Access.read;
    this.hold(address, bytes, need, kind);
  }

  /** Accesses of a function's own frame: at most two pages, both of which must be accessible at once. */
  frame(address: number, bytes: number, need: number): void {
    this.hold(address, bytes, need, need & NEED_WRITE ? Access.write : Access.read);
  }

  /** A device is about to do an atomic operation of the system's scope: it may need more than to write the page. */
  systemAtomic(address: number): void {
    const agent = this.context.agent();
    const page = (address >>> PAGE_SHIFT) as PageIndex;
    const device = this.devices[agent - 1];
    if (device === undefined || (this.driver.allowsSystemAtomics?.(device, page) ?? true)) return;
    if (agent === this.races?.running && this.grid?.holds(page, Access.systemAtomic) === true) return;
    const result = this.resolve(agent, address, Access.systemAtomic, this.races);
    if (!result.ok) this.fail(result, address, 1, Access.systemAtomic);
  }

  /** A bulk operator or a system call: page after page, each accessible when its turn comes. */
  range(address: number, bytes: number, write: boolean): void {
    this.pages(address, bytes, write, this.context.agent(), this.races);
  }

  /** The same on behalf of the runtime (a copy's staging, a fill): it waits for kernels as its API says, so it is no race. */
  service(address: number, bytes: number, write: boolean, agent: AgentId): void {
    this.pages(address, bytes, write, agent, undefined);
  }

  /** The same, but with an answer where `range` ends the program: what copy_from_user and copy_to_user do. False: not all can be reached. */
  reaches(address: number, bytes: number, write: boolean): boolean {
    if (address + bytes > 2 ** 32) return false;
    const need = write ? NEED_WRITE : NEED_READ;
    for (let page = address >>> PAGE_SHIFT; page * PAGE_SIZE < address + bytes; page++) {
      if (this.allows(CPU, page, need)) continue;
      if (!this.resolve(CPU, page * PAGE_SIZE, write ? Access.write : Access.read, this.races).ok) return false;
    }
    return true;
  }

  private pages(address: number, bytes: number, write: boolean, agent: AgentId, races: RaceDetector | undefined): void {
    if (bytes === 0) return;
    const last = address + bytes - 1;
    const access = write ? Access.write : Access.read;
    if (last >= 2 ** 32) this.fail(fatalFault('unmapped'), address, bytes, access);
    const need = write ? NEED_WRITE : NEED_READ;
    for (let page = address >>> PAGE_SHIFT; page <= last >>> PAGE_SHIFT; page++) {
      if (!this.allows(agent, page, need)) {
        const at = Math.max(address, page * PAGE_SIZE);
        const result = this.resolve(agent, at, access, races);
        if (!result.ok) this.fail(result, at, bytes, access);
      }
      if (agent !== CPU && agent === races?.running) {
        const first = page * PAGE_SIZE;
        this.kernelTouches(races, need, access, Math.max(address, first), Math.min(last, first + PAGE_SIZE - 1));
      }
    }
  }

  /** Whether an access needs no fault. A watched page's permission byte says nothing. */
  private allows(agent: AgentId, page: number, need: number): boolean {
    if (((this.permissions[agent]?.[page] ?? 0) & need) === need) return true;
    if (!this.watched.has(page)) return false;
    const table = agent === CPU ? this.mm.pageTable : this.devices[agent - 1]?.mirror.table;
    return ((table?.granted(page as PageIndex) ?? 0) & need) === need;
  }

  /** @param first first and last byte, of one page */
  private kernelTouches(races: RaceDetector, need: number, access: Access, first: number, last: number): void {
    const page = (first >>> PAGE_SHIFT) as PageIndex;
    this.grid?.use(page, access, first, this.context.site());
    races.kernelTouches(page, need);
    this.remote?.count(first, last);
    if (this.watched.has(page)) races.forgetPermission(page);
  }

  private hold(address: number, bytes: number, need: number, access: Access): void {
    const agent = this.context.agent();
    const last = address + bytes - 1;
    if (last >= 2 ** 32) this.fail(fatalFault('unmapped'), address, bytes, access);
    const [first, second] = [address >>> PAGE_SHIFT, last >>> PAGE_SHIFT];
    const allowed = (page: number): boolean => this.allows(agent, page, need) || this.isGranted(agent, page, access);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (allowed(first) && allowed(second)) {
        if (agent === CPU || agent !== this.races?.running) return;
        const end = second === first ? last : second * PAGE_SIZE - 1;
        this.kernelTouches(this.races, need, access, address, end);
        const begin = second * PAGE_SIZE;
        if (second !== first) this.kernelTouches(this.races, need, access, begin, last);
        return;
      }
      for (const page of first === second ? [first] : [first, second]) {
        if (allowed(page)) continue;
        const at = page === first ? address : page * PAGE_SIZE;
        const result = this.resolve(agent, at, access, this.races);
        if (!result.ok) this.fail(result, at, bytes, access);
      }
    }
    this.fail(fatalFault('driver-failed'), address, bytes, access);
  }

  /** Whether a thread whose code runs ahead may do as if the page were there. */
  private isGranted(agent: AgentId, page: number, access: Access): boolean {
    if (agent === CPU || agent !== this.races?.running) return false;
    return this.grid?.holds(page as PageIndex, access) === true;
  }

  private resolve(agent: AgentId, address: number, access: Access, races: RaceDetector | undefined): FaultResult {
    const page = (address >>> PAGE_SHIFT) as PageIndex;
    const translating = this.devices[agent - 1];
    if (translating && this.driver.translates?.(translating, page, access)) return FAULT_RESOLVED;
    if (this.grid !== undefined && agent !== CPU && agent === races?.running) {
      return this.grid.touch(page, access, address, this.context.site());
    }
    if (agent === CPU) {
      // The runtime's own work waits as its API says.
      const refused = races && this.managed?.refuseCpu(page);
      if (refused) return refused;
      if (races) this.context.waitForKernel(page);
      races?.cpuTouches(page, access);
      return this.mm.handleCpuFault(page, access);
    }
    const device = this.devices[agent - 1];
    if (!device) return fatalFault('driver-failed');
    return this.managed?.refuseDevice(device, page) ?? this.driver.deviceFault(device, page, access);
  }

  /** The program ends because of an access. */
  fail(result: FaultResult, address: number, bytes: number, access: Access): never {
    if (result.ok) throw new TypeError('a resolved fault does not end a program');
    this.sink.record({
      kind: EventKind.fatalFault,
      agent: this.context.agent(),
      source: NO_NODE,
      target: NO_NODE,
      firstPage: (address >>> PAGE_SHIFT) as PageIndex,
      pageCount: 1,
      access,
      cause: Cause.fault,
      durationNs: 0,
      extra: address >>> 0,
    });
    const { signal, reason } = result;
    const launch = reason === 'device-busy' ? this.managed?.usedBy((address >>> PAGE_SHIFT) as PageIndex) : undefined;
    const details: AccessSignal = {
      kind: 'access',
      signal,
      reason,
      access,
      address: address >>> 0,
      bytes,
      ...(launch !== undefined && { launch }),
      ...this.context.where(),
    };
    this.context.signal(details);
    throw new ProgramSignal(details);
  }
}
