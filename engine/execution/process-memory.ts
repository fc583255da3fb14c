/**
 * The process as its memory: image, stack, heap and mappings over one address space, and who allocated what. The runtime's
 * allocation calls end here.
 */
import { Errno, isErrno } from '../memory/errno.js';
import { Cause, EventKind, Access, type EventSink } from '../memory/event.js';
import {
  CPU,
  deviceAgent,
  NO_NODE,
  pagesFor,
  PAGE_SIZE,
  SYSTEM_NODE,
  type AgentId,
  type PageIndex,
} from '../memory/units.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Protection, type VmaKind } from '../memory/vma.js';
import type { Device, Driver } from '../drivers/driver.js';
import { Allocations, type Allocation, type AllocationKind } from './allocations.js';
import {
  HEAP_END,
  MAPPINGS_END,
  pageAt,
  STACK_BYTES,
  STACK_TOP,
  WASM_PAGE_SIZE,
  type ImageAreas,
  type Range,
} from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import { ManagedRanges } from './managed-ranges.js';

/** Kinds of mapping as the runtime's C numbers them. */
const MAPPING_KINDS: readonly (VmaKind & AllocationKind)[] = ['anonymous', 'managed', 'device', 'pinned'];
/** What mmap makes beside anonymous memory. */
const OWN_MAPPING_KINDS: readonly (VmaKind & AllocationKind)[] = ['file', 'shared', 'dax'];

export interface AllocationObserver {
  allocated(allocation: Allocation, name: string | null): void;
  /** @param residency pages by node when it went */
  freed(allocation: Allocation, event: number, residency: readonly number[]): void;
  refused?(bytes: number): void;
}

export class ProcessMemory {
  readonly allocations: Allocations = new Allocations();
  private heapEnd: number;
  private mappedBytes = 0;
  private readonly heapBlocks: Allocation;
  private readonly managed = new ManagedRanges();
  /** By id: what the program mapped itself, and may unmap piece by piece. */
  private readonly ownMappings = new Map<number, { readonly allocation: Allocation; pagesLeft: number }>();

  constructor(
    private readonly mm: AddressSpace,
    private readonly linear: LinearMemory,
    private readonly driver: Driver,
    private readonly devices: readonly Device[],
    private readonly sink: EventSink,
    private readonly observer: AllocationObserver,
    areas: ImageAreas,
    usesDevice: boolean,
    /** The most bytes that mappings and heap may take together. */
    private readonly limitBytes: number,
  ) {
    this.mm.setMmapArea(pageAt(HEAP_END), pageAt(MAPPINGS_END));
    // The module's own memory size is counted in pages of 64 KiB: the heap starts on one, as sbrk expects.
    const heapStart = Math.ceil(areas.end / WASM_PAGE_SIZE) * WASM_PAGE_SIZE;
    this.heapEnd = heapStart;
    this.fixed(areas.constants, 'image', Protection.read, 'constants');
    this.fixed(areas.data, 'image', Protection.readWrite, 'initialised variables');
    this.fixed(areas.managed, 'managed', Protection.readWrite, 'managed variables');
    this.fixed(areas.zeroed, 'image', Protection.readWrite, 'zeroed variables');
    this.fixed({ start: areas.end, end: heapStart }, 'heap', Protection.readWrite, 'heap');
    this.fixed({ start: STACK_TOP - STACK_BYTES, end: STACK_TOP }, 'stack', Protection.readWrite, 'stack');
    if (usesDevice) {
      this.mapDeviceVariables(areas.device);
      for (const device of this.devices) this.giveConstants(device, areas.constants);
    }
    this.heapBlocks = this.own('heap', areas.end, HEAP_END - areas.end, 'small heap blocks');
    this.own('image', areas.data.start, areas.data.end - areas.data.start, 'initialised variables');
    this.own('image', areas.zeroed.start, areas.zeroed.end - areas.zeroed.start, 'zeroed variables');
    this.own('managed', areas.managed.start, areas.managed.end - areas.managed.start, 'managed variables');
    this.own('stack', STACK_TOP - STACK_BYTES, STACK_BYTES, 'stack');
  }

