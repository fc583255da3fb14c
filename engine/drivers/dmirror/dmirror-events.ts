/**
 * What the test device tells the event stream. It is no agent, the processor does its work: events say which memory by their nodes.
 * Invariant: an event is recorded before what it causes, and its time passes right after.
 */

import { Access, Cause, EventKind, type EventSink, type MemoryEvent } from '../../memory/event.js';
import { CPU, NO_NODE, PAGE_SIZE, SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';

/** How long the devices' copies take and whom to tell that time passed. Absent: no time. */
export interface DmirrorTiming {
  advance(ns: number): void;
  /** A copy by the processor, as the devices have none of their own. */
  copyNs(bytes: number): number;
}

type Given = Pick<MemoryEvent, 'kind' | 'firstPage' | 'pageCount'> & Partial<MemoryEvent>;

export class DmirrorEvents {
  readonly #node: NodeId;
  readonly #sink: EventSink;
  readonly #timing: DmirrorTiming | undefined;

  constructor(node: NodeId, sink: EventSink, timing: DmirrorTiming | undefined) {
    this.#node = node;
    this.#sink = sink;
    this.#timing = timing;
  }

  /** The device misses an entry of its table: one fault for the rest of the range, as the kernel's test counts it. */
  fault(page: PageIndex, source: NodeId, access: Access): void {
    this.#record({ kind: EventKind.deviceFault, firstPage: page, pageCount: 1, source, access });
  }

  /** One contiguous transfer to the device, or back. */
  transfer(toDevice: boolean, firstPage: PageIndex, pageCount: number, cause: Cause): void {
    const bytes = pageCount * PAGE_SIZE;
    this.#record({
      kind: EventKind.migrate,
      source: toDevice ? SYSTEM_NODE : this.#node,
      target: toDevice ? this.#node : SYSTEM_NODE,
      firstPage,
      pageCount,
      cause,
      durationNs: this.#timing?.copyNs(bytes) ?? 0,
      extra: bytes,
    });
  }

  /** The device gives pages back; their transfer follows. */
  evicted(firstPage: PageIndex, pageCount: number): void {
    this.#record({
      kind: EventKind.evict,
      source: this.#node,
      target: SYSTEM_NODE,
      firstPage,
      pageCount,
      cause: Cause.evict,
      extra: pageCount * PAGE_SIZE,
    });
  }

  invalidated(firstPage: PageIndex, pageCount: number, cause: Cause, dropped: number): void {
    this.#record({ kind: EventKind.invalidate, firstPage, pageCount, cause, extra: dropped });
  }

  /** Time that a copy of so many bytes takes; nothing is recorded, as nothing moves. */
  copied(bytes: number): void {
    if (this.#timing !== undefined) this.#timing.advance(this.#timing.copyNs(bytes));
  }

  #record(event: Given): void {
    this.#sink.record({
      agent: CPU,
      source: NO_NODE,
      target: this.#node,
      access: Access.none,
      cause: Cause.api,
      durationNs: 0,
      extra: 0,
      ...event,
    });
    if (event.durationNs !== undefined && event.durationNs > 0) this.#timing?.advance(event.durationNs);
  }
}
