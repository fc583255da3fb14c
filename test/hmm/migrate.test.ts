/** migrate_vma step by step: what is collected, what is given up, and where everything is in the end. */

import { describe, expect, it } from 'vitest';
import { migratePfn, MigratePfn, MigrateSelect, MigrateVma } from '../../engine/hmm/migrate-vma.js';
import { migrateVmaCollect } from '../../engine/hmm/migrate-collect.js';
import { migrateDevicePfns } from '../../engine/hmm/migrate-device.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaSetup, migrateVmaUnmap } from '../../engine/hmm/migrate.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { pteFrame, PteType } from '../../engine/memory/page-table.js';
import { NO_FRAME, type FrameNumber } from '../../engine/memory/units.js';
import type { VmaKind } from '../../engine/memory/vma.js';
import { checkInvariants } from '../../engine/drivers/kit/invariants.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = 100;

function map(rig: DeviceRig, pageCount: number, protection = 3, kind: VmaKind = 'anonymous'): void {
  rig.mm.mmap({ start: page(AT), pageCount, protection, kind, fixed: true, agent: rig.device.agent });
}

function args(rig: DeviceRig, count: number, select: number = MigrateSelect.SYSTEM): MigrateVma {
  return Object.assign(new MigrateVma(16), { start: page(AT), count, select, owner: rig.device.memory.owner });
}

/** V = VALID, M = MIGRATE, W = WRITE. */
function words({ src, count }: MigrateVma): string[] {
  return [...src.subarray(0, count)].map(
    (word) =>
      (word & MigratePfn.VALID ? 'V' : '') +
      (word & MigratePfn.MIGRATE ? 'M' : '') +
      (word & MigratePfn.WRITE ? 'W' : ''),
  );
}

/** As a driver does it: a device frame for each page that may move. */
function allocate(rig: DeviceRig, migration: MigrateVma): void {
  for (let index = 0; index < migration.count; index++) {
    if (migration.moves(index)) migration.dst[index] = migratePfn(rig.device.memory.allocate());
  }
}

const types = (rig: DeviceRig, count: number): number[] =>
  Array.from({ length: count }, (_, at) => rig.mm.pageState(page(AT + at)).type);

