/** Pages pinned in a device's memory: who waits for them, and that nobody takes them away. */

import { describe, expect, it } from 'vitest';
import { DevicePins } from '../../engine/hmm/device-pins.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = 100;

interface PinRig extends DeviceRig {
  readonly pins: DevicePins;
}

function rigWith(count: number, devicePages = 64): PinRig {
  const rig = deviceRig({ devicePages });
  rig.mm.mmap({ start: page(AT), pageCount: count, protection: 3, kind: 'anonymous', fixed: true });
  for (let at = AT; at < AT + count; at++) rig.mm.handleCpuFault(page(at), Access.write);
  return { ...rig, pins: new DevicePins(rig.mm) };
}

const toDevice = ({ driver, device }: PinRig, at = AT): unknown => driver.deviceFault(device, page(at), Access.write);

describe('hmm_pin_device', () => {
  it('shuts the CPU out until the page is unpinned', () => {
    const rig = rigWith(1);
    toDevice(rig);
    expect(rig.pins.pin(rig.device.memory, page(AT), 1)).toBe(0);
    const waited: string[] = [];
    rig.mm.wait = ({ kind, page: at }, ready) => {
      waited.push(`${kind} ${at} ${String(ready())}`);
      rig.pins.unpin(page(AT), 1);
      return ready() ? 'ready' : 'deadlock';
    };
    expect(rig.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: true });
    expect(waited).toEqual([`devicePin ${AT} false`]);
    expect(rig.sink.of('pinWait')).toHaveLength(1);
    expect(rig.mm.nodeOf(page(AT))).toBe(0);
    rig.mm.exit();
  });

  it.each([
    ['deadlock', 'deadlock'],
    ['timeout', 'timeout'],
  ] as const)('ends the access with a reason of its own: %s', (outcome, reason) => {
    const rig = rigWith(1);
    toDevice(rig);
    rig.pins.pin(rig.device.memory, page(AT), 1);
    rig.mm.wait = () => outcome;
    expect(rig.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: false, signal: 'SIGBUS', reason });
  });

  it('keeps the page when the device is full', () => {
    const rig = rigWith(5, 2);
    toDevice(rig);
    rig.pins.pin(rig.device.memory, page(AT), 1);
    for (const at of [101, 102, 103, 104]) expect(toDevice(rig, at)).toEqual({ ok: true });
    expect(rig.mm.nodeOf(page(AT))).toBe(1);
    rig.pins.end();
    rig.mm.exit();
  });

  it('refuses a page that is not on the device, and pins nothing then', () => {
    const rig = rigWith(2);
    toDevice(rig);
    expect(rig.pins.pin(rig.device.memory, page(AT), 2)).toBe(Errno.EBUSY);
    expect(rig.pins.unpin(page(AT), 1)).toBe(Errno.EINVAL);
    expect(rig.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: true });
  });

  it('counts', () => {
    const rig = rigWith(1);
    toDevice(rig);
    rig.pins.pin(rig.device.memory, page(AT), 1);
    rig.pins.pin(rig.device.memory, page(AT), 1);
    expect(rig.pins.unpin(page(AT), 1)).toBe(0);
    rig.mm.wait = () => 'deadlock';
    expect(rig.mm.handleCpuFault(page(AT), Access.read).ok).toBe(false);
    expect(rig.pins.unpin(page(AT), 1)).toBe(0);
    expect(rig.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: true });
  });

  it('leaves an unmapped page with its pin until that ends', () => {
    const rig = rigWith(1);
    toDevice(rig);
    rig.pins.pin(rig.device.memory, page(AT), 1);
    rig.mm.munmap(page(AT), 1);
    expect(rig.device.memory.frames.usedFrames).toBe(1);
    rig.pins.unpin(page(AT), 1);
    expect(rig.device.memory.frames.usedFrames).toBe(0);
  });
});
