import { describe, expect, it } from 'vitest';
import { Access, EventKind } from '../../engine/memory/event.js';
import { CPU } from '../../engine/memory/units.js';
import { describeAddress, faultHeadline, type AccessFault, type FaultReport } from '../../engine/trace/fault-report.js';
import { renderReport, type ReportInput } from '../../engine/trace/report.js';
import { summarize } from '../../engine/trace/summary.js';
import type { TraceTables } from '../../engine/trace/tables.js';
import { GPU0, NO_TABLES, PAGE_SIZE, Recording, allocation, launch } from './recording.js';

const MIB = 2 ** 20;
const FIRST_PAGE = 16;
const PAGES = 1024;

const SOURCE = [
  '__global__ void add(int n, float *x, float *y) {',
  '  int i = blockIdx.x * blockDim.x + threadIdx.x;',
  '  for (; i < n; i += blockDim.x * gridDim.x) y[i] = x[i] + y[i];',
  '}',
];
const sourceText = (file: string, line: number): string | null =>
  file === 'add.cu' ? (SOURCE[line - 1] ?? null) : null;

const tables: TraceTables = {
  ...NO_TABLES,
  simulatedNs: 31_400_000,
  allocations: [
    allocation({ id: 1, name: 'x', bytes: 4 * MIB, file: 'add.cu', line: 14, residencyAtEnd: [0, PAGES] }),
    allocation({ id: 2, address: 0x410000, bytes: 4 * MIB, file: 'add.cu', line: 15, residencyAtEnd: [256, 600] }),
    allocation({ id: 3, kind: 'heap', address: 0x900000, bytes: 100, name: 'log', freedAtEvent: 7 }),
  ],
  launches: [launch({ id: 1, line: 1, startNs: 1_000_000, endNs: 26_000_000 })],
  locations: new Map([
    [10, { functionName: 'main', file: 'add.cu', line: 20, column: 3 }],
    [30, { functionName: 'add(int, float*, float*)', file: 'add.cu', line: 3, column: 46 }],
  ]),
};

/** The CPU fills x and y, a kernel reads both, the CPU reads some of y. */
function trace(): Recording {
  const recording = new Recording({ allocationOf: (index) => (index < FIRST_PAGE + PAGES ? 1 : 2) });
  const pages = Array.from({ length: 2 * PAGES }, (_, index) => FIRST_PAGE + index);
  recording.at({ codeOffset: 10 });
  for (const index of pages) recording.cpuFault(index);
  recording.at({ codeOffset: 30, launch: 1 });
  for (const index of pages) recording.deviceFault(index).migrate(0, 1, index);
  recording.at({ codeOffset: 10, launch: 0 });
  for (const index of pages.slice(-256)) recording.cpuFault(index).migrate(1, 0, index);
  return recording.record({ kind: EventKind.evict, extra: 8192 });
}

function input(changes: Partial<ReportInput> = {}): ReportInput {
  return {
    sources: ['add.cu'],
    language: 'cuda',
    machine: 'p100-pcie3',
    driver: 'hmm',
    pageSize: PAGE_SIZE,
    ending: 'exit 0',
    succeeded: true,
    fault: null,
    summary: summarize(trace().reader, tables, PAGE_SIZE),
    nodes: tables.nodes,
    allocations: tables.allocations,
    notes: [],
    ...changes,
  };
}

const nullRead: AccessFault = {
  kind: 'access',
  signal: 'SIGSEGV',
  reason: 'null',
  agent: GPU0,
  access: Access.read,
  address: 0,
  bytes: 4,
  stack: [{ functionName: 'add(int, float*, float*)', file: 'add.cu', line: 3, column: 46 }],
  block: [0, 0, 0],
  thread: [0, 0, 0],
};

