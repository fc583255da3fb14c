/**
 * Records transfers, and tells whoever looks for thrashing of them. Source: NVIDIA open-gpu-kernel-modules, uvm_perf_events.c
 * (UVM_PERF_EVENT_MIGRATION).
 *
 * Invariant: told of are transfers that a service makes, and those that the program asked for; not evictions, and not the first half of a copy
 * that goes through system memory.
 */

import { Cause } from '../../memory/event.js';
import type { NodeId, PageIndex } from '../../memory/units.js';
import { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';

export interface MigrationListener {
  /** @param asked the program wanted it, not a fault */
  moved(start: PageIndex, count: number, target: NodeId, cause: Cause, asked: boolean): void;
}

/** service: what a fault needs · staging: on its way through system memory · asked: what the program asked for */
export type TransferKind = 'service' | 'staging' | 'asked';

export class MigrationEvents extends DeviceEvents {
  readonly #listener: MigrationListener;
  #kind: TransferKind = 'service';

  constructor(context: DriverContext, listener: MigrationListener) {
    super(context);
    this.#listener = listener;
  }

  /** What is transferred meanwhile is of this kind. */
  during<T>(kind: TransferKind, work: () => T): T {
    const before = this.#kind;
    this.#kind = kind;
    try {
      return work();
    } finally {
      this.#kind = before;
    }
  }

  override transfer(
    device: Device,
    source: NodeId,
    target: NodeId,
    firstPage: PageIndex,
    pageCount: number,
    cause: Cause,
  ): void {
    super.transfer(device, source, target, firstPage, pageCount, cause);
    if (cause === Cause.evict || this.#kind === 'staging') return;
    this.#listener.moved(firstPage, pageCount, target, cause, this.#kind === 'asked');
  }
}
