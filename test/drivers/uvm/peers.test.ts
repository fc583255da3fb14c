/** Devices that NVLink joins: pages go from one to the other directly, and are mapped where they lie. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../../engine/drivers/kit/invariants.js';
import { MemoryAdvice } from '../../../engine/drivers/advice.js';
import { Access } from '../../../engine/memory/event.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

const AT = 2048;
const BLOCK = 512;
const NVLINK = 'v100-nvlink2';
const PCIE = 'p100-pcie3';

function rig(machine: string, devicePages = 4 * BLOCK, blocks = 1): DeviceRig {
  const made = deviceRig({ driver: 'uvm', machine, devices: 2, devicePages, systemFrames: 16_384, onPhase: null });
  made.mm.mmap({ start: page(AT), pageCount: blocks * BLOCK, protection: 3, kind: 'managed', fixed: true });
  return made;
}

const touch = ({ devices, driver }: DeviceRig, device: number, at: number, access: Access = Access.write): void => {
  expect(driver.deviceFault(devices[device]!, page(AT + at), access)).toEqual({ ok: true });
};
const prefetch = ({ devices, driver }: DeviceRig, device: number, count = BLOCK): void => {
  driver.prefetch?.(devices[device], page(AT), count);
};
const ways = ({ sink }: DeviceRig): number[][] =>
  sink.of('migrate').map(({ source, target, pageCount }) => [source, target, pageCount]);
const check = ({ mm, devices }: DeviceRig, blocks = 1): void =>
  checkInvariants(mm, devices, AT, blocks * BLOCK, [], true);

describe('a page of another device’s', () => {
  it('comes in one transfer over NVLink', () => {
    const made = rig(NVLINK);
    prefetch(made, 0);
    touch(made, 1, 0);
    expect(ways(made)).toEqual([
      [1, 2, 1],
      [1, 2, 15],
    ]);
    expect(made.devices[0]?.mirror.allows(page(AT), false)).toBe(false);
    check(made);
  });

  it('comes through system memory over PCI Express', () => {
    const made = rig(PCIE);
    prefetch(made, 0);
    touch(made, 1, 0);
    expect(ways(made)).toEqual([
      [1, 0, 1],
      [1, 0, 15],
      [0, 2, 1],
      [0, 2, 15],
    ]);
    checkInvariants(made.mm, made.devices, AT, BLOCK);
  });

  it('is reached over PCI Express when the program makes the devices peers, until it does no longer', () => {
    const made = rig(PCIE);
    const [one, other] = made.devices;
    const map = (): void =>
      made.driver.advise?.(MemoryAdvice.setAccessedBy, { start: page(AT), count: BLOCK }, other) as undefined;
    prefetch(made, 0);
    map();
    expect(other?.mirror.allows(page(AT), true)).toBe(false);
    made.driver.setPeers?.(other!, one!, true);
    map();
    expect(other?.mirror.allows(page(AT), true)).toBe(true);
    check(made);
    made.driver.setPeers?.(one!, other!, false);
    expect(other?.mirror.allows(page(AT), false)).toBe(false);
    made.driver.setPeers?.(one!, other!, true);
    made.driver.advise?.(MemoryAdvice.unsetAccessedBy, { start: page(AT), count: BLOCK }, other);
    touch(made, 1, 0);
    expect(ways(made)).toEqual([
      [1, 2, 1],
      [1, 2, 15],
    ]);
    check(made);
  });

  it('comes directly when the program asks for it', () => {
    const made = rig(NVLINK);
    prefetch(made, 0);
    prefetch(made, 1);
    expect(ways(made)).toEqual([[1, 2, BLOCK]]);
    check(made);
  });

  it('is mapped where it lies, for a device that is said to access it', () => {
    const made = rig(NVLINK);
    prefetch(made, 0);
    made.driver.advise?.(MemoryAdvice.setAccessedBy, { start: page(AT), count: BLOCK }, made.devices[1]);
    expect(made.sink.of('remoteMap')).toMatchObject([{ source: 1, target: 2, pageCount: BLOCK }]);
    expect(made.devices[1]?.mirror.allows(page(AT + 7), true)).toBe(true);
    check(made);
    // Whatever moves it away takes the mapping along.
    made.mm.handleCpuFault(page(AT + 7), Access.write);
    expect(made.mm.nodeOf(page(AT + 7))).toBe(0);
    check(made);
  });

  it('stays where it is preferred: the other device maps it', () => {
    const made = rig(NVLINK);
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, { start: page(AT), count: BLOCK }, made.devices[0]);
    prefetch(made, 0);
    touch(made, 1, 3);
    expect(made.mm.nodeOf(page(AT + 3))).toBe(1);
    expect(made.sink.of('remoteMap')).toMatchObject([{ source: 1, target: 2, firstPage: AT, pageCount: BLOCK }]);
    check(made);
  });

  it('is unmapped everywhere when it is evicted', () => {
    const made = rig(NVLINK, 2 * BLOCK, 3);
    prefetch(made, 0);
    made.driver.advise?.(MemoryAdvice.setAccessedBy, { start: page(AT), count: BLOCK }, made.devices[1]);
    made.driver.prefetch?.(made.devices[0], page(AT + BLOCK), 2 * BLOCK);
    expect(made.mm.nodeOf(page(AT))).toBe(0);
    check(made, 3);
  });
});

it('whatever devices and the CPU do, each page has one place and mappings that allow no more than it', () => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 2 }),
    at: fc.nat(3 * BLOCK - 1),
    write: fc.boolean(),
    how: fc.constantFrom('touch', 'prefetch', 'accessedBy', 'preferred', 'readMostly'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const made = rig(NVLINK, 2 * BLOCK, 3);
      const { mm, driver, devices } = made;
      for (const { who, at, write, how } of steps) {
        const device = who === 0 ? undefined : devices[who - 1];
        const range = { start: page(AT + at), count: Math.min(100, 3 * BLOCK - at) };
        const access = write ? Access.write : Access.read;
        if (how === 'prefetch') driver.prefetch?.(device, range.start, range.count);
        else if (how === 'accessedBy') driver.advise?.(MemoryAdvice.setAccessedBy, range, device ?? 'cpu');
        else if (how === 'preferred') driver.advise?.(MemoryAdvice.setPreferredLocation, range, device ?? 'cpu');
        else if (how === 'readMostly') driver.advise?.(MemoryAdvice.setReadMostly, range, undefined);
        else if (device !== undefined) expect(driver.deviceFault(device, range.start, access).ok).toBe(true);
        else if (!mm.pageTable.allows(range.start, write)) mm.handleCpuFault(range.start, access);
        check(made, 3);
      }
    }),
    { numRuns: 30 },
  );
});
