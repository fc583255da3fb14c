/**
 * One range of shared virtual memory (struct svm_range): pages with one set of attributes, and what the driver knows of them.
 *
 * Invariant: a range is not empty, and all of its pages have the same attributes. Source: drivers/gpu/drm/amd/amdkfd/kfd_svm.h, kfd_svm.c
 * (svm_range_new, svm_range_split_adjust).
 */

import type { PageIndex } from '../../memory/units.js';
import type { Processor } from '../advice.js';
import type { Device } from '../driver.js';

/** KFD_IOCTL_SVM_FLAG_*: what else is true of a range. Those that say how a GPU caches are kept, and change no placement. */
export const SvmFlag = {
  HOST_ACCESS: 0x1,
  COHERENT: 0x2,
  HIVE_LOCAL: 0x4,
  GPU_RO: 0x8,
  GPU_EXEC: 0x10,
  GPU_READ_MOSTLY: 0x20,
  /** Queues stop rather than fault when the CPU changes the pages. */
  GPU_ALWAYS_MAPPED: 0x40,
  EXT_COHERENT: 0x80,
} as const;

/** The largest granularity: a power of two of pages that no address space has. */
export const MAX_GRANULARITY = 0x3f;

/** Bit of a device in a range's sets, by agent. */
export function deviceBit(agent: number): number {
  return 1 << agent;
}

/** Attributes of a range; undefined locations were never set (KFD_IOCTL_SVM_LOCATION_UNDEFINED). */
export interface SvmAttributes {
  preferred: Processor | undefined;
  prefetched: Processor | undefined;
  /** Devices that may access it where it then migrates to, by {@link deviceBit}. */
  access: number;
  /** Devices that may access it where it lies. */
  inPlace: number;
  flags: number;
  /** What migrates at once: 2^granularity pages. */
  granularity: number;
}

/** Device memory of a range, and of what was split off from it (struct svm_range_bo); see buffers.ts. */
export interface SvmBuffer {
  readonly device: Device;
  /** Stay as they are when one of its ranges is split or goes. */
  readonly pages: number;
  readonly ranges: Set<SvmRange>;
}

export class SvmRange implements SvmAttributes {
  start: number;
  /** Exclusive. */
  end: number;
  preferred: Processor | undefined;
  prefetched: Processor | undefined;
  access: number;
  inPlace: number;
  flags: number;
  granularity: number;
  /** Its device memory: what the kernel calls its actual location is this buffer's device, system memory without one. */
  buffer: SvmBuffer | undefined;
  /** Pages that migrated to the buffer and have not come back. */
  devicePages = 0;
  /** Whether a device has it mapped. */
  mapped = false;
  /** Whether it changed on the CPU's side while it had to stay mapped. */
  invalid = false;
  /** When devices mapped it last, in simulated ns. */
  restoredNs = -Infinity;

  constructor(start: number, end: number, attributes: SvmAttributes) {
    this.start = start;
    this.end = end;
    this.preferred = attributes.preferred;
    this.prefetched = attributes.prefetched;
    this.access = attributes.access;
    this.inPlace = attributes.inPlace;
    this.flags = attributes.flags;
    this.granularity = attributes.granularity;
  }

  get pages(): number {
    return this.end - this.start;
  }

  /** What migrates with a page: the granularity's aligned slice, as far as the range has it. */
  sliceOf(page: PageIndex): { readonly start: PageIndex; readonly end: number } {
    const size = 2 ** this.granularity;
    const first = Math.floor(page / size) * size;
    return { start: Math.max(first, this.start) as PageIndex, end: Math.min(first + size, this.end) };
  }

  /** Cuts off what lies from `at` on. Whoever calls shares the buffer and counts device pages. */
  cutTail(at: number): SvmRange {
    const tail = new SvmRange(at, this.end, this);
    tail.mapped = this.mapped;
    tail.invalid = this.invalid;
    tail.restoredNs = this.restoredNs;
    this.end = at;
    return tail;
  }
}
