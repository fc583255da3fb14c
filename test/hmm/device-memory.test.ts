import { describe, expect, it } from 'vitest';
import { DeviceMemory } from '../../engine/hmm/device-memory.js';
import { makeHmmRange, mirrorFault } from '../../engine/hmm/mirror-fault.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access, Cause } from '../../engine/memory/event.js';
import { pteType, PteType } from '../../engine/memory/page-table.js';
import { NO_FRAME, type NodeId } from '../../engine/memory/units.js';
import { FAULT_RESOLVED } from '../../engine/memory/fault.js';
import { checkInvariants } from '../../engine/drivers/kit/invariants.js';
import { deviceRig, page } from '../memory/rig.js';

describe('DeviceMemory', () => {
  it('knows in which order pages came, whichever of them leave', () => {
    const memory = new DeviceMemory(1 as NodeId, 3000, { migrateToRam: () => FAULT_RESOLVED, makeRoom: () => false });
    const frames = Array.from({ length: 2500 }, () => memory.allocate());
    frames.forEach((frame, index) => {
      memory.frames.map(frame, page(index));
    });
    for (const gone of [0, 1, 1000, 2499]) {
      const frame = frames[gone] ?? NO_FRAME;
      memory.frames.unmap(frame);
      memory.frames.put(frame);
    }
    const left = frames.filter((_, index) => ![0, 1, 1000, 2499].includes(index));
    const oldest = new Int32Array(3000);
    expect(memory.longestResident(oldest, 3000)).toBe(2496);
    expect([...oldest.subarray(0, 2496)]).toEqual(left);
    expect(memory.residentPages).toBe(2496);
    expect(memory.makeRoom(504)).toBe(true);
    expect(memory.makeRoom(505)).toBe(false);
  });
});

describe('areas on a device', () => {
  it('take device memory and permissions at once and give them back', () => {
    const rig = deviceRig({ devices: 2, devicePages: 8 });
    const { mm, device } = rig;
    expect(
      mm.mmap({ start: page(100), pageCount: 5, protection: 3, kind: 'device', agent: device.agent, fixed: true }),
    ).toBe(100);
    expect([0, 1, 2].map((agent) => mm.permissions[agent]?.[104])).toEqual([0, 3, 0]);
    expect(mm.residency(page(100), 6)[1]).toBe(5);
    expect(mm.handleCpuFault(page(100), Access.read)).toEqual({ ok: false, signal: 'SIGSEGV', reason: 'device-only' });
    expect(
      mm.mmap({ start: page(200), pageCount: 4, protection: 3, kind: 'local', agent: device.agent, fixed: true }),
    ).toBe(Errno.ENOMEM);
    mm.munmap(page(100), 2);
    expect(device.memory.frames.freeFrames).toBe(5);
    checkInvariants(mm, rig.devices, 100, 8);
    mm.exit();
  });

  it('push out pages that can be elsewhere', () => {
    const rig = deviceRig({ devicePages: 8 });
    const { mm, device } = rig;
    mm.mmap({ start: page(100), pageCount: 8, protection: 3, kind: 'managed', fixed: true });
    for (let at = 100; at < 108; at++) rig.driver.deviceFault(device, page(at), Access.write);
    expect(
      mm.mmap({ start: page(200), pageCount: 6, protection: 3, kind: 'device', agent: device.agent, fixed: true }),
    ).toBe(200);
    expect([...mm.residency(page(100), 8).subarray(0, 2)]).toEqual([6, 2]);
    expect(rig.sink.of('evict').map(({ firstPage, pageCount, extra }) => [firstPage, pageCount, extra])).toEqual([
      [100, 6, 24576],
    ]);
    checkInvariants(mm, rig.devices, 100, 108);
  });
});

describe('explicit copies', () => {
  it('leave the CPU’s mapping alone and end with their last unmap', () => {
    const rig = deviceRig({ devicePages: 8 });
    const { mm, device } = rig;
    mm.mmap({ start: page(100), pageCount: 6, protection: 3, kind: 'heap', fixed: true });
    mm.populate(page(100), 6, Access.write);
    expect(device.mirror.mapCopy(page(100), 4)).toBe(0);
    expect(device.mirror.mapCopy(page(103), 2)).toBe(0);
    expect([100, 103, 104, 105].map((at) => mm.permissions[1]?.[at])).toEqual([3, 3, 3, 0]);
    expect([mm.permissions[0]?.[100], mm.nodeOf(page(100)), device.memory.frames.usedFrames]).toEqual([3, 0, 5]);
    expect(device.mirror.unmapCopy(page(100), 4)).toBe(3);
    expect([102, 103, 104].map((at) => mm.permissions[1]?.[at])).toEqual([0, 3, 3]);
    mm.mprotect(page(103), 1, 1);
    expect(mm.permissions[1]?.[103]).toBe(3);
    mm.munmap(page(100), 6);
    expect([device.memory.frames.usedFrames, device.mirror.copiedPages, mm.permissions[1]?.[103]]).toEqual([0, 0, 0]);
    mm.exit();
  });

  it('stand before what is mirrored', () => {
    const { mm, device } = deviceRig();
    mm.mmap({ start: page(100), pageCount: 2, protection: 3, kind: 'heap', fixed: true });
    device.mirror.mapCopy(page(100), 1);
    expect(mirrorFault(mm, device.mirror, makeHmmRange(device.mirror, 2), page(100), 2, true)).toBe(0);
    expect([100, 101].map((at) => pteType(device.mirror.table.get(page(at))))).toEqual([PteType.copy, PteType.present]);
    device.mirror.unmap(page(100), 2, Cause.fault);
    expect([100, 101].map((at) => mm.permissions[1]?.[at])).toEqual([3, 0]);
  });

  it('need room on the device, and change nothing without it', () => {
    const { mm, device } = deviceRig({ devicePages: 2 });
    mm.mmap({ start: page(100), pageCount: 4, protection: 3, kind: 'heap', fixed: true });
    expect(device.mirror.mapCopy(page(100), 3)).toBe(Errno.ENOMEM);
    expect(device.mirror.mappedPages).toBe(0);
    expect(device.mirror.mapCopy(page(100), 2)).toBe(0);
  });
});
