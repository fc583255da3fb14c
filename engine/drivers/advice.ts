/**
 * What a program tells a driver about a range of memory: cudaMemAdvise, hipMemAdvise, and what can be asked back. Numbers are CUDA's
 * (driver_types.h: cudaMemoryAdvise, cudaMemRangeAttribute).
 */

import type { PageIndex } from '../memory/units.js';
import type { Device } from './device.js';

export const MemoryAdvice = {
  setReadMostly: 1,
  unsetReadMostly: 2,
  setPreferredLocation: 3,
  unsetPreferredLocation: 4,
  setAccessedBy: 5,
  unsetAccessedBy: 6,
  /** HIP only, and HIP's numbers (hip_runtime_api.h). */
  setCoarseGrain: 100,
  unsetCoarseGrain: 101,
} as const;
export type MemoryAdvice = (typeof MemoryAdvice)[keyof typeof MemoryAdvice];

/** A processor: a device, or the CPU. */
export type Processor = Device | 'cpu';

export interface AdvisedRange {
  readonly start: PageIndex;
  readonly count: number;
}

/** What is true of every page of a range; undefined where its pages differ, or nothing was said. */
export interface RangeAttributes {
  readonly readMostly: boolean;
  readonly preferredLocation: Processor | undefined;
  /** Those that are in the list of every page. */
  readonly accessedBy: readonly Processor[];
  /** Where all of it was prefetched to last. */
  readonly lastPrefetchLocation: Processor | undefined;
}
