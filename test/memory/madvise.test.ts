/** madvise, huge pages, swap, locks and pins. */

import { describe, expect, it } from 'vitest';
import { Errno } from '../../engine/memory/errno.js';
import { Access, Cause, EventKind } from '../../engine/memory/event.js';
import { Advice } from '../../engine/memory/madvise.js';
import { makeSwapPte, HWPOISON_SLOT, PteType } from '../../engine/memory/page-table.js';
import { HUGE_PAGES, ZERO_FRAME, type FrameNumber } from '../../engine/memory/units.js';
import { VmaFlag, type VmaKind } from '../../engine/memory/vma.js';
import { forked, memoryRig, page, PageValues, type MemoryRig } from './rig.js';

const AT = 2 * HUGE_PAGES;

function rigWith(
  count: number,
  options: { flags?: number; kind?: VmaKind; frames?: number; contents?: PageValues } = {},
): MemoryRig {
  const { flags = 0, kind = 'anonymous', frames = 8192, contents } = options;
  const rig = memoryRig(frames, { swapFrames: 4096, ...(contents && { contents }) });
  rig.mm.mmap({ start: page(AT), pageCount: count, protection: 3, kind, fixed: true, flags });
  return rig;
}

function touch({ mm }: MemoryRig, access: Access = Access.write, count = 1, at = AT): void {
  for (let index = 0; index < count; index++) expect(mm.handleCpuFault(page(at + index), access)).toEqual({ ok: true });
}

const state = ({ mm }: MemoryRig, at = AT): ReturnType<typeof mm.pageState> => mm.pageState(page(at));

describe('the zero page', () => {
  it('is what a first read maps, and a write replaces', () => {
    const rig = rigWith(2);
    touch(rig, Access.read, 2);
    expect(rig.mm.physical.system.usedFrames).toBe(0);
    expect(state(rig)).toMatchObject({ frame: ZERO_FRAME, writable: false, permissions: [1] });
    touch(rig);
    expect(state(rig)).toMatchObject({ writable: true, permissions: [3] });
    expect(rig.sink.of('cow')).toEqual([]);
    rig.mm.exit();
  });

  it('stays read-only when the area’s protection comes back', () => {
    const rig = rigWith(1);
    touch(rig, Access.read);
    rig.mm.mprotect(page(AT), 1, 1);
    rig.mm.mprotect(page(AT), 1, 3);
    expect(state(rig).permissions).toEqual([1]);
    touch(rig);
    expect(state(rig).frame).not.toBe(ZERO_FRAME);
  });

  it.each<VmaKind>(['managed', 'image'])('is not what %s memory maps', (kind) => {
    const rig = rigWith(1, { kind });
    touch(rig, Access.read);
    expect(state(rig)).toMatchObject({ writable: true });
    expect(state(rig).frame).not.toBe(ZERO_FRAME);
  });
});

