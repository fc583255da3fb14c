/** Pages that go to and fro: when that is noticed, what is done about it, and when it is forgotten. */

import { describe, expect, it } from 'vitest';
import { driverParameters } from '../../../engine/drivers/parameters.js';
import { UVM_PARAMETERS, uvmSettings } from '../../../engine/drivers/uvm/parameters.js';
import { Thrashing, type ThrashingHint } from '../../../engine/drivers/uvm/thrashing.js';
import { PCIE_TOPOLOGY, type Topology } from '../../../engine/drivers/uvm/topology.js';
import { Cause } from '../../../engine/memory/event.js';
import { NO_NODE, type NodeId } from '../../../engine/memory/units.js';
import { page } from '../../memory/rig.js';

const AT = 1024;
const CPU = 0 as NodeId;
const GPU = 1 as NodeId;
const OTHER = 2 as NodeId;
const USEC = 1000;
const SOON = 100 * USEC;
const LAPSE = 500 * USEC;
const NAP = 500 * USEC;

/** Everybody reaches everything, fast and with native atomics. */
const FAST: Topology = {
  canAccess: () => true,
  hasNativeAtomics: () => true,
  hasFastLink: () => true,
};

class World {
  now = 1_000_000;
  closest: NodeId = CPU;
  preferred: NodeId = NO_NODE;
  readonly detected: [number, number, number][] = [];
  readonly throttled: [number, number][] = [];
  readonly unpinned: number[] = [];
  readonly thrashing: Thrashing;

  constructor(given: Record<string, number> = {}, topology: Topology = PCIE_TOPOLOGY) {
    const settings = uvmSettings(driverParameters('uvm', UVM_PARAMETERS, given));
    this.thrashing = new Thrashing(settings.thrashing, {
      now: () => this.now,
      topology,
      detected: (at, processor, processors) => this.detected.push([at - AT, processor, processors]),
      throttled: (at, processor) => this.throttled.push([at - AT, processor]),
      unpinned: (at) => this.unpinned.push(at - AT),
    });
  }

  /** Pages move to a processor, `after` ns. */
  move(target: NodeId, after = SOON, count = 1, cause: Cause = Cause.fault, asked = false): void {
    this.now += after;
    this.closest = target;
    this.thrashing.moved(page(AT), count, target, cause, asked);
  }

  hint(processor: NodeId, after = SOON): ThrashingHint {
    this.now += after;
    this.thrashing.tick();
    return this.thrashing.hint({ page: page(AT), processor, closest: this.closest, preferred: this.preferred });
  }

  /** As many moves as it takes, and then one. */
  startThrashing(): this {
    for (let move = 0; move < 6; move++) this.move(move % 2 === 0 ? GPU : CPU);
    expect(this.detected).toHaveLength(1);
    return this;
  }
}

const isThrashing = (world: World): boolean => (world.thrashing.pagesOf(page(AT))?.[0] ?? 0) === 1;

describe('noticing that a page thrashes', () => {
  it('takes three moves of the page, each soon after the last, once two processors have moved pages of its block', () => {
    const world = new World();
    const seen: number[] = [];
    for (const target of [GPU, CPU, GPU, CPU, GPU]) {
      world.move(target);
      seen.push(world.detected.length);
    }
    expect(seen).toEqual([0, 0, 0, 0, 1]);
    expect(world.detected).toEqual([[0, GPU, 3]]);
    expect(isThrashing(world)).toBe(true);
  });

  it('does not happen with one processor', () => {
    const world = new World();
    for (let move = 0; move < 10; move++) world.move(GPU);
    expect(world.detected).toEqual([]);
  });

  it('does not happen when moves are longer apart than the lapse', () => {
    const world = new World();
    for (let move = 0; move < 10; move++) world.move(move % 2 === 0 ? GPU : CPU, LAPSE + 1);
    expect(world.detected).toEqual([]);
    for (let move = 0; move < 10; move++) world.move(move % 2 === 0 ? GPU : CPU, LAPSE);
    expect(world.detected).toHaveLength(1);
  });

  it('ends with a longer gap', () => {
    const world = new World().startThrashing();
    world.move(GPU, LAPSE + 1);
    expect(isThrashing(world)).toBe(false);
  });

  it('starts afresh when the program asks for a move', () => {
    const world = new World().startThrashing();
    world.move(GPU, SOON, 1, Cause.prefetch, true);
    expect(isThrashing(world)).toBe(false);
    expect(world.hint(CPU)).toEqual({ kind: 'none' });
  });

  it('counts what the prefetcher moves', () => {
    const world = new World();
    for (let move = 0; move < 5; move++) world.move(move % 2 === 0 ? GPU : CPU, SOON, 4, Cause.prefetch);
    expect(world.detected).toHaveLength(4);
  });

  it.each([
    [{ uvm_perf_thrashing_enable: 0 }, 0],
    [{ uvm_perf_thrashing_threshold: 1 }, 1],
    [{ uvm_perf_thrashing_threshold: 7 }, 0],
    [{ uvm_perf_thrashing_lapse_usec: 50 }, 0],
  ])('follows its parameters: %o', (given, found) => {
    const world = new World(given);
    for (let move = 0; move < 5; move++) world.move(move % 2 === 0 ? GPU : CPU);
    expect(world.detected).toHaveLength(found);
  });
});

