/** What `bytes` and `launch` of an event mean, in conditions, queries and descriptions alike: it depends on the kind. */
import { EventKind } from '../memory/event.js';
import { PAGE_SIZE } from '../memory/units.js';

/** Kinds whose `extra` is a number of bytes. */
const EXTRA_IS_BYTES = new Uint8Array(256);
for (const kind of [EventKind.migrate, EventKind.evict, EventKind.copy, EventKind.prefetch, EventKind.expectFailed]) {
  EXTRA_IS_BYTES[kind] = 1;
}

/** The bytes that the event says, or else those of its pages. */
export function eventBytes(kind: number, pageCount: number, extra: number): number {
  return EXTRA_IS_BYTES[kind] === 1 && extra > 0 ? extra : pageCount * PAGE_SIZE;
}

/** The launch that the event belongs to or is about (`race` happens on the CPU and names its kernel's); `NO_LAUNCH` if none. */
export function launchOf(kind: number, launch: number, extra: number): number {
  const { race, launch: start, complete } = EventKind;
  return kind === race || kind === start || kind === complete ? extra : launch;
}
