/**
 * Finds accesses of the CPU to pages that a kernel has touched which the program has not waited for, one of the two writing. Pages are
 * compared, not bytes; kernels run to their end when they are launched, so what is found does not depend on timing.
 *
 * Nothing is looked at twice. While a kernel runs, its code is checked against a table of its own that begins empty: the first touch of
 * each page comes to the runtime's C (`touch` in faultline.c), which looks at the device's real permissions and logs the touch. From the
 * CPU the bits of an access that would be a race are withheld in its page table, so that this access comes to the resolver.
 *
 * Invariant: no page table entry and no device's permission byte differ for it, only the CPU's permission bytes may lack what is withheld;
 * once nothing is pending, nothing is withheld. So nothing else than `race` events can differ. Source of what waits for what:
 * pending-launches.ts.
 */
import type { Device } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Cause, EventKind, isWrite, type Access, type EventSink } from '../memory/event.js';
import { Permission, pteType, PteType } from '../memory/page-table.js';
import { CPU, NO_NODE, PAGE_COUNT, type AgentId, type PageIndex } from '../memory/units.js';
import { PageList } from './page-list.js';
import { PendingLaunches, type Synchronization } from './pending-launches.js';

/** The runtime's struct touch_log, in words: how many touches, the address of the device's permissions, then page << 2 | need each. */
export interface TouchLog {
  readonly words: Uint32Array;
  /** Address of an agent's permission table. */
  readonly permissionTable: (agent: AgentId) => number;
}
const LOG_HEADER = 2;

/** What is known of a page. */
const Known = {
  /** The launch table holds bits of it until the next synchronisation. */
  inTable: 1,
  /** The same, but as long as the device's entry stands: nobody else can reach what the device has there. */
  private: 2,
  /** A kernel touched it that was pending then. */
  touched: 4,
  /** A race was reported; there is one a page until nothing is pending. */
  raced: 8,
} as const;

/** Columns by page, and the pages that are not as at the beginning. */
interface Touches {
  readonly known: Uint8Array;
  /** The last launch that wrote, and that read. */
  readonly writer: Uint32Array;
  readonly reader: Uint32Array;
  readonly inTable: PageList;
  readonly privates: PageList;
  readonly touched: PageList;
}

export class RaceDetector {
  /** The agent whose kernel runs; the CPU if none does. */
  running: AgentId = CPU;
  /** The last launch. */
  launch = 0;
  private readonly pending = new PendingLaunches();
  /** Made with the first launch: most programs have none. */
  private touches: Touches | undefined;
  /** Whose kernel's touches the launch table is about. */
  private device: Device | undefined;
  private stream = 0;

  /** @param launchTable a permission table, one byte a page, that is empty */
  constructor(
    private readonly mm: AddressSpace,
    private readonly launchTable: Uint8Array,
    private readonly log: TouchLog,
    private readonly sink: EventSink,
  ) {}

  /** A kernel begins: until {@link end} its code is checked against the launch table. */
  begin(launch: number, device: Device, stream: number): void {
    if (this.device !== device || this.stream !== stream) this.emptyTable();
    if (this.device !== device) this.takeTable(device);
    this.touches ??= emptyTouches();
    this.stream = stream;
    this.launch = launch;
    this.running = device.agent;
    this.log.words[0] = 0;
    this.log.words[1] = this.log.permissionTable(device.agent);
    this.pending.add(launch, device.agent, stream);
  }

  end(): void {
    if (this.running === CPU) return;
    this.drain();
    this.running = CPU;
  }

  /** Takes what the runtime has logged; it asks for that when the log is full. */
  drain(): void {
    const { words } = this.log;
    const end = LOG_HEADER + (words[0] ?? 0);
    for (let at = LOG_HEADER; at < end; at++) {
      const touch = words[at] ?? 0;
      this.note((touch >>> 2) as PageIndex, touch & 3);
    }
    words[0] = 0;
  }

  /** The kernel that runs may and does access a page, and that came to the engine. @param need Permission bits */
  kernelTouches(page: PageIndex, need: number): void {
    const before = this.launchTable[page] ?? 0;
    if ((before & need) === need) return;
    this.launchTable[page] = before | need;
    this.note(page, need);
  }

