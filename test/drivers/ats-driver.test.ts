/** The driver `ats`: the device works on system memory through the CPU's page table. */

import { describe, expect, it } from 'vitest';
import { Access } from '../../engine/memory/event.js';
import { ZERO_FRAME } from '../../engine/memory/units.js';
import { Protection } from '../../engine/memory/vma.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = 100;

function rigWith(protection: number = Protection.readWrite): DeviceRig {
  const rig = deviceRig({ driver: 'ats' });
  rig.mm.mmap({ start: page(AT), pageCount: 4, protection, kind: 'anonymous', fixed: true });
  return rig;
}

describe('the driver ats', () => {
  it('translates what the CPU has mapped, without a fault', () => {
    const rig = rigWith();
    rig.mm.handleCpuFault(page(AT), Access.write);
    const from = rig.sink.events.length;
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.write)).toEqual({ ok: true });
    expect(rig.sink.kinds(from)).toEqual(['remoteMap']);
    expect(rig.mm.nodeOf(page(AT))).toBe(0);
    expect(rig.mm.permissions[1]?.[AT]).toBe(3);
  });

  it('requests a page that is missing, and leaves it in system memory', () => {
    const rig = rigWith();
    const from = rig.sink.events.length;
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.read)).toEqual({ ok: true });
    expect(rig.mm.pageState(page(AT)).frame).toBe(ZERO_FRAME);
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.write)).toEqual({ ok: true });
    expect(rig.sink.kinds(from)).toEqual(['deviceFault', 'remoteMap', 'deviceFault', 'invalidate', 'remoteMap']);
    expect(rig.mm.pageState(page(AT))).toMatchObject({ node: 0, writable: true });
    expect(rig.device.memory.frames.usedFrames).toBe(0);
    rig.mm.exit();
  });

  it('loses its translation when the CPU’s table changes', () => {
    const rig = rigWith();
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.mm.mprotect(page(AT), 1, Protection.read);
    expect(rig.mm.permissions[1]?.[AT]).toBe(0);
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.write)).toMatchObject({ reason: 'protection' });
    rig.mm.munmap(page(AT), 4);
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.read)).toMatchObject({ reason: 'unmapped' });
  });
});

describe('access counters', () => {
  it('are none where memory is not coherent', () => {
    const { driver, device } = rigWith();
    expect(driver.accessCounters?.(device)).toBeUndefined();
  });

  it('move what is hot, in system memory, to the device; the CPU reaches it there', () => {
    const { mm, driver, device, sink } = deviceRig({ driver: 'ats', machine: 'gh200' });
    expect(driver.accessCounters?.(device)).toEqual({ threshold: 256, batchNotifications: 256 });
    mm.mmap({ start: page(512), pageCount: 64, protection: 3, kind: 'anonymous', fixed: true });
    for (let at = 512; at < 576; at++) mm.handleCpuFault(page(at), Access.write);
    expect(driver.deviceFault(device, page(520), Access.read)).toEqual({ ok: true });
    expect(driver.serviceAccessCounters?.(device, [page(512)])).toEqual([512]);
    expect([...mm.residency(page(512), 64).subarray(0, 2)]).toEqual([48, 16]);
    expect(sink.of('migrate')).toMatchObject([{ firstPage: 512, pageCount: 16, source: 0, target: 1 }]);
    expect([mm.pageTable.permission(page(520)), mm.permissions[1]?.[520]]).toEqual([3, 3]);
    // There is no room for the rest.
    for (const region of [528, 544, 560]) driver.serviceAccessCounters?.(device, [page(region)]);
    expect(mm.residency(page(512), 64)[1]).toBeLessThanOrEqual(device.memory.frames.capacity);
    mm.exit();
    expect(device.memory.frames.usedFrames).toBe(0);
  });
});
