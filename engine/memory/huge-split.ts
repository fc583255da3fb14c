/**
 * Splitting huge entries: one entry that maps 2 MiB becomes HUGE_PAGES base entries that say the same. Source: mm/huge_memory.c
 * (split_huge_pmd).
 *
 * Invariant: mirrors hear of it before, as they may have mapped the block by one entry of their own.
 */

import { Access, EventKind, type Cause } from './event.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { CPU, HUGE_PAGES, hugeBlockStart, type PageIndex } from './units.js';

/** Makes the page's huge entry base entries (split_huge_pmd): mirrors are told, what the entries say stays. Nothing if it is not huge. */
export function splitHuge(mm: Mm, page: PageIndex, cause: Cause): void {
  if (!mm.pageTable.isHuge(page)) return;
  const start = hugeBlockStart(page);
  mm.notifiers.start({
    event: MmuNotifyEvent.CLEAR,
    start,
    count: HUGE_PAGES,
    owner: undefined,
    blockable: true,
  });
  mm.pageTable.setHuge(page, false);
  mm.notifiers.end();
  mm.sink.record({
    kind: EventKind.hugeSplit,
    agent: CPU,
    source: mm.nodeOf(start),
    target: mm.nodeOf(start),
    firstPage: start,
    pageCount: HUGE_PAGES,
    access: Access.none,
    cause,
    durationNs: 0,
    extra: 0,
  });
}

/** Splits the huge entries that a range cuts in two, at either end. */
export function splitHugeEnds(mm: Mm, start: PageIndex, end: PageIndex, cause: Cause): void {
  if (start % HUGE_PAGES !== 0) splitHuge(mm, start, cause);
  if (end % HUGE_PAGES !== 0) splitHuge(mm, (end - 1) as PageIndex, cause);
}
