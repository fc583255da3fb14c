import { describe, expect, it } from 'vitest';
import { Access, Cause, EVENT_KINDS, EventKind } from '../../engine/memory/event.js';
import { CPU, NO_NODE, PAGE_SIZE } from '../../engine/memory/units.js';
import { compileCondition } from '../../engine/trace/condition.js';
import { NO_EVENT, scopeOfTables, type ConditionEvent } from '../../engine/trace/condition-scope.js';
import { describeEvent, describeFailedCall, describeProgramError } from '../../engine/trace/event-description.js';
import { EVENT_FILTERS, filtersByKind } from '../../engine/trace/event-filters.js';
import type { AccessFault, TrapFault } from '../../engine/trace/fault-report.js';
import { GPU0, NO_TABLES, allocation, launch } from './recording.js';

const TABLES = {
  ...NO_TABLES,
  allocations: [
    allocation({ id: 1, name: 'y', address: 0x2000_0000, bytes: 1 << 20, file: 'add.cu', line: 9 }),
    allocation({ id: 2, address: 0x3000_0000, bytes: PAGE_SIZE }),
  ],
  launches: [launch({ id: 1, grid: [4, 2, 1], block: [32, 4, 1] })],
  locations: new Map([[100, { functionName: 'add', file: 'add.cu', line: 6, column: 3 }]]),
};
const SCOPE = scopeOfTables(TABLES, ['warm up']);

/** gpu0 writes to page 4 of y, in thread (17,1,0) of block (3,1,0) of launch 1. */
const AT: ConditionEvent = {
  ...NO_EVENT,
  number: 1234,
  timeNs: 5_000_000,
  durationNs: 10_500,
  agent: 1,
  source: 0,
  target: 1,
  firstPage: 0x20004,
  pageCount: 1,
  access: Access.write,
  codeOffset: 100,
  launch: 1,
  block: 3 + 4,
  thread: 17 + 32,
  allocation: 1,
};
const SIXTEEN = { pageCount: 16, extra: 16 * PAGE_SIZE, access: Access.none };

function headline(event: Partial<ConditionEvent>): string {
  return describeEvent({ ...AT, ...event }, SCOPE).headline;
}

describe('the exception filters', () => {
  it('are those of the issue, on by default where the program is wrong', () => {
    expect(EVENT_FILTERS.map(({ id, default: on }) => (on ? `${id} on` : id))).toEqual([
      'error on',
      'expectFailed on',
      'cpuFault',
      'deviceFault',
      'faultBatch',
      'migrate',
      'evict',
      'invalidate',
      'prefetch',
      'thrash',
      'pinWait',
      'exclusive',
      'cow',
      'writeback',
      'race',
    ]);
  });

  it('have ids of kinds, a description, and an example that compiles', () => {
    for (const { id, kinds, label, description, conditionExample } of EVENT_FILTERS) {
      if (id !== 'error') expect(kinds.map((kind) => EVENT_KINDS[kind])).toEqual([id]);
      expect(label).toMatch(/^[A-Z]/);
      expect(description).toMatch(/^[^.]+.*\.$/);
      expect(() => compileCondition(conditionExample, SCOPE)).not.toThrow();
    }
  });

  it('share no kind of event', () => {
    const byKind = filtersByKind();
    expect(byKind.size).toBe(EVENT_FILTERS.flatMap(({ kinds }) => kinds).length);
    expect(byKind.get(EventKind.fatalFault)).toBe('error');
    expect(byKind.has(EventKind.launch)).toBe(false);
  });
});

