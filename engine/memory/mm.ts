/** What the parts of memory management and hmm need of an address space (the kernel's struct mm_struct as its users see it). */

import type { Errno } from './errno.js';
import type { Mm, WaitOutcome, WaitReason } from './mm-types.js';
import type { PageIndex } from './units.js';
import type { VmaSet } from './vma-set.js';

export type { DeviceUpdates, MemoryTiming, Mm, Wait, WaitOutcome, WaitReason } from './mm-types.js';

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