describe('madvise', () => {
  it('DONTNEED throws pages away: they read as zeros', () => {
    const contents = new PageValues();
    const rig = rigWith(3, { contents });
    touch(rig, Access.write, 3);
    contents.values.set(AT + 1, 9).set(AT + 2, 9);
    expect(rig.mm.madvise(page(AT + 1), 1, Advice.DONTNEED)).toBe(0);
    expect(state(rig, AT + 1).type).toBe(PteType.none);
    expect([...contents.values.keys()]).toEqual([AT + 2]);
    expect(rig.mm.physical.system.usedFrames).toBe(2);
  });

  it('FREE keeps pages until memory is short, unless they are written again', () => {
    const contents = new PageValues();
    const rig = rigWith(8, { frames: 4, contents });
    touch(rig, Access.write, 4);
    contents.values.set(AT, 9).set(AT + 1, 9);
    expect(rig.mm.madvise(page(AT), 2, Advice.FREE)).toBe(0);
    expect(state(rig).permissions).toEqual([1]);
    touch(rig, Access.write, 1, AT + 1);
    touch(rig, Access.write, 1, AT + 4);
    expect(state(rig).type).toBe(PteType.none);
    expect([...contents.values.keys()]).toEqual([AT + 1]);
    expect(rig.sink.of('swapOut')).toEqual([]);
    touch(rig, Access.write, 1, AT + 5);
    expect(rig.sink.of('swapOut')).toHaveLength(1);
    rig.mm.exit();
  });

  it('PAGEOUT sends pages to the swap area, a touch brings them back', () => {
    const contents = new PageValues();
    const rig = rigWith(2, { contents });
    touch(rig, Access.write, 2);
    contents.values.set(AT, 9);
    expect(rig.mm.madvise(page(AT), 2, Advice.PAGEOUT)).toBe(0);
    expect(state(rig)).toMatchObject({ type: PteType.swap, frame: undefined, node: 255, permissions: [0] });
    expect(rig.mm.physical.system.usedFrames).toBe(0);
    touch(rig, Access.read);
    expect(state(rig)).toMatchObject({ type: PteType.present, writable: true });
    expect(contents.values.get(AT)).toBe(9);
    expect(rig.sink.events.slice(-1)).toMatchObject([{ kind: EventKind.swapIn, cause: Cause.fault }]);
    rig.mm.exit();
  });

  it('passes over holes, and says so in the end', () => {
    const rig = rigWith(4);
    touch(rig, Access.write, 4);
    rig.mm.munmap(page(AT + 1), 1);
    expect(rig.mm.madvise(page(AT), 4, Advice.DONTNEED)).toBe(Errno.ENOMEM);
    expect(rig.mm.physical.system.usedFrames).toBe(0);
    expect(rig.mm.madvise(page(1), 1, Advice.DONTNEED)).toBe(Errno.ENOMEM);
  });

  it.each([
    ['unknown advice', 77, 0, 'anonymous', Errno.EINVAL],
    ['DONTNEED of locked memory', Advice.DONTNEED, VmaFlag.LOCKED, 'anonymous', Errno.EINVAL],
    ['FREE of locked memory', Advice.FREE, VmaFlag.LOCKED, 'anonymous', Errno.EINVAL],
    ['DONTNEED of locked memory, on purpose', Advice.DONTNEED_LOCKED, VmaFlag.LOCKED, 'anonymous', 0],
    ['REMOVE of private memory', Advice.REMOVE, 0, 'anonymous', Errno.EINVAL],
    ['COLLAPSE of less than a huge page', Advice.COLLAPSE, 0, 'anonymous', Errno.EINVAL],
    ['HWPOISON', Advice.HWPOISON, 0, 'anonymous', Errno.EPERM],
    ['RANDOM', Advice.RANDOM, 0, 'anonymous', 0],
  ] as const)('answers %s', (_what, advice, flags, kind, result) => {
    expect(rigWith(4, { flags, kind }).mm.madvise(page(AT), 4, advice)).toBe(result);
  });

  it('POPULATE faults pages in, for reading or for writing', () => {
    const rig = rigWith(4);
    expect(rig.mm.madvise(page(AT), 2, Advice.POPULATE_READ)).toBe(0);
    expect(rig.mm.madvise(page(AT + 1), 2, Advice.POPULATE_WRITE)).toBe(0);
    expect([0, 1, 2, 3].map((index) => state(rig, AT + index).permissions[0])).toEqual([1, 3, 3, 0]);
    rig.mm.mprotect(page(AT), 4, 1);
    expect(rig.mm.madvise(page(AT), 2, Advice.POPULATE_WRITE)).toBe(Errno.EINVAL);
  });
});

