/** What a debugger is told of a migration: every phase, with the pages as the page tables have them, and why a page stays. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationPage, MigrationStep } from '../../engine/drivers/migration-step.js';
import { MIGRATION_PHASES } from '../../engine/drivers/migration-step.js';
import { Access } from '../../engine/memory/event.js';
import { pteFrame, PteType } from '../../engine/memory/page-table.js';
import { frameNode, type FrameNumber } from '../../engine/memory/units.js';
import { deviceRig, page, type DeviceRig, type DeviceRigOptions } from '../memory/rig.js';
import { checkInvariants } from '../../engine/drivers/kit/invariants.js';

const AT = 100;
const TYPE_NAMES = Object.fromEntries(Object.entries(PteType).map(([name, type]) => [type, name]));

interface Told extends Omit<MigrationStep, 'pages'> {
  readonly pages: readonly MigrationPage[];
  /** Type of the CPU's entry of each page. */
  readonly entries: readonly string[];
}

/** A rig that keeps what it is told. */
function listening(options: DeviceRigOptions = {}): DeviceRig & { readonly told: Told[] } {
  const told: Told[] = [];
  const rig = deviceRig({
    ...options,
    onPhase: (step) => {
      const pages = step.pages();
      const { id, depth, phase, reason, device, source, target, firstPage, pageCount, collected, notifierSequence } =
        step;
      told.push({
        ...{ id, depth, phase, reason, device, source, target, firstPage, pageCount, collected, notifierSequence },
        pages,
        entries: pages.map((at) => TYPE_NAMES[rig.mm.pageState(at.page).type] ?? ''),
      });
      options.onPhase?.(step);
    },
  });
  return { ...rig, told };
}

function map(rig: DeviceRig, pageCount: number): void {
  rig.mm.mmap({ start: page(AT), pageCount, protection: 3, kind: 'managed', fixed: true });
}

const states = ({ phase, pages, entries }: Told): string =>
  `${phase}: ${pages.map(({ state, why }, n) => `${state}${why === null ? '' : ` (${why})`} ${entries[n] ?? ''}`).join(', ')}`;

/** The node of a frame; null for none. */
const nodes = ({ sourceFrame, targetFrame }: MigrationPage): (number | null)[] =>
  [sourceFrame, targetFrame].map((frame) => (frame === null ? null : frameNode(frame)));

