/**
 * The types of memory management that refer to each other, as the kernel's linux/mm_types.h has them: areas, what backs them, processes, and
 * the memory that they share.
 */

import type { PageContents } from './contents.js';
import type { Errno } from './errno.js';
import type { Access, EventSink } from './event.js';
import type { FaultResult } from './fault.js';
import type { FrameAllocator } from './frames.js';
import type { MmuNotifiers, PgmapOwner } from './mmu-notifier.js';
import type { PageTable } from './page-table.js';
import type { SwapArea } from './swap-area.js';
import type { AgentId, FrameNumber, NodeId, PageIndex } from './units.js';

export const VMA_KINDS = [
  'image',
  'heap',
  'stack',
  'anonymous',
  'managed',
  'device',
  'local',
  'pinned',
  'reserved',
  'file',
  'shared',
  'dax',
  'special',
] as const;
/**
 * image: the program's globals and constants · heap · stack · anonymous: mmap, malloc of large blocks · managed: cudaMallocManaged ·
 * device: cudaMalloc, only its device may access it · local: stacks and shared memory of a device's threads · pinned: cudaMallocHost,
 * system memory that everybody reaches and nobody moves · reserved: nobody may access it (guard pages) · file: a mapped file · shared:
 * anonymous memory shared between processes · dax: storage that is memory, mapped in place · special: a device's buffer.
 */
export type VmaKind = (typeof VMA_KINDS)[number];

export interface Vma {
  readonly start: PageIndex;
  /** First page after it. */
  readonly end: PageIndex;
  /** Protection bits. */
  readonly protection: number;
  readonly kind: VmaKind;
  /** What it is called (an allocation's name), empty if nothing. */
  readonly name: string;
  /** The device of a `device` or `local` area, otherwise the CPU. */
  readonly agent: AgentId;
  /** VmaFlag bits. */
  readonly flags: number;
  /** Undefined: anonymous, or a device's. */
  readonly backing: Backing | undefined;
  /**
   * Which page of the backing its first page is; for anonymous areas the page at which it was mapped first, which mremap does not change
   * (the kernel's vm_pgoff: what the reverse mapping goes by).
   */
  readonly pageOffset: number;
}

/**
 * file: a file's page cache · shmem: memory shared between processes, or memfd · dax: a file whose storage is memory, mapped in place ·
 * special: a device's buffer inserted page by page (VM_MIXEDMAP) · hugetlb: pages of a huge page pool.
 */
export const BACKING_KINDS = ['file', 'shmem', 'dax', 'special', 'hugetlb'] as const;
export type BackingKind = (typeof BACKING_KINDS)[number];

export interface Backing {
  readonly kind: BackingKind;
  /** Positive and unique; frames in the cache carry it (FrameAllocator.mappingOf). */
  readonly id: number;
  /** What a person calls it: a file's name. */
  readonly name: string;
  /** An area over it appears, or one that was told of goes: what the reverse mapping looks in (i_mmap). Splits and merges are not told. */
  opened(mm: Mm, vma: Vma): void;
  closed(mm: Mm, vma: Vma): void;
  /**
   * Maps the page, whose entry is none. `access` write: for a shared mapping, with a writable entry (page_mkwrite: the page is dirty from now
   * on); a private mapping always asks for a read and copies the page itself if it is to be written. SIGBUS beyond the end of a file.
   */
  fault(mm: Mm, vma: Vma, page: PageIndex, access: Access): FaultResult;
  /** A shared mapping's entry is read-only and its area writable: the first write since write-back. Makes it writable, or refuses. */
  makeWritable(mm: Mm, vma: Vma, page: PageIndex): FaultResult;
  /** Throws away pages of it, and what maps them (MADV_REMOVE, fallocate's punch). Absent: it cannot. */
  punch?(firstPage: number, count: number): 0 | Errno;
  /** A mapping of a frame of this backing was taken away (its entry is gone already; its bytes are still at `page`). `dirty`: it could be written. */
  unmapped(mm: Mm, page: PageIndex, frame: FrameNumber, dirty: boolean): void;
  /**
   * Whether a device's private memory may hold a page of it: migrate_vma takes such pages as candidates, and the backing's cache refers to
   * the device's frame meanwhile (a device entry). Absent or false: refused, as upstream does for every page that has a mapping. A candidate's
   * references are those of its entries, the cache's one, and the migration's own.
   */
  readonly deviceEntriesAllowed?: boolean;
  /**
   * A migration, to a device or back, is about to put `to` in the place of `from`, whose entries are migration entries (folio_migrate_mapping):
   * the cache refers to `to` from now on, with a reference of its own, and no longer to `from`; whether the page is dirty goes along. False:
   * `from` is not what the cache holds (truncated meanwhile), so the page must not migrate.
   */
  replacePage?(index: number, from: FrameNumber, to: FrameNumber): boolean;
}

/** The backings of one machine by id: who a frame with a mapping belongs to (FrameAllocator.mappingOf). */
export interface BackingTable {
  /** Makes a backing with an id that nothing had before. */
  add<Kind extends Backing>(make: (id: number) => Kind): Kind;
  get(id: number): Backing | undefined;
  remove(backing: Backing): void;
}

