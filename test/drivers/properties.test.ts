/**
 * Random sequences of what a program can do, under each driver: after every step the permission tables equal what areas and page tables say,
 * no page is writable in two places, every frame is accounted for; at the end nothing is left.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driverNames } from '../../engine/drivers/registry.js';
import { Access } from '../../engine/memory/event.js';
import type { FaultResult } from '../../engine/memory/fault.js';
import type { FrameNumber } from '../../engine/memory/units.js';
import type { VmaKind } from '../../engine/memory/vma.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';
import { areaOf, checkInvariants } from '../../engine/drivers/kit/invariants.js';

const FIRST = 100;
const PAGES = 20;

const at = fc.integer({ min: FIRST, max: FIRST + PAGES - 1 });
const range = fc
  .record({ start: at, count: fc.integer({ min: 1, max: 8 }) })
  .map(({ start, count }) => ({ start, count: Math.min(count, FIRST + PAGES - start) }));
const protection = fc.constantFrom(0, 1, 2, 3, 3, 3);
const kind = fc.constantFrom<VmaKind>(
  'managed',
  'managed',
  'anonymous',
  'heap',
  'pinned',
  'device',
  'local',
  'reserved',
);
const access = fc.constantFrom(Access.read, Access.write, Access.atomic);
const device = fc.constantFrom(0, 1);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mmap' as const), range, protection, kind, device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('munmap' as const), range }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mprotect' as const), range, protection }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('cpu' as const), at, access }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('device' as const), at, access, device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('populate' as const), range, access }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pin' as const), at, write: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unpin' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('free' as const), range }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mapCopy' as const), range, device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unmapCopy' as const), range, device }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Whether an access is one that the area lets the agent do, said once more in the simplest way. */
function isAllowed(rig: DeviceRig, agent: number, where: number, wanted: Access): boolean {
  const vma = areaOf(rig.mm, where);
  if (vma === undefined || vma.kind === 'reserved') return false;
  if (vma.kind === 'device' || vma.kind === 'local')
    return vma.agent === agent && vma.protection % 2 === 1 && grants(vma.protection, wanted);
  if (agent === 0) return vma.protection !== 0 && (wanted === Access.read || (vma.protection & 2) !== 0);
  return vma.protection % 2 === 1 && grants(vma.protection, wanted);
}

const grants = (area: number, wanted: Access): boolean => wanted === Access.read || (area & 2) !== 0;

function checkAccess(rig: DeviceRig, agent: number, where: number, wanted: Access, result: FaultResult): void {
  const allowed = isAllowed(rig, agent, where, wanted);
  if (result.ok) expect((rig.mm.permissions[agent]?.[where] ?? 0) & (wanted === Access.read ? 1 : 2)).not.toBe(0);
  else if (allowed) {
    expect(result.reason).toBe('out-of-memory');
    expect(rig.mm.physical.system.freeFrames).toBe(0);
  } else expect(result.signal).toBe('SIGSEGV');
}

function run(rig: DeviceRig, action: Step, held: FrameNumber[]): void {
  const { mm, driver } = rig;
  switch (action.do) {
    case 'mmap': {
      const agent = rig.devices[action.device]?.agent;
      const { start, count } = action.range;
      const mapped = mm.mmap({
        start: page(start),
        pageCount: count,
        protection: action.protection,
        kind: action.kind,
        fixed: true,
        ...(agent === undefined ? {} : { agent }),
      });
      // What a runtime does when the driver cannot take an allocation.
      if (mapped === start && (driver.allocated?.(page(start), count, action.kind) ?? 0) !== 0)
        mm.munmap(page(start), count);
      break;
    }
    case 'munmap':
      mm.munmap(page(action.range.start), action.range.count);
      break;
    case 'mprotect':
      mm.mprotect(page(action.range.start), action.range.count, action.protection);
      break;
    case 'cpu':
      checkAccess(rig, 0, action.at, action.access, access0(rig, action.at, action.access));
      break;
    case 'device': {
      const target = rig.devices[action.device];
      if (target === undefined) break;
      const copied = (mm.permissions[target.agent]?.[action.at] ?? 0) !== 0 && areaOf(mm, action.at) === undefined;
      expect(copied).toBe(false);
      const write = action.access !== Access.read;
      if (target.mirror.allows(page(action.at), write)) break;
      checkAccess(
        rig,
        target.agent,
        action.at,
        action.access,
        driver.deviceFault(target, page(action.at), action.access),
      );
      break;
    }
    case 'populate':
      mm.populate(page(action.range.start), action.range.count, action.access);
      break;
    case 'pin': {
      const frame = mm.pinUserPage(page(action.at), action.write);
      if (frame >= 0) held.push(frame as FrameNumber);
      break;
    }
    case 'unpin': {
      const frame = held.shift();
      if (frame !== undefined) mm.unpinUserPage(frame);
      break;
    }
    case 'free':
      driver.freed?.(page(action.range.start), action.range.count);
      mm.munmap(page(action.range.start), action.range.count);
      break;
    case 'mapCopy':
      rig.devices[action.device]?.mirror.mapCopy(page(action.range.start), action.range.count);
      break;
    case 'unmapCopy':
      rig.devices[action.device]?.mirror.unmapCopy(page(action.range.start), action.range.count);
      break;
  }
}

/** A program reaches the fault handler only where its permission is missing. */
function access0({ mm }: DeviceRig, where: number, wanted: Access): FaultResult {
  return mm.pageTable.allows(page(where), wanted !== Access.read)
    ? { ok: true }
    : mm.handleCpuFault(page(where), wanted);
}

describe.each(driverNames)('driver %s, any sequence of accesses, unmaps and protection changes', (driver) => {
  it('keeps permissions, page tables and frames consistent', () => {
    const systemFrames = fc.constantFrom(10, 64);
    const devicePages = fc.constantFrom(1, 4, 7);
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        systemFrames,
        devicePages,
        (steps, system, pages) => {
          const rig = deviceRig({ driver, devices: 2, devicePages: pages, systemFrames: system });
          const held: FrameNumber[] = [];
          for (const action of steps) {
            run(rig, action, held);
            checkInvariants(rig.mm, rig.devices, FIRST, PAGES, held);
          }
          for (const frame of held) rig.mm.unpinUserPage(frame);
          rig.mm.exit();
          checkInvariants(rig.mm, rig.devices, FIRST, PAGES);
          for (const table of rig.mm.permissions)
            expect(table.subarray(FIRST, FIRST + PAGES).every((bits) => bits === 0)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('driver hmm', () => {
  it('lets nobody reach a page while it is between two places', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at, access, agent: fc.constantFrom(0, 1, 2) }), { maxLength: 30 }),
        (accesses) => {
          const between: number[] = [];
          const rig = deviceRig({
            devices: 2,
            devicePages: 3,
            onPhase: (step) => {
              if (step.phase === 'collect' || step.phase === 'finalize') return;
              for (const { page: where, why } of step.pages())
                if (why === null) between.push(...rig.mm.permissions.map((table) => table[where] ?? 0));
            },
          });
          rig.mm.mmap({ start: page(FIRST), pageCount: PAGES, protection: 3, kind: 'managed', fixed: true });
          for (const { at: where, access: wanted, agent } of accesses) {
            const target = rig.devices[agent - 1];
            const result =
              target === undefined ? access0(rig, where, wanted) : rig.driver.deviceFault(target, page(where), wanted);
            expect(result.ok).toBe(true);
          }
          expect(between.every((bits) => bits === 0)).toBe(true);
          rig.mm.exit();
        },
      ),
      { numRuns: 100 },
    );
  });
});