describe('migrate_vma_setup', () => {
  it.each<[string, (rig: DeviceRig) => void, Partial<MigrateVma>]>([
    ['no area', () => undefined, {}],
    [
      'a range beyond its area',
      (rig) => {
        map(rig, 2);
      },
      { count: 3 },
    ],
    [
      'no pages',
      (rig) => {
        map(rig, 2);
      },
      { count: 0 },
    ],
    [
      'more pages than the arrays hold',
      (rig) => {
        map(rig, 32);
      },
      { count: 17 },
    ],
    [
      'device memory',
      (rig) => {
        map(rig, 2, 3, 'device');
      },
      {},
    ],
    [
      'a pinned area',
      (rig) => {
        map(rig, 2, 3, 'pinned');
      },
      {},
    ],
    [
      'a fault page of system memory',
      (rig) => {
        map(rig, 2);
      },
      { faultPage: 0 as FrameNumber },
    ],
  ])('says -EINVAL for %s', (_what, set, wrong) => {
    const rig = deviceRig();
    set(rig);
    expect(migrateVmaSetup(rig.mm, Object.assign(args(rig, 2), wrong))).toBe(Errno.EINVAL);
  });

  it('collects system pages with their permissions, and holes whatever is selected', () => {
    const rig = deviceRig();
    map(rig, 4);
    rig.mm.populate(page(AT), 3, Access.write);
    rig.mm.mprotect(page(AT + 1), 1, 1);
    rig.mm.munmap(page(AT + 2), 2);
    const first = args(rig, 1);
    expect(migrateVmaSetup(rig.mm, first)).toBe(0);
    expect(words(first)).toEqual(['VMW']);
    migrateVmaFinalize(rig.mm, first);
    const second = Object.assign(args(rig, 1), { start: page(AT + 1) });
    migrateVmaSetup(rig.mm, second);
    expect(words(second)).toEqual(['VM']);
    migrateVmaFinalize(rig.mm, second);
    map(rig, 2);
    rig.mm.populate(page(AT), 1, Access.write);
    const none = args(rig, 2, 0);
    expect(migrateVmaSetup(rig.mm, none)).toBe(0);
    expect(words(none)).toEqual(['', 'M']);
    expect(none.collected).toBe(1);
  });

  it('collects device pages of the same owner only', () => {
    const rig = deviceRig({ devices: 2 });
    map(rig, 2);
    rig.devices.forEach((device, index) => rig.driver.deviceFault(device, page(AT + index), Access.write));
    const migration = args(rig, 2, MigrateSelect.DEVICE_PRIVATE | MigrateSelect.SYSTEM);
    migrateVmaSetup(rig.mm, migration);
    expect(words(migration)).toEqual(['VMW', '']);
    migrateVmaFinalize(rig.mm, migration);
    checkInvariants(rig.mm, rig.devices, AT, 2);
  });

  it('passes over a page that is locked', () => {
    const rig = deviceRig();
    map(rig, 1);
    rig.mm.populate(page(AT), 1, Access.write);
    const frame = pteFrame(rig.mm.pageTable.get(page(AT)));
    rig.mm.physical.of(frame).tryLock(frame);
    const migration = args(rig, 1);
    expect(migrateVmaSetup(rig.mm, migration)).toBe(0);
    expect([words(migration), migration.collected]).toEqual([[''], 0]);
  });

  it('collects a pinned page and gives it up when it unmaps', () => {
    const rig = deviceRig();
    map(rig, 2);
    rig.mm.populate(page(AT), 2, Access.write);
    const frame = rig.mm.pinUserPage(page(AT), true) as FrameNumber;
    const migration = args(rig, 2);
    migrateVmaCollect(rig.mm, migration);
    expect([words(migration), types(rig, 2)]).toEqual([
      ['VMW', 'VMW'],
      [PteType.migration, PteType.migration],
    ]);
    migrateVmaUnmap(rig.mm, migration);
    expect([words(migration), migration.collected]).toEqual([['', 'VMW'], 1]);
    expect([rig.mm.permissions[0]?.[AT], rig.mm.permissions[0]?.[AT + 1]]).toEqual([3, 0]);
    migrateVmaFinalize(rig.mm, migration);
    checkInvariants(rig.mm, rig.devices, AT, 2, [frame]);
  });
});

