/**
 * Finds accesses of the CPU to pages that a kernel has touched which the program has not waited for, one of the two writing. Pages are
 * compared, not bytes; kernels run to their end when they are launched, so what is found does not depend on timing.
 *
 * While a kernel runs, its code is checked against a table of its own, the launch table, that begins empty: the first touch of each page
 * comes to the runtime's C (`touch` in faultline.c), which looks at the device's real permissions, logs the touch, and withholds from the
 * CPU the permissions of an access that would be a race. That access comes to the resolver then. A byte of the launch table: bits 0–1
 * permissions of the kernel's device, a subset of the real ones; 2–3 permissions withheld from the CPU; 4 a race has been reported; 5–6 instead
 * of 0–1 where accesses are counted (remote-accesses.ts), so that each of them comes to the runtime's C.
 *
 * Invariant: no page table entry and no device's permission differ for it, and the CPU's permissions lack only what is withheld; once
 * nothing is pending, nothing is withheld. So nothing but `race` events can differ. What waits for what: pending-launches.ts.
 */
import type { Device } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Cause, EventKind, isWrite, type Access, type EventSink } from '../memory/event.js';
import { HEARD_SHIFT, LAUNCH_PERMISSIONS, Permission, pteType, PteType, WITHHELD_SHIFT } from '../memory/page-table.js';
import { CPU, NO_NODE, PAGE_COUNT, type AgentId, type PageIndex } from '../memory/units.js';
import { PendingLaunches, type Synchronization } from './pending-launches.js';
import { TouchHistory } from './touch-history.js';

/** What the detector shares with generated code. */
export interface LaunchTables {
  /** PAGE_COUNT bytes, empty. */
  readonly launch: Uint8Array;
  /** The runtime's struct touch_log, in words: how many touches, the address of the device's permissions, then page << 2 | need each. */
  readonly log: Uint32Array;
  /** Address of an agent's permission table. */
  readonly addressOf: (agent: AgentId) => number;
  /** Address of a table that allows nothing. */
  readonly nothing: number;
}
const LOG_HEADER = 2;

const PERMISSIONS = Permission.read | Permission.write;
const WITHHELD = PERMISSIONS << WITHHELD_SHIFT;
const RACED = 16;

export class RaceDetector {
  /** The agent whose kernel runs; the CPU if none does. */
  running: AgentId = CPU;
  /** Told of a launch, before its kernel runs. */
  onBegin?: (device: Device, stream: number) => void;
  private launch = 0;
  private readonly pending = new PendingLaunches();
  /** Made with the first launch: many programs have none. */
  private history: TouchHistory | undefined;
  /** Touches before this one are not in the launch table's permissions any more. */
  private current = 0;
  /** Whose permissions the launch table has. */
  private device: Device | undefined;
  private stream = 0;
  /** What {@link withhold} took away: starts and counts. */
  private readonly forbidden = new Map<PageIndex, number>();
  /** Pages, an exclusive end, whose permissions stayed in the launch table when everything was done. */
  private keptFrom = PAGE_COUNT;
  private keptTo = 0;

  constructor(
    private readonly mm: AddressSpace,
    private readonly tables: LaunchTables,
    private readonly sink: EventSink,
  ) {}

  /** A kernel begins: until {@link end} its code is checked against the launch table. */
  begin(launch: number, device: Device, stream: number): void {
    if (this.history === undefined) {
      this.history = new TouchHistory();
      this.mm.pageTable.withhold(this.tables.launch);
    }
    if (this.device !== device) this.takeTable(device);
    else if (this.stream !== stream) this.renew();
    this.stream = stream;
    this.launch = launch;
    this.running = device.agent;
    const { log, addressOf } = this.tables;
    log[0] = 0;
    log[1] = addressOf(device.agent);
    this.pending.add(launch, device.agent, stream);
    this.onBegin?.(device, stream);
  }

  /** Until {@link end}, the first touch of each page comes to the engine, whether the device may touch it or not. */
  hearAll(): void {
    this.drain();
    this.renew();
    this.tables.log[1] = this.tables.nothing;
  }

  end(): void {
    if (this.running === CPU) return;
    this.drain();
    this.running = CPU;
  }

  /** Takes what is logged; the runtime asks for that when the log is full. */
  drain(): void {
    const { log } = this.tables;
    const touches = log.subarray(LOG_HEADER, LOG_HEADER + (log[0] ?? 0));
    if (this.history?.append(touches, this.launch) === false) this.current = 0;
    log[0] = 0;
  }

  /** The kernel that runs may and does access a page, and that came to the engine. @param need Permission bits */
  kernelTouches(page: PageIndex, need: number): void {
    const { launch, log } = this.tables;
    const before = launch[page] ?? 0;
    if (((before | (before >> HEARD_SHIFT)) & need) === need) return;
    const withheld = (need & Permission.write) !== 0 ? PERMISSIONS : Permission.write;
    const counted = this.device?.mirror.table.isCounted(page) === true;
    launch[page] = before | (counted ? need << HEARD_SHIFT : need) | (withheld << WITHHELD_SHIFT);
    this.mm.pageTable.refresh(page);
    if (LOG_HEADER + (log[0] ?? 0) >= log.length) this.drain();
    const at = log[0] ?? 0;
    log[LOG_HEADER + at] = (page << 2) | need;
    log[0] = at + 1;
  }

  /** The next access of the kernel to this page comes to the engine again. */
  forgetPermission(page: PageIndex): void {
    const { launch } = this.tables;
    launch[page] = (launch[page] ?? 0) & ~LAUNCH_PERMISSIONS;
  }