describe('huge pages', () => {
  const flags = VmaFlag.HUGEPAGE;

  it('come with the first write to an aligned block of an area that wants them', () => {
    const rig = rigWith(2 * HUGE_PAGES + 1, { flags });
    touch(rig, Access.write, 1, AT + 7);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(true);
    expect(rig.mm.physical.system.usedFrames).toBe(HUGE_PAGES);
    expect(state(rig, AT + 511)).toMatchObject({ writable: true });
    expect((state(rig).frame ?? 1) % HUGE_PAGES).toBe(0);
    touch(rig, Access.write, 1, AT + 2 * HUGE_PAGES);
    expect(rig.mm.pageTable.isHuge(page(AT + 2 * HUGE_PAGES))).toBe(false);
    rig.mm.exit();
  });

  it('are the huge zero page when read first', () => {
    const rig = rigWith(HUGE_PAGES, { flags });
    touch(rig, Access.read);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(true);
    expect(rig.mm.physical.system.usedFrames).toBe(0);
    touch(rig, Access.write, 1, AT + 3);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(false);
    expect(rig.mm.physical.system.usedFrames).toBe(1);
    rig.mm.exit();
  });

  it.each<[string, (rig: MemoryRig) => unknown]>([
    ['munmap', ({ mm }) => mm.munmap(page(AT + 10), 1)],
    ['mprotect', ({ mm }) => mm.mprotect(page(AT + 10), 1, 1)],
    ['MADV_DONTNEED', ({ mm }) => mm.madvise(page(AT + 10), 1, Advice.DONTNEED)],
    ['mremap', ({ mm }) => mm.mremap(page(AT + 10), 1, 1, 3, page(1))],
    ['swap', ({ mm }) => mm.madvise(page(AT + 10), 1, Advice.PAGEOUT)],
  ])('are split by %s of a part', (_what, act) => {
    const rig = rigWith(HUGE_PAGES, { flags });
    touch(rig);
    act(rig);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(false);
    expect(rig.sink.of('hugeSplit')).toHaveLength(1);
    expect(state(rig, AT + 9).permissions).toEqual([3]);
    rig.mm.exit();
  });

  it('are shared by fork and split by the first write after it', () => {
    const rig = rigWith(HUGE_PAGES, { flags });
    touch(rig);
    const child = forked(rig);
    expect(child.pageTable.isHuge(page(AT))).toBe(true);
    expect(child.handleCpuFault(page(AT + 5), Access.write)).toEqual({ ok: true });
    expect([rig.mm, child].map((mm) => mm.pageTable.isHuge(page(AT)))).toEqual([true, false]);
    expect(rig.mm.physical.system.usedFrames).toBe(HUGE_PAGES + 1);
    child.exit();
    touch(rig, Access.write, 1, AT + 5);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(true);
    rig.mm.exit();
  });

  it('are made of base pages by MADV_COLLAPSE', () => {
    const rig = rigWith(HUGE_PAGES);
    touch(rig, Access.write, 3);
    touch(rig, Access.read, 2, AT + 100);
    expect(rig.mm.madvise(page(AT), HUGE_PAGES, Advice.COLLAPSE)).toBe(0);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(true);
    expect(rig.mm.physical.system.usedFrames).toBe(HUGE_PAGES);
    expect(rig.sink.of('hugeCollapse')).toHaveLength(1);
    rig.mm.exit();
  });

  it('are not made of pages that somebody holds, nor without memory', () => {
    const rig = rigWith(HUGE_PAGES, { frames: 600 });
    const frame = rig.mm.pinUserPage(page(AT), true) as FrameNumber;
    expect(rig.mm.madvise(page(AT), HUGE_PAGES, Advice.COLLAPSE)).toBe(Errno.EBUSY);
    rig.mm.unpinUserPage(frame);
    touch(rig, Access.write, 200);
    expect(rig.mm.madvise(page(AT), HUGE_PAGES, Advice.COLLAPSE)).toBe(Errno.ENOMEM);
    rig.mm.exit();
  });
});