describe('a fault on a page that thrashes', () => {
  it('is held back, but for the one whose turn it is; the turn goes round', () => {
    const world = new World().startThrashing();
    // The first one is exempt until the nap is over, the other one waits for that long.
    expect(world.hint(GPU)).toEqual({ kind: 'none' });
    const until = world.now + NAP;
    world.move(GPU, 1);
    expect(world.hint(CPU)).toEqual({ kind: 'throttle', untilNs: until });
    expect(world.hint(GPU)).toEqual({ kind: 'none' });
    expect(world.throttled).toEqual([[0, CPU]]);
    world.move(GPU, 1);
    // Afterwards it is the other one's turn.
    expect(world.hint(CPU, until + 1 - world.now)).toEqual({ kind: 'none' });
    world.move(CPU, 1);
    expect(world.hint(GPU, 1)).toEqual({ kind: 'throttle', untilNs: until + 1 + NAP });
  });

  it('is nobody’s turn if the one comes back whose turn it was', () => {
    const world = new World().startThrashing();
    world.hint(GPU);
    world.move(GPU, 1);
    expect(world.hint(GPU, NAP)).toMatchObject({ kind: 'throttle' });
  });

  it('pins the page where it is used after ten times; who cannot reach it waits', () => {
    const world = new World().startThrashing();
    const next = new Map([CPU, GPU].map((processor, index) => [processor, world.now + index]));
    let pinned: NodeId = NO_NODE;
    for (let step = 0; step < 1000 && pinned === NO_NODE; step++) {
      const [processor, at] = [...next].sort(([, a], [, b]) => a - b)[0] ?? [CPU, 0];
      world.now = Math.max(world.now, at);
      next.set(processor, world.now + SOON);
      // Who has the page does not fault.
      if (world.closest === processor) continue;
      const hint = world.hint(processor, 0);
      if (hint.kind === 'pin') pinned = hint.node;
      else if (hint.kind === 'none') world.move(processor, 1);
      else next.set(processor, hint.untilNs);
    }
    expect(world.throttled).toHaveLength(10);
    world.closest = pinned;
    // A device reaches system memory; the CPU does not reach a device's.
    expect(world.hint(pinned === GPU ? CPU : GPU, 1).kind).toBe(pinned === GPU ? 'throttle' : 'pin');
  });

  it('pins at a preferred location that all can reach', () => {
    const world = new World().startThrashing();
    world.preferred = CPU;
    expect(world.hint(GPU)).toEqual({ kind: 'pin', node: CPU });
  });

  it('pins with the preferred location if nobody else reaches it, in turn', () => {
    const world = new World({ uvm_perf_thrashing_pin_threshold: 1 }).startThrashing();
    world.preferred = GPU;
    expect(world.hint(CPU)).toEqual({ kind: 'none' });
    world.move(CPU, 1);
    expect(world.hint(GPU).kind).toBe('throttle');
    expect(world.hint(GPU, NAP - SOON)).toEqual({ kind: 'pin', node: GPU });
  });

  it('pins at once where all reach the page fast', () => {
    const world = new World({}, FAST).startThrashing();
    world.closest = OTHER;
    expect(world.hint(GPU)).toEqual({ kind: 'pin', node: OTHER });
  });

  it('pins with the device rather than in system memory where the CPU reaches the device, too', () => {
    const world = new World({}, FAST).startThrashing();
    expect(world.hint(CPU)).toEqual({ kind: 'none' });
    expect(world.hint(GPU)).toEqual({ kind: 'pin', node: GPU });
  });

  it('says nothing of a page that does not', () => {
    const world = new World();
    world.move(GPU);
    world.move(CPU);
    expect(world.hint(GPU)).toEqual({ kind: 'none' });
  });
});

describe('a pinned page', () => {
  const pinned = (given: Record<string, number> = {}): World => {
    const world = new World(given).startThrashing();
    world.preferred = CPU;
    expect(world.hint(GPU).kind).toBe('pin');
    return world;
  };

  it('is let go after 150 ms: remote mappings go, and it starts afresh', () => {
    const world = pinned();
    world.hint(GPU, 149_000_000);
    expect(world.unpinned).toEqual([]);
    expect(world.hint(GPU, 1_000_000)).toEqual({ kind: 'none' });
    expect(world.unpinned).toEqual([0]);
    expect(isThrashing(world)).toBe(false);
  });

  it('stays for ever if the parameter says so', () => {
    const world = pinned({ uvm_perf_thrashing_pin: 0 });
    expect(world.hint(GPU, 1e12).kind).toBe('pin');
  });

  it('does not thrash because it moves to where it is pinned', () => {
    const world = pinned();
    world.move(CPU);
    expect(world.detected).toHaveLength(1);
  });
});

describe('a block', () => {
  it('starts afresh after a second without thrashing, four times', () => {
    const world = new World();
    for (let reset = 0; reset < 6; reset++) {
      for (let move = 0; move < 6; move++) world.move(move % 2 === 0 ? GPU : CPU);
      world.hint(GPU, 1_100_000_000);
    }
    // The fifth and sixth time the pages are remembered: the first move after the pause ends their thrashing, and three more begin it.
    expect(world.detected).toHaveLength(6);
    expect(isThrashing(world)).toBe(true);
  });
});

describe('the lapse', () => {
  it('becomes longer by an eighth when 32 more gaps are long than short, and shorter likewise', () => {
    const world = new World().startThrashing();
    for (let vote = 0; vote < 31; vote++) world.hint(GPU, LAPSE);
    expect(world.thrashing.lapseNs).toBe(LAPSE);
    world.hint(GPU, LAPSE);
    expect(world.thrashing.lapseNs).toBe(LAPSE + LAPSE / 8);
  });

  it('stays what the user has set', () => {
    const world = new World({ uvm_perf_thrashing_lapse_usec: 501 }).startThrashing();
    for (let vote = 0; vote < 100; vote++) world.hint(GPU, LAPSE);
    expect(world.thrashing.lapseNs).toBe(501_000);
  });
});
