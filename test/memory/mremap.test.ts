/** mremap: what moves with a mapping. */

import { describe, expect, it } from 'vitest';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { MmuNotifyEvent, type MmuNotifierRange } from '../../engine/memory/mmu-notifier.js';
import { RemapFlag } from '../../engine/memory/mremap.js';
import { PteType } from '../../engine/memory/page-table.js';
import { PAGE_COUNT } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { deviceRig, forked, memoryRig, page, PageValues, type MemoryRig } from './rig.js';

const AT = 100;
const { MAYMOVE, FIXED, DONTUNMAP } = RemapFlag;

function rigWith(count: number, contents?: PageValues): MemoryRig {
  const rig = memoryRig(4096, contents && { contents });
  rig.mm.mmap({ start: page(AT), pageCount: count, protection: 3, kind: 'anonymous', fixed: true });
  for (let at = AT; at < AT + count; at++) rig.mm.handleCpuFault(page(at), Access.write);
  return rig;
}

const areas = ({ mm }: MemoryRig): number[][] =>
  [...mm.vmas()].map(({ start, end, pageOffset }) => [start, end, pageOffset]);

describe('mremap', () => {
  it('grows in place where there is room', () => {
    const rig = rigWith(2);
    expect(rig.mm.mremap(page(AT), 2, 5, 0)).toBe(AT);
    expect(areas(rig)).toEqual([[AT, AT + 5, AT]]);
    expect(rig.mm.handleCpuFault(page(AT + 4), Access.write)).toEqual({ ok: true });
    rig.mm.exit();
  });

  it('shrinks', () => {
    const rig = rigWith(4);
    expect(rig.mm.mremap(page(AT), 4, 1, 0)).toBe(AT);
    expect(rig.mm.physical.system.usedFrames).toBe(1);
    rig.mm.exit();
  });

  it('moves pages, their bytes and their frames', () => {
    const contents = new PageValues();
    const rig = rigWith(2, contents);
    contents.values.set(AT, 7).set(AT + 1, 8);
    rig.mm.mmap({ start: page(AT + 2), pageCount: 1, protection: 1, kind: 'anonymous', fixed: true });
    expect(rig.mm.mremap(page(AT), 2, 3, 0)).toBe(Errno.ENOMEM);
    const frame = rig.mm.pageState(page(AT + 1)).frame!;
    const to = rig.mm.mremap(page(AT), 2, 3, MAYMOVE);
    expect(to).toBe(1);
    expect(rig.mm.pageState(page(2))).toMatchObject({ frame, writable: true });
    expect(rig.mm.pageState(page(AT + 1)).type).toBe(PteType.none);
    expect([contents.values.get(1), contents.values.get(2)]).toEqual([7, 8]);
    const seen: number[] = [];
    rig.mm.physical.rmap(frame, (_mm, at) => seen.push(at));
    expect(seen).toEqual([2]);
    expect(rig.sink.of('remap')).toMatchObject([{ firstPage: 1, pageCount: 2, extra: AT }]);
    rig.mm.exit();
  });

  it('finds pages that are shared after one process has moved them', () => {
    const rig = rigWith(2);
    const child = forked(rig);
    const frame = rig.mm.pageState(page(AT + 1)).frame!;
    expect(rig.mm.mremap(page(AT), 2, 2, MAYMOVE | FIXED, page(500))).toBe(500);
    const seen: [number, number][] = [];
    rig.mm.physical.rmap(frame, (mm, at) => seen.push([mm.id, at]));
    expect(seen).toEqual([
      [0, 501],
      [1, AT + 1],
    ]);
    child.exit();
    rig.mm.exit();
  });

  it('leaves an empty mapping behind with MREMAP_DONTUNMAP', () => {
    const rig = rigWith(2);
    const to = rig.mm.mremap(page(AT), 2, 2, MAYMOVE | DONTUNMAP);
    expect(to).toBe(1);
    expect(areas(rig)).toEqual([
      [1, 3, AT],
      [AT, AT + 2, AT],
    ]);
    expect(rig.mm.pageState(page(AT)).type).toBe(PteType.none);
    expect(rig.mm.handleCpuFault(page(AT), Access.write)).toEqual({ ok: true });
    expect(rig.mm.physical.system.usedFrames).toBe(3);
    rig.mm.exit();
  });

  it('replaces what lies where it has to go', () => {
    const rig = rigWith(2);
    rig.mm.mmap({ start: page(500), pageCount: 2, protection: 3, kind: 'anonymous', fixed: true });
    rig.mm.handleCpuFault(page(500), Access.write);
    expect(rig.mm.mremap(page(AT), 2, 1, MAYMOVE | FIXED, page(500))).toBe(500);
    expect(areas(rig)).toEqual([
      [500, 501, AT],
      [501, 502, 501],
    ]);
    expect(rig.mm.physical.system.usedFrames).toBe(1);
    rig.mm.exit();
  });

  it('tells mirrors that the old place is gone, and leaves a page on its device', () => {
    const rig = deviceRig();
    rig.mm.mmap({ start: page(AT), pageCount: 1, protection: 3, kind: 'anonymous', fixed: true });
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    const heard: MmuNotifierRange[] = [];
    rig.mm.notifiers.insert(page(0), PAGE_COUNT, { invalidate: (range) => heard.push(range) > 0 });
    expect(rig.mm.mremap(page(AT), 1, 1, MAYMOVE | FIXED, page(500))).toBe(500);
    expect(heard[0]).toMatchObject({ event: MmuNotifyEvent.UNMAP, start: AT, count: 1 });
    expect(rig.mm.pageState(page(500))).toMatchObject({ type: PteType.devicePrivate, node: 1 });
    expect(rig.device.mirror.mappedPages).toBe(0);
    expect(rig.mm.handleCpuFault(page(500), Access.read)).toEqual({ ok: true });
    expect(rig.mm.pageState(page(500)).node).toBe(0);
    rig.mm.exit();
  });

  it.each([
    ['unknown flags', [2, 2, 8], Errno.EINVAL],
    ['nothing left', [2, 0, 0], Errno.EINVAL],
    ['FIXED without MAYMOVE', [2, 2, FIXED, 500], Errno.EINVAL],
    ['FIXED onto itself', [2, 2, FIXED | MAYMOVE, AT + 1], Errno.EINVAL],
    ['DONTUNMAP and another size', [2, 3, DONTUNMAP | MAYMOVE], Errno.EINVAL],
    ['more than the area', [3, 4, MAYMOVE], Errno.EFAULT],
    ['a copy of a private mapping', [0, 2, MAYMOVE], Errno.EINVAL],
  ] as const)('refuses %s', (_what, [count, newCount, flags, to], errno) => {
    const rig = rigWith(2);
    const target = to === undefined ? undefined : page(to);
    expect(rig.mm.mremap(page(AT), count, newCount, flags, target)).toBe(errno);
    expect(areas(rig)).toEqual([[AT, AT + 2, AT]]);
  });

  it('refuses where nothing is mapped, and to grow what may not', () => {
    const rig = rigWith(2);
    expect(rig.mm.mremap(page(50), 1, 1, 0)).toBe(Errno.EFAULT);
    rig.mm.mmap({
      start: page(300),
      pageCount: 1,
      protection: 3,
      kind: 'special',
      fixed: true,
      flags: VmaFlag.DONTEXPAND,
    });
    expect(rig.mm.mremap(page(300), 1, 2, MAYMOVE)).toBe(Errno.EFAULT);
  });
});
