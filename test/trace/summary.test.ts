import { describe, expect, it } from 'vitest';
import { Cause, EventKind } from '../../engine/memory/event.js';
import { runDocument } from '../../engine/trace/document.js';
import { summarize } from '../../engine/trace/summary.js';
import { countedCpuFaults } from '../../engine/trace/cpu-faults.js';
import type { TraceTables } from '../../engine/trace/tables.js';
import { GPU0, NO_TABLES, PAGE_SIZE, Recording, allocation, launch, node, page } from './recording.js';

function unifiedMemory(recording: Recording, tables: Partial<TraceTables> = {}) {
  return summarize(recording.reader, { ...NO_TABLES, ...tables }, PAGE_SIZE).unifiedMemory;
}

describe('migrations', () => {
  it('are counted by direction, with total, smallest and largest', () => {
    const memory = unifiedMemory(
      new Recording()
        .migrate(0, 1, 0, 1)
        .migrate(0, 1, 1, 15)
        .migrate(1, 0, 0, 4)
        .migrate(1, 2, 8, 2)
        .migrate(2, 0, 4, 1),
    );
    expect(memory.hostToDevice).toEqual({ count: 2, totalBytes: 65536, minBytes: 4096, maxBytes: 61440 });
    expect(memory.deviceToHost).toEqual({ count: 2, totalBytes: 20480, minBytes: 4096, maxBytes: 16384 });
    expect(memory.deviceToDevice).toEqual({ count: 1, totalBytes: 8192, minBytes: 8192, maxBytes: 8192 });
  });

  it('count as prefetched by their cause', () => {
    const memory = unifiedMemory(new Recording().migrate(0, 1, 0, 1).migrate(0, 1, 1, 15, { cause: Cause.prefetch }));
    expect(memory.prefetchedBytes).toBe(61440);
  });

  it('are not explicit copies, and those are no migrations', () => {
    const recording = new Recording()
      .record({ kind: EventKind.copy, source: node(0), target: node(1), extra: 1000 })
      .record({ kind: EventKind.copy, source: node(0), target: node(1), extra: 24 })
      .record({ kind: EventKind.copy, source: node(1), target: node(0), extra: 8 })
      .record({ kind: EventKind.copy, source: node(0), target: node(0), extra: 99 });
    const { explicitCopies, unifiedMemory: memory } = summarize(recording.reader, NO_TABLES, PAGE_SIZE);
    expect(explicitCopies).toEqual({
      hostToDevice: { count: 2, totalBytes: 1024 },
      deviceToHost: { count: 1, totalBytes: 8 },
    });
    expect(memory.hostToDevice.count).toBe(0);
  });
});

