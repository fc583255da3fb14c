/**
 * One address space (the kernel's mm_struct): its areas, the CPU's page table, the frames behind it and those who mirror it.
 *
 * Invariant: every entry of the page table lies in an area and allows no more than the area does; every mapped frame has this page as its
 * reverse mapping; subscribers are told of a change before an entry changes. Sources: mm/mmap.c, mm/mprotect.c, mm/memory.c.
 */

import { handleCpuFault, faultIn, populate, type PopulateResult } from './cpu-fault.js';
import type { Backing } from './backing.js';
import type { PageContents } from './contents.js';
import { Errno, isErrno } from './errno.js';
import { Access, Cause, EventKind, type EventSink } from './event.js';
import type { FaultResult } from './fault.js';
import { MemoryInvariantError } from './invariant.js';
import type { DeviceUpdates, MemoryTiming, Mm, MutableMm, PlaceRequest, Wait } from './mm.js';
import { MmuNotifiers, MmuNotifyEvent } from './mmu-notifier.js';
import { hasFrame, makePte, PageTable, Permission, pteFrame, pteType, PteType, pteWritable } from './page-table.js';
import { NodeMemory, type DevicePagemap, type PhysicalMemory } from './physical-memory.js';
import { changeProtection, zap } from './range.js';
import { remap } from './mremap.js';
import { advise } from './madvise.js';
import { lock, unlock } from './mlock.js';
import { copyAddressSpace } from './fork.js';
import { pinUserPage } from './gup.js';
import { splitHugeEnds } from './huge-split.js';
import {
  CPU,
  frameNode,
  NO_NODE,
  PAGE_COUNT,
  SYSTEM_NODE,
  type AgentId,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from './units.js';
import { isWritable, Protection, VMA_KINDS, type Vma, type VmaKind } from './vma.js';
import { VmaSet } from './vma-set.js';

/** How an address space may differ from another over the same physical memory. */
export interface ForkOptions {
  /** The child's own tables; devices beyond those given do not exist for it. */
  readonly permissions: readonly Uint8Array[];
  readonly sink: EventSink;
  readonly contents?: PageContents;
}

/** The kernel's default vm.max_map_count. */
const MAX_AREAS = 65530;

export interface AddressSpaceOptions {
  /** One table of PAGE_COUNT bytes an agent, by agent; generated code checks them. */
  readonly permissions: readonly Uint8Array[];
  readonly sink: EventSink;
  /** Frames of system memory; of no account with `physical`. */
  readonly systemFrames: number;
  /** Another process's memory, to share. */
  readonly physical?: PhysicalMemory;
  /** Pages of the swap area; 0 if absent. */
  readonly swapFrames?: number;
  /** Absent: faults take no time. */
  readonly timing?: MemoryTiming;
  /** Absent: nobody looks at bytes. */
  readonly contents?: PageContents;
}

export interface MmapRequest {
  /** With `fixed`: where it must be, replacing what is there. Without: a wish. */
  readonly start?: PageIndex;
  readonly pageCount: number;
  readonly protection: Protection;
  readonly kind: VmaKind;
  readonly name?: string;
  readonly fixed?: boolean;
  /** The device of a `device` or `local` area. */
  readonly agent?: AgentId;
  /** VmaFlag bits. */
  readonly flags?: number;
  /** With `backing`: which of its pages comes first. */
  readonly pageOffset?: number;
  readonly backing?: Backing;
}

/** A device's page table as the address space needs it: areas that need no fault are mapped in it at once. */
export interface DeviceTable {
  /** Maps what the CPU's table holds for these pages: the device's own frames, or pinned system frames. */
  mapPopulated(start: PageIndex, count: number): void;
}

/** Where a page is and who may do what with it, for a view or a hover. */
export interface PageState {
  readonly type: PteType;
  /** NO_NODE if there is no page. */
  readonly node: NodeId;
  readonly frame: FrameNumber | undefined;
  readonly writable: boolean;
  readonly pinned: boolean;
  /** Permission bits of each agent, by agent. */
  readonly permissions: readonly number[];
}

export class AddressSpace implements MutableMm {
  readonly id: number;
  readonly physical: PhysicalMemory;
  /** The CPU's. Written by memory and hmm only. */
  readonly pageTable: PageTable;
  readonly notifiers = new MmuNotifiers();
  readonly permissions: readonly Uint8Array[];
  readonly sink: EventSink;
  readonly timing: MemoryTiming | undefined;
  readonly contents: PageContents | undefined;
  wait: Wait | undefined;
  managedFault: Mm['managedFault'];
  updates: DeviceUpdates | undefined;
  /** Changed by this room only. */
  readonly areas = new VmaSet();
  readonly #tables: (DeviceTable | undefined)[] = [];
  #areaLow = 1 as PageIndex;
  #areaHigh = PAGE_COUNT as PageIndex;

  constructor(options: AddressSpaceOptions) {
    const cpuPermissions = options.permissions[CPU];
    if (cpuPermissions === undefined) throw new MemoryInvariantError('the CPU has no permission table');
    this.physical = options.physical ?? new NodeMemory(options.systemFrames, options.swapFrames);
    this.pageTable = new PageTable(cpuPermissions);
    this.permissions = options.permissions;
    this.sink = options.sink;
    this.timing = options.timing;
    this.contents = options.contents;
    this.id = this.physical.addSpace(this);
  }

  /** Makes a device known: its memory (node = agent) and its page table. */
  attachDevice(agent: AgentId, pagemap: DevicePagemap, table: DeviceTable): void {
    this.physical.addDevice(pagemap);
    this.#tables[agent] = table;
  }

  /** Where mmap without a fixed place looks for a hole: [low, high), lowest first. */
  setMmapArea(low: PageIndex, high: PageIndex): void {
    this.#areaLow = low;
    this.#areaHigh = high;
  }

  /**
   * Makes an area. `device`, `local` and `pinned` areas are populated at once; a full device moves migratable pages away for them.
   * @returns its first page, or -EINVAL (size, missing device, an area populated at once that cannot be read), -ENOMEM (no hole, too many areas, no frames).
   */
  mmap(request: MmapRequest): PageIndex | Errno {
    const { pageCount, protection, kind, name = '', agent = CPU } = request;
    if (!Number.isInteger(pageCount) || pageCount <= 0) return Errno.EINVAL;
    const onDevice = kind === 'device' || kind === 'local';
    if (onDevice && this.#tables[agent] === undefined) return Errno.EINVAL;
    if ((onDevice || kind === 'pinned') && (protection & Protection.read) === 0) return Errno.EINVAL;
    const start = this.place(request);
    if (isErrno(start)) return start;
    const end = (start + pageCount) as PageIndex;
    if (request.fixed === true) {
      const unmapped = this.munmap(start, pageCount);
      if (unmapped !== 0) return unmapped;
    }
    if (this.areas.size >= MAX_AREAS) return Errno.ENOMEM;
    if (onDevice && this.physical.pagemap(agent as number as NodeId)?.makeRoom(pageCount) !== true) return Errno.ENOMEM;
    if (kind === 'pinned' && this.physical.system.freeFrames < pageCount) return Errno.ENOMEM;
    const { flags = 0, backing, pageOffset = start } = request;
    const vma: Vma = { start, end, protection, kind, name, agent: onDevice ? agent : CPU, flags, backing, pageOffset };
    this.areas.insert(vma);
    backing?.opened(this, vma);
    this.#record(EventKind.map, start, pageCount, Access.none, Cause.user, VMA_KINDS.indexOf(kind));
    if (onDevice) this.#populateOnDevice(vma);
    else if (kind === 'pinned') this.#populatePinned(vma);
    return start;
  }

  /** Unmaps a range; holes in it do no harm. @returns 0, -EINVAL (bad range), -ENOMEM (would make too many areas). */
  munmap(start: PageIndex, count: number, cause: Cause = Cause.user): 0 | Errno {
    return this.#operation(() => this.#munmap(start, count, cause));
  }

  #munmap(start: PageIndex, count: number, cause: Cause): 0 | Errno {
    if (!isRange(start, count) || count === 0) return Errno.EINVAL;
    const end = (start + count) as PageIndex;
    if (this.areas.size >= MAX_AREAS && this.areas.splitsBy(start, end)) return Errno.ENOMEM;
    splitHugeEnds(this, start, end, Cause.unmap);
    const areas = this.areas.carve(start, end);
    for (const vma of areas) {
      this.#record(EventKind.unmap, vma.start, vma.end - vma.start, Access.none, cause, 0);
      this.#unmapArea(vma);
      if (vma.kind === 'pinned') {
        this.#record(
          EventKind.unpin,
          vma.start,
          vma.end - vma.start,
          Access.none,
          Cause.unmap,
          this.physical.system.pinnedFrames,
        );
      }
    }
    // Not before all entries are gone: the reverse mapping finds them through their areas no more.
    for (const vma of areas) vma.backing?.closed(this, vma);
    return 0;
  }

  /**
   * Changes the protection of a range, area by area from its start.
   * @returns 0, -EINVAL (bad range), -ENOMEM (a hole, what lies before it is changed; or too many areas), -EACCES (a device's or a reserved area).
   */
  mprotect(start: PageIndex, count: number, protection: Protection): 0 | Errno {
    return this.#operation(() => this.#mprotect(start, count, protection));
  }

  #mprotect(start: PageIndex, count: number, protection: Protection): 0 | Errno {
    if (!isRange(start, count)) return Errno.EINVAL;
    const end = (start + count) as PageIndex;
    splitHugeEnds(this, start, end, Cause.protect);
    let page: PageIndex = start;
    while (page < end) {
      const vma = this.areas.find(page);
      if (vma === undefined) return Errno.ENOMEM;
      if (vma.kind === 'device' || vma.kind === 'local' || vma.kind === 'reserved') return Errno.EACCES;
      const pieceEnd = vma.end < end ? vma.end : end;
      if (vma.protection !== protection) {
        if (this.areas.size + 2 > MAX_AREAS) return Errno.ENOMEM;
        this.#record(EventKind.protect, page, pieceEnd - page, Access.none, Cause.user, protection);
        for (const piece of this.areas.carve(page, pieceEnd)) this.areas.insert({ ...piece, protection });
        changeProtection(this, vma, page, pieceEnd, protection);
      }
      page = pieceEnd;
    }
    return 0;
  }

  findVma(page: PageIndex): Vma | undefined {
    return this.areas.find(page);
  }

  *pagesOf(index: number, mapping: number): Iterable<PageIndex> {
    for (const vma of this.areas) {
      const page = vma.start + index - vma.pageOffset;
      if (page < vma.start || page >= vma.end) continue;
      if (mapping === 0 || vma.backing?.id === mapping) yield page as PageIndex;
    }
  }

  /** All areas in order; the address space must not change meanwhile. */
  vmas(): Iterable<Vma> {
    return this.areas;
  }

  /** The CPU may not do this access as things are: makes it possible, or says why it never will be. Records `cpuFault`. */
  handleCpuFault(page: PageIndex, access: Access): FaultResult {
    return handleCpuFault(this, page, access);
  }

  faultIn(page: PageIndex, access: Access): FaultResult {
    return faultIn(this, page, access);
  }

  /** Makes a range accessible to the CPU for the runtime's own reads and writes (the kernel's copy_to_user); takes no CPU faults. */
  populate(start: PageIndex, count: number, access: Access = Access.read): PopulateResult {
    return populate(this, start, count, access);
  }

  /** mremap, see RemapRequest. @returns its first page now, or -EINVAL, -EFAULT, -ENOMEM. */
  mremap(start: PageIndex, count: number, newCount: number, flags: number, newStart?: PageIndex): PageIndex | Errno {
    return this.#operation(() =>
      remap(this, { start, count, newCount, flags, ...(newStart !== undefined && { newStart }) }),
    );
  }

  /** madvise, see Advice. */
  madvise(start: PageIndex, count: number, advice: number): 0 | Errno {
    return isRange(start, count) ? this.#operation(() => advise(this, start, count, advice)) : Errno.EINVAL;
  }

  /** Keeps the pages of a range in memory, and faults them in unless `onFault` (MLOCK_ONFAULT). @returns 0, -ENOMEM (holes, no memory), -EINVAL. */
  mlock(start: PageIndex, count: number, onFault = false): 0 | Errno {
    return isRange(start, count) ? lock(this, start, count, onFault) : Errno.EINVAL;
  }

  munlock(start: PageIndex, count: number): 0 | Errno {
    return isRange(start, count) ? unlock(this, start, count) : Errno.EINVAL;
  }

  /** One byte a page: 1 = in memory, on whichever node. -ENOMEM: not all of it is mapped. */
  mincore(start: PageIndex, count: number): Uint8Array | Errno {
    if (!isRange(start, count)) return Errno.ENOMEM;
    const found = new Uint8Array(count);
    for (let index = 0; index < count; index++) {
      const page = (start + index) as PageIndex;
      if (this.areas.find(page) === undefined) return Errno.ENOMEM;
      found[index] = Number(hasFrame(this.pageTable.get(page)));
    }
    return found;
  }

  /** A child's copy of this address space over the same memory (fork); without devices. -ENOMEM, -EDEADLK: there is no child. */
  fork(options: ForkOptions): AddressSpace | Errno {
    const { physical, timing } = this;
    const child = new AddressSpace({ systemFrames: 0, physical, ...options, ...(timing && { timing }) });
    child.setMmapArea(this.#areaLow, this.#areaHigh);
    const result = this.#operation(() => copyAddressSpace(this, child));
    if (isErrno(result)) {
      child.exit();
      return result;
    }
    this.#record(EventKind.fork, 0 as PageIndex, result, Access.none, Cause.fork, child.id);
    return child;
  }

  /** get_user_pages(FOLL_PIN): the frame, faulted in and pinned; see PinRequest. @returns -EFAULT, -ENOMEM or -EBUSY, too. */
  pinUserPage(page: PageIndex, write: boolean, longTerm = false): FrameNumber | Errno {
    return pinUserPage(this, page, { write, longTerm });
  }

  /** Undoes pinUserPage; the frame is free if nothing maps it any more. */
  unpinUserPage(frame: FrameNumber): void {
    this.physical.of(frame).unpin(frame);
  }

  nodeOf(page: PageIndex): NodeId {
    const pte = this.pageTable.get(page);
    return hasFrame(pte) ? frameNode(pteFrame(pte)) : NO_NODE;
  }

  /** Pages of a range on each node, by node; index NO_NODE counts those that are nowhere. */
  residency(start: PageIndex, count: number): Uint32Array {
    const counts = new Uint32Array(NO_NODE + 1);
    for (let page = start; page < start + count; page++) {
      const node = this.nodeOf(page);
      counts[node] = (counts[node] ?? 0) + 1;
    }
    return counts;
  }

  pageState(page: PageIndex): PageState {
    const pte = this.pageTable.get(page);
    const type = pteType(pte);
    const frame = hasFrame(pte) ? pteFrame(pte) : undefined;
    return {
      type,
      node: this.nodeOf(page),
      frame,
      writable: pteWritable(pte),
      pinned: frame !== undefined && this.physical.of(frame).pincount(frame) > 0,
      permissions: this.permissions.map((table, agent) =>
        agent === CPU ? this.pageTable.permission(page) : (table[page] ?? Permission.none),
      ),
    };
  }

  /**
   * The process ended: drops every mapping and every device's.
   * @throws MemoryInvariantError if a frame or a swap slot is still in use after the last process ended.
   */
  exit(): void {
    this.notifiers.start({
      event: MmuNotifyEvent.RELEASE,
      start: 0 as PageIndex,
      count: PAGE_COUNT,
      owner: undefined,
      blockable: true,
    });
    this.notifiers.end();
    const areas = this.areas.carve(0 as PageIndex, PAGE_COUNT as PageIndex);
    for (const vma of areas) this.#unmapArea(vma);
    for (const vma of areas) vma.backing?.closed(this, vma);
    const { physical } = this;
    physical.removeSpace(this);
    if (physical.spaces().length > 0) return;
    const frames = physical.nodes().reduce((sum, { usedFrames }) => sum + usedFrames, 0) - physical.cachedFrames;
    if (frames > 0) throw new MemoryInvariantError('frames are still in use after exit', { frames });
    if (physical.swap.usedSlots > 0)
      throw new MemoryInvariantError('swap slots are still in use after exit', { slots: physical.swap.usedSlots });
  }

  #operation<T>(work: () => T): T {
    return this.updates === undefined ? work() : this.updates.operation(work);
  }

  #record(kind: EventKind, firstPage: PageIndex, pageCount: number, access: Access, cause: Cause, extra: number): void {
    this.sink.record({
      kind,
      agent: CPU,
      source: NO_NODE,
      target: SYSTEM_NODE,
      firstPage,
      pageCount,
      access,
      cause,
      durationNs: 0,
      extra,
    });
  }

  place({ start, pageCount, fixed = false }: PlaceRequest): PageIndex | Errno {
    if (fixed) {
      if (start === undefined) return Errno.EINVAL;
      return isRange(start, pageCount) ? start : Errno.ENOMEM;
    }
    if (start !== undefined && isRange(start, pageCount)) {
      const next = this.areas.firstEndingAfter(start);
      if (next === undefined || next.start >= start + pageCount) return start;
    }
    const hole = this.areas.findHole(pageCount, this.#areaLow, this.#areaHigh);
    return hole < 0 ? Errno.ENOMEM : (hole as PageIndex);
  }

  #populateOnDevice(vma: Vma): void {
    const frames = this.physical.pagemap(vma.agent as number as NodeId)?.frames;
    if (frames === undefined) return;
    for (let page = vma.start; page < vma.end; page++)
      this.#install(frames.allocate(), page, PteType.deviceOnly, isWritable(vma));
    this.#tables[vma.agent]?.mapPopulated(vma.start, vma.end - vma.start);
  }

  #populatePinned(vma: Vma): void {
    const { system } = this.physical;
    const count = vma.end - vma.start;
    for (let page = vma.start; page < vma.end; page++) {
      const frame = system.allocate();
      this.#install(frame, page, PteType.present, isWritable(vma));
      system.pin(frame);
    }
    this.#record(EventKind.pin, vma.start, count, Access.none, Cause.api, system.pinnedFrames);
    for (const table of this.#tables) table?.mapPopulated(vma.start, count);
  }

  /** Maps a new frame; the mapping takes over the caller's reference. */
  #install(frame: FrameNumber, page: PageIndex, type: PteType, writable: boolean): void {
    const frames = this.physical.of(frame);
    frames.map(frame, page);
    frames.put(frame);
    this.pageTable.set(page, makePte(type, frame, writable));
  }

  #unmapArea(vma: Vma): void {
    const count = vma.end - vma.start;
    this.notifiers.start({ event: MmuNotifyEvent.UNMAP, start: vma.start, count, owner: undefined, blockable: true });
    zap(this, vma);
    this.notifiers.end();
  }
}

function isRange(start: number, count: number): boolean {
  return Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0 && start + count <= PAGE_COUNT;
}
