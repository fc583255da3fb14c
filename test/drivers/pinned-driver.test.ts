import { describe, expect, it } from 'vitest';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { createDriver, driverDescriptions, driverNames, UnknownDriverError } from '../../engine/drivers/registry.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = 100;
const pinned = ({ mm }: DeviceRig): number => mm.physical.system.pinnedFrames;
const permissions = ({ mm }: DeviceRig, at = AT): number[] => mm.permissions.map((table) => table[at] ?? -1);

describe('driver pinned', () => {
  it('pins managed memory at its allocation, so that kernels take no faults on it', () => {
    const rig = deviceRig({ driver: 'pinned', devices: 2 });
    rig.mm.mmap({ start: page(AT), pageCount: 4, protection: 3, kind: 'managed', fixed: true });
    expect(rig.driver.allocated?.(page(AT), 4, 'managed')).toBe(0);
    expect([pinned(rig), permissions(rig)]).toEqual([4, [3, 3, 3]]);
    expect(rig.sink.kinds()).toEqual(['map', 'pin', 'remoteMap', 'remoteMap']);
    expect(rig.sink.of('pin')).toMatchObject([{ firstPage: AT, pageCount: 4, extra: 4 }]);
    rig.driver.freed?.(page(AT), 4);
    expect([pinned(rig), permissions(rig)]).toEqual([0, [3, 0, 0]]);
    rig.mm.exit();
  });

  it('pins other memory when a device first touches it, once for all devices', () => {
    const rig = deviceRig({ driver: 'pinned', devices: 2 });
    rig.mm.mmap({ start: page(AT), pageCount: 4, protection: 3, kind: 'heap', fixed: true });
    for (const device of rig.devices)
      expect(rig.driver.deviceFault(device, page(AT), Access.read)).toEqual({ ok: true });
    expect([pinned(rig), rig.mm.nodeOf(page(AT)), permissions(rig)]).toEqual([1, 0, [3, 3, 3]]);
    expect(rig.sink.kinds()).toEqual(['map', 'deviceFault', 'pin', 'remoteMap', 'deviceFault', 'remoteMap']);
    expect(rig.sink.of('migrate')).toEqual([]);
  });

  it('gives pins back when memory is unmapped without being freed', () => {
    const rig = deviceRig({ driver: 'pinned' });
    rig.mm.mmap({ start: page(AT), pageCount: 4, protection: 3, kind: 'heap', fixed: true });
    rig.driver.deviceFault(rig.device, page(AT + 1), Access.write);
    rig.mm.munmap(page(AT), 4);
    expect([pinned(rig), rig.mm.physical.system.usedFrames]).toEqual([0, 0]);
    expect(rig.sink.kinds().slice(-3).sort()).toEqual(['invalidate', 'unmap', 'unpin']);
  });

  it('keeps a page pinned through protection changes', () => {
    const rig = deviceRig({ driver: 'pinned' });
    rig.mm.mmap({ start: page(AT), pageCount: 1, protection: 3, kind: 'heap', fixed: true });
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.mm.mprotect(page(AT), 1, 1);
    expect([pinned(rig), permissions(rig)]).toEqual([1, [1, 0]]);
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.read)).toEqual({ ok: true });
    expect(permissions(rig)).toEqual([1, 1]);
    rig.mm.mprotect(page(AT), 1, 3);
    expect(rig.driver.deviceFault(rig.device, page(AT), Access.write)).toEqual({ ok: true });
    expect([pinned(rig), permissions(rig)]).toEqual([1, [3, 3]]);
  });

  it('refuses an allocation that system memory cannot hold, leaving no pin', () => {
    const rig = deviceRig({ driver: 'pinned', systemFrames: 2 });
    rig.mm.mmap({ start: page(AT), pageCount: 3, protection: 3, kind: 'managed', fixed: true });
    expect(rig.driver.allocated?.(page(AT), 3, 'managed')).toBe(Errno.ENOMEM);
    expect(pinned(rig)).toBe(0);
    rig.mm.munmap(page(AT), 3);
    rig.mm.exit();
  });
});

describe('the registry', () => {
  it('names every driver with what it is and where it comes from', () => {
    expect(driverNames).toEqual(['hmm', 'uvm', 'pinned', 'ats', 'svm']);
    for (const { name, title, description, sources } of driverDescriptions) {
      expect(createDriver(name).name).toBe(name);
      expect([title, description].every((text) => text.length > 10)).toBe(true);
      expect(sources.length).toBeGreaterThan(0);
    }
  });

  it('says which drivers there are when asked for another', () => {
    expect(() => createDriver('fast')).toThrow(new UnknownDriverError('fast'));
    expect(() => createDriver('fast')).toThrow("there is no driver 'fast': choose one of hmm, uvm, pinned, ats");
  });
});
