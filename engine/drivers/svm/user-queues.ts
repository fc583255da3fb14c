/**
 * Without recoverable faults, what changes under a device's mappings stops all user queues of the process; work that runs a millisecond later
 * maps again what changed and starts them.
 *
 * Here that work runs when a device next needs a page that is missing, not before a millisecond of simulated time has passed since the queues
 * were stopped. Source: kfd_svm.c (svm_range_evict, svm_range_restore_work), kfd_smi_events.c (QUEUE_EVICTION, QUEUE_RESTORE).
 */

import { causeOf } from '../../hmm/mirror.js';
import { EventKind } from '../../memory/event.js';
import type { MmuNotifierRange } from '../../memory/mmu-notifier.js';
import { NO_NODE, type PageIndex } from '../../memory/units.js';
import type { DeviceEvents } from '../device-events.js';
import type { DriverContext } from '../driver.js';
import type { SvmRange } from './range.js';

/** AMDGPU_SVM_RANGE_RESTORE_DELAY_MS. */
const RESTORE_DELAY_NS = 1_000_000;
/** Work that is disturbed more often than this will not end. */
const MAX_ATTEMPTS = 8;

export class UserQueues {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  /** When the work may run; undefined while the queues run. */
  #restoreAtNs: number | undefined;

  constructor(context: DriverContext, events: DeviceEvents) {
    this.#context = context;
    this.#events = events;
  }

  get stopped(): boolean {
    return this.#restoreAtNs !== undefined;
  }

  /** A mapped range is about to change on the CPU's side. */
  stop({ start, count, event }: MmuNotifierRange): void {
    if (this.#restoreAtNs !== undefined) return;
    const { devices, clock } = this.#context;
    for (const device of devices) {
      this.#events.record(EventKind.queueEvict, device, {
        source: NO_NODE,
        target: device.node,
        firstPage: start,
        pageCount: count,
        cause: causeOf(event),
        durationNs: 0,
      });
    }
    this.#restoreAtNs = clock.nowNs + RESTORE_DELAY_NS;
  }

  /**
   * Maps all ranges that changed and starts the queues.
   * @param invalid those ranges
   * @param map maps one again, with all devices that use it; what cannot be mapped stays invalid
   */
  restore(invalid: () => readonly SvmRange[], map: (range: SvmRange) => boolean): void {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && this.#restoreAtNs !== undefined; attempt++) {
      const ranges = invalid();
      this.#recordRestore(ranges, attempt);
      for (const range of ranges) {
        // Cleared first: what maps it may fault pages in, and change it, or another, again.
        range.invalid = false;
        if (!map(range)) range.invalid = true;
      }
      const done = invalid().length === 0;
      this.#restoreAtNs = done ? undefined : this.#context.clock.nowNs + RESTORE_DELAY_NS;
    }
  }

  #recordRestore(ranges: readonly SvmRange[], attempt: number): void {
    const { devices, clock } = this.#context;
    for (const device of devices) {
      this.#events.record(EventKind.queueRestore, device, {
        source: NO_NODE,
        target: device.node,
        firstPage: (ranges[0]?.start ?? 0) as PageIndex,
        pageCount: ranges.reduce((sum, { pages }) => sum + pages, 0),
        durationNs: Math.max(0, (this.#restoreAtNs ?? 0) - clock.nowNs),
        extra: attempt,
      });
    }
  }
}
