/**
 * A virtual memory area: a run of pages with one protection and one kind. Source: the kernel's struct vm_area_struct.
 */

import type { Vma } from './mm-types.js';
import type { PageIndex } from './units.js';

export { VMA_KINDS, type Vma, type VmaKind } from './mm-types.js';

/** PROT_* of <sys/mman.h>. As on x86, a writable mapping can also be read. */
export const Protection = { none: 0, read: 1, write: 2, exec: 4, readWrite: 3, readExec: 5 } as const;
export type Protection = number;

/** What else is true of an area (the kernel's VM_* bits; numbers are ours). */
export const VmaFlag = {
  /** MAP_SHARED: writes go to the backing. */
  SHARED: 1,
  /** mlock: its pages are not reclaimed. */
  LOCKED: 2,
  /** MADV_HUGEPAGE and MADV_NOHUGEPAGE. */
  HUGEPAGE: 4,
  NOHUGEPAGE: 8,
  /** Kinds of special areas, which migrate_vma refuses; IO and PFNMAP hmm_range_fault refuses, too. */
  IO: 16,
  PFNMAP: 32,
  MIXEDMAP: 64,
  DONTEXPAND: 128,
  HUGETLB: 256,
  /** MADV_DONTFORK and MADV_WIPEONFORK. */
  DONTFORK: 512,
  WIPEONFORK: 1024,
  /** Missing pages are somebody's in user space (userfaultfd): nothing may be inserted. */
  UFFD_MISSING: 2048,
  /** A shared mapping of a file that was opened read-only: mprotect must not make it writable (VM_MAYWRITE is absent). */
  NOWRITE: 4096,
} as const;

/** The page of the backing, or of the anonymous index, that a page of the area is (the kernel's linear_page_index). */
export function linearPageIndex(vma: Vma, page: number): number {
  return vma.pageOffset + (page - vma.start);
}

/** Whether the CPU's page table maps it with ordinary pages. */
export function isOrdinary(vma: Vma): boolean {
  return vma.kind !== 'device' && vma.kind !== 'local' && vma.kind !== 'reserved';
}

/** Whether its pages are private and anonymous (vma_is_anonymous): holes in it are zeros, and any of its pages may migrate to a device. */
export function isAnonymous(vma: Vma): boolean {
  return isOrdinary(vma) && vma.kind !== 'pinned' && vma.backing === undefined;
}

/**
 * Whether a page that is read first maps the zero page. Not where the image has contents from the start, and not in managed memory, whose
 * driver has pages of its own from the first touch on.
 */
export function readsAsZeros(vma: Vma): boolean {
  return vma.backing === undefined && (vma.kind === 'anonymous' || vma.kind === 'heap' || vma.kind === 'stack');
}

/** Whether it is memory that no driver has allocated, which a device may find in the process's page table. */
export function isSystemMemory(vma: Vma | undefined): boolean {
  return vma !== undefined && !DRIVERS.has(vma.kind);
}

const DRIVERS: ReadonlySet<Vma['kind']> = new Set(['managed', 'device', 'local', 'pinned', 'reserved']);

/** Whether pages of it may go to a device: anonymous ones, and a backing's where its cache can do without them. */
export function mayMigrate(vma: Vma): boolean {
  return isAnonymous(vma) || vma.backing?.deviceEntriesAllowed === true;
}

/** Whether a write gives the writer a copy of its own (is_cow_mapping). */
export function isCowMapping(vma: Vma): boolean {
  return (vma.flags & VmaFlag.SHARED) === 0 && isOrdinary(vma) && vma.kind !== 'pinned';
}

/** Whether hmm_range_fault looks into it at all. */
export function isMirrorable(vma: Vma): boolean {
  return isOrdinary(vma) && (vma.flags & (VmaFlag.IO | VmaFlag.PFNMAP)) === 0 && isReadable(vma);
}

/** Whether anything may be done with it (the kernel's vma_is_accessible). */
export function isAccessible(vma: Vma): boolean {
  return (vma.protection & (Protection.read | Protection.write | Protection.exec)) !== 0;
}

/** VM_READ itself, which HMM asks for (the CPU may also read what it may write). */
export function isReadable(vma: Vma): boolean {
  return (vma.protection & Protection.read) !== 0;
}

export function isWritable(vma: Vma): boolean {
  return (vma.protection & Protection.write) !== 0;
}

export function isShared(vma: Vma): boolean {
  return (vma.flags & VmaFlag.SHARED) !== 0;
}

/** A piece of an area: the same but for its ends. */
export function cutVma(vma: Vma, start: PageIndex, end: PageIndex): Vma {
  if (start === vma.start && end === vma.end) return vma;
  return { ...vma, start, end, pageOffset: linearPageIndex(vma, start) };
}