  /** The CPU is about to access a page that it lacks a permission for. Records a race if it is one. */
  cpuTouches(page: PageIndex, access: Access): void {
    const { history } = this;
    const table = this.tables.launch;
    const need = isWrite(access) ? Permission.write : Permission.read;
    const known = table[page] ?? 0;
    if (history === undefined || (known & (need << WITHHELD_SHIFT)) === 0) return;
    const reader = this.pendingOnly(history.readerOf(page));
    const conflict = this.pendingOnly(history.writerOf(page)) || (need === Permission.write ? reader : 0);
    const races = conflict !== 0 && !this.hasOwnCopy(page);
    if (races && (known & RACED) === 0) this.record(page, access, conflict);
    // If the kernel that wrote is done and one that read is not, a write of the CPU's would be a race still.
    const left = conflict === 0 && reader !== 0 ? Permission.write << WITHHELD_SHIFT : 0;
    table[page] = (known & ~WITHHELD) | left | (races ? RACED : 0);
    this.mm.pageTable.refresh(page);
  }

  get isPending(): boolean {
    return !this.pending.isEmpty();
  }

  /** The latest launch that nobody has waited for and that has touched a page, 0 if there is none. */
  usedBy(page: PageIndex): number {
    const { history } = this;
    if (history === undefined || this.pending.isEmpty()) return 0;
    return Math.max(this.pendingOnly(history.readerOf(page)), this.pendingOnly(history.writerOf(page)));
  }

  /** The latest launch that nobody has waited for; see {@link PendingLaunches.latest}. */
  pendingLaunch(agents: ReadonlySet<AgentId>, stream?: number, until = Infinity): number {
    return this.pending.latest(agents, stream, until);
  }

  /** Every access of the CPU to these pages comes to the resolver until nothing is pending. */
  withhold(start: PageIndex, count: number): void {
    const { launch } = this.tables;
    for (let page = start; page < start + count; page++) {
      const known = launch[page] ?? 0;
      if ((known & WITHHELD) === WITHHELD) continue;
      launch[page] = known | WITHHELD;
      this.mm.pageTable.refresh(page);
    }
    this.forbidden.set(start, Math.max(count, this.forbidden.get(start) ?? 0));
  }

  /** The program marks this moment, to wait later for what was launched before it. @returns the last launch */
  mark(): number {
    this.renew();
    return this.launch;
  }

  /** A stream waits for work of another from now on. */
  join(agent: AgentId, stream: number, awaited: Synchronization): void {
    this.pending.join(agent, stream, this.launch, awaited);
  }

  /** The program has waited for kernels. */
  synchronize(synchronization: Synchronization): void {
    if (this.pending.isEmpty() || !this.pending.complete(synchronization)) return;
    if (this.pending.isEmpty()) this.close();
    else this.renew();
  }

  private pendingOnly(launch: number): number {
    return launch !== 0 && this.pending.has(launch) ? launch : 0;
  }

  /** Whether the device has a page of its own there, which is not the CPU's. */
  private hasOwnCopy(page: PageIndex): boolean {
    return pteType(this.device?.mirror.table.get(page) ?? 0) === PteType.copy;
  }

  /** What is touched from now on is logged again: the launches to come are told apart from those before. */
  private renew(): void {
    const { history } = this;
    const { launch } = this.tables;
    if (history === undefined) return;
    for (let at = this.current; at < history.length; at++) {
      const page = history.pageAt(at);
      if (!this.isKept(page)) launch[page] = (launch[page] ?? 0) & ~LAUNCH_PERMISSIONS;
    }
    this.current = history.length;
  }

  /** Nothing is pending: everything is as if no kernel had run. */
  private close(): void {
    const { history } = this;
    const { pageTable } = this.mm;
    const { launch } = this.tables;
    if (history === undefined) return;
    for (const [start, count] of this.forbidden) {
      for (let page = start; page < start + count; page++) {
        launch[page] = (launch[page] ?? 0) & ~WITHHELD;
        pageTable.refresh(page);
      }
    }
    this.forbidden.clear();
    for (let at = 0; at < history.length; at++) {
      const page = history.pageAt(at);
      // A page that was read and then written is there twice.
      if (launch[page] === 0) continue;
      if (this.isKept(page)) launch[page] = (launch[page] ?? 0) & PERMISSIONS;
      else {
        launch[page] = 0;
        pageTable.refresh(page);
      }
    }
    history.clear();
    this.current = 0;
  }

  /** The CPU cannot reach a device's own memory: such a page stays in the launch table, and costs nothing from then on. */
  private isKept(page: PageIndex): boolean {
    if (pteType(this.mm.pageTable.get(page)) !== PteType.deviceOnly) return false;
    if (page < this.keptFrom) this.keptFrom = page;
    if (page >= this.keptTo) this.keptTo = page + 1;
    return true;
  }

  private takeTable(device: Device): void {
    const { launch } = this.tables;
    this.renew();
    for (let page = this.keptFrom; page < this.keptTo; page++) launch[page] = (launch[page] ?? 0) & ~LAUNCH_PERMISSIONS;
    this.keptFrom = PAGE_COUNT;
    this.keptTo = 0;
    this.device?.mirror.table.setCopy(undefined);
    device.mirror.table.setCopy(launch);
    this.device = device;
  }

  private record(page: PageIndex, access: Access, launch: number): void {
    this.sink.record({
      kind: EventKind.race,
      agent: CPU,
      source: this.mm.nodeOf(page),
      target: NO_NODE,
      firstPage: page,
      pageCount: 1,
      access,
      cause: Cause.none,
      durationNs: 0,
      extra: launch,
    });
  }
}
