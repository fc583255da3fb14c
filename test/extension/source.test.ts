/** What stands in the source, by value. */
import { describe, expect, test } from 'vitest';
import type { AllocationInfo, EventRow } from '../../engine/index.js';
import { parseDiagnostic } from '../../extension/source/compiler-diagnostics.js';
import { namesOn } from '../../extension/source/inline-values.js';
import { kernelFigures, kernelLine, lensTitle } from '../../extension/source/kernel-lenses.js';
import { figuresOf } from '../../extension/source/line-figures.js';
import { heatOf, phrase } from '../../extension/source/line-heat.js';
import { hexText } from '../../extension/source/memory-document.js';
import { allocationAt, shares } from '../../extension/source/residency-hover.js';
import { summaryText } from '../../extension/source/summary-document.js';
import { csvOf } from '../../extension/views/export-events.js';
import { sizeOf } from '../../extension/session/machine-of.js';

const sum = { events: 1, pages: 1, bytes: 4096, durationNs: 10 };
const line = (path: string | null, at: number | null, pages: number, bytes = pages * 4096) => ({
  key: '',
  label: '',
  path,
  line: at,
  events: pages,
  pages,
  bytes,
  durationNs: pages * 10,
});

describe('costs of lines', () => {
  const files = figuresOf(
    [line('/p/a.cu', 3, 5), line(null, null, 9)],
    [line('/p/a.cu', 7, 1000)],
    [line('/p/a.cu', 7, 1000), line('/p/b.cu', 1, 1)],
  );

  test('are joined by place', () => {
    expect([...files.keys()]).toEqual(['/p/a.cu', '/p/b.cu']);
    expect(files.get('/p/a.cu')?.get(7)).toEqual({
      cpuFaults: 0,
      deviceFaults: 1000,
      migratedBytes: 4096000,
      ns: 20000,
    });
  });

  test('are said in a few words', () => {
    expect(phrase({ cpuFaults: 1, deviceFaults: 0, migratedBytes: 0, ns: 1 })).toBe('1 CPU fault');
    expect(phrase(files.get('/p/a.cu')!.get(7)!)).toBe('1,000 device faults · 3.9 MiB moved');
  });

  test('have a heat that tells small from large', () => {
    const heat = heatOf(files.get('/p/a.cu')!, 4);
    expect(heat.get(3)).toBe(0);
    expect(heat.get(7)).toBe(3);
    expect(heatOf(new Map([[1, { ns: 5, migratedBytes: 5 }]]), 4).get(1)).toBe(3);
  });
});

describe('kernels', () => {
  const event = (kind: string, launch: number, timeNs: number) =>
    ({ kind, launch, timeNs, path: '/p/a.cu', line: 30 }) as EventRow;
  const launches = [
    { ...sum, key: '1', label: 'add(int, float*) (launch 1)' },
    { ...sum, key: '2', label: 'add(int, float*) (launch 2)' },
  ];

  test('are summed over their launches', () => {
    const [add] = kernelFigures(
      launches,
      [{ ...sum, key: '1', label: '', pages: 7 }],
      [{ ...sum, key: '2', label: '', bytes: 8192 }],
      [event('launch', 1, 100), event('complete', 1, 150), event('launch', 2, 200), event('complete', 2, 1200)],
    );
    expect(add).toEqual({
      kernel: 'add(int, float*)',
      launches: 2,
      faults: 7,
      migratedBytes: 8192,
      ns: 1050,
      path: '/p/a.cu',
    });
    expect(lensTitle(add!)).toBe('2 launches · 7 faults · 8.0 KiB moved · 1.05 µs');
  });

  test.each([
    ['add(int, float*)', ['// add(', 'int adder();', '__global__ void add(int n, float *x)', '{'], 2],
    ['void scale<float>(float*)', ['template <typename T>', '__global__', 'void scale(T *x)'], 2],
    ['ns::copy(int*)', ['copy(1);', '__global__ void copy(int *x)'], 1],
    ['main, line 2', ['int main() {', '#pragma omp target', '}'], 1],
    ['main, line 9', ['int main() {}'], -1],
    ['gone(int)', ['gone<<<1, 1>>>(3);', 'int gone(int);'], -1],
  ])('%s is found in its file', (kernel, lines, expected) => {
    expect(kernelLine(kernel, lines)).toBe(expected);
  });
});

