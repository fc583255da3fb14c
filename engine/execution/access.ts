/**
 * The way from an access that lacks a permission to the code that can resolve it: the CPU's faults go to the address space,
 * a device's to its driver. After it returns, the access may be done.
 */
import { Access, EventKind, Cause, type EventSink } from '../memory/event.js';
import { fatalFault, type FaultResult } from '../memory/fault.js';
import { CPU, NO_NODE, PAGE_SHIFT, PAGE_SIZE, type AgentId, type PageIndex } from '../memory/units.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Device, Driver } from '../drivers/driver.js';
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
  where(): Pick<AccessSignal, 'agent' | 'offsets' | 'block' | 'thread'>;
  /** The program is about to end with this. */
  signal(details: AccessSignal): void;
}

export class AccessResolver {
  /** Pages of which every access comes here. */
  private watched: ReadonlySet<number> = new Set();

  constructor(
    private readonly mm: AddressSpace,
    private readonly devices: readonly Device[],
    private readonly driver: Driver,
    private readonly permissions: readonly Uint8Array[],
    private readonly sink: EventSink,
    private readonly context: AccessContext,
    /** Absent: nobody wants to know. */
    private readonly races?: RaceDetector,
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
      if (!this.resolve(CPU, page as PageIndex, write ? Access.write : Access.read, this.races).ok) return false;
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
        const result = this.resolve(agent, page as PageIndex, access, races);
        if (!result.ok) this.fail(result, Math.max(address, page * PAGE_SIZE), bytes, access);
      }
      if (agent !== CPU && agent === races?.running) this.kernelTouches(races, page as PageIndex, need);
    }
  }

  /** Whether an access needs no fault. A watched page's permission byte says nothing. */
  private allows(agent: AgentId, page: number, need: number): boolean {
    if (((this.permissions[agent]?.[page] ?? 0) & need) === need) return true;
    if (!this.watched.has(page)) return false;
    const table = agent === CPU ? this.mm.pageTable : this.devices[agent - 1]?.mirror.table;
    return ((table?.granted(page as PageIndex) ?? 0) & need) === need;
  }

  private kernelTouches(races: RaceDetector, page: PageIndex, need: number): void {
    races.kernelTouches(page, need);
    if (this.watched.has(page)) races.forgetPermission(page);
  }

  private hold(address: number, bytes: number, need: number, access: Access): void {
    const agent = this.context.agent();
    const last = address + bytes - 1;
    if (last >= 2 ** 32) this.fail(fatalFault('unmapped'), address, bytes, access);
    const [first, second] = [address >>> PAGE_SHIFT, last >>> PAGE_SHIFT];
    const allowed = (page: number): boolean => this.allows(agent, page, need);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      if (allowed(first) && allowed(second)) {
        if (agent === CPU || agent !== this.races?.running) return;
        this.kernelTouches(this.races, first as PageIndex, need);
        if (second !== first) this.kernelTouches(this.races, second as PageIndex, need);
        return;
      }
      for (const page of first === second ? [first] : [first, second]) {
        if (allowed(page)) continue;
        const result = this.resolve(agent, page as PageIndex, access, this.races);
        if (!result.ok) this.fail(result, page === first ? address : page << PAGE_SHIFT, bytes, access);
      }
    }
    this.fail(fatalFault('driver-failed'), address, bytes, access);
  }

  private resolve(agent: AgentId, page: PageIndex, access: Access, races: RaceDetector | undefined): FaultResult {
    if (agent === CPU) {
      races?.cpuTouches(page, access);
      return this.mm.handleCpuFault(page, access);
    }
    const device = this.devices[agent - 1];
    return device ? this.driver.deviceFault(device, page, access) : fatalFault('driver-failed');
  }

  private fail(result: FaultResult, address: number, bytes: number, access: Access): never {
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
    const details: AccessSignal = {
      kind: 'access',
      signal,
      reason,
      access,
      address: address >>> 0,
      bytes,
      ...this.context.where(),
    };
    this.context.signal(details);
    throw new ProgramSignal(details);
  }
}
