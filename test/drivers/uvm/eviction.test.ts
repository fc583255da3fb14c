/** A device that is full: which block goes, in what pieces, and what the CPU then has to do for it. */

import { describe, expect, it } from 'vitest';
import { Access, Cause } from '../../../engine/memory/event.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

const AT = 2048;
const BLOCK = 512;

/** A device of so many blocks, and managed memory of more. */
function rig(devicePages: number, blocks: number): DeviceRig {
  const made = deviceRig({ driver: 'uvm', devicePages, systemFrames: 16_384, onPhase: null });
  made.mm.mmap({ start: page(AT), pageCount: blocks * BLOCK, protection: 3, kind: 'managed', fixed: true });
  return made;
}

const touch = ({ device, driver }: DeviceRig, block: number, at = 0): void => {
  expect(driver.deviceFault(device, page(AT + block * BLOCK + at), Access.write)).toEqual({ ok: true });
};
const fill = (made: DeviceRig, block: number): void => {
  made.driver.prefetch?.(made.device, page(AT + block * BLOCK), BLOCK);
};
const evicted = ({ sink }: DeviceRig): number[][] =>
  sink.of('evict').map(({ firstPage, pageCount }) => [(firstPage - AT) / BLOCK, pageCount]);

describe('a full device', () => {
  it('gives up the block into which something moved longest ago, in one transfer of 2 MB', () => {
    const made = rig(3 * BLOCK, 5);
    for (const block of [0, 1, 2]) fill(made, block);
    // Use alone does not count, moving in does.
    touch(made, 3);
    expect(evicted(made)).toEqual([[0, BLOCK]]);
    expect(made.sink.of('migrate')).toMatchObject([{ source: 1, target: 0, extra: 2 << 20, cause: Cause.evict }]);
    touch(made, 4);
    expect(evicted(made)).toEqual([
      [0, BLOCK],
      [1, BLOCK],
    ]);
  });

  it('keeps a whole chunk for a block of which only a big page is there', () => {
    const made = rig(3 * BLOCK, 4);
    for (const block of [0, 1, 2, 3]) touch(made, block);
    expect(evicted(made)).toEqual([[0, 16]]);
  });

  it('takes chunks first that have nothing on the device any more', () => {
    const made = rig(3 * BLOCK, 4);
    for (const block of [0, 1, 2]) touch(made, block);
    for (let at = 0; at < 16; at++) made.mm.populate(page(AT + BLOCK + at), 1);
    touch(made, 3);
    expect(evicted(made)).toEqual([]);
    expect([0, 1, 2, 3].map((block) => made.mm.nodeOf(page(AT + block * BLOCK)))).toEqual([1, 0, 1, 1]);
  });

  it('lets the CPU fault on what came back: one fault maps it all', () => {
    const made = rig(2 * BLOCK, 3);
    for (const block of [0, 1, 2]) fill(made, block);
    expect(evicted(made)).toEqual([[0, BLOCK]]);
    expect(made.mm.permissions[0]?.[AT]).toBe(0);
    for (let at = AT; at < AT + BLOCK; at++) {
      if (!made.mm.pageTable.allows(page(at), true)) made.mm.handleCpuFault(page(at), Access.write);
    }
    expect(made.sink.of('cpuFault')).toHaveLength(1);
  });

  it('never gives up memory of the program’s own, and makes room for it', () => {
    const made = rig(3 * BLOCK, 3);
    for (const block of [0, 1, 2]) fill(made, block);
    const { agent } = made.device;
    const own = made.mm.mmap({ pageCount: 2 * BLOCK, protection: 3, kind: 'device', agent });
    made.driver.allocated?.(page(own), 2 * BLOCK, 'device');
    expect(evicted(made)).toEqual([
      [0, BLOCK],
      [1, BLOCK],
    ]);
    touch(made, 0);
    expect(evicted(made).slice(2)).toEqual([[2, BLOCK]]);
    expect(made.mm.nodeOf(page(own))).toBe(1);
  });

  it('maps remotely what there is no room for', () => {
    const made = rig(2 * BLOCK, 3);
    const { agent } = made.device;
    made.mm.mmap({ pageCount: 2 * BLOCK, protection: 3, kind: 'device', agent });
    touch(made, 0);
    expect(made.mm.nodeOf(page(AT))).toBe(0);
    expect(made.sink.of('remoteMap')).toMatchObject([{ source: 0, target: 1, firstPage: AT, pageCount: 1 }]);
  });
});