describe('migrate_vma_pages and finalize', () => {
  it('move pages and fill holes', () => {
    const rig = deviceRig();
    map(rig, 3);
    rig.mm.populate(page(AT), 2, Access.write);
    const migration = args(rig, 3);
    migrateVmaSetup(rig.mm, migration);
    allocate(rig, migration);
    migrateVmaPages(rig.mm, migration);
    expect(words(migration)).toEqual(['VMW', 'VMW', 'M']);
    migrateVmaFinalize(rig.mm, migration);
    expect(types(rig, 3)).toEqual([PteType.devicePrivate, PteType.devicePrivate, PteType.devicePrivate]);
    expect(rig.mm.physical.system.usedFrames).toBe(0);
    expect(rig.device.memory.residentPages).toBe(3);
    checkInvariants(rig.mm, rig.devices, AT, 3);
  });

  it('leave a page where it is if it has no destination', () => {
    const rig = deviceRig();
    map(rig, 2);
    rig.mm.populate(page(AT), 1, Access.write);
    const migration = args(rig, 2);
    migrateVmaSetup(rig.mm, migration);
    migrateVmaPages(rig.mm, migration);
    expect(words(migration)).toEqual(['VW', '']);
    migrateVmaFinalize(rig.mm, migration);
    expect(types(rig, 2)).toEqual([PteType.present, PteType.none]);
    checkInvariants(rig.mm, rig.devices, AT, 2);
  });

  it('keep a read-only page read-only', () => {
    const rig = deviceRig();
    map(rig, 1);
    rig.mm.populate(page(AT), 1, Access.write);
    rig.mm.mprotect(page(AT), 1, 1);
    const migration = args(rig, 1);
    migrateVmaSetup(rig.mm, migration);
    allocate(rig, migration);
    migrateVmaPages(rig.mm, migration);
    migrateVmaFinalize(rig.mm, migration);
    expect(rig.mm.pageState(page(AT))).toMatchObject({ type: PteType.devicePrivate, writable: false });
  });

  it('refuse a page that somebody took hold of after setup', () => {
    const rig = deviceRig();
    map(rig, 1);
    rig.mm.populate(page(AT), 1, Access.write);
    const frame = pteFrame(rig.mm.pageTable.get(page(AT)));
    const migration = args(rig, 1);
    migrateVmaSetup(rig.mm, migration);
    allocate(rig, migration);
    rig.mm.physical.of(frame).get(frame);
    migrateVmaPages(rig.mm, migration);
    expect(migration.moves(0)).toBe(false);
    rig.mm.physical.of(frame).put(frame);
    migrateVmaFinalize(rig.mm, migration);
    expect(rig.device.memory.frames.usedFrames).toBe(0);
    checkInvariants(rig.mm, rig.devices, AT, 1);
  });

  it('do not fill a hole that is one no longer', () => {
    const rig = deviceRig();
    map(rig, 1);
    const migration = args(rig, 1);
    migrateVmaSetup(rig.mm, migration);
    allocate(rig, migration);
    rig.mm.handleCpuFault(page(AT), Access.write);
    migrateVmaPages(rig.mm, migration);
    migrateVmaFinalize(rig.mm, migration);
    expect(types(rig, 1)).toEqual([PteType.present]);
    checkInvariants(rig.mm, rig.devices, AT, 1);
  });

  it('lose nothing when the page is unmapped meanwhile', () => {
    const rig = deviceRig();
    map(rig, 2);
    rig.mm.populate(page(AT), 2, Access.write);
    const migration = args(rig, 2);
    migrateVmaSetup(rig.mm, migration);
    allocate(rig, migration);
    rig.mm.munmap(page(AT), 2);
    migrateVmaPages(rig.mm, migration);
    migrateVmaFinalize(rig.mm, migration);
    checkInvariants(rig.mm, rig.devices, AT, 2);
    rig.mm.exit();
  });

  it('restore a page under the protection that its area has by then', () => {
    const rig = deviceRig({ devicePages: 1 });
    map(rig, 2);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.mm.mprotect(page(AT), 1, 0);
    rig.driver.deviceFault(rig.device, page(AT + 1), Access.write);
    expect(types(rig, 2)).toEqual([PteType.present, PteType.devicePrivate]);
    expect(rig.mm.permissions[0]?.[AT]).toBe(0);
    rig.mm.mprotect(page(AT), 1, 3);
    expect(rig.mm.permissions[0]?.[AT]).toBe(3);
  });
});

describe('migrate_device_pfns', () => {
  it('takes device pages from wherever they are mapped, and skips what is free or locked', () => {
    const rig = deviceRig();
    map(rig, 3);
    for (let at = AT; at < AT + 3; at++) rig.driver.deviceFault(rig.device, page(at), Access.write);
    const oldest = new Int32Array(8);
    expect(rig.device.memory.longestResident(oldest, 8)).toBe(3);
    const [first = NO_FRAME, second = NO_FRAME] = oldest as unknown as FrameNumber[];
    const { frames } = rig.device.memory;
    frames.tryLock(first);
    const migration = new MigrateVma(4);
    const free = frames.allocate();
    frames.put(free);
    migrateDevicePfns(rig.mm, migration, Int32Array.of(first, second, free), 3);
    expect([words(migration), migration.collected]).toEqual([['', 'VMW', ''], 1]);
    expect(rig.mm.permissions[1]?.[AT + 1]).toBe(0);
    migration.dst[1] = migratePfn(rig.mm.physical.system.allocate());
    migrateVmaPages(rig.mm, migration);
    migrateVmaFinalize(rig.mm, migration);
    frames.unlock(first);
    expect(types(rig, 3)).toEqual([PteType.devicePrivate, PteType.present, PteType.devicePrivate]);
    checkInvariants(rig.mm, rig.devices, AT, 3);
  });
});