describe('the report', () => {
  it('of a good run, in 80 columns', async () => {
    await expect(renderReport(input(), { width: 80, colour: false, sourceText })).toMatchFileSnapshot(
      'report-80.golden.txt',
    );
  });

  it('of a crash, in 120 columns', async () => {
    const crash = input({
      ending: 'killed by SIGSEGV',
      succeeded: false,
      fault: nullRead,
      notes: ['the event log reached its memory limit; 12 later events are not in these figures.'],
    });
    await expect(renderReport(crash, { width: 120, colour: false, sourceText })).toMatchFileSnapshot(
      'crash-120.golden.txt',
    );
  });

  it('is the same text with colours taken out', () => {
    const style = { width: 100, sourceText };
    const crash = input({ fault: nullRead, succeeded: false });
    // eslint has no-control-regex on; the escape character is built rather than written.
    const codes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    const coloured = renderReport(crash, { ...style, colour: true });
    expect(coloured).toMatch(codes);
    expect(coloured.replace(codes, '')).toBe(renderReport(crash, { ...style, colour: false }));
  });

  it.each([10, 80, 93, 120, 400])('keeps its lines within a terminal of %d columns', (width) => {
    const lines = renderReport(input({ fault: nullRead }), { width, colour: false, sourceText }).split('\n');
    expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(
      Math.min(120, Math.max(80, width)),
    );
  });

  it('leaves out what did not happen', () => {
    const summary = summarize(new Recording().reader, NO_TABLES, PAGE_SIZE);
    const text = renderReport(input({ summary, allocations: [] }), { width: 80, colour: false, sourceText });
    for (const absent of ['Kernels', 'Allocations', 'Hottest', 'Evicted', 'Pinned', 'Note'])
      expect(text).not.toContain(absent);
  });
});

describe('what a fault says', () => {
  const cases: [FaultReport, string][] = [
    [
      nullRead,
      'SIGSEGV: gpu0 read 4 bytes at 0x00000000 (NULL page) in add(int, float*, float*) at add.cu:3, block (0,0,0) thread (0,0,0)',
    ],
    [
      {
        ...nullRead,
        agent: CPU,
        access: Access.write,
        bytes: 1,
        address: 0xfff0000,
        reason: 'unmapped',
        stack: [],
        block: null,
        thread: null,
      },
      'SIGSEGV: cpu wrote 1 byte at 0x0fff0000 (not mapped)',
    ],
    [
      {
        kind: 'trap',
        signal: 'SIGABRT',
        message: 'the program called abort',
        agent: CPU,
        stack: [{ functionName: null, file: 'a.c', line: 2, column: 0 }],
        block: null,
        thread: null,
      },
      'SIGABRT: cpu: the program called abort at a.c:2',
    ],
  ];
  it.each(cases)('%#', (fault, headline) => expect(faultHeadline(fault)).toBe(headline));
});

describe('the advice for a program that ended itself', () => {
  const trap: FaultReport = {
    kind: 'trap',
    signal: 'SIGABRT',
    message: 'every thread waits',
    agent: CPU,
    stack: [],
    block: null,
    thread: null,
  };
  const told = (fault: FaultReport): string =>
    renderReport(input({ fault, ending: 'killed by SIGABRT', succeeded: false }), {
      width: 80,
      colour: false,
      sourceText,
    }).replaceAll(/\s+/g, ' ');
  it('is about its output, and about locks where every thread waits', () => {
    expect(told(trap)).toContain('Its own output above says why');
    expect(told({ ...trap, isDeadlock: true })).toContain('Nobody is left who could end these waits.');
    expect(told({ ...trap, isDeadlock: true })).not.toContain('Its own output');
  });
});

describe('what lies at an address', () => {
  const allocations = [
    allocation({ id: 1, name: 'old', address: 0x1000, bytes: 100, freedAtEvent: 5 }),
    allocation({ id: 2, name: 'x', address: 0x2000, bytes: 4096, file: 'a.cu', line: 3 }),
    allocation({ id: 3, address: 0x1000, bytes: 50, freedAtEvent: 1234 }),
  ];
  it.each([
    [0x2004, 'It is 4 bytes into x (managed, 4.0 KiB, a.cu:3).'],
    [0x3000, 'It is the first byte past the end of x (managed, 4.0 KiB, a.cu:3).'],
    [0x3010, 'It is 16 bytes past the end of x (managed, 4.0 KiB, a.cu:3).'],
    [0x1010, 'It is 16 bytes into allocation 3 (managed, 50 B), freed at event 1,234.'],
    [0x0800, null],
    [0x7000_0000, null],
  ])('%#', (address, sentence) => expect(describeAddress(address, allocations)).toBe(sentence));
});
