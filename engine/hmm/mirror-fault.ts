/**
 * The driver protocol around hmm_range_fault: read under a sequence, take the device's page-table lock, see whether it moved, program.
 * Source: Documentation/mm/hmm.rst, lib/test_hmm.c (dmirror_range_fault).
 */

import { Errno } from '../memory/errno.js';
import type { Mm } from '../memory/mm.js';
import type { PageIndex } from '../memory/units.js';
import type { DeviceMirror } from './mirror.js';
import { HmmPfn, hmmRangeFault, type HmmRange } from './range-fault.js';

/** A walk that is disturbed so often never ends (the test driver gives up after one second). */
const MAX_ATTEMPTS = 64;

/** A range to use again for faults of one mirror, of up to `capacity` pages. */
export function makeHmmRange(mirror: DeviceMirror, capacity: number): HmmRange {
  return {
    notifier: mirror.notifier,
    notifierSequence: 0,
    start: 0 as PageIndex,
    count: 0,
    words: new Uint32Array(capacity),
    defaultFlags: 0,
    pfnFlagsMask: 0,
    owner: mirror.memory.owner,
  };
}

/** Maps a range in the mirror as the CPU's table has it, faulting in what is missing. @returns 0 or what hmmRangeFault returns. */
export function mirrorFault(
  mm: Mm,
  mirror: DeviceMirror,
  range: HmmRange,
  start: PageIndex,
  count: number,
  write: boolean,
): 0 | Errno {
  range.start = start;
  range.count = count;
  range.defaultFlags = write ? HmmPfn.REQ_FAULT | HmmPfn.REQ_WRITE : HmmPfn.REQ_FAULT;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const sequence = mm.notifiers.readBegin(mirror.notifier);
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