describe('reclaim', () => {
  it('lets a program use more memory than there is', () => {
    const rig = rigWith(300, { frames: 100 });
    touch(rig, Access.write, 300);
    expect(rig.mm.physical.system.usedFrames).toBe(100);
    expect(rig.mm.physical.swap.usedSlots).toBe(200);
    touch(rig, Access.write, 300);
    rig.mm.exit();
  });

  it('leaves locked and pinned pages where they are', () => {
    const rig = rigWith(20, { frames: 10 });
    expect(rig.mm.mlock(page(AT), 4)).toBe(0);
    const pinned = rig.mm.pinUserPage(page(AT + 4), true) as FrameNumber;
    touch(rig, Access.write, 14, AT + 5);
    for (let at = AT; at < AT + 5; at++) expect(state(rig, at).type).toBe(PteType.present);
    rig.mm.unpinUserPage(pinned);
    rig.mm.munlock(page(AT), 4);
    rig.mm.exit();
  });

  it('gives up when swap is full', () => {
    const { mm } = memoryRig(4, { swapFrames: 2 });
    mm.mmap({ start: page(AT), pageCount: 8, protection: 3, kind: 'anonymous', fixed: true });
    const results = [0, 1, 2, 3, 4, 5, 6].map((index) => mm.handleCpuFault(page(AT + index), Access.write).ok);
    expect(results).toEqual([true, true, true, true, true, true, false]);
  });
});

describe('mlock', () => {
  it('faults pages in and refuses holes', () => {
    const rig = rigWith(3);
    expect(rig.mm.mlock(page(AT), 2)).toBe(0);
    expect(state(rig).permissions).toEqual([3]);
    expect(rig.mm.mlock(page(AT + 2), 2)).toBe(Errno.ENOMEM);
    expect(rig.mm.mlock(page(AT), 3, true)).toBe(0);
    expect(rig.mm.findVma(page(AT + 2))?.flags).toBe(VmaFlag.LOCKED);
    expect(rig.mm.munlock(page(AT), 3)).toBe(0);
    expect([...rig.mm.vmas()]).toHaveLength(1);
  });
});

describe('get_user_pages', () => {
  it('gives a page that is shared for reading to whoever pins it', () => {
    const rig = rigWith(1);
    touch(rig);
    const child = forked(rig);
    const shared = state(rig).frame;
    const pinned = child.pinUserPage(page(AT), false) as FrameNumber;
    expect(pinned).not.toBe(shared);
    expect(child.pageState(page(AT))).toMatchObject({ frame: pinned, writable: false, pinned: true });
    expect(child.handleCpuFault(page(AT), Access.write)).toEqual({ ok: true });
    expect(child.pageState(page(AT)).frame).toBe(pinned);
    child.unpinUserPage(pinned);
    child.exit();
    rig.mm.exit();
  });

  it('pins the zero page for a moment, never for long', () => {
    const rig = rigWith(1);
    expect(rig.mm.pinUserPage(page(AT), false)).toBe(ZERO_FRAME);
    rig.mm.unpinUserPage(ZERO_FRAME);
    const frame = rig.mm.pinUserPage(page(AT), false, true) as FrameNumber;
    expect(frame).not.toBe(ZERO_FRAME);
    rig.mm.unpinUserPage(frame);
    rig.mm.exit();
  });

  it('refuses what may not be accessed', () => {
    const rig = rigWith(1);
    rig.mm.mprotect(page(AT), 1, 1);
    expect(rig.mm.pinUserPage(page(AT), true)).toBe(Errno.EFAULT);
    expect(rig.mm.pinUserPage(page(1), false)).toBe(Errno.EFAULT);
  });
});

describe('a page with a memory error', () => {
  it('ends whoever touches it', () => {
    const rig = rigWith(1);
    rig.mm.pageTable.set(page(AT), makeSwapPte(HWPOISON_SLOT));
    expect(rig.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: false, signal: 'SIGBUS', reason: 'poisoned' });
    rig.mm.exit();
  });
});