  /** A child process's, over its own address space. What it allocates is not told: the tables are the program's. */
  fork(mm: AddressSpace, linear: LinearMemory, driver: Driver): ProcessMemory {
    const observer: AllocationObserver = { allocated: () => undefined, freed: () => undefined };
    const child = Object.create(ProcessMemory.prototype) as ProcessMemory;
    const own = { mm, linear, driver, devices: [], observer, allocations: this.allocations.fork() };
    const ownMappings = new Map([...this.ownMappings].map(([id, mapping]) => [id, { ...mapping }]));
    return Object.assign(child, this, own, { ownMappings, managed: this.managed.fork() });
  }

  /** A mapping of its own for a block; 0 if there is no room for it. */
  map(bytes: number, kindNumber: number, deviceIndex: number): number {
    const kind = MAPPING_KINDS[kindNumber] ?? 'anonymous';
    const agent = kind === 'device' ? deviceAgent(deviceIndex) : CPU;
    const pageCount = pagesFor(bytes);
    const size = pageCount * PAGE_SIZE;
    const start =
      this.mappedBytes + size > this.limitBytes
        ? Errno.ENOMEM
        : kind === 'managed'
          ? this.mapManaged(pageCount)
          : this.mapOwn(pageCount, kind, agent);
    if (isErrno(start)) {
      this.observer.refused?.(bytes);
      return 0;
    }
    const address = start * PAGE_SIZE;
    if (this.driver.allocated?.(start, pageCount, kind)) {
      this.unmapBlock(start, pageCount, kind);
      return 0;
    }
    this.mappedBytes += size;
    this.record(this.allocations.add({ kind, address, bytes, agent, mapping: address, mappedBytes: size }), null);
    return address;
  }

  private mapOwn(pageCount: number, kind: VmaKind, agent: AgentId): PageIndex | Errno {
    const start = this.mm.mmap({ pageCount, protection: Protection.readWrite, kind, agent });
    if (isErrno(start) || this.provide(start, pageCount)) return start;
    this.mm.munmap(start, pageCount);
    return Errno.ENOMEM;
  }

  private mapManaged(pageCount: number): PageIndex | Errno {
    const block = this.managed.allocate(this.mm, pageCount);
    if (typeof block === 'number') return block;
    const { start, mapped } = block;
    if (mapped === undefined || this.provide(mapped.start, mapped.pageCount)) return start;
    this.unmapBlock(start, pageCount, 'managed');
    return Errno.ENOMEM;
  }

  private provide(start: PageIndex, pageCount: number): boolean {
    return this.linear.provide(start * PAGE_SIZE, (start + pageCount) * PAGE_SIZE);
  }

  private unmapBlock(start: PageIndex, pageCount: number, kind: AllocationKind): void {
    const range = kind === 'managed' ? this.managed.free(start, pageCount) : { start, pageCount };
    if (range !== undefined) this.mm.munmap(range.start, range.pageCount);
  }

  /** A block of the heap, or one inside a mapping made just before: the mapping's record becomes the block's. */
  allocated(block: number, bytes: number, mapping: number): void {
    const whole = mapping === 0 ? undefined : this.allocations.at(mapping);
    if (!whole) {
      this.record(
        this.allocations.add({ kind: 'heap', address: block, bytes, agent: CPU, mapping: 0, mappedBytes: 0 }),
        null,
      );
      return;
    }
    this.allocations.rename(whole, { address: block, bytes, kind: 'heap' });
    const renamed = this.allocations.at(block);
    if (renamed) this.observer.allocated(renamed, null);
  }

