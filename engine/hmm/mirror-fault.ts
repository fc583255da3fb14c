/**
 * The driver protocol around hmm_range_fault: read under a sequence, take the device's page-table lock, see whether it moved, program.
 * Source: Documentation/mm/hmm.rst, lib/test_hmm.c (dmirror_range_fault).
 *
 * Invariant: a mirror is programmed only with what the CPU's table said under a sequence that has not moved since.
 */

import { Errno } from '../memory/errno.js';
import { waitUntil, type Mm } from '../memory/mm.js';
import type { MmuIntervalNotifier, PgmapOwner } from '../memory/mmu-notifier.js';
import type { PageIndex } from '../memory/units.js';
import { HmmPfn, hmmRangeFault, type HmmRange } from './range-fault.js';

/** A walk that is disturbed so often, besides once by each page that it faults in, never ends (the test driver gives up after one second). */
const MAX_ATTEMPTS = 64;

/** A device's table as the protocol needs it. */
export interface HmmMirror {
  readonly notifier: MmuIntervalNotifier;
  /** Whose device-private pages it can map as they are. */
  readonly owner: PgmapOwner;
  /** Writes the entries that a range fault found; those that are not VALID stay as they are. */
  program(range: HmmRange): void;
}

/** A range to use again for faults of one mirror, of up to `capacity` pages. */
export function makeHmmRange(mirror: Pick<HmmMirror, 'notifier' | 'owner'>, capacity: number): HmmRange {
  return {
    notifier: mirror.notifier,
    notifierSequence: 0,
    start: 0 as PageIndex,
    count: 0,
    words: new Uint32Array(capacity),
    orders: new Uint8Array(capacity),
    defaultFlags: 0,
    pfnFlagsMask: 0,
    owner: mirror.owner,
  };
}

/**
 * Maps a range in the mirror as the CPU's table has it, faulting in what is missing.
 * @returns 0 or what hmmRangeFault returns; -EBUSY if the table never held still.
 */
export function mirrorFault(
  mm: Mm,
  mirror: HmmMirror,
  range: HmmRange,
  start: PageIndex,
  count: number,
  write: boolean,
): 0 | Errno {
  range.start = start;
  range.count = count;
  range.defaultFlags = write ? HmmPfn.REQ_FAULT | HmmPfn.REQ_WRITE : HmmPfn.REQ_FAULT;
  for (let attempt = 0; attempt < MAX_ATTEMPTS + count; attempt++) {
    const sequence = readBegin(mm, mirror.notifier, start);
    if (sequence === undefined) return Errno.EBUSY;
    range.notifierSequence = sequence;
    const result = hmmRangeFault(mm, range);
    if (result === Errno.EBUSY) continue;
    if (result !== 0) return result;
    if (mm.notifiers.retry(mirror.notifier, sequence)) continue;
    mirror.program(range);
    return 0;
  }
  return Errno.EBUSY;
}

/** mmu_interval_read_begin: waits while an invalidation runs; undefined if that will not end. */
export function readBegin(mm: Mm, notifier: MmuIntervalNotifier, page: PageIndex): number | undefined {
  const sequence = mm.notifiers.readBegin(notifier);
  if (sequence !== undefined) return sequence;
  waitUntil(mm, { kind: 'invalidation', page }, () => mm.notifiers.readBegin(notifier) !== undefined);
  return mm.notifiers.readBegin(notifier);
}
