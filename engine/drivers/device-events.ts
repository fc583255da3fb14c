/** Records what drivers do, with its cost, and lets that time pass. Invariant: an event is recorded at the time at which it begins. */

import { pageBytes, transferNs } from '../machine/cost-model.js';
import { Access, Cause, EventKind } from '../memory/event.js';
import { MemoryInvariantError } from '../memory/invariant.js';
import type { NodeId, PageIndex } from '../memory/units.js';
import type { Device, DriverContext } from './driver.js';

export interface DeviceEvent {
  readonly source: NodeId;
  readonly target: NodeId;
  readonly firstPage: PageIndex;
  readonly pageCount: number;
  readonly durationNs: number;
  readonly access?: Access;
  readonly cause?: Cause;
  readonly extra?: number;
}

export class DeviceEvents {
  readonly #context: DriverContext;

  constructor(context: DriverContext) {
    this.#context = context;
  }

  record(kind: EventKind, device: Device, event: DeviceEvent): void {
    const {
      source,
      target,
      firstPage,
      pageCount,
      durationNs,
      access = Access.none,
      cause = Cause.none,
      extra = 0,
    } = event;
    this.#context.sink.record({
      kind,
      agent: device.agent,
      source,
      target,
      firstPage,
      pageCount,
      access,
      cause,
      durationNs,
      extra,
    });
    this.#context.clock.advance(durationNs);
  }

  /** One contiguous transfer over the device's link. */
  transfer(
    device: Device,
    source: NodeId,
    target: NodeId,
    firstPage: PageIndex,
    pageCount: number,
    cause: Cause,
  ): void {
    const link = this.#context.machine.links[device.agent - 1];
    if (link === undefined) throw new MemoryInvariantError('a device without a link', { agent: device.agent });
    const bytes = pageBytes(pageCount);
    this.record(EventKind.migrate, device, {
      source,
      target,
      firstPage,
      pageCount,
      durationNs: transferNs(link, bytes),
      cause,
      extra: bytes,
    });
  }
}
