/** Where managed blocks lie: large ones at 2 MiB, small ones back to back in ranges of 2 MiB that go when they are empty. */

import { describe, expect, it } from 'vitest';
import { ManagedRanges } from '../../engine/execution/managed-ranges.js';
import { memoryRig, page } from '../memory/rig.js';

function rig() {
  const { mm } = memoryRig();
  mm.setMmapArea(page(1000), page(100_000));
  const ranges = new ManagedRanges();
  const place = (pageCount: number): number => {
    const block = ranges.allocate(mm, pageCount);
    return typeof block === 'number' ? block : block.start;
  };
  const free = (start: number, pageCount: number): void => {
    const range = ranges.free(page(start), pageCount);
    if (range !== undefined) mm.munmap(range.start, range.pageCount);
  };
  return { mm, ranges, place, free };
}

describe('managed memory', () => {
  it('lies back to back in one range of 2 MiB if it is small', () => {
    const { mm, place } = rig();
    expect([place(64), place(64), place(1)]).toEqual([1024, 1088, 1152]);
    expect(mm.findVma(page(1535))).toMatchObject({ start: 1024, end: 1536, kind: 'managed' });
  });

  it('does not reach over the end of its range', () => {
    const { place } = rig();
    expect([place(300), place(300), place(212), place(1)]).toEqual([1024, 1536, 1324, 1836]);
  });

  it('has a range of its own from 2 MiB on, which ends where it ends', () => {
    const { mm, place } = rig();
    expect([place(512), place(700), place(512)]).toEqual([1024, 1536, 2560]);
    expect(mm.findVma(page(2236))).toBeUndefined();
  });

  it('keeps a shared range until its last block is freed, and uses it again', () => {
    const { mm, place, free } = rig();
    const blocks = [place(10), place(20), place(30)] as const;
    free(blocks[1], 20);
    expect(mm.findVma(page(blocks[1]))).toBeDefined();
    expect([place(21), place(20)]).toEqual([1024 + 60, blocks[1]]);
    for (const [start, count] of [
      [blocks[0], 10],
      [blocks[1], 20],
      [blocks[2], 30],
      [1084, 21],
    ] as const)
      free(start, count);
    expect(mm.findVma(page(1024))).toBeUndefined();
  });

  it('is a child’s own business after fork', () => {
    const { ranges, place } = rig();
    const start = place(10);
    const child = ranges.fork();
    expect(child.free(page(start), 10)).toEqual({ start, pageCount: 512 });
    expect(place(10)).toBe(start + 10);
  });

  it('says that there is no room', () => {
    const { mm, place } = rig();
    mm.setMmapArea(page(1000), page(2100));
    expect([place(512), place(512)]).toEqual([1024, -12]);
  });
});
