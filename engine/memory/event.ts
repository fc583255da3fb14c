/**
 * The one stream of events: what memory, hmm, drivers and execution report and what trace records.
 *
 * Invariant: numbers of kinds, accesses and causes are stable (they are stored in traces); new ones are added at the end.
 * An event is recorded before what it causes, and before the clock advances by its duration.
 */

import type { AgentId, NodeId, PageIndex } from './units.js';

export const EVENT_KINDS = [
  'map',
  'unmap',
  'protect',
  'cpuFault',
  'deviceFault',
  'faultBatch',
  'migrate',
  'replicate',
  'invalidate',
  'evict',
  'prefetch',
  'pin',
  'unpin',
  'pinWait',
  'exclusive',
  'cow',
  'writeback',
  'truncate',
  'thrash',
  'throttle',
  'accessCounter',
  'race',
  'launch',
  'complete',
  'sync',
  'allocate',
  'free',
  'note',
  'expectFailed',
  'copy',
  'fatalFault',
  'remoteMap',
  'fork',
  'remap',
  'swapOut',
  'swapIn',
  'hugeSplit',
  'hugeCollapse',
  'queueEvict',
  'queueRestore',
  'advise',
] as const;

export const EventKind = {
  /** A VMA appears; extra = index of its kind in VMA_KINDS. */
  map: 0,
  /** A range of the address space goes away. */
  unmap: 1,
  /** mprotect; extra = the new protection. */
  protect: 2,
  /** The CPU faulted: source = where the page was, NO_NODE on a first touch. */
  cpuFault: 3,
  /** A device faulted: source = where the page was, target = the device's own memory. */
  deviceFault: 4,
  faultBatch: 5,
  /** One contiguous transfer as a profiler counts it; extra = bytes. */
  migrate: 6,
  replicate: 7,
  /** A device's page-table entries were dropped; extra = entries dropped. */
  invalidate: 8,
  /** A device makes room; extra = bytes. The transfer itself follows as `migrate` with cause `evict`. */
  evict: 9,
  prefetch: 10,
  /** Pages pinned; extra = pages pinned altogether after it. */
  pin: 11,
  /** Pages unpinned; extra = pages pinned altogether after it. */
  unpin: 12,
  pinWait: 13,
  exclusive: 14,
  cow: 15,
  /** Pages of a file go to its storage and stay in memory: source = where they are, extra = the first one's number in the file. */
  writeback: 16,
  /** A mapped file gets shorter: the pages that this process had mapped of what went; extra = bytes that are left. */
  truncate: 17,
  thrash: 18,
  throttle: 19,
  accessCounter: 20,
  /**
   * The CPU touches a page that a kernel not yet synchronised with has touched, one of them writing: source = where it is, extra = launch id;
   * or a device's thread touches shared memory that another one of its block touches with no barrier in between: agent = the device.
   */
  race: 21,
  /** extra = launch id. */
  launch: 22,
  /** extra = launch id. */
  complete: 23,
  sync: 24,
  /** extra = allocation id. */
  allocate: 25,
  /** extra = allocation id. */
  free: 26,
  note: 27,
  expectFailed: 28,
  /** An explicit copy (cudaMemcpy, map clause); extra = bytes. */
  copy: 29,
  /** The access that ends the program. */
  fatalFault: 30,
  /** A device maps pages where they lie, in another node's memory: source = that node, target = the device's own. */
  remoteMap: 31,
  /** A child process gets a copy of the address space: pageCount = mapped pages, extra = the child's id. */
  fork: 32,
  /** mremap moved a range: extra = the first page of where it was. */
  remap: 33,
  /** Pages leave memory for the swap area. */
  swapOut: 34,
  /** A page comes back from the swap area. */
  swapIn: 35,
  /** A huge page becomes base pages. */
  hugeSplit: 36,
  /** Base pages become a huge page (khugepaged, MADV_COLLAPSE). */
  hugeCollapse: 37,
  /** A driver without recoverable faults stops a device's queues, because pages that it has mapped there change on the CPU's side. */
  queueEvict: 38,
  /** Stopped queues are about to run again: duration = how long they still wait, extra = attempts before it. */
  queueRestore: 39,
  /** The program says how it will use a range: target = the processor it names, extra = which advice (drivers/advice.ts). */
  advise: 40,
} as const satisfies Record<(typeof EVENT_KINDS)[number], number>;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** systemAtomic: atomic for every processor of the machine, where a plain atomic is so for one device's threads only. */
export const ACCESSES = ['none', 'read', 'write', 'atomic', 'exec', 'systemAtomic'] as const;
export const Access = { none: 0, read: 1, write: 2, atomic: 3, exec: 4, systemAtomic: 5 } as const satisfies Record<
  (typeof ACCESSES)[number],
  number
>;
export type Access = (typeof Access)[keyof typeof Access];

export function isAtomic(access: Access): boolean {
  return access === Access.atomic || access === Access.systemAtomic;
}

/** Whether the access needs a writable entry (an atomic does). */
export function isWrite(access: Access): boolean {
  return access === Access.write || isAtomic(access);
}

export const CAUSES = [
  'none',
  'fault',
  'prefetch',
  'evict',
  'advise',
  'pin',
  'unmap',
  'protect',
  'fork',
  'accessCounter',
  'user',
  'api',
  'exit',
  'reclaim',
  'truncate',
  'exclusive',
  'writeback',
] as const;
export const Cause = {
  none: 0,
  fault: 1,
  prefetch: 2,
  evict: 3,
  advise: 4,
  pin: 5,
  unmap: 6,
  protect: 7,
  fork: 8,
  accessCounter: 9,
  user: 10,
  api: 11,
  exit: 12,
  reclaim: 13,
  truncate: 14,
  exclusive: 15,
  writeback: 16,
} as const satisfies Record<(typeof CAUSES)[number], number>;
export type Cause = (typeof Cause)[keyof typeof Cause];

export interface MemoryEvent {
  readonly kind: EventKind;
  readonly agent: AgentId;
  readonly source: NodeId;
  readonly target: NodeId;
  readonly firstPage: PageIndex;
  readonly pageCount: number;
  readonly access: Access;
  readonly cause: Cause;
  /** Simulated time that the event takes. */
  readonly durationNs: number;
  /** Depends on the kind: see EventKind. */
  readonly extra: number;
}

export interface EventSink {
  /** Takes a copy of what it keeps (the caller may use the object again) and returns the event's number. */
  record(event: Readonly<MemoryEvent>): number;
}
