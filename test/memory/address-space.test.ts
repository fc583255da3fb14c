import { describe, expect, it } from 'vitest';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { MemoryInvariantError } from '../../engine/memory/invariant.js';
import { NO_NODE, PAGE_COUNT } from '../../engine/memory/units.js';
import { Protection, type VmaKind } from '../../engine/memory/vma.js';
import { memoryRig, page, type MemoryRig } from './rig.js';

const { read, readWrite, none } = Protection;

function map(
  rig: MemoryRig,
  start: number,
  pageCount: number,
  protection = readWrite as number,
  kind: VmaKind = 'anonymous',
): number {
  return rig.mm.mmap({ start: page(start), pageCount, protection, kind, fixed: true });
}

const areas = ({ mm }: MemoryRig): [number, number, number][] =>
  [...mm.vmas()].map(({ start, end, protection }) => [start, end, protection]);

describe('mmap', () => {
  it('takes the lowest hole of its area', () => {
    const { mm } = memoryRig();
    mm.setMmapArea(page(100), page(200));
    expect(mm.mmap({ pageCount: 10, protection: readWrite, kind: 'managed' })).toBe(100);
    expect(mm.mmap({ pageCount: 10, protection: readWrite, kind: 'managed' })).toBe(110);
    mm.munmap(page(100), 10);
    expect(mm.mmap({ pageCount: 11, protection: readWrite, kind: 'managed' })).toBe(120);
    expect(mm.mmap({ pageCount: 10, protection: readWrite, kind: 'managed' })).toBe(100);
    expect(mm.mmap({ pageCount: 70, protection: readWrite, kind: 'managed' })).toBe(Errno.ENOMEM);
  });

  it('treats a start as a wish, and with fixed replaces what is there', () => {
    const rig = memoryRig();
    const { mm } = rig;
    expect(mm.mmap({ start: page(500), pageCount: 4, protection: read, kind: 'anonymous' })).toBe(500);
    expect(mm.mmap({ start: page(502), pageCount: 4, protection: read, kind: 'anonymous' })).toBe(1);
    mm.handleCpuFault(page(501), Access.read);
    expect(map(rig, 501, 2)).toBe(501);
    expect(mm.nodeOf(page(501))).toBe(NO_NODE);
    expect(areas(rig)).toEqual([
      [1, 5, read],
      [500, 501, read],
      [501, 503, readWrite],
      [503, 504, read],
    ]);
  });

  it.each([
    ['no pages', { pageCount: 0 }, Errno.EINVAL],
    ['half a page', { pageCount: 0.5 }, Errno.EINVAL],
    ['fixed without a place', { pageCount: 1, fixed: true }, Errno.EINVAL],
    ['beyond the end', { pageCount: 2, start: page(PAGE_COUNT - 1), fixed: true }, Errno.ENOMEM],
    ['more than there is', { pageCount: PAGE_COUNT + 1 }, Errno.ENOMEM],
    ['pinned, more than system memory', { pageCount: 5000, kind: 'pinned' as const }, Errno.ENOMEM],
    ['device memory without a device', { pageCount: 1, kind: 'device' as const }, Errno.EINVAL],
  ])('refuses %s', (_what, request, errno) => {
    const { mm, sink } = memoryRig();
    expect(mm.mmap({ protection: readWrite, kind: 'anonymous', ...request })).toBe(errno);
    expect(sink.events).toEqual([]);
  });

  it('ends with -ENOMEM at the kernel’s number of areas', () => {
    const rig = memoryRig();
    for (let index = 0; index < 65530; index++) expect(map(rig, 16 + index * 2, 1)).toBeGreaterThan(0);
    expect(map(rig, 500_000, 1)).toBe(Errno.ENOMEM);
  });
});

describe('munmap', () => {
  it('frees frames, splits areas and does not mind holes', () => {
    const rig = memoryRig();
    map(rig, 100, 10);
    rig.mm.populate(page(100), 10, Access.write);
    expect(rig.mm.physical.system.usedFrames).toBe(10);
    expect(rig.mm.munmap(page(103), 4)).toBe(0);
    expect(rig.mm.munmap(page(90), 12)).toBe(0);
    expect(rig.mm.munmap(page(103), 4)).toBe(0);
    expect(areas(rig)).toEqual([
      [102, 103, readWrite],
      [107, 110, readWrite],
    ]);
    expect(rig.mm.physical.system.usedFrames).toBe(4);
    expect(rig.mm.handleCpuFault(page(103), Access.read)).toEqual({ ok: false, signal: 'SIGSEGV', reason: 'unmapped' });
  });

  it.each([
    [100, 0],
    [PAGE_COUNT - 1, 2],
    [-1, 1],
    [1.5, 1],
  ])('refuses the range %d, %d', (start, count) => {
    expect(memoryRig().mm.munmap(page(start), count)).toBe(Errno.EINVAL);
  });
});

