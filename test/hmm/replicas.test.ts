/** A device's copies to read: what they allow, what ends them, and that their frames are accounted for. */

import { describe, expect, it } from 'vitest';
import { Access, Cause } from '../../engine/memory/event.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = page(100);

function rig(devicePages = 4): DeviceRig {
  const made = deviceRig({ devicePages, onPhase: null });
  made.mm.mmap({ start: AT, pageCount: 8, protection: 3, kind: 'anonymous', fixed: true });
  made.mm.populate(AT, 8, Access.write);
  return made;
}

describe('a replica', () => {
  it('lets the device read and not write, in a frame of its own', () => {
    const { device, mm } = rig();
    expect(device.mirror.replicate(AT)).toBe(true);
    expect([device.mirror.allows(AT, false), device.mirror.allows(AT, true)]).toEqual([true, false]);
    expect([device.memory.frames.usedFrames, device.mirror.replicatedPages, mm.nodeOf(AT)]).toEqual([1, 1, 0]);
  });

  it('takes the place of a mapping over the link', () => {
    const { device, mm } = rig();
    device.mirror.map(AT, (mm.pageTable.get(AT) >>> 6) as never, false);
    device.mirror.replicate(AT);
    expect([device.mirror.mappedPages, device.mirror.hasReplica(AT)]).toEqual([1, true]);
  });

  it('is refused where there is no room, and the entry stays', () => {
    const { device } = rig(1);
    expect([device.mirror.replicate(AT), device.mirror.replicate(page(101))]).toEqual([true, false]);
    expect([device.mirror.mappedPages, device.mirror.hasReplica(page(101))]).toEqual([1, false]);
  });

  it.each<[string, (made: DeviceRig) => void]>([
    ['the driver says so', ({ device }) => device.mirror.dropReplica(AT)],
    ['the driver unmaps the range', ({ device }) => device.mirror.unmap(AT, 1, Cause.fault)],
    ['the memory is unmapped', ({ mm }) => mm.munmap(AT, 1)],
    ['the protection changes', ({ mm }) => mm.mprotect(AT, 1, 1)],
    ['the pages are not needed', ({ mm }) => mm.madvise(AT, 1, 4)],
    ['the process ends', ({ mm }) => mm.exit()],
  ])('goes when %s', (_when, end) => {
    const made = rig();
    made.device.mirror.replicate(AT);
    end(made);
    const { device } = made;
    expect([device.memory.frames.usedFrames, device.mirror.mappedPages, device.mirror.replicatedPages]).toEqual([
      0, 0, 0,
    ]);
    expect(device.mirror.allows(AT, false)).toBe(false);
  });
});
