/**
 * Where the kernel sleeps. The engine's core is synchronous: whoever runs several threads gives each address space a way to let others run
 * until a condition holds; without one, what would sleep fails at once.
 *
 * Invariant: nothing is held across a wait that the awaited one needs, except what the kernel holds there, too (a page lock or reference).
 */

import type { PageIndex } from './units.js';

/**
 * migration: the entry says that the page is on its way (migration_entry_wait) · lock: somebody holds the page's lock (folio_lock) ·
 * invalidation: the range is being invalidated (mmu_interval_read_begin) · pin: a device holds the page in its memory.
 */
export const WAIT_KINDS = ['migration', 'lock', 'invalidation', 'pin'] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

export interface WaitReason {
  readonly kind: WaitKind;
  readonly page: PageIndex;
}

/** ready: the condition holds now · deadlock: nobody is left who could make it hold · timeout: it was given up. */
export type WaitOutcome = 'ready' | 'deadlock' | 'timeout';

export type Waiter = (reason: WaitReason, condition: () => boolean) => WaitOutcome;
