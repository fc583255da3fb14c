/**
 * Columns of events as text and back: base64 of little-endian numbers, as the protocol carries memory. Both ends of
 * `faultline/eventColumns` are here; no dependency, so that a client can take it along.
 */
import type { EventColumnArrays, EventColumnName } from '../../engine/index.js';

/** By column: the type of its numbers. */
const ARRAYS = {
  number: Float64Array,
  timeNs: Float64Array,
  durationNs: Float64Array,
  extra: Float64Array,
  firstPage: Uint32Array,
  pageCount: Uint32Array,
  launch: Uint32Array,
  allocation: Uint32Array,
  kind: Uint8Array,
  agent: Uint8Array,
  source: Uint8Array,
  target: Uint8Array,
  access: Uint8Array,
  cause: Uint8Array,
} as const satisfies { readonly [Name in EventColumnName]: new (buffer: ArrayBuffer) => EventColumnArrays[Name] };

const NAMES = Object.keys(ARRAYS) as readonly EventColumnName[];

export type EncodedColumns = Readonly<Record<EventColumnName, string>>;

export function encodeColumns(columns: EventColumnArrays): EncodedColumns {
  const text = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');
  return Object.fromEntries(NAMES.map((name) => [name, text(columns[name])])) as EncodedColumns;
}

export function decodeColumns(encoded: EncodedColumns): EventColumnArrays {
  const array = (name: EventColumnName): ArrayBufferView => {
    // A copy of its own: Node cuts small buffers out of a large one, wherever there is room.
    const bytes = new Uint8Array(Buffer.from(encoded[name], 'base64'));
    return new ARRAYS[name](bytes.buffer);
  };
  return Object.fromEntries(NAMES.map((name) => [name, array(name)])) as unknown as EventColumnArrays;
}
