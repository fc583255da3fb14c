/**
 * What the pages and their host say to each other: one schema for each message and direction. Both sides import this file
 * (no `vscode`, no DOM), write with its types and read with {@link parseHostMessage} or {@link parsePageMessage}.
 *
 * Invariants: pages are numbered address / 4096 in an address space of 2^20 pages; times are simulated ns; sizes are bytes.
 * What is big travels as typed arrays. A message with `seq` is answered by `ack` once it is drawn, and the host sends the next
 * one only then; nothing is sent to a hidden page, which gets a reset when it is shown again. Requests carry a number of the
 * page's, which the answer repeats; an answer that the page no longer wants is dropped by that number.
 */
import * as v from 'valibot';

export const PAGE_SIZE = 4096;
export const PAGE_COUNT = 2 ** 20;

/* --- residency codes: what a byte of the map says about a page ----------------------------------------------------------- */

/**
 * Bits 0–3: where the page is. 0 not mapped, 1 mapped and nowhere yet, 2 + n on node n of `nodes` (0 is the CPU's memory).
 * Bits 4–6: one of {@link CONDITIONS}; of several that hold, the first in the list wins.
 * Bit 7: other than at the last stop.
 */
export const Place = { unmapped: 0, nowhere: 1, firstNode: 2 } as const;
export const MOST_NODES = 14;
/**
 * `both`: on its node and readable on another, too (read-duplicated, or mapped remotely). `exclusive`: a device has it for itself.
 * `swapped`: in the swap area, and so nowhere.
 */
export const CONDITIONS = ['plain', 'migrating', 'exclusive', 'pinned', 'both', 'file', 'swapped'] as const;
export type Condition = (typeof CONDITIONS)[number];
export const CHANGED = 0x80;

/** @param place see {@link Place} */
export function residencyCode(place: number, condition: Condition, changed: boolean): number {
  return place | (CONDITIONS.indexOf(condition) << 4) | (changed ? CHANGED : 0);
}

/* --- pieces --------------------------------------------------------------------------------------------------------------- */

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const amount = v.pipe(v.number(), v.finite());
const text = v.string();
const bytes = v.custom<Uint8Array>((input) => input instanceof Uint8Array, 'a Uint8Array');
const words = v.custom<Uint32Array>((input) => input instanceof Uint32Array, 'a Uint32Array');
const floats = v.custom<Float64Array>((input) => input instanceof Float64Array, 'a Float64Array');
const singles = v.custom<Float32Array>((input) => input instanceof Float32Array, 'a Float32Array');
const pages = { firstPage: count, pageCount: count };

/** A place in the source. `path` is the host's own and goes back to it unread; `label` is what a person sees: `add.cu:12`. */
const sourcePlace = v.object({ path: text, line: count, label: text });
export type SourcePlace = v.InferOutput<typeof sourcePlace>;

/** `cpu`, `gpu0`, … in the order of node ids. `label` is what a person sees. */
const node = v.object({ name: text, label: text });
export type Node = v.InferOutput<typeof node>;

/** An allocation, or another part of the address space that has a name (`id` 0). Areas are sorted and do not overlap. */
const area = v.object({
  id: count,
  name: text,
  /** `managed`, `malloc`, `pinned`, `stack`, `file`, … */
  kind: text,
  ...pages,
  bytes: count,
  source: v.nullable(sourcePlace),
});
export type Area = v.InferOutput<typeof area>;

/** `codes` holds one residency code for each page of `ranges`: pairs of first page and count, in the same order. */
const patch = { ranges: words, codes: bytes };

/** One event told to a person. */
const eventText = v.object({
  event: count,
  timeNs: amount,
  headline: text,
  /** Label and value, already translated. */
  fields: v.array(v.tuple([text, text])),
  source: v.nullable(sourcePlace),
  pages: v.nullable(v.object(pages)),
});
export type EventText = v.InferOutput<typeof eventText>;

/* --- host to page --------------------------------------------------------------------------------------------------------- */

const status = v.object({
  type: v.literal('status'),
  session: v.picklist(['none', 'running', 'stopped', 'ended']),
  /** Said where the data would be if there is none, or beside it. Translated. */
  text,
});
/** The page is about to be hidden or shown. While hidden it draws nothing and asks for nothing. */
const visibility = v.object({ type: v.literal('visibility'), visible: v.boolean() });
/** Shows these pages and selects them. */
const reveal = v.object({ type: v.literal('reveal'), ...pages });
/** Shows this event and selects it. */
const revealEvent = v.object({ type: v.literal('revealEvent'), event: count, timeNs: amount });

const mapReset = v.object({
  type: v.literal('mapReset'),
  seq: count,
  nodes: v.pipe(v.array(node), v.maxLength(MOST_NODES)),
  areas: v.array(area),
  ...patch,
});
const mapDelta = v.object({
  type: v.literal('mapDelta'),
  seq: count,
  /** All of them, if one came or went. */
  areas: v.exactOptional(v.array(area)),
  ...patch,
  /** First forget all marks of change: the program goes on from a stop. */
  clearChanged: v.boolean(),
});
/** Answers `pageDetails`. */
const pageDetails = v.object({
  type: v.literal('pageDetails'),
  request: count,
  page: count,
  /** Label and value: who may read and write, … Translated. */
  fields: v.array(v.tuple([text, text])),
  lastFault: v.nullable(eventText),
  lastMove: v.nullable(eventText),
  /** The latest first, a few. */
  history: v.array(eventText),
});

