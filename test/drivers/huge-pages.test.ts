/** The generic driver and huge pages, and a child's pages on a device. */

import { describe, expect, it } from 'vitest';
import { Access } from '../../engine/memory/event.js';
import { HUGE_PAGES } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { deviceRig, forked, page, type DeviceRig } from '../memory/rig.js';

const AT = 2 * HUGE_PAGES;

function hugeRig(devicePages = 2 * HUGE_PAGES): DeviceRig {
  const rig = deviceRig({ devicePages });
  rig.mm.mmap({
    start: page(AT),
    pageCount: HUGE_PAGES,
    protection: 3,
    kind: 'anonymous',
    fixed: true,
    flags: VmaFlag.HUGEPAGE,
  });
  rig.mm.handleCpuFault(page(AT), Access.write);
  expect(rig.mm.pageTable.isHuge(page(AT))).toBe(true);
  return rig;
}

describe('driver hmm', () => {
  it('moves a huge page as a whole, there by a device’s fault and back by the CPU’s, in one transfer each', () => {
    const rig = hugeRig();
    expect(rig.driver.deviceFault(rig.device, page(AT + 5), Access.write)).toEqual({ ok: true });
    expect([rig.mm.residency(page(AT), HUGE_PAGES)[1], rig.mm.pageTable.isHuge(page(AT))]).toEqual([HUGE_PAGES, true]);
    expect(rig.device.mirror.mappedPages).toBe(HUGE_PAGES);
    expect(rig.mm.handleCpuFault(page(AT + 300), Access.read)).toEqual({ ok: true });
    expect([rig.mm.residency(page(AT), HUGE_PAGES)[0], rig.mm.pageTable.isHuge(page(AT))]).toEqual([HUGE_PAGES, true]);
    expect(rig.device.mirror.mappedPages).toBe(0);
    expect(rig.sink.of('migrate').map(({ firstPage, pageCount }) => [firstPage, pageCount])).toEqual([
      [AT, HUGE_PAGES],
      [AT, HUGE_PAGES],
    ]);
    rig.mm.exit();
  });

  it('moves one page of a huge one to a device that is too small for it', () => {
    const rig = hugeRig(8);
    expect(rig.driver.deviceFault(rig.device, page(AT + 5), Access.write)).toEqual({ ok: true });
    expect([rig.mm.nodeOf(page(AT + 5)), rig.mm.nodeOf(page(AT)), rig.mm.pageTable.isHuge(page(AT))]).toEqual([
      1,
      0,
      false,
    ]);
    rig.mm.exit();
  });

  it('splits a huge page of which it evicts a part', () => {
    const rig = hugeRig(HUGE_PAGES);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.mm.mmap({ start: page(8), pageCount: 1, protection: 3, kind: 'managed', fixed: true });
    expect(rig.driver.deviceFault(rig.device, page(8), Access.write)).toEqual({ ok: true });
    expect([rig.mm.residency(page(AT), HUGE_PAGES)[1], rig.mm.nodeOf(page(8))]).toEqual([HUGE_PAGES - 1, 1]);
    expect(rig.mm.pageTable.isHuge(page(AT))).toBe(false);
    rig.mm.exit();
  });

  it('prefetches huge pages as such', () => {
    const rig = hugeRig();
    rig.driver.prefetch?.(rig.device, page(AT), HUGE_PAGES);
    expect([rig.mm.residency(page(AT), HUGE_PAGES)[1], rig.mm.pageTable.isHuge(page(AT))]).toEqual([HUGE_PAGES, true]);
    rig.driver.prefetch?.(undefined, page(AT), HUGE_PAGES);
    expect([rig.mm.residency(page(AT), HUGE_PAGES)[0], rig.sink.of('hugeSplit').length]).toEqual([HUGE_PAGES, 0]);
    rig.mm.exit();
  });

  it('brings a page back for a child that shares it, and takes it from the parent’s device', () => {
    const rig = deviceRig();
    rig.mm.mmap({ start: page(AT), pageCount: 2, protection: 3, kind: 'managed', fixed: true });
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    const child = forked(rig);
    rig.driver.deviceFault(rig.device, page(AT), Access.read);
    expect([rig.mm.permissions[1]?.[AT], child.nodeOf(page(AT))]).toEqual([1, 1]);
    expect(child.handleCpuFault(page(AT), Access.write)).toEqual({ ok: true });
    expect([rig.mm.permissions[1]?.[AT], rig.mm.nodeOf(page(AT)), child.nodeOf(page(AT))]).toEqual([0, 0, 0]);
    expect(rig.device.memory.frames.usedFrames).toBe(0);
    child.exit();
    rig.mm.exit();
  });

  it('evicts what only a child maps any more', () => {
    const rig = deviceRig({ devicePages: 1 });
    rig.mm.mmap({ start: page(AT), pageCount: 2, protection: 3, kind: 'managed', fixed: true });
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    const child = forked(rig);
    rig.mm.munmap(page(AT), 1);
    expect(rig.driver.deviceFault(rig.device, page(AT + 1), Access.write)).toEqual({ ok: true });
    expect([child.nodeOf(page(AT)), rig.mm.nodeOf(page(AT + 1))]).toEqual([0, 1]);
    child.exit();
    rig.mm.exit();
  });
});
