/** fork: what parent and child share, and what becomes of it. */

import { afterEach, describe, expect, it } from 'vitest';
import type { AddressSpace } from '../../engine/memory/address-space.js';
import { Access } from '../../engine/memory/event.js';
import { MmuNotifyEvent, type MmuNotifierRange } from '../../engine/memory/mmu-notifier.js';
import { PteType } from '../../engine/memory/page-table.js';
import { PAGE_COUNT, ZERO_FRAME, type FrameNumber } from '../../engine/memory/units.js';
import { Protection, VmaFlag } from '../../engine/memory/vma.js';
import { Advice } from '../../engine/memory/madvise.js';
import { deviceRig, forked, memoryRig, page, PageValues, type MemoryRig } from './rig.js';

const AT = 100;

function rigWith(count: number, flags = 0): MemoryRig {
  const rig = memoryRig();
  rig.mm.mmap({
    start: page(AT),
    pageCount: count,
    protection: Protection.readWrite,
    kind: 'anonymous',
    fixed: true,
    flags,
  });
  return rig;
}

const write = (mm: AddressSpace, at = AT): unknown => mm.handleCpuFault(page(at), Access.write);
const frameAt = (mm: AddressSpace, at = AT): FrameNumber | undefined => mm.pageState(page(at)).frame;

let spaces: AddressSpace[] = [];
/** Ended after the test: that throws if anything leaks. */
function ending<T extends AddressSpace>(mm: T): T {
  spaces.push(mm);
  return mm;
}
afterEach(() => {
  for (const mm of spaces) mm.exit();
  spaces = [];
});

