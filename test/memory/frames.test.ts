import { describe, expect, it } from 'vitest';
import { FrameAllocator } from '../../engine/memory/frames.js';
import { MemoryInvariantError } from '../../engine/memory/invariant.js';
import { frameNode, NO_FRAME, type FrameNumber, type NodeId } from '../../engine/memory/units.js';
import { page } from './rig.js';

const node = 3 as NodeId;

describe('FrameAllocator', () => {
  it('hands out as many frames as the node has, and says so when it is full', () => {
    const frames = new FrameAllocator(node, 3000);
    const all = Array.from({ length: 3000 }, () => frames.allocate());
    expect(new Set(all).size).toBe(3000);
    expect(all.every((frame) => frameNode(frame) === node)).toBe(true);
    expect(frames.allocate()).toBe(NO_FRAME);
    expect(frames.freeFrames).toBe(0);
  });

  it('frees a frame with its last reference, and tells', () => {
    const freed: FrameNumber[] = [];
    const frames = new FrameAllocator(node, 4, (gone, from, to) =>
      freed.push(...(gone.subarray(from, to) as Iterable<FrameNumber>)),
    );
    const frame = frames.allocate();
    frames.map(frame, page(7));
    frames.put(frame);
    expect([frames.refcount(frame), frames.mapcount(frame), frames.pageOf(frame)]).toEqual([1, 1, 7]);
    frames.pin(frame);
    frames.unmap(frame);
    expect(freed).toEqual([]);
    expect(frames.pinnedFrames).toBe(1);
    frames.unpin(frame);
    expect(freed).toEqual([frame]);
    expect([frames.usedFrames, frames.pinnedFrames]).toEqual([0, 0]);
    expect(frames.allocate()).toBe(frame);
  });

  it('refuses to free twice, to unpin what is not pinned, to free what is mapped', () => {
    const frames = new FrameAllocator(node, 4);
    const frame = frames.allocate();
    frames.put(frame);
    expect(() => {
      frames.put(frame);
    }).toThrow(MemoryInvariantError);
    const other = frames.allocate();
    expect(() => {
      frames.unpin(other);
    }).toThrow(MemoryInvariantError);
    frames.map(other, page(1));
    frames.put(other);
    expect(() => {
      frames.put(other);
    }).toThrow(MemoryInvariantError);
  });

  it('locks a frame for one holder', () => {
    const frames = new FrameAllocator(node, 4);
    const frame = frames.allocate();
    expect([frames.tryLock(frame), frames.tryLock(frame), frames.isLocked(frame)]).toEqual([true, false, true]);
    frames.unlock(frame);
    expect(frames.tryLock(frame)).toBe(true);
  });
});