describe('the headline of an event', () => {
  const lines: Record<(typeof EVENT_KINDS)[number], readonly [Partial<ConditionEvent>, string]> = {
    map: [{ ...SIXTEEN, cause: Cause.user }, '16 pages from 0x20004 of y mapped into the address space'],
    unmap: [{ ...SIXTEEN, cause: Cause.user }, '16 pages from 0x20004 of y unmapped by the program'],
    protect: [{ extra: 1 }, 'protection of page 0x20004 of y changed to read'],
    cpuFault: [
      { agent: CPU, source: GPU0, target: 0 },
      'cpu page fault: write at page 0x20004 of y, which is in gpu0 memory',
    ],
    deviceFault: [{}, 'gpu0 page fault: write at page 0x20004 of y, which is in cpu memory'],
    faultBatch: [SIXTEEN, 'gpu0 fault batch: 16 pages from 0x20004 of y'],
    migrate: [
      { ...SIXTEEN, cause: Cause.fault },
      '64.0 KiB in 16 pages from 0x20004 of y migrate from cpu to gpu0, because of a fault',
    ],
    replicate: [{}, 'page 0x20004 of y copied from cpu to gpu0 for reading, both stay valid'],
    invalidate: [
      { ...SIXTEEN, extra: 12, cause: Cause.unmap },
      'gpu0 drops 12 page-table entries for 16 pages from 0x20004 of y, because the range is unmapped',
    ],
    evict: [
      { ...SIXTEEN, source: GPU0, target: 0, cause: Cause.evict },
      'gpu0 evicts 64.0 KiB in 16 pages from 0x20004 of y to cpu to make room',
    ],
    prefetch: [{ ...SIXTEEN, source: NO_NODE }, 'prefetch of 64.0 KiB in 16 pages from 0x20004 of y to gpu0'],
    pin: [{ cause: Cause.api }, 'page 0x20004 of y pinned in cpu memory by an API call'],
    unpin: [{ cause: Cause.unmap }, 'page 0x20004 of y unpinned, because the range is unmapped'],
    pinWait: [SIXTEEN, 'gpu0 waits for 16 pages from 0x20004 of y, which are pinned'],
    exclusive: [{ access: Access.atomic }, 'gpu0 takes page 0x20004 of y for itself: atomic'],
    cow: [{ agent: CPU }, 'copy on write: cpu gets its own copy of page 0x20004 of y'],
    writeback: [SIXTEEN, '16 pages from 0x20004 of y written back'],
    truncate: [SIXTEEN, '16 pages from 0x20004 of y cut off their file'],
    thrash: [SIXTEEN, '16 pages from 0x20004 of y thrash between cpu and gpu0'],
    throttle: [{}, 'gpu0 is held back from page 0x20004 of y, which thrashes'],
    accessCounter: [{}, 'gpu0 access counter for page 0x20004 of y reached its limit'],
    race: [
      { agent: CPU, launch: 0, extra: 1 },
      'race: cpu write at page 0x20004 of y, which add(int, float*, float*) (launch 1) touched without synchronisation',
    ],
    launch: [{ pageCount: 0, extra: 1 }, 'gpu0 starts add(int, float*, float*) (launch 1)'],
    complete: [{ pageCount: 0, extra: 7 }, 'gpu0 completes launch 7'],
    sync: [{ agent: CPU, pageCount: 0 }, 'cpu synchronises with the devices'],
    allocate: [{ extra: 1 }, 'y allocated: 1.0 MiB of managed memory at 0x20000000'],
    free: [{ extra: 2 }, 'allocation 2 freed: 4.0 KiB of managed memory at 0x30000000'],
    note: [{ pageCount: 0, extra: 1 }, 'phase "warm up" begins'],
    expectFailed: [SIXTEEN, 'expectation failed: 16 pages from 0x20004 of y are not all in gpu0 memory'],
    copy: [{ extra: 100 }, 'explicit copy of 100 B from cpu to gpu0, page 0x20004 of y'],
    fatalFault: [{ extra: 16 }, 'gpu0 write at 0x00000010 cannot be served, the program ends'],
    remoteMap: [{}, 'gpu0 maps page 0x20004 of y in cpu memory'],
    fork: [{ extra: 2, pageCount: 9 }, 'fork: process 2 gets a copy of the address space, 9 mapped pages'],
    remap: [{ ...SIXTEEN, extra: 0x300 }, '16 pages from 0x20004 of y moved here from page 0x300 of the address space'],
    swapOut: [{ ...SIXTEEN, cause: Cause.reclaim }, '16 pages from 0x20004 of y swapped out, because memory is short'],
    swapIn: [{ cause: Cause.fault }, 'page 0x20004 of y swapped in, because of a fault'],
    hugeSplit: [
      { cause: Cause.unmap },
      'huge page at page 0x20004 of y split into base pages, because the range is unmapped',
    ],
    hugeCollapse: [
      { ...SIXTEEN, cause: Cause.advise },
      '16 pages from 0x20004 of y collapsed into a huge page, as advised by the program',
    ],
    queueEvict: [
      { ...SIXTEEN, cause: Cause.protect },
      'gpu0 queues stopped, 16 pages from 0x20004 of y change on the CPU’s side, because its protection changes',
    ],
    queueRestore: [{ extra: 1 }, 'gpu0 queues start again, page 0x20004 of y mapped again, attempt 2'],
    advise: [{ ...SIXTEEN, extra: 3 }, 'advice on 16 pages from 0x20004 of y: best placed in the memory of gpu0'],
  };

  it.each(EVENT_KINDS.map((kind) => [kind, ...lines[kind]] as const))('%s', (kind, event, expected) => {
    expect(headline({ ...event, kind: EventKind[kind] })).toBe(expected);
  });

  it('says why a fault found no entry', () => {
    const { deviceFault } = EventKind;
    expect(headline({ kind: deviceFault, source: NO_NODE })).toBe(
      'gpu0 page fault: write at page 0x20004 of y, its first touch',
    );
    expect(headline({ kind: deviceFault, source: 1 })).toMatch(/which is not writable$/);
    expect(headline({ kind: deviceFault, source: 1, access: Access.read })).toMatch(/which is not mapped$/);
  });

  it('is one line whatever is in the row', () => {
    for (let kind = 0; kind < 256; kind += 1) {
      const odd = { kind, agent: 200, source: 200, target: 200, access: 99, cause: 99, launch: 9, extra: 1e300 };
      for (const event of [{ kind }, { ...NO_EVENT, kind }, odd]) {
        const { headline: line, fields } = describeEvent({ ...AT, ...event }, SCOPE);
        expect(line).toMatch(/^[^\n]+$/);
        expect(line).not.toMatch(/undefined|null|NaN/);
        for (const [label, value] of fields) expect(`${label}: ${value}`).not.toMatch(/undefined|null|NaN|: $/);
      }
    }
  });
});

