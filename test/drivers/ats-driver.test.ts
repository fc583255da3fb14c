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
