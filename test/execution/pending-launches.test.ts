/** What the host has waited for when it has waited for one of many streams that wait for each other. */
import { expect, it } from 'vitest';
import { PendingLaunches } from '../../engine/execution/pending-launches.js';
import type { AgentId } from '../../engine/memory/units.js';

const gpu0 = 1 as AgentId;
/** Handles of streams that do not wait for the legacy one. */
const [ONE, OTHER, THIRD] = [17, 33, 49] as const;

function turns(count: number): PendingLaunches {
  const pending = new PendingLaunches();
  for (let launch = 1; launch <= count; launch++) {
    const [stream, next] = launch % 2 === 1 ? [ONE, OTHER] : [OTHER, ONE];
    pending.add(launch, gpu0, stream);
    pending.join(gpu0, next, launch, { agent: gpu0, stream, until: launch });
  }
  return pending;
}

it('two streams that wait for each other a hundred thousand times are waited for with the last of them', () => {
  const pending = turns(100_000);
  pending.add(100_001, gpu0, THIRD);
  expect(pending.complete({ agent: gpu0, stream: ONE, until: 100_001 })).toBe(true);
  expect(pending.has(100_000) || pending.has(1)).toBe(false);
  expect(pending.has(100_001)).toBe(true);
});

it('what nobody has waited for stays pending', () => {
  const pending = turns(4);
  expect(pending.complete({ agent: gpu0, stream: ONE, until: 1 })).toBe(true);
  expect([1, 2, 3, 4].map((launch) => pending.has(launch))).toEqual([false, true, true, true]);
  expect(pending.complete({ agent: gpu0, stream: OTHER, until: 2 })).toBe(true);
  expect([2, 3, 4].map((launch) => pending.has(launch))).toEqual([false, true, true]);
});