test('names that may be variables', () => {
  const names = (text: string) => namesOn(text).map(({ name }) => name);
  expect(names('    y[i] = x[i] + y[i]; // and z')).toEqual(['y', 'i', 'x']);
  expect(names('add<<<grid, block>>>(n, x, std::move(q)); "text s"')).toEqual(['grid', 'block', 'n', 'x', 'q']);
  expect(names('#include <cstdio>')).toEqual([]);
  expect(names('image->pixels[i] = value.red;')).toEqual(['image', 'i', 'value']);
});

test('what the compiler says', () => {
  expect(parseDiagnostic("a.cu:3:5: error: use of undeclared identifier 'x'\n")).toEqual({
    severity: 'error',
    message: "use of undeclared identifier 'x'",
  });
  expect(parseDiagnostic('C:\\p\\a.cu:3:5: warning: hm')).toEqual({ severity: 'warning', message: 'hm' });
  expect(parseDiagnostic('hello: 3')).toBeNull();
});

test('bytes as text', () => {
  expect(hexText(0x1000, Buffer.from('Hello, pages!\n\0abc'))).toBe(
    `00001000  48 65 6c 6c 6f 2c 20 70 61 67 65 73 21 0a 00 61  Hello, pages!..a\n00001010  62 63${' '.repeat(43)} bc\n`,
  );
});

test('sizes', () => {
  expect([sizeOf('64MiB'), sizeOf('512K'), sizeOf('1.5g'), sizeOf(42), sizeOf('much')]).toEqual([
    64 * 2 ** 20,
    512 * 2 ** 10,
    1.5 * 2 ** 30,
    42,
    null,
  ]);
});

describe('allocations', () => {
  const y: AllocationInfo = {
    id: 2,
    name: 'y',
    kind: 'managed',
    address: 0x20000,
    bytes: 8 * 4096,
    path: '/p/a.cu',
    line: 4,
    freed: false,
    residency: { cpu: 2, gpu0: 4 },
  };

  test('are found by an address, the living one first', () => {
    const earlier = { ...y, id: 1, freed: true };
    expect(allocationAt(0x20010, [earlier, y])).toBe(y);
    expect(allocationAt(0x20010, [earlier])).toBeNull();
    expect(allocationAt(Number.NaN, [y])).toBeNull();
  });

  test('tell how much is where', () => {
    expect(shares(y)).toEqual([
      `cpu      ${'█'.repeat(5)}${'░'.repeat(15)}  2 of 8 pages`,
      `gpu0     ${'█'.repeat(10)}${'░'.repeat(10)}  4 of 8 pages`,
      `nowhere  ${'█'.repeat(5)}${'░'.repeat(15)}  2 of 8 pages`,
    ]);
  });

  test('and all else stand in the summary, with links', () => {
    const text = summaryText(
      {
        title: 'Faultline: a.cu',
        ending: 'The program has ended with status 0.',
        kinds: [{ ...sum, key: 'migrate', label: 'migrate' }],
        kernels: [{ kernel: 'add(int | long)', launches: 1, faults: 2, migratedBytes: 4096, ns: 5, path: null }],
        lines: figuresOf([line('/p/a.cu', 3, 5)], [], []),
        allocations: [y],
        perAllocation: [{ ...sum, key: '2', label: 'y', bytes: 4096 }],
      },
      (path, at) => `${path}#L${at}`,
    );
    expect(text).toContain('| migration | 1 | 1 | 4.0 KiB | 10 ns |');
    expect(text).toContain('| `add(int \\| long)` | 1 | 2 | 4.0 KiB | 5 ns |');
    expect(text).toContain('| [a.cu:3](/p/a.cu#L3) | 5 | 0 | 0 B | 50 ns |');
    expect(text).toContain('| y | managed | 32.0 KiB | 4.0 KiB | cpu 2 · gpu0 4 | [a.cu:4](/p/a.cu#L4) |');
  });
});

test('events as comma-separated values', () => {
  const row = { number: 3, timeNs: 1.5, kind: 'migrate', path: '/p/"a",b.cu', line: null } as EventRow;
  expect(csvOf(row)).toBe('3,1.5,,migrate,,,,,,,,"/p/""a"",b.cu",,,,,,');
});
