/**
 * What the adapter serves beyond the protocol: requests of our own, named `faultline/…`, and fields that it adds to messages of the
 * protocol. The views use nothing else; other clients may use it, too. Answers are the engine's own records
 * (`engine/debug/types.ts`): addresses and sizes in bytes, pages by their number (address / 4096), times in simulated ns. A
 * `path` is written and a `line` counted as the client does it elsewhere.
 *
 * Failures are one sentence in `message`, as everywhere. All of them need a launched program; `faultline/focus` and
 * `faultline/runToEvent` need one that is stopped.
 */
import * as v from 'valibot';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type {
  AllocationInfo,
  EventAggregate,
  EventColumnNames,
  EventRow,
  ResidencyRun,
  StopPosition,
} from '../../engine/index.js';
import type { EncodedColumns } from './column-codec.js';
import { address, count, fields, list, maybe, text, whole } from './schema.js';

/** Most rows of an answer. */
const MOST_ROWS = 100_000;
const PAGES = 2 ** 20;

const rows = v.pipe(whole, v.minValue(1, 'at least 1'), v.maxValue(MOST_ROWS, `at most ${MOST_ROWS}`));
const page = v.pipe(count, v.maxValue(PAGES - 1, `a page below ${PAGES}`));
const dimensions = v.strictTuple([count, count, count], 'three numbers [x, y, z]');

const query = {
  /** A condition, as for exception filters: `page in x && bytes > 64K`. */
  filter: maybe(text),
  /** Event kinds; all if absent. */
  kinds: maybe(list(text)),
  /** Event numbers, `to` excluded. */
  from: maybe(count),
  to: maybe(count),
  pages: maybe(fields({ first: page, count })),
  /** 1000 if absent. */
  limit: maybe(rows),
};

/** The arguments, by command. */
export const customArguments = {
  /** Where pages are and who may access them: runs of pages in the same state. `memoryReference` is that of a variable. */
  'faultline/residency': fields({
    memoryReference: address,
    offset: maybe(whole),
    count: v.pipe(count, v.minValue(1, 'at least 1')),
  }),
  /** The events of one page, the latest first. */
  'faultline/pageHistory': fields({ page, limit: maybe(rows) }),
  /** What was allocated, and where its pages are now. */
  'faultline/allocations': fields({}),
  /** Recorded events. */
  'faultline/events': fields(query),
  /** The same events as columns of numbers, for whoever takes millions of them, without making an object of each. */
  'faultline/eventColumns': fields(query),
  /** Sums over recorded events. */
  'faultline/aggregate': fields({
    ...query,
    by: v.picklist(['kind', 'line', 'allocation', 'launch'], '"kind", "line", "allocation" or "launch"'),
  }),
  /** Runs to one thread of the grid and stays with it; without `position`, whichever comes first is shown again. */
  'faultline/focus': fields({ position: maybe(fields({ block: dimensions, thread: dimensions })) }),
  /** Runs, forwards or back, until so many events are recorded. */
  'faultline/runToEvent': fields({ event: v.pipe(count, v.minValue(1, 'at least 1')) }),
} as const;

export type CustomCommand = keyof typeof customArguments;
export type CustomArguments<Command extends CustomCommand> = v.InferInput<(typeof customArguments)[Command]>;

/** By line, with the place that the key names; null where there is none. */
export interface AggregateRow extends EventAggregate {
  readonly path?: string | null;
  readonly line?: number | null;
}

/** The bodies of the responses, by command. */
export interface CustomBodies {
  'faultline/residency': { readonly runs: readonly ResidencyRun[] };
  'faultline/pageHistory': { readonly rows: readonly EventRow[] };
  'faultline/allocations': { readonly allocations: readonly AllocationInfo[] };
  /** `overflow`: events that the log no longer kept. */
  'faultline/events': { readonly rows: readonly EventRow[]; readonly more: boolean; readonly overflow: number };
  /**
   * Base64 of little-endian numbers, for `column-codec.ts` to decode: 64-bit floats for `number`, `timeNs`, `durationNs` and `extra`;
   * 32-bit words for `firstPage`, `pageCount`, `launch` and `allocation`; bytes for `kind`, `agent`, `source`, `target`, `access` and
   * `cause`. Bytes are indices into `names` (nodes are those of `names.node`; 255 is none).
   */
  'faultline/eventColumns': {
    readonly columns: EncodedColumns;
    readonly names: EventColumnNames;
    readonly more: boolean;
    readonly overflow: number;
  };
  'faultline/aggregate': { readonly rows: readonly AggregateRow[] };
  'faultline/focus': undefined;
  'faultline/runToEvent': undefined;
}

/** `exceptionInfo` carries the record for programs beside the texts for people. */
export type ExceptionInfoBody = P.ExceptionInfoResponse['body'] & {
  readonly data?: Readonly<Record<string, unknown>>;
};

/** `stopped` says when: the place in time that `faultline/runToEvent` returns to. */
export type StoppedBody = P.StoppedEvent['body'] & { readonly position: StopPosition };
