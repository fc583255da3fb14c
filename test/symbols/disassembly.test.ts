/** Operators as text: of real programs, whole and without a gap, and of operators that compilers seldom write. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { disassemble, type Operator } from '../../engine/symbols/disassembly.js';
import type { ProgramImage } from '../../engine/toolchain/build.js';
import { CompiledPrograms } from '../toolchain/compiled.js';

let programs: CompiledPrograms;
let image: ProgramImage;
beforeAll(async () => {
  programs = new CompiledPrograms();
  const source = `#include <string.h>
int counter;
int helper(int value) { return value * 2; }
__attribute__((noinline)) int caller(int argc) {
  char buffer[600];
  memset(buffer, argc, sizeof buffer);
  __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
  for (int i = 0; i < argc; i++) counter += helper(i);
  return counter + buffer[argc] == 7;
}
int main(int argc, char **argv) { return caller(argc); }
`;
  image = await programs.image({ 'a.c': source });
});
afterAll(() => programs[Symbol.dispose]());

function ofFunction(name: string): Operator[] {
  const { module } = image;
  const index = module.functionByName(name);
  const body = module.bodies.find(({ functionIndex }) => functionIndex === index);
  if (!body) throw new Error(`no function ${name}`);
  const names = { functions: module.functionNames, globals: module.globalNames };
  return disassemble(module.bytes, body.start, body.end, module.codeStart, names);
}

describe('a program', () => {
  test('has each operator of each function once, without a gap, up to the last end', () => {
    const { module } = image;
    const known = { functions: module.functionNames };
    for (const { start, end } of module.bodies) {
      const operators = disassemble(module.bytes, start, end, module.codeStart, known);
      for (const [n, { codeOffset, length, bytes }] of operators.entries()) {
        const next = operators[n + 1]?.codeOffset ?? end - module.codeStart;
        expect(codeOffset + length).toBe(next);
        const at = codeOffset + module.codeStart;
        const hex = Array.from(module.bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, '0'));
        expect(bytes).toBe(hex.join(' '));
      }
      expect(operators.at(-1)!.text).toBe('end');
    }
  });

  test('reads as the text format', () => {
    const texts = ofFunction('helper').map(({ text }) => text);
    expect(texts.slice(0, 2)).toEqual(['global.get $__stack_pointer', 'i32.const 16']);
    expect(texts).toContain('i32.const 1');
    expect(texts.slice(-2)).toEqual(['return', 'end']);
  });

  test('names what is called, and indents blocks', () => {
    const operators = ofFunction('caller');
    const texts = operators.map(({ text }) => text);
    expect(texts.some((text) => /^ +call \$helper$/.test(text))).toBe(true);
    const loop = texts.findIndex((text) => text.trim() === 'loop');
    const indentation = (text: string): number => text.length - text.trimStart().length;
    expect(indentation(texts[loop + 1]!)).toBe(indentation(texts[loop]!) + 2);
    expect(texts.at(-1)).toBe('end');
  });
});

describe('operators', () => {
  const alone = (...bytes: number[]): string[] => {
    const body = Uint8Array.of(0, ...bytes, 0x0b);
    return disassemble(body, 0, body.length, 0, { functions: new Map([[3, 'f']]) }).map(({ text }) => text);
  };

  test.each([
    ['i32.atomic.rmw.add', [0xfe, 0x1e, 2, 0]],
    ['i32.atomic.rmw.cmpxchg offset=8', [0xfe, 0x48, 2, 8]],
    ['memory.atomic.notify', [0xfe, 0x00, 2, 0]],
    ['atomic.fence', [0xfe, 0x03, 0]],
    ['memory.copy', [0xfc, 10, 0, 0]],
    ['memory.fill', [0xfc, 11, 0]],
    ['i64.const -5', [0x42, 0x7b]],
    ['f32.const 1.5', [0x43, 0, 0, 0xc0, 0x3f]],
    ['call $f', [0x10, 3]],
    ['call 4', [0x10, 4]],
    ['br_table 0 1 0', [0x0e, 2, 0, 1, 0]],
    ['i32.load offset=300', [0x28, 2, 0xac, 2]],
  ])('%s', (expected, bytes) => {
    expect(alone(...bytes)).toEqual([expected, 'end']);
  });

  test('with a result say so, and what is inside is indented', () => {
    expect(alone(0x04, 0x7f, 0x41, 1, 0x05, 0x41, 2, 0x0b)).toEqual([
      'if (result i32)',
      '  i32.const 1',
      'else',
      '  i32.const 2',
      'end',
      'end',
    ]);
  });

  test('that do not exist are one line for all the rest', () => {
    expect(alone(0x01, 0xff, 1, 2)).toEqual(['nop', 'unknown']);
  });
});
