/** What the parts of memory management and hmm need of an address space (the kernel's struct mm_struct as its users see it). */

import type { PageContents } from './contents.js';
import type { Errno } from './errno.js';
import type { Access, EventSink } from './event.js';
import type { FaultResult } from './fault.js';
import type { MmuNotifiers } from './mmu-notifier.js';
import type { PageTable } from './page-table.js';
import type { PhysicalMemory } from './physical-memory.js';
import type { AgentId, NodeId, PageIndex } from './units.js';
import type { Vma } from './vma.js';
import type { VmaSet } from './vma-set.js';

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
  /** Absent: it costs nothing. */
  updates: DeviceUpdates | undefined;
  /** Absent: there is only one thread, so waiting is a deadlock. */
  wait: Wait | undefined;
}

/** An address space as the parts of this room change it. */
export interface MutableMm extends Mm {
  readonly areas: VmaSet;
  /** Where a mapping goes: the wish, if it is free, or the lowest hole; with `fixed` just there. */
  place(request: PlaceRequest): PageIndex | Errno;
  munmap(start: PageIndex, count: number): 0 | Errno;
}

export interface PlaceRequest {
  readonly start?: PageIndex;
  readonly pageCount: number;
  readonly fixed?: boolean;
}

/** Waits for a condition; at once if it holds. */
export function waitUntil(mm: Mm, reason: WaitReason, ready: () => boolean): WaitOutcome {
  if (ready()) return 'ready';
  return mm.wait?.(reason, ready) ?? 'deadlock';
}