const memoryNode = v.object({
  ...node.entries,
  /** Null if it has no limit that matters. */
  totalBytes: v.nullable(amount),
  usedBytes: amount,
  pinnedBytes: amount,
  /** Of the used ones, those that the driver may move away to make room. */
  evictableBytes: amount,
  /** The most that was in use so far. */
  peakBytes: amount,
  /** What lies there, the biggest first. */
  areas: v.array(v.object({ id: count, name: text, bytes: amount })),
});
export type MemoryNode = v.InferOutput<typeof memoryNode>;
/** From node `from` to node `to`, by index. */
const traffic = v.object({
  bytes: amount,
  transfers: count,
  /** Since the last stop. */
  recentBytes: amount,
  /** Simulated time that the link was busy, since the start. */
  busyNs: amount,
});
const link = v.object({
  from: count,
  to: count,
  label: text,
  bytesPerSecond: amount,
  forward: traffic,
  backward: traffic,
});
export type Link = v.InferOutput<typeof link>;
const memories = v.object({
  type: v.literal('memories'),
  seq: count,
  timeNs: amount,
  nodes: v.array(memoryNode),
  links: v.array(link),
  /** Bytes in use over time: `usedBytes[n]` belongs to node n and has a value for each of `timesNs`, a few hundred at most. */
  history: v.object({ timesNs: floats, usedBytes: v.array(floats) }),
});

export const LANES = [
  'thread',
  'kernel',
  'fault',
  'batch',
  'migrateIn',
  'migrateOut',
  'evict',
  'prefetch',
  'other',
] as const;
const lane = v.object({ kind: v.picklist(LANES), label: text });
export type Lane = v.InferOutput<typeof lane>;
/** A curve under the lanes. Both units are bytes; `rate` is bytes a second. */
const plot = v.object({ kind: v.picklist(['rate', 'amount']), label: text, node: count });
export type Plot = v.InferOutput<typeof plot>;
const marker = v.object({ timeNs: amount, kind: v.picklist(['phase', 'breakpoint', 'now']), label: text });
export type Marker = v.InferOutput<typeof marker>;

const timelineReset = v.object({
  type: v.literal('timelineReset'),
  seq: count,
  /** End of the recorded time. */
  endNs: amount,
  events: count,
  /** Events that the log no longer kept. */
  overflow: count,
  lanes: v.array(lane),
  plots: v.array(plot),
  markers: v.array(marker),
  /** Counts up whenever tiles that were handed out are no longer true. */
  generation: count,
});
/** The log grew: tiles that end before `validToNs` stay true. */
const timelineGrown = v.object({
  type: v.literal('timelineGrown'),
  seq: count,
  endNs: amount,
  validToNs: amount,
  events: count,
  overflow: count,
  markers: v.array(marker),
});
/**
 * Answers `tile`: a part of the time in {@link TILE_BUCKETS} equal buckets of 2^level ns, beginning at index * buckets * 2^level.
 * A lane with few events there is told by its events, all others by sums.
 */
export const TILE_BUCKETS = 512;
const tile = v.object({
  type: v.literal('tile'),
  request: count,
  generation: count,
  level: count,
  index: count,
  /** By lane * buckets + bucket: events that begin there (0 in lanes told by events). */
  counts: words,
  /** The same, ns that the lane was busy. */
  busyNs: singles,
  /** By plot * buckets + bucket. */
  plots: singles,
  /** Lanes told by events: 1. */
  exact: bytes,
  /** Their events, by start; one that began before the tile is there, too. */
  eventLanes: bytes,
  eventNumbers: floats,
  startsNs: floats,
  durationsNs: floats,
  /** Index into `texts`: what to write on a bar. */
  eventTexts: words,
  texts: v.array(text),
});
export type Tile = v.InferOutput<typeof tile>;
/** Answers `eventDetails` and `pick`; null if there is none. */
const eventDetails = v.object({
  type: v.literal('eventDetails'),
  request: count,
  details: v.nullable(eventText),
  /** Which lane it is in. */
  lane: count,
});
/** Answers `search`: hits in the order of time, as many as fit; `error` is what is wrong with the text. */
const searchResult = v.object({
  type: v.literal('searchResult'),
  request: count,
  total: count,
  numbers: floats,
  timesNs: floats,
  lanes: bytes,
  error: v.nullable(text),
});
/** Answers `rangeSummary`. */
const rangeSummary = v.object({
  type: v.literal('rangeSummary'),
  request: count,
  fields: v.array(v.tuple([text, text])),
});