describe('faults', () => {
  it('of a driver without batches are each a group', () => {
    const memory = unifiedMemory(new Recording().deviceFault(0).deviceFault(1).deviceFault(2, { pageCount: 3 }));
    expect(memory).toMatchObject({ deviceFaults: 5, deviceFaultGroups: 3 });
  });

  it('of a driver with batches are grouped by them', () => {
    const batch = { kind: EventKind.faultBatch, agent: GPU0 };
    const memory = unifiedMemory(
      new Recording().record(batch).deviceFault(0).deviceFault(1).record(batch).deviceFault(2),
    );
    expect(memory).toMatchObject({ deviceFaults: 3, deviceFaultGroups: 2 });
  });

  it('of the CPU count on memory that can move, whatever it is', () => {
    const kinds = ['managed', 'heap', 'stack', 'image', 'anonymous', 'device', 'pinned'] as const;
    const recording = new Recording({ allocationOf: (index) => index });
    // Page 0 belongs to no allocation: a mapping of the program's own.
    for (let index = 0; index <= kinds.length; index += 1) recording.cpuFault(index);
    const allocations = kinds.map((kind, index) => allocation({ id: index + 1, kind }));
    expect(unifiedMemory(recording, { allocations }).cpuFaults).toBe(6);
    const rows = summarize(recording.reader, { ...NO_TABLES, allocations }, PAGE_SIZE).allocations;
    expect(rows.map(({ cpuFaults }) => cpuFaults)).toEqual([1, 1, 1, 1, 1, 0, 0]);
  });

  it('of the CPU count on managed memory and on what a device has, where the kernel serves the others', () => {
    const kinds = ['managed', 'heap', 'stack', 'device', 'pinned'] as const;
    const allocations = kinds.map((kind, index) => allocation({ id: index + 1, kind }));
    const kindOf = (id: number) => kinds[id - 1];
    const locations = new Map([[7, { functionName: 'main', file: 'a.cu', line: 7, column: 1 }]]);
    // Some fit into the log, the others are folded.
    for (const chunkShift of [1, 12]) {
      const recording = new Recording({
        allocationOf: (index) => index,
        countsCpuFault: countedCpuFaults('managed', kindOf),
        memoryLimitBytes: 1,
        chunkShift,
      });
      recording.at({ codeOffset: 7 });
      for (let index = 0; index <= kinds.length; index += 1) {
        recording
          .cpuFault(index)
          .cpuFault(index, { source: node(0) })
          .cpuFault(index, { source: node(1) });
      }
      const { overflow } = recording.recorder;
      expect(overflow === null).toBe(chunkShift === 12);
      const tables = { ...NO_TABLES, cpuFaultScope: 'managed', allocations, locations, overflow } as const;
      const { unifiedMemory: totals, allocations: rows, lines } = summarize(recording.reader, tables, PAGE_SIZE);
      expect(rows.map(({ cpuFaults }) => cpuFaults)).toEqual([3, 1, 1, 0, 0]);
      expect(totals.cpuFaults).toBe(6);
      expect(lines).toMatchObject([{ line: 7, cpuFaults: 6 }]);
    }
  });
});

describe('the other totals', () => {
  it('come from their own events', () => {
    const memory = unifiedMemory(
      new Recording()
        .record({ kind: EventKind.evict, extra: 8192, pageCount: 2 })
        .record({ kind: EventKind.remoteMap, source: node(0), target: node(1) })
        .record({ kind: EventKind.invalidate, extra: 5 })
        .record({ kind: EventKind.invalidate, extra: 1 })
        .record({ kind: EventKind.thrash, firstPage: page(30), pageCount: 4 })
        .record({ kind: EventKind.thrash, firstPage: page(33), pageCount: 1 })
        .record({ kind: EventKind.pin, pageCount: 2, extra: 2 })
        .record({ kind: EventKind.pin, pageCount: 3, extra: 5 })
        .record({ kind: EventKind.unpin, pageCount: 4, extra: 1 })
        .record({ kind: EventKind.pin, pageCount: 1, extra: 2 }),
    );
    expect(memory).toMatchObject({
      evictedBytes: 8192,
      remoteMappings: 1,
      invalidations: 2,
      thrashingPages: 4,
      pinnedBytesPeak: 5 * PAGE_SIZE,
    });
  });

  it('are whole nanoseconds', () => {
    const recording = new Recording()
      .cpuFault(0, { durationNs: 500.25 })
      .deviceFault(0, { durationNs: 1000 })
      .migrate(0, 1, 0)
      .record({ kind: EventKind.invalidate, durationNs: 2040 });
    const launches = [launch({ id: 1, startNs: 100.5, endNs: 400 }), launch({ id: 2, startNs: 500, endNs: 600 })];
    expect(summarize(recording.reader, { ...NO_TABLES, launches, simulatedNs: 5000.6 }, PAGE_SIZE).time).toEqual({
      simulatedNs: 5001,
      kernelNs: 400,
      migrationNs: 2000,
      faultServiceNs: 1500,
      invalidationNs: 2040,
    });
  });
});

