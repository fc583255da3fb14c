/** A mirror without permission bytes: what it holds, and what it forgets. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MirrorFlag, MirrorTable } from '../../engine/hmm/mirror-table.js';
import { MmuNotifyEvent } from '../../engine/memory/mmu-notifier.js';
import { HUGE_PAGES, PAGE_COUNT, type FrameNumber } from '../../engine/memory/units.js';
import { memoryRig, page } from '../memory/rig.js';

const owner = Symbol('device');
const frame = (number: number): FrameNumber => number as FrameNumber;

describe('MirrorTable', () => {
  it('agrees with a map of pages after any sequence of calls', () => {
    const at = fc.integer({ min: 0, max: 3 * HUGE_PAGES });
    const call = fc.oneof(
      fc.record({
        do: fc.constant('set' as const),
        at,
        flags: fc.constantFrom(0, MirrorFlag.WRITE, MirrorFlag.ATOMIC),
      }),
      fc.record({ do: fc.constant('erase' as const), at, count: fc.integer({ min: 0, max: 2 * HUGE_PAGES }) }),
    );
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
        const table = new MirrorTable(memoryRig().mm, { owner });
        const model = new Map<number, number>();
        for (const action of calls) {
          if (action.do === 'set') {
            table.set(page(action.at), frame(action.at + 7), action.flags);
            model.set(action.at, action.flags | MirrorFlag.READ);
          } else {
            let dropped = 0;
            for (let index = action.at; index < action.at + action.count; index++) if (model.delete(index)) dropped++;
            expect(table.erase(page(action.at), action.count)).toBe(dropped);
          }
          expect(table.mappedPages).toBe(model.size);
        }
        for (const [index, flags] of model)
          expect([table.flags(page(index)), table.frame(page(index))]).toEqual([flags, index + 7]);
      }),
      { numRuns: 200 },
    );
  });

  it('hears of its interval only, until it is closed', () => {
    const { mm } = memoryRig();
    const heard: [number, number][] = [];
    const table = new MirrorTable(mm, {
      owner,
      start: page(100),
      count: 10,
      onInvalidate: ({ start }, dropped) => heard.push([start, dropped]),
    });
    table.set(page(105), frame(3), MirrorFlag.WRITE);
    const clear = (start: number, count: number): void => {
      mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page(start), count, owner: undefined, blockable: true });
      mm.notifiers.end();
    };
    clear(0, 100);
    expect(table.flags(page(105))).toBe(MirrorFlag.READ | MirrorFlag.WRITE);
    clear(0, PAGE_COUNT);
    expect(heard).toEqual([[0, 1]]);
    table.close();
    clear(100, 10);
    expect([heard.length, table.mappedPages]).toEqual([1, 0]);
  });
});
