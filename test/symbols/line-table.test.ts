/** Line tables of real programs, with LLVM's symbolizer as the oracle; and bytes that are no line table. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MalformedSymbols, readLineTable, RowFlag, type LineTable } from '../../engine/symbols/line-table.js';
import { symbolize } from './symbolizer.js';
import type { ProgramImage } from '../../engine/toolchain/build.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { lineTableOf } from './stopped.js';

const SOURCE = `
template <typename T> T twice(T value) {
  T result = value + value;
  return result;
}

int removed(int a) {
  return a * 3;
}

int loop(int count)
{
  int sum = 0;

  for (int i = 0; i < count; i++)
    sum += i;
  auto add = [&](int more) { return sum + more; };
  return add(1);
}

int main() {
  return loop(3) + twice(1) + (int)twice(1.5) == 9;
}
`;
const FILE = '/project/lines.cpp';
const KERNEL = readFileSync(new URL('../workloads/cuda/vector.cu', import.meta.url), 'utf8');

let programs: CompiledPrograms;
let plain: ProgramImage;
let table: LineTable;
beforeAll(async () => {
  programs = new CompiledPrograms();
  plain = await programs.image({ 'lines.cpp': SOURCE });
  table = lineTableOf(plain.module);
});
afterAll(() => programs[Symbol.dispose]());

function lineOf(text: string): number {
  return SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length;
}

function functionAt(image: ProgramImage, codeOffset: number): string {
  const position = codeOffset + image.module.codeStart;
  const body = image.module.bodies.find(({ start, end }) => start <= position && position < end);
  return image.module.functionNames.get(body?.functionIndex ?? -1) ?? '';
}

function stops(line: number, column?: number): { in: string; line: number | undefined; column: number | undefined }[] {
  return table.offsetsOfLine(FILE, line, column).map((offset) => {
    const at = table.at(offset);
    return { in: functionAt(plain, offset), line: at?.line, column: at?.column };
  });
}

describe('against the symbolizer', () => {
  test.each([
    ['C++', 'lines.cpp', SOURCE, 0, 80],
    ['C++, optimised', 'lines.cpp', SOURCE, 2, 6],
    ['CUDA, host and device', 'vector.cu', KERNEL, 0, 500],
    ['CUDA, optimised', 'vector.cu', KERNEL, 2, 200],
  ] as const)('%s', async (_, name, source, optimize, least) => {
    const image = await programs.image({ [name]: source }, { optimize });
    const lines = lineTableOf(image.module);
    const last = Math.max(...image.module.bodies.map(({ end }) => end)) - image.module.codeStart;
    // Rows, and the bytes around them.
    const offsets = [...new Set(Array.from(lines.codeOffsets).flatMap((offset) => [offset - 1, offset, offset + 1]))]
      .filter((offset) => offset < last)
      .slice(0, 2000);
    const frames = await symbolize((args, files) => programs.compiler.run(args, files), image.module.bytes, offsets);
    let compared = 0;
    for (const offset of offsets) {
      const [innermost] = frames.get(offset) ?? [];
      const at = lines.at(offset);
      // For code without a line the symbolizer's frame is that of the function.
      if (at?.line === 0 || (!at && innermost?.column === 0 && innermost.line === innermost.functionLine)) continue;
      expect({ offset, ...at }).toEqual({
        offset,
        ...(innermost && { file: innermost.file, line: innermost.line, column: innermost.column }),
      });
      compared++;
    }
    expect(compared).toBeGreaterThan(least);
    expect(lines.files).toContain(`/project/${name}`);
  });
});

describe('statements', () => {
  test('begin in ascending order, each at its own place, and only in the files asked for', () => {
    const offsets = table.statements((file) => file === FILE);
    expect(offsets.length).toBeGreaterThan(15);
    for (const [n, offset] of offsets.entries()) {
      expect(offset).toBeGreaterThan(offsets[n - 1] ?? 0);
      expect(table.at(offset)).toMatchObject({ file: FILE });
      expect(functionAt(plain, offset)).not.toBe('');
    }
  });

  test('are not repeated while the place stays the same', () => {
    const places = Array.from(
      table.statements((file) => file === FILE),
      (offset) => ({ ...table.at(offset), function: functionAt(plain, offset) }),
    );
    for (const [n, place] of places.entries()) expect(place).not.toEqual(places[n - 1]);
  });
});

describe('a breakpoint', () => {
  test('on a statement stops where it begins', () => {
    expect(stops(lineOf('int sum = 0'))).toEqual([{ in: '_Z4loopi', line: lineOf('int sum = 0'), column: 7 }]);
  });

  test('on a line of a template stops in each instance', () => {
    expect(stops(lineOf('T result')).map((stop) => stop.in)).toEqual(['_Z5twiceIiET_S0_', '_Z5twiceIdET_S0_']);
  });

  test('on a line with a lambda stops where it is made and where it runs', () => {
    const names = stops(lineOf('auto add')).map((stop) => stop.in);
    expect(names).toHaveLength(2);
    expect(names).toContain('_Z4loopi');
  });

  test('on a loop stops at its first statement, and with a column at that one', () => {
    const line = lineOf('for (int i');
    expect(stops(line)).toMatchObject([{ line, column: 12 }]);
    const increment = SOURCE.split('\n')[line - 1]!.indexOf('i++') + 1;
    expect(stops(line, increment)).toMatchObject([{ line, column: increment + 1 }]);
    // Behind the last one there is only the line.
    expect(stops(line, increment + 20)).toMatchObject([{ line, column: 12 }]);
  });

  test('on a function stops after its prologue', () => {
    expect(stops(lineOf('int loop'))).toMatchObject([{ in: '_Z4loopi', line: lineOf('int sum = 0') }]);
    // Its own entry is a statement, too, on the line of its brace.
    expect(table.columnsOf(FILE, lineOf('int loop'), lineOf('int loop') + 1)).toHaveLength(1);
    const [inside = 0] = table.offsetsOfLine(FILE, lineOf('sum += i'));
    expect(table.at(table.afterPrologue(inside) ?? 0)?.line).toBe(lineOf('int sum = 0'));
  });

  test('on an empty line goes to the next one of the function', () => {
    expect(stops(lineOf('int sum = 0') + 1)).toMatchObject([{ in: '_Z4loopi', line: lineOf('for (int i') }]);
  });

  test('after the last line, and in a file without code, stops nowhere', () => {
    expect(stops(SOURCE.split('\n').length + 5)).toEqual([]);
    expect(table.offsetsOfLine('/project/other.cpp', 1)).toEqual([]);
  });

  test('stops once in each of the ranges given', () => {
    const line = lineOf('for (int i');
    const [first] = table.offsetsOfLine(FILE, line);
    const all = Array.from(table.statements(() => true)).filter((offset) => table.at(offset)?.line === line);
    expect(all.length).toBeGreaterThan(1);
    const ranges = all.map((start, n) => ({ start, end: all[n + 1] ?? start + 1 }));
    expect(table.offsetsOfLine(FILE, line, 0, ranges)).toEqual(all);
    expect(table.offsetsOfLine(FILE, line, 0, [{ start: 0, end: 1 << 30 }])).toEqual([first]);
  });
});

test('what the linker has removed has no code', () => {
  const line = lineOf('return a * 3');
  expect(table.columnsOf(FILE, line, line)).toEqual([]);
  expect(table.columnsOf(FILE, line, lineOf('int sum = 0')).map((place) => place.line)).not.toContain(line);
  const last = Math.max(...plain.module.bodies.map(({ end }) => end)) - plain.module.codeStart;
  expect(Math.max(...table.codeOffsets)).toBeLessThanOrEqual(last);
});

test('places between lines are given once each, in the order of the source', () => {
  const line = lineOf('for (int i');
  const places = table.columnsOf(FILE, line, line + 1);
  const ascending = places.toSorted((a, b) => a.line - b.line || a.column - b.column);
  expect(places).toEqual(ascending);
  expect(new Set(places.map((place) => `${place.line}:${place.column}`)).size).toBe(places.length);
  expect(places.at(-1)?.line).toBe(line + 1);
});

test('between functions there is no place', () => {
  expect(table.at(0)).toBeUndefined();
  expect(table.at(0xffff_ffff)).toBeUndefined();
});

describe('DWARF 4', () => {
  /** One file in one directory, one sequence: line 5 at 16, line 7 at 20, end at 24. */
  function version4(): Uint8Array {
    const text = (word: string): number[] => [...new TextEncoder().encode(word), 0];
    const header = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
    const tables = [...text('src'), 0, ...text('a.c'), 1, 0, 0, 0];
    const program = [0, 5, 2, 16, 0, 0, 0, 3, 4, 5, 9, 1, 2, 4, 3, 2, 1, 2, 4, 0, 1, 1];
    const rest = [...header, ...tables];
    const unit = [4, 0, rest.length, 0, 0, 0, ...rest, ...program];
    return Uint8Array.from([unit.length, 0, 0, 0, ...unit]);
  }

  test('counts files from one and directories from one', () => {
    const lines = readLineTable({ line: version4() });
    expect(lines.at(16)).toEqual({ file: 'src/a.c', line: 5, column: 9 });
    expect(lines.at(23)).toEqual({ file: 'src/a.c', line: 7, column: 9 });
    expect(lines.at(24)).toBeUndefined();
    expect(Array.from(lines.flags)).toEqual([1, 1, RowFlag.endSequence | 1]);
  });

  test.each([0, 0xffff_ffff, 0xffff_fffe])('a sequence at %i has been removed', (address) => {
    const line = version4();
    new DataView(line.buffer).setUint32(line.length - 19, address, true);
    expect(readLineTable({ line }).length).toBe(0);
  });
});

describe('malformed input', () => {
  test('is one error, whichever byte is wrong', () => {
    const section = plain.module.customSection('.debug_line')!;
    const lineStr = plain.module.customSection('.debug_line_str');
    fc.assert(
      fc.property(fc.nat(section.length - 1), fc.nat(255), (at, byte) => {
        const line = section.slice();
        line[at] = byte;
        try {
          readLineTable({ line, lineStr });
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedSymbols);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a length past the end', [9, 0, 0, 0, 5]],
    ['64-bit DWARF', [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
    ['an unknown version', [2, 0, 0, 0, 9, 0]],
  ])('%s', (_, bytes) => {
    expect(() => readLineTable({ line: Uint8Array.from(bytes) })).toThrow(MalformedSymbols);
  });
});