describe('mprotect', () => {
  it('changes areas and entries, and merges what is alike again', () => {
    const rig = memoryRig();
    const { mm } = rig;
    map(rig, 100, 10);
    mm.populate(page(100), 10, Access.write);
    expect(mm.mprotect(page(103), 2, read)).toBe(0);
    expect(areas(rig)).toEqual([
      [100, 103, readWrite],
      [103, 105, read],
      [105, 110, readWrite],
    ]);
    expect([102, 103, 104, 105].map((at) => mm.permissions[0]?.[at])).toEqual([3, 1, 1, 3]);
    expect(mm.mprotect(page(103), 2, none)).toBe(0);
    expect(mm.permissions[0]?.[103]).toBe(0);
    expect(mm.handleCpuFault(page(103), Access.read)).toEqual({ ok: false, signal: 'SIGSEGV', reason: 'protection' });
    expect(mm.mprotect(page(103), 2, readWrite)).toBe(0);
    expect(mm.permissions[0]?.[103]).toBe(3);
    expect(areas(rig)).toEqual([[100, 110, readWrite]]);
  });

  it('changes what lies before a hole and then says -ENOMEM', () => {
    const rig = memoryRig();
    map(rig, 100, 2);
    expect(rig.mm.mprotect(page(100), 4, read)).toBe(Errno.ENOMEM);
    expect(areas(rig)).toEqual([[100, 102, read]]);
  });

  it('refuses areas that nobody may touch', () => {
    const rig = memoryRig();
    map(rig, 100, 2, none, 'reserved');
    expect(rig.mm.mprotect(page(100), 2, read)).toBe(Errno.EACCES);
  });
});

describe('CPU faults', () => {
  it('populate a page at first touch, once', () => {
    const rig = memoryRig();
    map(rig, 100, 2);
    expect(rig.mm.handleCpuFault(page(100), Access.write)).toEqual({ ok: true });
    expect(rig.mm.handleCpuFault(page(100), Access.read)).toEqual({ ok: true });
    expect(rig.sink.kinds()).toEqual(['map', 'cpuFault']);
    expect(rig.mm.pageState(page(100))).toMatchObject({ node: 0, writable: true, pinned: false, permissions: [3] });
    expect(rig.mm.pageState(page(101))).toMatchObject({ node: NO_NODE, frame: undefined, permissions: [0] });
  });

  it.each([
    ['a null pointer', 0, Access.read, 'null'],
    ['a null pointer plus an offset', 15, Access.write, 'null'],
    ['nothing', 16, Access.read, 'unmapped'],
    ['a write to read-only memory', 200, Access.write, 'protection'],
    ['an atomic on read-only memory', 200, Access.atomic, 'protection'],
    ['executing data', 200, Access.exec, 'protection'],
    ['memory without access', 210, Access.read, 'protection'],
    ['reserved memory', 220, Access.read, 'unmapped'],
  ] as const)('end in SIGSEGV: %s', (_what, at, access, reason) => {
    const rig = memoryRig();
    map(rig, 200, 1, read);
    map(rig, 210, 1, none);
    map(rig, 220, 1, none, 'reserved');
    expect(rig.mm.handleCpuFault(page(at), access)).toEqual({ ok: false, signal: 'SIGSEGV', reason });
    expect(rig.sink.of('cpuFault')).toEqual([]);
    expect(rig.mm.physical.system.usedFrames).toBe(0);
  });

  it('end in SIGBUS when system memory is full', () => {
    const rig = memoryRig(1);
    map(rig, 100, 2);
    expect(rig.mm.handleCpuFault(page(100), Access.write).ok).toBe(true);
    expect(rig.mm.handleCpuFault(page(101), Access.write)).toEqual({
      ok: false,
      signal: 'SIGBUS',
      reason: 'out-of-memory',
    });
  });

  it('are not taken where the runtime populates, which names the page it cannot reach', () => {
    const rig = memoryRig();
    map(rig, 100, 4);
    expect(rig.mm.populate(page(100), 4, Access.write)).toEqual({ ok: true });
    expect(rig.sink.kinds()).toEqual(['map']);
    expect(rig.mm.populate(page(102), 4)).toEqual({ ok: false, signal: 'SIGSEGV', reason: 'unmapped', page: 104 });
    expect([...rig.mm.residency(page(100), 6)].filter((count) => count > 0)).toEqual([4, 2]);
  });
});

describe('pins', () => {
  it('keep the frame when the page is unmapped', () => {
    const rig = memoryRig();
    map(rig, 100, 1);
    const frame = rig.mm.pinUserPage(page(100), true);
    expect(rig.mm.pageState(page(100)).pinned).toBe(true);
    rig.mm.munmap(page(100), 1);
    expect(rig.mm.physical.system.usedFrames).toBe(1);
    expect(() => {
      rig.mm.exit();
    }).toThrow(MemoryInvariantError);
    if (frame >= 0) rig.mm.unpinUserPage(frame as never);
    expect(rig.mm.physical.system.usedFrames).toBe(0);
    rig.mm.exit();
  });

  it('cannot be had for memory that may not be accessed so', () => {
    const rig = memoryRig();
    map(rig, 100, 1, read);
    expect(rig.mm.pinUserPage(page(100), true)).toBe(Errno.EFAULT);
    expect(rig.mm.pinUserPage(page(50), false)).toBe(Errno.EFAULT);
  });

  it('come with pinned areas and go with them', () => {
    const rig = memoryRig();
    map(rig, 100, 8, readWrite, 'pinned');
    expect(rig.mm.physical.system.pinnedFrames).toBe(8);
    expect(rig.mm.permissions[0]?.[107]).toBe(3);
    rig.mm.munmap(page(100), 4);
    expect(rig.mm.physical.system.pinnedFrames).toBe(4);
    expect(rig.sink.kinds()).toEqual(['map', 'pin', 'unmap', 'unpin']);
    rig.mm.exit();
  });
});