  /** The block is given back. True if it was a mapping of its own, which is gone. */
  freed(block: number): boolean {
    const allocation = this.allocations.at(block);
    if (!allocation) return false;
    const start = allocation.mapping === 0 ? allocation.address : allocation.mapping;
    const residency = this.residencyOf(allocation);
    const event = this.sink.record({
      ...ALLOCATION_EVENT,
      kind: EventKind.free,
      agent: CPU,
      firstPage: pageAt(start),
      pageCount: pagesFor(allocation.mapping === 0 ? allocation.bytes : allocation.mappedBytes),
      extra: allocation.id,
    });
    if (allocation.mapping !== 0) {
      const pages = allocation.mappedBytes / PAGE_SIZE;
      this.driver.freed?.(pageAt(start), pages);
      this.unmapBlock(pageAt(start), pages, allocation.kind);
      this.mappedBytes -= allocation.mappedBytes;
    }
    this.allocations.remove(allocation, allocation.mapping === 0 ? this.heapBlocks.id : 0);
    this.observer.freed(allocation, event, residency);
    return allocation.mapping !== 0;
  }

  /** Whether the program may map so much more. */
  hasRoom(bytes: number): boolean {
    return this.mappedBytes + bytes <= this.limitBytes;
  }

  /** Pages that the program mapped itself (mmap). @param name a file's; null: the report names it after its variable */
  adopt(start: PageIndex, pageCount: number, name: string | null): void {
    const address = start * PAGE_SIZE;
    const bytes = pageCount * PAGE_SIZE;
    this.mappedBytes += bytes;
    const mapped = this.mm.findVma(start)?.kind;
    const kind = OWN_MAPPING_KINDS.find((known) => known === mapped) ?? 'anonymous';
    const added = this.allocations.add({ kind, address, bytes, agent: CPU, mapping: address, mappedBytes: bytes });
    this.ownMappings.set(added.id, { allocation: added, pagesLeft: pageCount });
    this.record(added, name);
  }

  /** The program is about to unmap a range: what it mapped itself is gone with its last page. */
  disown(start: PageIndex, pageCount: number): void {
    for (let page = start; page < start + pageCount; page++) {
      const mapping = this.ownMappings.get(this.allocations.ofPage(page));
      if (mapping === undefined) continue;
      this.mappedBytes -= PAGE_SIZE;
      if (--mapping.pagesLeft === 0) this.mappingGone(mapping.allocation);
      this.allocations.disown(page);
    }
  }

  private mappingGone(allocation: Allocation): void {
    const residency = this.residencyOf(allocation);
    const { first, count } = pagesOf(allocation);
    const event = this.sink.record({
      ...ALLOCATION_EVENT,
      kind: EventKind.free,
      agent: CPU,
      firstPage: first,
      pageCount: count,
      extra: allocation.id,
    });
    this.ownMappings.delete(allocation.id);
    this.allocations.remove(allocation, 0);
    this.observer.freed(allocation, event, residency);
  }

  /** Whether it begins a live allocation: small blocks of the heap do not. */
  isRecorded(block: number): boolean {
    return this.allocations.at(block) !== undefined;
  }

  blockBytes(block: number): number {
    return this.allocations.at(block)?.bytes ?? 0;
  }

  /** Pages of an allocation on each node, by node. */
  residencyOf(allocation: Allocation): number[] {
    const { first, count } = pagesOf(allocation);
    return [...this.mm.residency(first, count).subarray(0, this.devices.length + 1)];
  }

  /** memory.size: where the heap ends, in pages of 64 KiB. */
  heapPages(): number {
    return this.heapEnd / WASM_PAGE_SIZE;
  }

  /** memory.grow: moves the heap's end; the previous end in pages of 64 KiB, or -1. */
  growHeap(pages: number): number {
    const previous = this.heapPages();
    if (pages === 0) return previous;
    const end = this.heapEnd + pages * WASM_PAGE_SIZE;
    const bytes = pages * WASM_PAGE_SIZE;
    if (end > HEAP_END || this.mappedBytes + bytes > this.limitBytes) return -1;
    if (!this.fixed({ start: this.heapEnd, end }, 'heap', Protection.readWrite, 'heap')) return -1;
    this.mappedBytes += bytes;
    this.heapEnd = end;
    return previous;
  }

  /** Memory that only a device's threads use: stacks. Undefined if there is no room. */
  mapLocal(device: Device, bytes: number, name: string): (Range & { readonly release: () => void }) | undefined {
    const pageCount = pagesFor(bytes);
    const start = this.mm.mmap({
      pageCount,
      protection: Protection.readWrite,
      kind: 'local',
      agent: device.agent,
      name,
    });
    if (isErrno(start)) return undefined;
    const address = start * PAGE_SIZE;
    const release = (): void => void this.mm.munmap(start, pageCount);
    if (this.linear.provide(address, address + pageCount * PAGE_SIZE))
      return { start: address, end: address + pageCount * PAGE_SIZE, release };
    release();
    return undefined;
  }

