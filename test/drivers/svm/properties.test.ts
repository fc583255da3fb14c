/**
 * Random sequences of what programs can do and say under the driver svm, with and without xnack: after every step tables, permissions and
 * frames are consistent, an access that was resolved is possible, and at the end nothing is left.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryAdvice } from '../../../engine/drivers/advice.js';
import { FaultEntries, FaultOutcome } from '../../../engine/drivers/fault-batch.js';
import { SvmFlag } from '../../../engine/drivers/svm/range.js';
import { Access } from '../../../engine/memory/event.js';
import type { VmaKind } from '../../../engine/memory/vma.js';
import { page } from '../../memory/rig.js';
import { checkInvariants } from '../../../engine/drivers/kit/invariants.js';
import { svmRig, type SvmRig } from './svm-rig.js';

const FIRST = 500;
const PAGES = 24;

const at = fc.integer({ min: FIRST, max: FIRST + PAGES - 1 });
const range = fc
  .record({ start: at, count: fc.integer({ min: 1, max: 12 }) })
  .map(({ start, count }) => ({ start, count: Math.min(count, FIRST + PAGES - start) }));
const access = fc.constantFrom(Access.read, Access.write);
const kind = fc.constantFrom<VmaKind>('managed', 'managed', 'managed', 'anonymous', 'heap', 'pinned');
const place = fc.constantFrom('cpu', 'gpu0', 'gpu1');
const advice = fc.constantFrom(...Object.values(MemoryAdvice));
const flag = fc.constantFrom('setFlags', 'clearFlags');

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mmap' as const), range, kind }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('munmap' as const), range }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mprotect' as const), range, to: fc.constantFrom(0, 1, 3, 3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cpu' as const), at, access }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('device' as const), at, access, place }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('batch' as const), pages: fc.array(at, { maxLength: 8 }), place }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('prefetch' as const), range, place }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advise' as const), range, advice, place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('always' as const), range, flag }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('noAccess' as const), range, place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('granularity' as const), range, to: fc.constantFrom(0, 2, 9) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function perform(rig: SvmRig, action: Step): void {
  const { mm, driver, gpu0, gpu1 } = rig;
  const device = 'place' in action && action.place === 'gpu1' ? gpu1 : gpu0;
  const say = (attribute: Parameters<typeof driver.setAttributes>[2][number]): void => {
    if ('range' in action) driver.setAttributes(page(action.range.start), action.range.count, [attribute]);
  };
  switch (action.do) {
    case 'mmap': {
      const { start, count } = action.range;
      rig.map(start, count, action.kind);
      if (driver.allocated(page(start), count, action.kind) !== 0) mm.munmap(page(start), count);
      break;
    }
    case 'munmap':
      mm.munmap(page(action.range.start), action.range.count);
      break;
    case 'mprotect':
      mm.mprotect(page(action.range.start), action.range.count, action.to);
      break;
    case 'cpu': {
      const write = action.access !== Access.read;
      const possible = mm.pageTable.allows(page(action.at), write);
      if (!possible && mm.handleCpuFault(page(action.at), action.access).ok) {
        expect(mm.pageTable.allows(page(action.at), write)).toBe(true);
      }
      break;
    }
    case 'device': {
      const { ok } = driver.deviceFault(device, page(action.at), action.access);
      if (ok) expect(device.mirror.allows(page(action.at), action.access !== Access.read)).toBe(true);
      break;
    }
    case 'batch': {
      // What was dropped asks again, alone: the rest has had its access. No wave asks for ever, however small the device is.
      for (let asking = action.pages, round = 0; asking.length > 0; round++) {
        const batch = new FaultEntries(32);
        for (const where of asking) batch.add(page(where), Access.read);
        driver.serviceFaults(device, batch);
        if (batch.failure !== undefined) break;
        asking = asking.filter((_, index) => batch.outcomeAt(index) === FaultOutcome.pending);
        expect(round).toBeLessThan(action.pages.length + 3);
      }
      break;
    }
    case 'prefetch': {
      const target = action.place === 'cpu' ? undefined : device;
      driver.prefetch(target, page(action.range.start), action.range.count);
      break;
    }
    case 'advise': {
      const where = { start: page(action.range.start), count: action.range.count };
      driver.advise(action.advice, where, action.place === 'cpu' ? 'cpu' : device);
      driver.rangeAttributes(where);
      break;
    }
    case 'always':
      say({ type: action.flag === 'setFlags' ? 'setFlags' : 'clearFlags', value: SvmFlag.GPU_ALWAYS_MAPPED });
      break;
    case 'noAccess':
      say({ type: 'noAccess', value: device });
      break;
    case 'granularity':
      say({ type: 'granularity', value: action.to });
      break;
  }
}

describe.each([1, 0])('any sequence of accesses, changes and attributes, xnack %i', (xnack) => {
  it('keeps permissions, page tables and frames consistent', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(20, 200),
        fc.constantFrom(3, 14, 40),
        fc.constantFrom(1, 9),
        (steps, systemFrames, devicePages, granularity) => {
          const parameters = { xnack, svm_default_granularity: granularity, no_system_mem_limit: 1 };
          const rig = svmRig({ systemFrames, devicePages, parameters });
          const devices = [rig.gpu0, rig.gpu1];
          for (const action of steps) {
            perform(rig, action);
            checkInvariants(rig.mm, devices, FIRST, PAGES);
          }
          rig.mm.exit();
          checkInvariants(rig.mm, devices, FIRST, PAGES);
        },
      ),
      { numRuns: 500 },
    );
  });
});
