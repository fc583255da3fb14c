/**
 * What a change of the CPU's page table costs while devices mirror it: the CPU waits until each device has dropped its entries. Whether it has
 * to wait one by one was a question of the 2014 proposal; upstream does, and lets several devices work side by side since the two-pass
 * interval notifier.
 *
 * Invariant: only time differs. In every mode a device's entries are gone before the CPU's change. Sources: mm/mmu_notifier.c,
 * include/linux/mmu_notifier.h (invalidate_start, invalidate_finish).
 */

import { invalidationNs } from '../machine/cost-model.js';
import type { Costs } from '../machine/machine.js';
import type { DeviceUpdates } from '../memory/mm.js';
import type { AgentId } from '../memory/units.js';

/**
 * serial: each invalidation waits for each device, one after the other · batched: the invalidations of one operation reach a device as one
 * command · overlapped: the same, and the devices work at the same time.
 */
export const UPDATE_MODES = ['serial', 'batched', 'overlapped'] as const;
export type UpdateMode = (typeof UPDATE_MODES)[number];

export class TimedUpdates implements DeviceUpdates {
  readonly #mode: UpdateMode;
  readonly #costs: Costs;
  #depth = 0;
  #covered = 0;
  /** Entries that each device has dropped in this operation, by agent. */
  readonly #dropped = new Map<AgentId, number>();
  /** What the operation has cost until now. */
  #paidNs = 0;

  constructor(mode: UpdateMode, costs: Costs) {
    this.#mode = mode;
    this.#costs = costs;
  }

  operation<T>(work: () => T): T {
    if (this.#depth++ === 0) {
      this.#dropped.clear();
      this.#paidNs = 0;
    }
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  covered<T>(work: () => T): T {
    this.#covered++;
    try {
      return work();
    } finally {
      this.#covered--;
    }
  }

  dropped(agent: AgentId, entries: number): number {
    if (this.#covered > 0) return 0;
    if (this.#mode === 'serial' || this.#depth === 0) return invalidationNs(this.#costs, entries);
    this.#dropped.set(agent, (this.#dropped.get(agent) ?? 0) + entries);
    const each = [...this.#dropped.values()].map((count) => invalidationNs(this.#costs, count));
    const total = this.#mode === 'overlapped' ? Math.max(...each) : each.reduce((sum, ns) => sum + ns, 0);
    const more = total - this.#paidNs;
    this.#paidNs = total;
    return more;
  }
}