  /** A host thread's stack, with a guard below it. Undefined if there is no room. */
  mapStack(
    bytes: number,
    guardBytes: number,
    name: string,
  ): { readonly end: number; readonly release: () => void } | undefined {
    const size = bytes + guardBytes;
    if (this.mappedBytes + size > this.limitBytes) return undefined;
    const pageCount = pagesFor(size);
    const start = this.mm.mmap({ pageCount, protection: Protection.readWrite, kind: 'stack', name });
    if (isErrno(start)) return undefined;
    const address = start * PAGE_SIZE;
    if (guardBytes > 0) this.mm.mprotect(start, pagesFor(guardBytes), Protection.none);
    if (!this.linear.provide(address, address + size)) {
      this.mm.munmap(start, pageCount);
      return undefined;
    }
    this.mappedBytes += size;
    const owned = this.own('stack', address + guardBytes, bytes, name);
    return {
      end: address + size,
      release: () => {
        this.mm.munmap(start, pageCount);
        this.mappedBytes -= size;
        this.allocations.remove(owned, 0);
      },
    };
  }

  /** Bytes of the heap as it is now. */
  get heapBytes(): number {
    return this.heapEnd - this.heapBlocks.address;
  }

  private fixed(range: Range, kind: VmaKind, protection: Protection, name: string): boolean {
    if (range.end <= range.start) return true;
    if (range.end > this.linear.bytes.length && !this.linear.provide(range.start, range.end)) return false;
    const pageCount = pagesFor(range.end - range.start);
    return !isErrno(this.mm.mmap({ start: pageAt(range.start), pageCount, protection, kind, name, fixed: true }));
  }

  /** The first device holds the device variables; each other one has its own copy of the pages. */
  private mapDeviceVariables(range: Range): void {
    const [first, ...others] = this.devices;
    if (!first) return;
    const pageCount = pagesFor(range.end - range.start);
    const start = pageAt(range.start);
    this.mm.mmap({
      start,
      pageCount,
      protection: Protection.readWrite,
      kind: 'local',
      agent: first.agent,
      name: 'device variables',
      fixed: true,
    });
    for (const device of others) device.mirror.mapCopy(start, pageCount);
  }

  /** A program's constants are in each processor's image, as a fat binary has them: reading them is no fault. */
  private giveConstants(device: Device, range: Range): void {
    if (range.end > range.start) device.mirror.mapCopy(pageAt(range.start), pagesFor(range.end - range.start));
  }

  private own(kind: AllocationKind, address: number, bytes: number, name: string): Allocation {
    const allocation = this.allocations.add({ kind, address, bytes, agent: CPU, mapping: 0, mappedBytes: 0 }, true);
    if (bytes > 0) this.observer.allocated(allocation, name);
    return allocation;
  }

  private record(allocation: Allocation, name: string | null): void {
    const { first, count } = pagesOf(allocation);
    this.sink.record({
      ...ALLOCATION_EVENT,
      agent: allocation.agent,
      firstPage: first,
      pageCount: count,
      extra: allocation.id,
    });
    this.observer.allocated(allocation, name);
  }
}

const ALLOCATION_EVENT = {
  kind: EventKind.allocate as EventKind,
  source: NO_NODE,
  target: SYSTEM_NODE,
  access: Access.none,
  cause: Cause.api,
  durationNs: 0,
} as const;

function pagesOf(allocation: Allocation): { readonly first: PageIndex; readonly count: number } {
  const start = allocation.mapping === 0 ? allocation.address : allocation.mapping;
  const bytes = allocation.mapping === 0 ? allocation.bytes : allocation.mappedBytes;
  const first = pageAt(start);
  return { first, count: bytes === 0 ? 0 : pageAt(start + bytes - 1) - first + 1 };
}