/** What memory management must know of a device's memory. Source: the kernel's struct dev_pagemap and its ops. */
export interface DevicePagemap {
  readonly owner: PgmapOwner;
  readonly frames: FrameAllocator;
  /** private: the CPU cannot reach it · coherent: the CPU maps it like its own (MEMORY_DEVICE_PRIVATE, MEMORY_DEVICE_COHERENT). */
  readonly type: 'private' | 'coherent';
  /**
   * The CPU touched a device-private entry of this process: bring the page back. The faulting frame is locked and holds a reference of the
   * fault's.
   */
  migrateToRam(mm: Mm, page: PageIndex, access: Access): FaultResult;
  /** Moves one page away, wherever it is mapped (migrate_device_coherent_folio): what a long-term pin asks for. False: it has to stay. */
  evict?(frame: FrameNumber): boolean;
  /** Moves pages away until `count` frames are free; false if that cannot be done. */
  makeRoom(count: number): boolean;
}

/** All nodes of memory, the swap area, and the processes that use them; see physical-memory.ts. */
export interface PhysicalMemory {
  readonly system: FrameAllocator;
  readonly swap: SwapArea;
  /** What pages are pages of, where they are not anonymous. */
  readonly backings: BackingTable;
  /**
   * Drops a frame from the cache of the backing with this id, writing it back first if it must; false if it has to stay. Set by the page
   * cache; absent while there is none.
   */
  reclaimCached: ((mapping: number, frame: FrameNumber) => boolean) | undefined;
  /** Frames that a page cache holds beyond the life of every process. */
  cachedFrames: number;
  /** Where reclaim's clock hand stands: an index of a system frame. */
  reclaimHand: number;
  /** Every node that exists. */
  nodes(): readonly FrameAllocator[];
  addDevice(pagemap: DevicePagemap): void;
  /** The allocator that a frame belongs to. */
  of(frame: FrameNumber): FrameAllocator;
  pagemap(node: NodeId): DevicePagemap | undefined;
  /** The pagemap of a device frame. */
  pagemapOf(frame: FrameNumber): DevicePagemap | undefined;
  /** Lists a process. @returns its id: the lowest that is free. */
  addSpace(mm: Mm): number;
  removeSpace(mm: Mm): void;
  /** The processes that live, by id. */
  spaces(): readonly Mm[];
  /**
   * The reverse mapping (rmap_walk): every entry, in every process, that refers to the frame, migration and exclusive entries included. The
   * visitor may change the entry that it is shown.
   */
  rmap(frame: FrameNumber, visit: (mm: Mm, page: PageIndex) => void): void;
}

/** What faults cost and whom to tell that time passed. */
export interface MemoryTiming {
  advance(ns: number): void;
  readonly cpuFirstTouchNs: number;
  /** A CPU fault on a page that lives on a device, without the transfer. */
  readonly cpuFaultMigrationNs: number;
}

/** What somebody waits for, where the kernel would sleep. */
export interface WaitReason {
  /**
   * migration: the page is on its way · pageLock: somebody holds the page's lock · invalidation: an invalidation of the range runs ·
   * devicePin: the page is pinned in a device's memory.
   */
  readonly kind: 'migration' | 'pageLock' | 'invalidation' | 'devicePin';
  readonly page: PageIndex;
}

/** deadlock: nobody is left who could make it ready. */
export type WaitOutcome = 'ready' | 'deadlock' | 'timeout';

/** Lets other threads run until `ready` says so. */
export type Wait = (reason: WaitReason, ready: () => boolean) => WaitOutcome;

/** What it costs that devices follow the CPU's page table. */
export interface DeviceUpdates {
  /** A system call, a batch: the invalidations raised meanwhile belong together. */
  operation<T>(work: () => T): T;
  /** The invalidations raised meanwhile are paid for by somebody else. */
  covered<T>(work: () => T): T;
  /** A device has dropped entries because a notifier told it to: how long the CPU waits for that, in ns. */
  dropped(agent: AgentId, entries: number): number;
}

export interface Mm {
  /** Which process: the number under which PhysicalMemory lists it. */
  readonly id: number;
  readonly physical: PhysicalMemory;
  /** The CPU's. Written by memory and hmm only. */
  readonly pageTable: PageTable;
  readonly notifiers: MmuNotifiers;
  readonly sink: EventSink;
  /** Absent: nobody looks at bytes (tests of the model alone). */
  readonly contents: PageContents | undefined;
  /** Absent: faults take no time. */
  readonly timing: MemoryTiming | undefined;
  /** The area that holds a page. */
  findVma(page: PageIndex): Vma | undefined;
  /** All areas in order; the address space must not change meanwhile. */
  vmas(): Iterable<Vma>;
  /** The pages that are this page of a backing (or, with 0, of the anonymous index): where the reverse mapping has to look. */
  pagesOf(index: number, mapping: number): Iterable<PageIndex>;
  /** The node that a page lives on, NO_NODE if there is none. */
  nodeOf(page: PageIndex): NodeId;
  /**
   * Makes an access to the page possible in the CPU's table on behalf of somebody who is not the CPU (a device that mirrors, get_user_pages,
   * the runtime), or says why it never will be. No `cpuFault` is recorded.
   */
  faultIn(page: PageIndex, access: Access): FaultResult;
  /**
   * Faults on managed memory, whose mappings are a driver's own (vm_operations_struct.fault): a page without an entry, or a write to one whose
   * entry is read-only. Absent: managed memory is anonymous memory.
   */
  managedFault: ((mm: Mm, page: PageIndex, access: Access) => FaultResult) | undefined;
  /** Absent: it costs nothing. */
  updates: DeviceUpdates | undefined;
  /** Absent: there is only one thread, so waiting is a deadlock. */
  wait: Wait | undefined;
}
