/**
 * Device-exclusive access: a device has a page of system memory for itself, for atomic operations, until the CPU touches it. Source:
 * mm/rmap.c (make_device_exclusive). How the CPU ends it: memory/exclusive.ts.
 *
 * Invariant: the entry becomes exclusive only while the page is locked and writable and mapped by this process; the lock and the reference
 * that the caller is given hold off whoever would revoke it.
 */

import { Errno } from '../memory/errno.js';
import { Access, Cause, EventKind } from '../memory/event.js';
import { splitHuge } from '../memory/huge-split.js';
import type { FaultResult } from '../memory/fault.js';
import { waitUntil, type Mm, type WaitOutcome } from '../memory/mm.js';
import { MmuNotifyEvent, type PgmapOwner } from '../memory/mmu-notifier.js';
import { makePte, pteFrame, pteType, PteType, pteWritable } from '../memory/page-table.js';
import type { PhysicalMemory } from '../memory/physical-memory.js';
import { CPU, frameNode, NO_NODE, type FrameNumber, type NodeId, type PageIndex } from '../memory/units.js';
import { isMirrorable, VmaFlag, type Vma } from '../memory/vma.js';

/** A page that changes so often between its fault and its lock is left alone. */
const MAX_ATTEMPTS = 16;

/**
 * Makes one page the device's alone.
 * @param device the node of the device that is to have it, for the event
 * @returns its frame, locked and referenced (see putDeviceExclusive); -EOPNOTSUPP for memory that is not anonymous or is of a huge page pool, -EFAULT
 * where no write is possible, -ENOMEM, -EBUSY if the page cannot be locked and nobody can wait.
 */
export function makeDeviceExclusive(
  mm: Mm,
  page: PageIndex,
  owner: PgmapOwner | undefined,
  device: NodeId = NO_NODE,
): FrameNumber | Errno {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const vma = mm.findVma(page);
    if (vma === undefined || !isMirrorable(vma)) return Errno.EFAULT;
    const fault = mm.pageTable.allows(page, true) ? undefined : failure(mm.faultIn(page, Access.write));
    if (fault !== undefined) return fault;
    const frame = pteFrame(mm.pageTable.get(page));
    if (!isExclusiveCapable(mm, vma, frame)) return Errno.EOPNOTSUPP;
    splitHuge(mm, page, Cause.exclusive);
    mm.physical.of(frame).get(frame);
    if (lockPage(mm, page, frame) !== 'ready') {
      mm.physical.of(frame).put(frame);
      return Errno.EBUSY;
    }
    if (enterExclusive(mm, page, frame, owner, device)) return frame;
    putDeviceExclusive(mm.physical, frame);
  }
  return Errno.EBUSY;
}

/** Gives up the lock and the reference of makeDeviceExclusive: from now on the CPU may end the exclusive access. */
export function putDeviceExclusive(physical: PhysicalMemory, frame: FrameNumber): void {
  const frames = physical.of(frame);
  frames.unlock(frame);
  frames.put(frame);
}

function isExclusiveCapable(mm: Mm, vma: Vma, frame: FrameNumber): boolean {
  return (vma.flags & VmaFlag.HUGETLB) === 0 && vma.kind !== 'pinned' && mm.physical.of(frame).mappingOf(frame) === 0;
}

/** False if the page is another one by now, or read-only again. */
function enterExclusive(
  mm: Mm,
  page: PageIndex,
  frame: FrameNumber,
  owner: PgmapOwner | undefined,
  device: NodeId,
): boolean {
  mm.notifiers.start({ event: MmuNotifyEvent.EXCLUSIVE, start: page, count: 1, owner, blockable: true });
  const pte = mm.pageTable.get(page);
  const good = pteType(pte) === PteType.present && pteFrame(pte) === frame && pteWritable(pte);
  if (good) {
    mm.pageTable.set(page, makePte(PteType.exclusive, frame, true));
    recordExclusive(mm, page, frame, device);
  }
  mm.notifiers.end();
  return good;
}

function failure(result: FaultResult): Errno | undefined {
  if (result.ok) return undefined;
  if (result.reason === 'out-of-memory') return Errno.ENOMEM;
  return result.reason === 'driver-failed' ? Errno.EBUSY : Errno.EFAULT;
}

/** Takes a page's lock, waiting for it. The caller has a reference. */
function lockPage(mm: Mm, page: PageIndex, frame: FrameNumber): WaitOutcome {
  const frames = mm.physical.of(frame);
  const outcome = waitUntil(mm, { kind: 'pageLock', page }, () => !frames.isLocked(frame));
  if (outcome === 'ready') frames.tryLock(frame);
  return outcome;
}

function recordExclusive(mm: Mm, page: PageIndex, frame: FrameNumber, device: NodeId): void {
  mm.sink.record({
    kind: EventKind.exclusive,
    agent: CPU,
    source: frameNode(frame),
    target: device,
    firstPage: page,
    pageCount: 1,
    access: Access.atomic,
    cause: Cause.exclusive,
    durationNs: 0,
    extra: 0,
  });
}