  /** The CPU is about to access a page that it lacks a permission for. Records a race if it is one. */
  cpuTouches(page: PageIndex, access: Access): void {
    const { touches, pending } = this;
    const { pageTable } = this.mm;
    const need = isWrite(access) ? Permission.write : Permission.read;
    if (touches === undefined || (pageTable.withheld(page) & need) === 0) return;
    const writer = touches.writer[page] ?? 0;
    const reader = touches.reader[page] ?? 0;
    const readIsPending = reader !== 0 && pending.has(reader);
    const launch =
      writer !== 0 && pending.has(writer) ? writer : need === Permission.write && readIsPending ? reader : 0;
    const known = touches.known[page] ?? 0;
    if (launch !== 0 && (known & Known.raced) === 0) {
      touches.known[page] = known | Known.raced;
      this.record(page, access, launch);
    }
    // The kernel that wrote is done, one that read is not: only a write of the CPU's would be a race still.
    pageTable.withhold(page, launch === 0 && readIsPending ? Permission.write : Permission.none);
  }

  /** The program marks this moment, to wait for what was launched before it. @returns the last launch */
  mark(): number {
    // What is launched from now on is told apart from what was launched before.
    this.emptyTable();
    return this.launch;
  }

  /** The program has waited for kernels. */
  synchronize(synchronization: Synchronization): void {
    if (this.pending.none || !this.pending.complete(synchronization)) return;
    // Later kernels' touches of the same pages are to be noted anew.
    this.emptyTable();
    if (this.pending.none) this.close();
  }

  private note(page: PageIndex, need: number): void {
    const { touches } = this;
    if (touches === undefined) return;
    const known = touches.known[page] ?? 0;
    if (this.isPrivate(page)) {
      if ((known & Known.private) === 0) touches.privates.add(page);
      touches.known[page] = known | Known.private;
      return;
    }
    if ((known & Known.inTable) === 0) touches.inTable.add(page);
    if ((known & Known.touched) === 0) touches.touched.add(page);
    touches.known[page] = known | Known.inTable | Known.touched;
    if ((need & Permission.read) !== 0) touches.reader[page] = this.launch;
    if ((need & Permission.write) !== 0) touches.writer[page] = this.launch;
    const bits = (need & Permission.write) !== 0 ? Permission.read | Permission.write : Permission.write;
    const withheld = this.mm.pageTable.withheld(page);
    if ((withheld | bits) !== withheld) this.mm.pageTable.withhold(page, withheld | bits);
  }

  /** Whether no access of the CPU's can reach what the device has there: its own memory, or its own copy. */
  private isPrivate(page: PageIndex): boolean {
    return (
      pteType(this.mm.pageTable.get(page)) === PteType.deviceOnly ||
      pteType(this.device?.mirror.table.get(page) ?? 0) === PteType.copy
    );
  }

  private emptyTable(): void {
    const { touches, launchTable } = this;
    if (touches === undefined) return;
    const { known, inTable } = touches;
    inTable.take((page) => {
      launchTable[page] = 0;
      known[page] = (known[page] ?? 0) & ~Known.inTable;
    });
  }

  private takeTable(device: Device): void {
    const { touches, launchTable } = this;
    touches?.privates.take((page) => {
      launchTable[page] = 0;
      touches.known[page] = (touches.known[page] ?? 0) & ~Known.private;
    });
    this.device?.mirror.table.setCopy(undefined);
    device.mirror.table.setCopy(launchTable);
    this.device = device;
  }

  /** Nothing is pending: everything is as if no kernel had run. */
  private close(): void {
    const { touches } = this;
    if (touches === undefined) return;
    const { known, writer, reader, touched } = touches;
    const { pageTable } = this.mm;
    touched.take((page) => {
      known[page] = (known[page] ?? 0) & ~(Known.touched | Known.raced);
      writer[page] = 0;
      reader[page] = 0;
      if (pageTable.withheld(page) !== 0) pageTable.withhold(page, Permission.none);
    });
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

function emptyTouches(): Touches {
  return {
    known: new Uint8Array(PAGE_COUNT),
    writer: new Uint32Array(PAGE_COUNT),
    reader: new Uint32Array(PAGE_COUNT),
    inTable: new PageList(),
    privates: new PageList(),
    touched: new PageList(),
  };
}
