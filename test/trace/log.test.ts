import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCESSES, CAUSES, EVENT_KINDS, EventKind, type MemoryEvent } from '../../engine/memory/event.js';
import { PAGE_COUNT, type AgentId } from '../../engine/memory/units.js';
import { BYTES_PER_EVENT, chunkByteLength, viewChunk } from '../../engine/trace/columns.js';
import { TraceReader, type TraceEvent } from '../../engine/trace/reader.js';
import { summarize } from '../../engine/trace/summary.js';
import { NO_TABLES, PAGE_SIZE, Recording, page, type Place } from './recording.js';

const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const time = fc.double({ min: 0, max: 1e15, noNaN: true });

const event = fc.record({
  kind: fc.integer({ min: 0, max: EVENT_KINDS.length - 1 }),
  agent: fc.integer({ min: 0, max: 8 }),
  source: u8,
  target: u8,
  firstPage: fc.integer({ min: 0, max: PAGE_COUNT - 1 }),
  pageCount: fc.integer({ min: 0, max: PAGE_COUNT }),
  access: fc.integer({ min: 0, max: ACCESSES.length - 1 }),
  cause: fc.integer({ min: 0, max: CAUSES.length - 1 }),
  durationNs: time,
  extra: fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }),
}) as fc.Arbitrary<MemoryEvent>;

const place: fc.Arbitrary<Place> = fc.record({
  nowNs: time,
  codeOffset: u32,
  launch: u32,
  block: u32,
  thread: u16,
  driver: u8,
});

const log = fc.array(fc.tuple(event, place), { maxLength: 60 });

const allocationOf = (index: number): number => index % 7;

/** The log as the recorder should have kept it. */
function expected(events: readonly (readonly [MemoryEvent, Place])[]): TraceEvent[] {
  return events.map(([recorded, { nowNs, ...at }], number) => ({
    number,
    timeNs: nowNs,
    ...at,
    ...recorded,
    allocation: allocationOf(recorded.firstPage),
  }));
}

function recordAll(events: readonly (readonly [MemoryEvent, Place])[], options = {}): Recording {
  const recording = new Recording({ chunkShift: 3, allocationOf, ...options });
  for (const [recorded, at] of events) recording.at(at).record(recorded);
  return recording;
}

