/**
 * A virtual memory area: a run of pages with one protection and one kind. Source: the kernel's struct vm_area_struct.
 */

import type { AgentId, PageIndex } from './units.js';

/** PROT_* of <sys/mman.h>. As on x86, a writable mapping can also be read. */
export const Protection = { none: 0, read: 1, write: 2, exec: 4, readWrite: 3, readExec: 5 } as const;
export type Protection = number;

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
] as const;
/**
 * image: the program's globals and constants · heap · stack · anonymous: mmap, malloc of large blocks · managed: cudaMallocManaged ·
 * device: cudaMalloc, only its device may access it · local: stacks and shared memory of a device's threads · pinned: cudaMallocHost,
 * system memory that everybody reaches and nobody moves · reserved: nobody may access it (guard pages).
 */
export type VmaKind = (typeof VMA_KINDS)[number];

export interface Vma {
  readonly start: PageIndex;
  /** First page after it. */
  readonly end: PageIndex;
  readonly protection: Protection;
  readonly kind: VmaKind;
  /** What it is called (an allocation's name), empty if nothing. */
  readonly name: string;
  /** The device of a `device` or `local` area, otherwise the CPU. */
  readonly agent: AgentId;
}

/** Whether the CPU's page table maps it with ordinary pages (the kernel's areas that are not VM_IO or VM_PFNMAP). */
export function isOrdinary(vma: Vma): boolean {
  return vma.kind !== 'device' && vma.kind !== 'local' && vma.kind !== 'reserved';
}

/** Whether its pages are private and anonymous: holes in it are zeros, and any of its pages may migrate to a device. */
export function isAnonymous(vma: Vma): boolean {
  return isOrdinary(vma) && vma.kind !== 'pinned';
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
