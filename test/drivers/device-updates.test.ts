/** What a change of the CPU's page table costs while devices mirror it, by how the CPU waits for them. */

import { describe, expect, it } from 'vitest';
import { UPDATE_MODES, type UpdateMode } from '../../engine/drivers/device-updates.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { Access } from '../../engine/memory/event.js';
import { Protection } from '../../engine/memory/vma.js';
import { deviceRig, page } from '../memory/rig.js';

const { invalidateNs: flush, invalidatePageNs: entry } = loadMachine('p100-pcie3').costs;

/** Two devices mirror three areas of two pages; then one call makes all of them read-only. */
function protect(updates: UpdateMode): { readonly ns: number; readonly events: readonly number[] } {
  const rig = deviceRig({ driver: 'ats', devices: 2, updates });
  for (const at of [100, 102, 104]) {
    const kind = at === 102 ? 'heap' : 'anonymous';
    rig.mm.mmap({ start: page(at), pageCount: 2, protection: Protection.readWrite, kind, fixed: true });
  }
  for (const device of rig.devices)
    for (let at = 100; at < 106; at++) rig.driver.deviceFault(device, page(at), Access.write);
  const before = rig.clock.nowNs;
  const from = rig.sink.events.length;
  expect(rig.mm.mprotect(page(100), 6, Protection.read)).toBe(0);
  const events = rig.sink.events.slice(from).flatMap(({ durationNs }) => (durationNs > 0 ? [durationNs] : []));
  expect(rig.mm.permissions.slice(0, 3).map((table) => table[100])).toEqual([1, 0, 0]);
  return { ns: rig.clock.nowNs - before, events };
}

describe('changes of the CPU’s page table', () => {
  it.each([
    ['serial', 3 * 2 * (flush + 2 * entry)],
    ['batched', 2 * (flush + 6 * entry)],
    ['overlapped', flush + 6 * entry],
  ] as const)('%s', (mode, expected) => {
    const { ns, events } = protect(mode);
    expect(ns).toBe(expected);
    expect(events.reduce((sum, each) => sum + each, 0)).toBe(expected);
  });

  it('cost the same when there is one of them, of one device', () => {
    const costs = UPDATE_MODES.map((updates) => {
      const rig = deviceRig({ driver: 'ats', updates });
      rig.mm.mmap({ start: page(100), pageCount: 1, protection: 3, kind: 'anonymous', fixed: true });
      rig.driver.deviceFault(rig.device, page(100), Access.write);
      const before = rig.clock.nowNs;
      rig.mm.munmap(page(100), 1);
      return rig.clock.nowNs - before;
    });
    expect(costs).toEqual([flush + entry, flush + entry, flush + entry]);
  });

  it('cost nothing more in an eviction, whose price includes them', () => {
    const rig = deviceRig({ devicePages: 1 });
    rig.mm.mmap({ start: page(100), pageCount: 2, protection: 3, kind: 'anonymous', fixed: true });
    rig.driver.deviceFault(rig.device, page(100), Access.write);
    rig.driver.deviceFault(rig.device, page(101), Access.write);
    expect(rig.sink.of('evict')).toHaveLength(1);
    expect(rig.sink.of('invalidate').map(({ durationNs }) => durationNs)).toEqual([0]);
  });
});