describe('the event log', () => {
  it('gives back every column of every event', () => {
    fc.assert(
      fc.property(log, (events) => {
        const { reader } = recordAll(events);
        expect(reader.length).toBe(events.length);
        expect(Array.from({ length: reader.length }, (_, number) => reader.event(number))).toEqual(expected(events));
      }),
    );
  });

  it('numbers events in the order in which they are recorded', () => {
    const recording = new Recording({ chunkShift: 2 });
    const numbers = Array.from({ length: 11 }, () => {
      recording.record({});
      return recording.recorder.recorded - 1;
    });
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(recording.chunks).toHaveLength(3);
  });

  it('selects what a plain filter over all events selects', () => {
    const range = (bound: fc.Arbitrary<number>) =>
      fc.tuple(bound, bound).map(([from, to]) => ({ from: Math.min(from, to), to: Math.max(from, to) }));
    const filters = fc.record(
      {
        kinds: fc.uniqueArray(fc.integer({ min: 0, max: EVENT_KINDS.length - 1 }) as fc.Arbitrary<EventKind>),
        agent: fc.integer({ min: 0, max: 8 }) as fc.Arbitrary<AgentId>,
        pages: range(fc.integer({ min: 0, max: PAGE_COUNT })),
        timeNs: range(time),
        events: range(fc.integer({ min: 0, max: 70 })),
        allocation: fc.integer({ min: 0, max: 7 }),
      },
      { requiredKeys: [] },
    );

    fc.assert(
      fc.property(log, filters, (events, filter) => {
        const { reader } = recordAll(events);
        const wanted = expected(events)
          .filter(
            (each) =>
              (filter.kinds?.includes(each.kind) ?? true) &&
              (filter.agent === undefined || each.agent === filter.agent) &&
              (filter.allocation === undefined || each.allocation === filter.allocation) &&
              within(each.number, filter.events) &&
              within(each.timeNs, filter.timeNs) &&
              (filter.pages === undefined ||
                (each.firstPage < filter.pages.to && each.firstPage + each.pageCount > filter.pages.from)),
          )
          .map(({ number }) => number);
        expect([...reader.select(filter)]).toEqual(wanted);
        expect(reader.count(filter)).toBe(wanted.length);
      }),
    );
  });

  it('refuses a number that no event has', () => {
    const { reader } = new Recording().record({});
    expect(() => reader.event(1)).toThrow('The trace has 1 events; there is no event 1.');
    expect(() => reader.event(-1)).toThrow(RangeError);
  });

  it('shows only events whose chunk has arrived', () => {
    const recording = new Recording({ chunkShift: 2 });
    const reader = new TraceReader(recording.recorder.header.buffer);
    for (let count = 0; count < 6; count += 1) recording.record({});
    expect(reader.length).toBe(0);
    reader.addChunk(recording.chunks[0]!);
    expect(reader.length).toBe(4);
    reader.addChunk(recording.chunks[1]!);
    expect(reader.length).toBe(6);
  });

  it('can be read on another thread while it is written', async () => {
    const recording = new Recording().record({}).at({ nowNs: 42 }).record({});
    const seen = new Promise((resolve, reject) => {
      // Plain JavaScript over the same memory: what any holder of the buffers sees.
      const worker = new Worker(
        `const { parentPort, workerData } = require('node:worker_threads');
         const count = Atomics.load(new Int32Array(workerData.header), 0);
         parentPort.postMessage({ count, timeNs: new Float64Array(workerData.chunks[0])[count - 1] });`,
        { eval: true, workerData: recording.reader.buffers },
      );
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await expect(seen).resolves.toEqual({ count: 2, timeNs: 42 });
  });

  it('spends 57 bytes on an event, in columns that do not overlap', () => {
    const columns = Object.values(viewChunk(new SharedArrayBuffer(chunkByteLength(4)), 4)) as ArrayBufferView[];
    const ends = columns.map(({ byteOffset, byteLength }) => byteOffset + byteLength);
    expect(columns.map(({ byteOffset }) => byteOffset)).toEqual([0, ...ends.slice(0, -1)]);
    expect(ends.at(-1)).toBe(16 * BYTES_PER_EVENT);
    expect(() => viewChunk(new SharedArrayBuffer(8), 4)).toThrow(RangeError);
  });
});

describe('beyond the memory limit', () => {
  const twoChunks = { chunkShift: 3, memoryLimitBytes: 2 * chunkByteLength(3) };

  it('keeps the first events, counts the rest and says how many they are', () => {
    const recording = new Recording(twoChunks);
    for (let index = 0; index < 45; index += 1) recording.cpuFault(index);
    expect(recording.chunks).toHaveLength(2);
    expect(recording.reader.length).toBe(16);
    expect(recording.reader.recorded).toBe(45);
    expect(recording.reader.event(15).firstPage).toBe(15);
    expect(recording.recorder.overflow?.cpuFaults).toBe(29);
    // Asking does not count anything twice.
    expect(recording.recorder.overflow?.cpuFaults).toBe(29);
  });

  it('has nothing to say while everything fits', () => {
    const recording = new Recording(twoChunks);
    for (let index = 0; index < 16; index += 1) recording.cpuFault(index);
    expect(recording.recorder.overflow).toBeNull();
    recording.cpuFault(16);
    expect(recording.recorder.overflow?.cpuFaults).toBe(1);
  });

  it('keeps at least one chunk', () => {
    expect(new Recording({ chunkShift: 3, memoryLimitBytes: 1 }).cpuFault(0).reader.length).toBe(1);
  });

  it('changes no figure of the summary', () => {
    const whole = event.map((each) => ({
      ...each,
      durationNs: Math.floor(each.durationNs / 1e6),
      extra: Math.floor(each.extra / 1e6),
      pageCount: each.pageCount % 600,
      kind: each.kind === EventKind.note ? EventKind.migrate : each.kind,
    }));
    fc.assert(
      fc.property(fc.array(fc.tuple(whole, place), { maxLength: 80 }), (events) => {
        const all = recordAll(events);
        const some = recordAll(events, twoChunks);
        const tables = { ...NO_TABLES, overflow: some.recorder.overflow };
        expect(summarize(some.reader, tables, PAGE_SIZE)).toEqual(summarize(all.reader, NO_TABLES, PAGE_SIZE));
      }),
    );
  });
});

describe('ten million events', () => {
  it('are recorded and summarized', () => {
    const count = 10_000_000;
    const recording = new Recording();
    const { recorder, place: at } = recording;
    const fault = { ...EVENT, kind: EventKind.deviceFault, pageCount: 1 };
    const transfer = { ...EVENT, kind: EventKind.migrate, pageCount: 1, extra: PAGE_SIZE };
    const started = performance.now();
    for (let index = 0; index < count; index += 2) {
      at.nowNs += 10;
      at.codeOffset = index & 0xff;
      fault.firstPage = transfer.firstPage = page(index & (PAGE_COUNT - 1));
      recorder.record(fault);
      recorder.record(transfer);
    }
    const recorded = performance.now();
    const { unifiedMemory } = summarize(recording.reader, NO_TABLES, PAGE_SIZE);
    const summarized = performance.now();
    expect(recording.reader.length).toBe(count);
    expect(unifiedMemory.deviceFaults).toBe(count / 2);
    expect(unifiedMemory.hostToDevice.totalBytes).toBe((count / 2) * PAGE_SIZE);
    console.log(
      `${count} events: ${(((recorded - started) * 1e6) / count).toFixed(0)} ns to record one, ` +
        `${(summarized - recorded).toFixed(0)} ms to summarize all, ${BYTES_PER_EVENT} bytes each`,
    );
  });
});

const EVENT = {
  agent: 1,
  source: 0,
  target: 1,
  firstPage: 0,
  access: 1,
  cause: 1,
  durationNs: 10,
  extra: 0,
} as unknown as { -readonly [Field in keyof MemoryEvent]: MemoryEvent[Field] };

function within(value: number, range: { readonly from: number; readonly to: number } | undefined): boolean {
  return range === undefined || (value >= range.from && value < range.to);
}
