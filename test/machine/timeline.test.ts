/** What shares one direction of a link: by tables, and against a model that looks at each nanosecond. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../engine/machine/clock.js';
import { routeLegs } from '../../engine/machine/cost-model.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { Timeline } from '../../engine/machine/timeline.js';

describe('a timeline', () => {
  it.each<[string, readonly (readonly [fromNs: number, ns: number, waitedNs: number])[]]>([
    ['is idle at first', [[7, 5, 0]]],
    [
      'does one thing after the other',
      [
        [0, 10, 0],
        [0, 10, 10],
        [5, 10, 15],
      ],
    ],
    [
      'does not wait for what is done',
      [
        [0, 10, 0],
        [10, 10, 0],
        [30, 1, 0],
      ],
    ],
    [
      'takes the idle time before what was given earlier',
      [
        [100, 10, 0],
        [0, 50, 0],
        [90, 5, 0],
      ],
    ],
    [
      'goes on behind what it does not fit before',
      [
        [100, 10, 0],
        [90, 20, 10],
      ],
    ],
    [
      'fills several gaps',
      [
        [10, 10, 0],
        [30, 10, 0],
        [50, 10, 0],
        [0, 35, 30],
        [0, 10, 65],
      ],
    ],
    [
      'ends exactly where other work begins',
      [
        [10, 10, 0],
        [0, 10, 0],
        [0, 1, 20],
      ],
    ],
    [
      'knows nothing to do',
      [
        [0, 10, 0],
        [0, 0, 0],
        [5, 1, 5],
      ],
    ],
  ])('%s', (_, work) => {
    const timeline = new Timeline();
    expect(work.map(([fromNs, ns]) => timeline.occupy(fromNs, ns))).toEqual(work.map(([, , waitedNs]) => waitedNs));
  });

  it('carries each nanosecond of work once, whatever is asked of it in which order', () => {
    let state = 12345;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 200; round++) {
      const timeline = new Timeline();
      const busy = new Set<number>();
      let hostNs = 0;
      for (let n = 0; n < 60; n++) {
        hostNs += random(4);
        timeline.forget(hostNs);
        const fromNs = hostNs + random(60);
        const ns = random(20);
        let at = fromNs;
        for (let left = ns; left > 0; at++) {
          if (busy.has(at)) continue;
          busy.add(at);
          left--;
        }
        expect(timeline.occupy(fromNs, ns)).toBe(at - fromNs - ns);
      }
    }
  });

  it('takes a million transfers, and copies between them', () => {
    const timeline = new Timeline();
    let waitedNs = 0;
    for (let n = 0; n < 1_000_000; n++) waitedNs += timeline.occupy(n * 10, 5);
    expect(waitedNs).toBe(0);
    // Each uses up the gaps that it passes.
    expect(timeline.occupy(0, 2_500_000)).toBe(2_500_000);
    expect(timeline.occupy(0, 2_500_000)).toBe(7_500_000);
  });
});

describe('the clock', () => {
  it('gives work a time of its own, and goes back to the host', () => {
    const clock = new VirtualClock();
    clock.advance(10);
    clock.begin(30);
    clock.advance(5);
    expect([clock.nowNs, clock.end(), clock.nowNs, clock.latestNs]).toEqual([35, 35, 10, 35]);
    clock.begin(5);
    expect([clock.nowNs, clock.end()]).toEqual([10, 10]);
    clock.waitUntil(20);
    clock.waitUntil(15);
    expect([clock.nowNs, clock.latestNs]).toEqual([20, 35]);
  });

  it('takes the host along where work has to wait for it', () => {
    const clock = new VirtualClock();
    clock.begin(30);
    clock.together(() => {
      clock.advance(5);
    });
    clock.advance(5);
    expect([clock.end(), clock.nowNs]).toEqual([40, 35]);
  });

  it('lets transfers in one direction share a link, and those in the other pass', () => {
    const machine = loadMachine('p100-pcie3', { devices: 2 });
    const bytes = 2 ** 20;
    const alone = routeLegs(machine, undefined, 0, bytes)[0]!.ns;
    const clock = new VirtualClock();
    const send = (from?: number, to?: number): number => clock.transfer(routeLegs(machine, from, to, bytes));
    expect([send(undefined, 0), send(undefined, 0), send(undefined, 1), send(0)]).toEqual([
      alone,
      2 * alone,
      alone,
      alone,
    ]);
    // By way of system memory: out of the first behind its copy, into the second behind that.
    expect(send(0, 1)).toBe(3 * alone);
  });
});