describe('attribution', () => {
  it('gives a kernel the faults of its launches and the grid of the first', () => {
    const recording = new Recording()
      .at({ launch: 1 })
      .deviceFault(0)
      .at({ launch: 2 })
      .deviceFault(1)
      .at({ launch: 3 });
    recording.deviceFault(2).deviceFault(3);
    const launches = [
      launch({ id: 1 }),
      launch({ id: 2, kernel: 'scale(float*)', line: 9 }),
      launch({ id: 3, grid: [1, 1, 1] }),
    ];
    expect(summarize(recording.reader, { ...NO_TABLES, launches }, PAGE_SIZE).kernels).toEqual([
      {
        name: 'add(int, float*, float*)',
        launches: 2,
        grid: [4096, 1, 1],
        block: [256, 1, 1],
        deviceFaults: 3,
        file: 'add.cu',
        line: 5,
      },
      {
        name: 'scale(float*)',
        launches: 1,
        grid: [4096, 1, 1],
        block: [256, 1, 1],
        deviceFaults: 1,
        file: 'add.cu',
        line: 9,
      },
    ]);
  });

  it('adds up the code offsets of a line and sorts lines by what they move', () => {
    const location = (file: string, line: number) => ({ functionName: null, file, line, column: 1 });
    const locations = new Map([
      [10, location('b.cu', 7)],
      [14, location('b.cu', 7)],
      [20, location('a.cu', 3)],
      [30, location('a.cu', 20)],
      [40, location('a.cu', 5)],
    ]);
    const recording = new Recording();
    recording
      .at({ codeOffset: 20 })
      .cpuFault(0)
      .at({ codeOffset: 30 })
      .cpuFault(1)
      .at({ codeOffset: 40 })
      .cpuFault(1)
      .cpuFault(2);
    recording
      .at({ codeOffset: 10 })
      .deviceFault(0)
      .migrate(0, 1, 0)
      .at({ codeOffset: 14 })
      .deviceFault(1)
      .migrate(0, 1, 1);
    recording.at({ codeOffset: 99 }).cpuFault(9);
    expect(summarize(recording.reader, { ...NO_TABLES, locations }, PAGE_SIZE).lines).toEqual([
      { file: 'b.cu', line: 7, cpuFaults: 0, deviceFaults: 2, migratedBytes: 8192 },
      { file: 'a.cu', line: 5, cpuFaults: 2, deviceFaults: 0, migratedBytes: 0 },
      { file: 'a.cu', line: 3, cpuFaults: 1, deviceFaults: 0, migratedBytes: 0 },
      { file: 'a.cu', line: 20, cpuFaults: 1, deviceFaults: 0, migratedBytes: 0 },
    ]);
  });

  it('names every node of the machine in the final residency', () => {
    const allocations = [allocation({ id: 2, residencyAtEnd: [1, 2] }), allocation({ id: 1 })];
    const { allocations: rows } = summarize(new Recording().reader, { ...NO_TABLES, allocations }, PAGE_SIZE);
    expect(rows.map(({ id, finalResidency }) => ({ id, finalResidency }))).toEqual([
      { id: 1, finalResidency: { cpu: 0, gpu0: 0 } },
      { id: 2, finalResidency: { cpu: 1, gpu0: 2 } },
    ]);
  });
});

describe('the JSON document', () => {
  it('has every field of the contract, in its order, with zero where nothing happened', async () => {
    const recording = new Recording({ allocationOf: () => 1 }).at({ codeOffset: 10 }).cpuFault(16);
    const tables: TraceTables = {
      ...NO_TABLES,
      allocations: [allocation({ id: 1, name: 'x', file: 'add.cu', line: 14, residencyAtEnd: [1] })],
      launches: [launch({ id: 1 })],
      locations: new Map([[10, { functionName: 'main', file: 'add.cu', line: 8, column: 3 }]]),
    };
    const text = runDocument(
      {
        sources: ['add.cu'],
        language: 'cuda',
        arguments: ['--fast'],
        machine: 'p100-pcie3',
        driver: 'hmm',
        driverParameters: { fault_pages: 1 },
        pageSize: PAGE_SIZE,
        seed: 1,
        exit: { status: 0, signal: null },
        host: { compileMs: 12.3, runMs: 4.5, accesses: 99, peakMemoryBytes: 1e6 },
      },
      summarize(recording.reader, tables, PAGE_SIZE),
    );
    await expect(text).toMatchFileSnapshot('document.golden.json');
  });
});
