/**
 * Huge pages on their way: a collected huge page that has to go on as base pages. Source: mm/migrate_device.c
 * (migrate_vma_split_unmapped_folio).
 *
 * Invariant: splitting changes no frame and no permission, only how many words and entries speak for the pages.
 */

import { Access, Cause, EventKind } from '../memory/event.js';
import type { Mm } from '../memory/mm.js';
import { CPU, frameNode, HUGE_PAGES, NO_NODE, SYSTEM_NODE, type NodeId } from '../memory/units.js';
import { migrateFrame, MigratePfn, type MigrateVma } from './migrate-vma.js';

/** Makes words for each page of the huge page, or huge hole, at `index`, and base entries of its migration entries. */
export function splitCollectedHuge(mm: Mm, args: MigrateVma, index: number): void {
  const { src } = args;
  const word = src[index]!;
  const bits = word & (MigratePfn.VALID | MigratePfn.MIGRATE | MigratePfn.WRITE);
  const filled = (word & MigratePfn.VALID) !== 0;
  const first = migrateFrame(word);
  for (let at = 0; at < HUGE_PAGES; at++)
    src[index + at] = filled ? ((first + at) << MigratePfn.SHIFT) | bits : MigratePfn.MIGRATE;
  args.collected += HUGE_PAGES - 1;
  if (!filled) return;
  mm.physical.rmap(first, (space, page) => {
    space.pageTable.setHuge(page, false);
  });
  recordSplit(mm, args, index, frameNode(first));
}

function recordSplit(mm: Mm, args: MigrateVma, index: number, node: NodeId): void {
  mm.sink.record({
    kind: EventKind.hugeSplit,
    agent: CPU,
    source: node,
    target: node === SYSTEM_NODE ? SYSTEM_NODE : NO_NODE,
    firstPage: args.pageAt(index),
    pageCount: HUGE_PAGES,
    access: Access.none,
    cause: Cause.none,
    durationNs: 0,
    extra: 0,
  });
}