describe('a page that moves', () => {
  it('passes through five phases to a device that touches it, and back', () => {
    const rig = listening();
    map(rig, 1);
    rig.mm.populate(page(AT), 1);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    expect(rig.told.map(states)).toEqual([
      'collect: collected migration',
      'unmap: unmapped migration',
      'allocate: allocated migration',
      'copy: copied migration',
      'finalize: moved devicePrivate',
    ]);
    expect(rig.told.map(({ pages: [at] }) => at && nodes(at))).toEqual([
      [0, null],
      [0, null],
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
    expect(rig.told[0]).toMatchObject({ id: 1, depth: 0, reason: 'fault', device: 1, source: 0, target: 1 });
    expect(rig.told[0]).toMatchObject({ firstPage: AT, pageCount: 1, collected: 1 });
    rig.told.length = 0;
    rig.mm.handleCpuFault(page(AT), Access.read);
    expect(rig.told.map(states)).toEqual([
      'collect: collected migration',
      'unmap: unmapped migration',
      'allocate: allocated migration',
      'copy: copied migration',
      'finalize: moved present',
    ]);
    expect(rig.told[4]).toMatchObject({ id: 2, reason: 'fault', device: 1, source: 1, target: 0 });
    expect(rig.told[4]?.pages.map(nodes)).toEqual([[1, 0]]);
  });

  it('has no entry on the device from the phase unmap on', () => {
    const seen: number[] = [];
    const rig = deviceRig({ onPhase: () => seen.push(rig.mm.permissions[1]?.[AT] ?? -1) });
    map(rig, 1);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    seen.length = 0;
    rig.mm.handleCpuFault(page(AT), Access.read);
    expect(seen).toEqual([3, 0, 0, 0, 0]);
  });

  it('is a hole that is filled: mapped by the phase copy, and nothing came from anywhere', () => {
    const rig = listening();
    map(rig, 1);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    expect(rig.told.map(states)).toEqual([
      'collect: collected none',
      'unmap: unmapped none',
      'allocate: allocated none',
      'copy: moved devicePrivate',
      'finalize: moved devicePrivate',
    ]);
    expect(rig.told.at(-1)?.pages.map(nodes)).toEqual([[null, 1]]);
  });

  it('moves the sequence of the device’s notifier when it is collected', () => {
    const rig = listening();
    map(rig, 2);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.driver.deviceFault(rig.device, page(AT + 1), Access.write);
    const sequences = rig.told.filter(({ phase }) => phase === 'collect').map((step) => step.notifierSequence);
    expect(sequences[1]).toBeGreaterThan(sequences[0] ?? Infinity);
    expect(rig.device.mirror.notifier.sequence).toBe(rig.told.at(-1)?.notifierSequence);
  });
});

describe('a page that stays', () => {
  it('says why, and the phases come all the same', () => {
    const rig = listening({ devices: 2 });
    const [first, second] = rig.devices;
    if (first === undefined || second === undefined) throw new Error('two devices');
    map(rig, 6);
    rig.driver.deviceFault(first, page(AT), Access.write);
    rig.mm.populate(page(AT + 2), 3);
    rig.mm.pinUserPage(page(AT + 2), true);
    const frame = pteFrame(rig.mm.pageTable.get(page(AT + 3)));
    rig.mm.physical.system.get(frame);
    const locked = pteFrame(rig.mm.pageTable.get(page(AT + 4)));
    rig.mm.physical.system.tryLock(locked);
    rig.driver.deviceFault(second, page(AT + 5), Access.write);
    rig.told.length = 0;
    // Two migrations: what the second device has comes to system memory first.
    rig.driver.prefetch?.(first, page(AT), 5);
    rig.told.splice(0, 5);
    expect(rig.told.map(states)).toEqual([
      'collect: skipped (it is already there) devicePrivate, collected none, collected migration, collected migration, skipped (it is locked) present',
      'unmap: skipped (it is already there) devicePrivate, unmapped none, restored (it is pinned) present, restored (somebody else refers to it) present, skipped (it is locked) present',
      'allocate: skipped (it is already there) devicePrivate, allocated none, restored (it is pinned) present, restored (somebody else refers to it) present, skipped (it is locked) present',
      'copy: skipped (it is already there) devicePrivate, moved devicePrivate, restored (it is pinned) present, restored (somebody else refers to it) present, skipped (it is locked) present',
      'finalize: skipped (it is already there) devicePrivate, moved devicePrivate, restored (it is pinned) present, restored (somebody else refers to it) present, skipped (it is locked) present',
    ]);
    expect(rig.told.map(({ collected }) => collected)).toEqual([3, 1, 1, 1, 1]);
    expect(rig.told[4]?.pages.map(nodes)).toEqual([
      [1, null],
      [null, 1],
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(rig.told[0]).toMatchObject({ reason: 'prefetch', firstPage: AT, pageCount: 5 });
  });

  it('on another device says so, and a hole does that has nothing to bring back', () => {
    const rig = listening({ devices: 2 });
    const [first, second] = rig.devices;
    if (first === undefined || second === undefined) throw new Error('two devices');
    map(rig, 3);
    rig.driver.deviceFault(second, page(AT), Access.write);
    rig.mm.populate(page(AT + 1), 1);
    rig.told.length = 0;
    rig.driver.prefetch?.(undefined, page(AT), 3);
    expect(rig.told.filter(({ phase }) => phase === 'finalize').map(states)).toEqual([
      'finalize: skipped (it is on another device) devicePrivate, skipped (it is already there) present, skipped (it has no contents yet) none',
      'finalize: moved present, skipped (it is already there) present, skipped (it has no contents yet) none',
    ]);
  });

  it('for want of a frame is between two places until finalize puts it back', () => {
    const rig = listening({ devicePages: 1 });
    map(rig, 1);
    rig.mm.mmap({
      start: page(200),
      pageCount: 1,
      protection: 3,
      kind: 'device',
      agent: rig.device.agent,
      fixed: true,
    });
    rig.mm.populate(page(AT), 1);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    expect(rig.told.map(states)).toEqual([
      'collect: collected migration',
      'unmap: unmapped migration',
      'allocate: unmapped (no frame is free at the target) migration',
      'copy: unmapped (no frame is free at the target) migration',
      'finalize: restored (no frame is free at the target) present',
    ]);
  });

  it('keeps its entry on the device if it is where the prefetch wants it', () => {
    const rig = deviceRig();
    map(rig, 2);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.driver.prefetch?.(rig.device, page(AT), 2);
    expect([rig.mm.permissions[1]?.[AT], rig.mm.permissions[1]?.[AT + 1]]).toEqual([3, 3]);
    expect(rig.sink.of('invalidate')).toEqual([]);
  });
});

describe('an eviction', () => {
  it('comes within the phase allocate of the migration that needs the room', () => {
    const rig = listening({ devicePages: 1 });
    map(rig, 2);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.told.length = 0;
    rig.driver.deviceFault(rig.device, page(AT + 1), Access.write);
    const inner = MIGRATION_PHASES.map((phase) => `3 at 1: evict ${phase}`);
    expect(rig.told.map(({ id, depth, reason, phase }) => `${id} at ${depth}: ${reason} ${phase}`)).toEqual([
      '2 at 0: fault collect',
      '2 at 0: fault unmap',
      ...inner,
      '2 at 0: fault allocate',
      '2 at 0: fault copy',
      '2 at 0: fault finalize',
    ]);
    expect(rig.told.filter(({ reason }) => reason === 'evict').map(states)).toEqual([
      'collect: collected migration',
      'unmap: unmapped migration',
      'allocate: allocated migration',
      'copy: copied migration',
      'finalize: moved present',
    ]);
    expect(rig.told.find(({ reason }) => reason === 'evict')).toMatchObject({ firstPage: AT, source: 1, target: 0 });
  });

  it('that finds no frame in system memory puts its pages back', () => {
    const rig = listening({ devicePages: 1, systemFrames: 1 });
    map(rig, 3);
    rig.driver.deviceFault(rig.device, page(AT), Access.write);
    rig.mm.populate(page(AT + 1), 1);
    rig.told.length = 0;
    rig.driver.deviceFault(rig.device, page(AT + 1), Access.write);
    expect(rig.told.filter(({ reason, phase }) => reason === 'evict' && phase === 'finalize').map(states)).toEqual([
      'finalize: restored (no frame is free at the target) devicePrivate',
    ]);
  });
});

describe('whoever is told', () => {
  const what = fc.array(
    fc.record({
      do: fc.constantFrom('cpu', 'gpu', 'prefetch', 'home'),
      at: fc.integer({ min: 0, max: 7 }),
      device: fc.constantFrom(0, 1),
    }),
    { minLength: 1, maxLength: 12 },
  );
  type What = typeof what extends fc.Arbitrary<infer T> ? T : never;

  function run(rig: DeviceRig, actions: What): void {
    map(rig, 8);
    for (const { do: action, at, device: index } of actions) {
      const device = rig.devices[index] ?? rig.device;
      if (action === 'cpu') rig.mm.handleCpuFault(page(AT + at), Access.write);
      else if (action === 'gpu') rig.driver.deviceFault(device, page(AT + at), Access.write);
      else rig.driver.prefetch?.(action === 'home' ? undefined : device, page(AT + at), 8 - at);
    }
  }

  it('changes nothing: the same events at the same time with nobody listening', () => {
    fc.assert(
      fc.property(what, (actions) => {
        const told = listening({ devices: 2, devicePages: 3 });
        run(told, actions);
        const events = told.sink.events.slice();
        const quiet = deviceRig({ devices: 2, devicePages: 3, onPhase: null });
        run(quiet, actions);
        expect(quiet.sink.events).toEqual(events);
        expect(quiet.clock.nowNs).toBe(told.clock.nowNs);
        expect(quiet.phases).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('may throw in any phase: no page stays between two places, no frame is lost', () => {
    fc.assert(
      fc.property(what, fc.integer({ min: 0, max: 60 }), (actions, when) => {
        let left = when;
        const rig = deviceRig({
          devices: 2,
          devicePages: 3,
          onPhase: () => {
            if (left-- === 0) throw new RangeError('the program is ended');
          },
        });
        try {
          run(rig, actions);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
        checkInvariants(rig.mm, rig.devices, AT, 8);
        rig.mm.exit();
      }),
      { numRuns: 400 },
    );
  });

  it('sees five phases of each migration, in order, whatever is within them', () => {
    fc.assert(
      fc.property(what, (actions) => {
        const rig = listening({ devices: 2, devicePages: 3 });
        run(rig, actions);
        const phases = new Map<number, string[]>();
        const open: number[] = [];
        for (const { id, depth, phase } of rig.told) {
          if (phase === 'collect') open.push(id);
          expect(open.at(-1)).toBe(id);
          expect(open.length - 1).toBe(depth);
          if (phase === 'finalize') open.pop();
          phases.set(id, [...(phases.get(id) ?? []), phase]);
        }
        expect(open).toEqual([]);
        for (const seen of phases.values()) expect(seen).toEqual(MIGRATION_PHASES);
      }),
      { numRuns: 200 },
    );
  });
});

it('frames of a step are the page’s own', () => {
  const rig = listening();
  map(rig, 1);
  rig.mm.populate(page(AT), 1);
  const before: FrameNumber = pteFrame(rig.mm.pageTable.get(page(AT)));
  rig.driver.deviceFault(rig.device, page(AT), Access.write);
  const [at] = rig.told.at(-1)?.pages ?? [];
  expect([at?.sourceFrame, at?.targetFrame]).toEqual([before, pteFrame(rig.mm.pageTable.get(page(AT)))]);
});