describe('the record of an event', () => {
  it('has everything a person asks, in order', () => {
    const { fields, data } = describeEvent({ ...AT, ...SIXTEEN, kind: EventKind.migrate, cause: Cause.fault }, SCOPE);
    expect(fields).toEqual([
      ['What', 'migration'],
      ['Pages', '16 from 0x20004 (64.0 KiB)'],
      ['Address', '0x20004000'],
      ['From', 'cpu'],
      ['To', 'gpu0'],
      ['Why', 'a page fault'],
      ['Cost', '10.5 µs of simulated time'],
      ['Allocation', 'y (managed, 1.0 MiB at 0x20000000)'],
      ['Allocated at', 'add.cu:9'],
      ['Code', 'add.cu:6, in add'],
      ['Thread', 'gpu0 · block (3,1,0) thread (17,1,0)'],
      ['Kernel', 'add(int, float*, float*), launch 1, grid (4,2,1) of blocks (32,4,1)'],
      ['Driver', 'hmm'],
      ['Time', '5.00 ms'],
      ['Event', '1,234'],
    ]);
    expect(data).toEqual({
      event: 1234,
      kind: 'migrate',
      timeNs: 5_000_000,
      durationNs: 10_500,
      agent: 'gpu0',
      access: 'none',
      cause: 'fault',
      page: 0x20004,
      address: 0x2000_4000,
      pages: 16,
      bytes: 65_536,
      from: 'cpu',
      to: 'gpu0',
      driver: 'hmm',
      allocation: { id: 1, name: 'y', kind: 'managed', address: 0x2000_0000, bytes: 1 << 20, file: 'add.cu', line: 9 },
      codeOffset: 100,
      file: 'add.cu',
      line: 6,
      function: 'add',
      launch: 1,
      kernel: 'add(int, float*, float*)',
      grid: [4, 2, 1],
      blockDim: [32, 4, 1],
      block: [3, 1, 0],
      thread: [17, 1, 0],
      hostThread: null,
      extra: 65_536,
    });
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
  });

  it('leaves out what the event does not have', () => {
    const event = {
      ...NO_EVENT,
      kind: EventKind.cpuFault,
      target: 0,
      firstPage: 5,
      pageCount: 1,
      access: Access.read,
      thread: 2,
    };
    expect(describeEvent(event, SCOPE).fields).toEqual([
      ['What', 'CPU page fault, read'],
      ['Page', '0x5'],
      ['Address', '0x00005000'],
      ['To', 'cpu'],
      ['Why', 'first touch: the page has no memory yet'],
      ['Thread', 'thread 2'],
      ['Driver', 'hmm'],
      ['Time', '0 ns'],
      ['Event', '0'],
    ]);
  });
});

describe('the record of a program error', () => {
  const place = {
    agent: GPU0,
    stack: [{ functionName: 'scale(float*, int)', file: 'null.cu', line: 9, column: 3 }],
    block: [0, 0, 0],
    thread: [5, 0, 0],
  } as const;

  it('says what lies at the address of a bad access', () => {
    const fault: AccessFault = {
      ...place,
      kind: 'access',
      signal: 'SIGSEGV',
      reason: 'unmapped',
      access: Access.write,
      address: 0x3000_1000,
      bytes: 4,
    };
    const { headline: line, fields } = describeProgramError(fault, TABLES.allocations);
    expect(line).toBe(
      'SIGSEGV: gpu0 wrote 4 bytes at 0x30001000 (not mapped) in scale(float*, int) at null.cu:9, block (0,0,0) thread (5,0,0)',
    );
    expect(fields).toEqual([
      ['What', 'SIGSEGV, unmapped'],
      ['Address', '0x30001000'],
      ['Access', 'write of 4 bytes'],
      ['There', 'It is the first byte past the end of allocation 2 (managed, 4.0 KiB).'],
      ['Code', 'null.cu:9, in scale(float*, int)'],
      ['Thread', 'block (0,0,0) thread (5,0,0)'],
    ]);
  });

  it('says what a trap says', () => {
    const fault: TrapFault = { ...place, kind: 'trap', signal: 'SIGABRT', message: 'assertion failed', stack: [] };
    expect(describeProgramError(fault, []).fields).toEqual([
      ['What', 'SIGABRT, assertion failed'],
      ['Thread', 'block (0,0,0) thread (5,0,0)'],
    ]);
  });

  it('names the call that failed', () => {
    const failed = {
      call: 'cudaMemcpy',
      error: 'cudaErrorInvalidValue',
      code: 1,
      message: 'invalid argument',
      codeOffset: 100,
    };
    const { headline: line, fields, data } = describeFailedCall(failed, SCOPE);
    expect(line).toBe('cudaMemcpy returned cudaErrorInvalidValue (1): invalid argument');
    expect(fields.at(-1)).toEqual(['Code', 'add.cu:6, in add']);
    expect(data).toMatchObject({ ...failed, line: 6 });
  });
});