describe('fork', () => {
  it('shares pages, writable in neither', () => {
    const rig = rigWith(2);
    const parent = ending(rig.mm);
    write(parent);
    const child = ending(forked(rig));
    expect(frameAt(child)).toBe(frameAt(parent));
    expect([parent, child].map((mm) => mm.pageState(page(AT)).writable)).toEqual([false, false]);
    expect(child.pageState(page(AT + 1)).type).toBe(PteType.none);
    expect(rig.sink.kinds().at(-1)).toBe('fork');
  });

  it('gives the first writer a copy and the last one the page', () => {
    const rig = rigWith(1);
    const parent = ending(rig.mm);
    write(parent);
    const shared = frameAt(parent);
    const child = ending(forked(rig));
    const from = rig.sink.events.length;
    write(child);
    expect(rig.sink.kinds(from)).toEqual(['cpuFault', 'cow']);
    expect(frameAt(child)).not.toBe(shared);
    write(parent);
    expect(rig.sink.kinds(from)).toEqual(['cpuFault', 'cow', 'cpuFault']);
    expect(frameAt(parent)).toBe(shared);
    expect([parent, child].map((mm) => mm.permissions[0]?.[AT])).toEqual([3, 3]);
  });

  it('leaves the page with whoever is left', () => {
    const rig = rigWith(1);
    const parent = ending(rig.mm);
    write(parent);
    const child = forked(rig);
    expect(parent.physical.system.usedFrames).toBe(1);
    child.exit();
    expect(parent.physical.system.usedFrames).toBe(1);
    write(parent);
    expect(rig.sink.of('cow')).toEqual([]);
  });

  it('copies a pinned page at once: whoever pinned it keeps it', () => {
    const rig = rigWith(1);
    const parent = ending(rig.mm);
    const frame = parent.pinUserPage(page(AT), true) as FrameNumber;
    const child = ending(forked(rig));
    expect(frameAt(child)).not.toBe(frame);
    expect(parent.pageState(page(AT))).toMatchObject({ frame, writable: true, pinned: true });
    expect(child.pageState(page(AT))).toMatchObject({ writable: true, pinned: false });
    parent.unpinUserPage(frame);
  });

  it('shares the zero page', () => {
    const rig = rigWith(1);
    const parent = ending(rig.mm);
    parent.handleCpuFault(page(AT), Access.read);
    const child = ending(forked(rig));
    expect(frameAt(child)).toBe(ZERO_FRAME);
    expect(write(child)).toEqual({ ok: true });
    expect(frameAt(parent)).toBe(ZERO_FRAME);
  });

  it('tells the parent’s mirrors of the whole area, once', () => {
    const rig = rigWith(4);
    const parent = ending(rig.mm);
    write(parent, AT + 2);
    const heard: MmuNotifierRange[] = [];
    const invalidate = (range: MmuNotifierRange): boolean => heard.push(range) > 0;
    const notifier = parent.notifiers.insert(page(0), PAGE_COUNT, { invalidate });
    ending(forked(rig));
    expect(heard).toMatchObject([{ event: MmuNotifyEvent.PROTECTION_PAGE, start: AT, count: 4 }]);
    parent.notifiers.remove(notifier);
  });

  it.each([
    ['MADV_DONTFORK', VmaFlag.DONTFORK, 0, false],
    ['MADV_WIPEONFORK', VmaFlag.WIPEONFORK, PteType.none, true],
    ['a memory lock', VmaFlag.LOCKED, PteType.present, true],
  ])('heeds %s', (_what, flags, type, mapped) => {
    const rig = rigWith(1, flags);
    const parent = ending(rig.mm);
    write(parent);
    const child = ending(forked(rig));
    expect(child.pageState(page(AT)).type).toBe(type);
    expect(child.findVma(page(AT)) !== undefined).toBe(mapped);
    expect((child.findVma(page(AT))?.flags ?? 0) & VmaFlag.LOCKED).toBe(0);
  });

  it('wipes a child’s bytes, not the parent’s', () => {
    const contents = new PageValues();
    contents.values.set(AT, 7);
    const rig = rigWith(1, VmaFlag.WIPEONFORK);
    ending(rig.mm);
    ending(forked(rig, 1, contents));
    expect(contents.values.has(AT)).toBe(false);
  });

  it('shares swapped pages', () => {
    const rig = memoryRig(64, { swapFrames: 8 });
    const parent = ending(rig.mm);
    parent.mmap({ start: page(AT), pageCount: 1, protection: 3, kind: 'anonymous', fixed: true });
    write(parent);
    expect(parent.madvise(page(AT), 1, Advice.PAGEOUT)).toBe(0);
    const child = ending(forked(rig));
    expect(parent.physical.swap.usedSlots).toBe(1);
    write(child);
    expect(parent.pageState(page(AT)).type).toBe(PteType.swap);
    write(parent);
    expect(parent.physical.swap.usedSlots).toBe(0);
    expect(frameAt(parent)).not.toBe(frameAt(child));
  });

  it('shares a page on a device, readable in both, until a CPU brings it back', () => {
    const rig = deviceRig();
    const parent = rig.mm;
    parent.mmap({ start: page(AT), pageCount: 1, protection: 3, kind: 'anonymous', fixed: true });
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    const child = forked(rig);
    expect([parent, child].map((mm) => mm.pageState(page(AT)))).toMatchObject([
      { type: PteType.devicePrivate, node: 1, writable: false },
      { type: PteType.devicePrivate, node: 1, writable: false },
    ]);
    expect(child.handleCpuFault(page(AT), Access.read)).toEqual({ ok: true });
    expect([parent, child].map((mm) => mm.pageState(page(AT)))).toMatchObject([
      { type: PteType.present, node: 0, writable: false },
      { type: PteType.present, node: 0, writable: false },
    ]);
    expect(write(child)).toEqual({ ok: true });
    expect(rig.device.memory.frames.usedFrames).toBe(0);
    child.exit();
    parent.exit();
  });

  it('does not mistake a swap slot for the frame of the same number when making room took the page away', () => {
    // Found by test/conformance/shortage.property.test.ts.
    const rig = memoryRig(1, { swapFrames: 4 });
    const parent = ending(rig.mm);
    parent.mmap({ start: page(AT), pageCount: 2, protection: 3, kind: 'anonymous', fixed: true });
    // Slot 0 is taken, so that the page's slot has the number of its frame.
    write(parent, AT + 1);
    write(parent);
    const child = ending(forked(rig));
    expect(write(child)).toEqual({ ok: true });
    expect(parent.physical.system.usedFrames).toBe(1);
    expect(frameAt(parent)).not.toBe(frameAt(child));
  });

  it('goes on through generations', () => {
    const rig = rigWith(1);
    const parent = ending(rig.mm);
    write(parent);
    const child = ending(forked(rig, 1));
    const grandchild = ending(forked({ mm: child, sink: rig.sink }, 2));
    expect(frameAt(grandchild)).toBe(frameAt(parent));
    expect(parent.physical.system.mapcount(frameAt(parent) ?? ZERO_FRAME)).toBe(3);
    const seen: [number, number][] = [];
    parent.physical.rmap(frameAt(parent) ?? ZERO_FRAME, (mm, at) => seen.push([mm.id, at]));
    expect(seen).toEqual([
      [0, AT],
      [1, AT],
      [2, AT],
    ]);
  });
});