/** The list shows other events than before: a filter was applied, pages were chosen, or the log grew. */
const eventsReset = v.object({
  type: v.literal('eventsReset'),
  seq: count,
  generation: count,
  /** Rows that meet filter and scope. */
  total: count,
  overflow: count,
  /** What `filter` said last. */
  filter: text,
  /** What is wrong with the filter; the rows are then those of the one before. */
  error: v.nullable(text),
  /** Null: all events. Otherwise this is the history of these pages; `title` names them. */
  scope: v.nullable(v.object({ ...pages, title: text })),
  /** Kinds of events that the log has, for the filter's buttons. */
  kinds: v.array(text),
  /** Nothing but the total is new: rows below the old total are as they were. */
  grown: v.boolean(),
});
/** Answers `rows`. Every column has as many values; those of `words` are indices into `texts`, 0 being the empty one. */
const rows = v.object({
  type: v.literal('rows'),
  request: count,
  generation: count,
  /** Position in the list of the first one. */
  from: count,
  numbers: floats,
  timesNs: floats,
  durationsNs: floats,
  firstPages: words,
  pageCounts: words,
  bytes: floats,
  kinds: words,
  agents: words,
  /** `cpu → gpu0` */
  moves: words,
  causes: words,
  allocations: words,
  /** `add.cu:12`; what opens it is asked for by event number. */
  places: words,
  texts: v.array(text),
});
export type Rows = v.InferOutput<typeof rows>;

const hostMessage = v.variant('type', [
  status,
  visibility,
  reveal,
  revealEvent,
  mapReset,
  mapDelta,
  pageDetails,
  memories,
  timelineReset,
  timelineGrown,
  tile,
  eventDetails,
  searchResult,
  rangeSummary,
  eventsReset,
  rows,
]);
export type HostMessage = v.InferOutput<typeof hostMessage>;
export type HostMessageOf<Type extends HostMessage['type']> = Extract<HostMessage, { type: Type }>;

/* --- page to host --------------------------------------------------------------------------------------------------------- */

const asks = { request: count };
const byEvent = { event: count };
const toHost = v.variant('type', [
  /** The page listens; the host answers with `status` and a reset. */
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('ack'), seq: count }),
  /** Something went wrong inside the page. */
  v.object({ type: v.literal('failed'), message: text }),
  /** What the page wants to be given when it is opened again, after its tab was closed. The host keeps it unread. */
  v.object({ type: v.literal('keep'), state: v.unknown() }),
  v.object({ type: v.literal('openSource'), path: text, line: count }),
  v.object({ type: v.literal('copy'), text }),
  v.object({ type: v.literal('runToEvent'), ...byEvent }),
  v.object({ type: v.literal('openEventSource'), ...byEvent }),
  v.object({ type: v.literal('showInMap'), ...pages }),
  v.object({ type: v.literal('showInTimeline'), ...byEvent }),
  v.object({ type: v.literal('showHistory'), ...pages }),
  /** The events list, for this part of the time. */
  v.object({ type: v.literal('showEvents'), fromNs: amount, toNs: amount }),

  v.object({ type: v.literal('pageDetails'), ...asks, page: count }),
  /** The host asks which accesses. */
  v.object({ type: v.literal('addDataBreakpoint'), address: count, bytes: count }),
  v.object({ type: v.literal('openHex'), address: count, bytes: count }),
  /** Opens the line that last moved one of these pages. */
  v.object({ type: v.literal('openLastMove'), ...pages }),

  v.object({ type: v.literal('tile'), ...asks, level: count, index: count }),
  v.object({ type: v.literal('eventDetails'), ...asks, ...byEvent }),
  /** The first event of a lane that begins in this part of the time. */
  v.object({ type: v.literal('pick'), ...asks, lane: count, fromNs: amount, toNs: amount }),
  /** A condition of the engine's language. */
  v.object({ type: v.literal('search'), ...asks, filter: text }),
  v.object({ type: v.literal('rangeSummary'), ...asks, fromNs: amount, toNs: amount }),

  /** Answered by `eventsReset`. Empty: all. `kinds`: those alone; null: all. */
  v.object({ type: v.literal('filter'), filter: text, kinds: v.nullable(v.array(text)) }),
  v.object({ type: v.literal('rows'), ...asks, generation: count, from: count, count }),
  /** What the list shows, as a file; the host asks where to. */
  v.object({ type: v.literal('export'), format: v.picklist(['csv', 'json']) }),
  /** From the history of pages back to all events. */
  v.object({ type: v.literal('clearScope') }),
]);
export type PageMessage = v.InferOutput<typeof toHost>;
export type PageMessageOf<Type extends PageMessage['type']> = Extract<PageMessage, { type: Type }>;

/* --- the boundary --------------------------------------------------------------------------------------------------------- */

/** A message that is none of these: what arrived, and what is wrong with it. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** @throws MessageError */
export function parseHostMessage(data: unknown): HostMessage {
  return parse(hostMessage, data);
}

/** @throws MessageError */
export function parsePageMessage(data: unknown): PageMessage {
  return parse(toHost, data);
}

function parse<Schema extends v.GenericSchema>(schema: Schema, data: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, data, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new MessageError(`${v.getDotPath(issue) ?? 'The message'}: ${issue.message}`);
}
