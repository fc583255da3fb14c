/** Records what drivers do, with its cost, and lets that time pass. Invariant: an event is recorded at the time at which it begins. */

import { pageBytes, routeLegs } from '../machine/cost-model.js';
import { Access, Cause, EventKind } from '../memory/event.js';
import { SYSTEM_NODE, type NodeId, type PageIndex } from '../memory/units.js';
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

  /** One contiguous transfer between two memories; it takes longer when the link carries something else, too. */
  transfer(
    device: Device,
    source: NodeId,
    target: NodeId,
    firstPage: PageIndex,
    pageCount: number,
    cause: Cause,
  ): void {
    const bytes = pageBytes(pageCount);
    const { clock, machine } = this.#context;
    this.record(EventKind.migrate, device, {
      source,
      target,
      firstPage,
      pageCount,
      durationNs: clock.transfer(routeLegs(machine, deviceIndex(source), deviceIndex(target), bytes)),
      cause,
      extra: bytes,
    });
  }
}

/** The device whose memory a node is; undefined: system memory. */
function deviceIndex(node: NodeId): number | undefined {
  return node === SYSTEM_NODE ? undefined : node - 1;
}
