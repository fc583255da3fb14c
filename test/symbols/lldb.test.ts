/** Values of real programs at -O0 and -O2, as LLDB finds them in the memory that the programs have left. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LineTable } from '../../engine/symbols/line-table.js';
import { Lldb, SymbolError, type StoppedFrame, type Value } from '../../engine/symbols/lldb.js';
import type { ProgramImage } from '../../engine/toolchain/build.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { frameAt, lineTableOf, lldbWorker, MEMORY_BYTES, restore, runToStops, STOP, type Stopped } from './stopped.js';

const SOURCE = `${STOP}
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>
enum Color { Red, Green = 5, Blue };
enum class Mode : uint8_t { Off, On = 7 };
struct Point { int x, y; };
struct Box { Point min; Point max; float weight[3]; const char *name; };
union Bits { float f; unsigned u; unsigned char b[4]; };
struct Flags { unsigned a : 3; int b : 5; unsigned long long c : 40; };
struct Lone { int n; int flag : 3; };
struct Tagged { char tag; };
struct Base { int id = 7; virtual ~Base() {} };
struct Derived : Base, Tagged { double d = 2.5; };
struct Node { int value; Node *next; };
struct Anonymous { int a; union { int i; float f; }; struct { short low, high; }; };
namespace app { int counter = 3; static double ratio = 0.25; }
static int total = 42;
int table[2][3] = {{1, 2, 3}, {4, 5, 6}};
float numbers[5000];
Point points[2000];
const char *greeting = "hello \\"world\\"\\n";
struct Counter {
  int n = 11;
  static int shared;
  int bump(int by) {
    n += by; stop(this);
    int before = n - by;
    return before;
  }
};
int Counter::shared = 99;
template <typename T> T twice(T value) {
  T result = value + value; stop(&result);
  return result + 0;
}

int everything(int argc, const Point &ref, Box box) {
  int8_t i8 = -8; uint8_t u8 = 200; int16_t i16 = -1600; uint16_t u16 = 60000; int32_t i32 = -320000; uint32_t u32 = 4000000000u;
  int64_t i64 = -64000000000LL; uint64_t u64 = 18000000000000000000ULL; __int128 big = ((__int128)1 << 100) + 5;
  float f = 0.1f; double d = 3.141592653589793; bool yes = true, no = false; char c = 'a'; char newline = '\\n';
  Color color = Blue, neither = (Color)3; Mode mode = Mode::On;
  int *pi = &i32; int **ppi = &pi; void *pv = &d; int *null = nullptr; int *wild = (int *)0xfffffff0u;
  int arr[5] = {1, 2, 3, 4, 5}; char text[16] = "short text"; const char *message = greeting;
  Bits bits{1.0f}; Flags flags{5, -3, 1000000000000ULL}; Lone lone{1, -2};
  Derived derived; derived.tag = 'T'; Base *base = &derived; Node tail{2, nullptr}; Node head{1, &tail}; Anonymous an{1, {2}, {3, 4}};
  std::vector<float> vf{1.0f, 2.5f, -3.0f}; std::vector<Point> vp{{1, 2}, {3, 4}}; std::vector<bool> vb{true, false, true};
  std::string s = "short", ls = "a long string that does not fit inside the object";
  std::array<int, 4> sa{9, 8, 7, 6}; std::pair<int, double> pr{3, 4.5}; auto up = std::make_unique<Point>(Point{7, 8});
  std::map<int, int> mp{{1, 2}}; auto sp = std::make_shared<int>(12);
  int &ri = i32; static int times = 4;
  auto lambda = [&arr, i32](int k) { int inner = arr[k] + i32; stop(&inner);
    return inner; };
  int sum = lambda(2);
  { int sum = 77; stop(&sum);
    times += sum; }
  for (int i = 0; i < 2; i++) sum += i;
  Counter counter; sum += counter.bump(4) + twice(21) + (int)twice(1.25);
  stop(&box);
  sum += Counter::shared + app::counter + total + (int)app::ratio + table[1][1];  // here
  return sum + **ppi + ref.x + box.min.x + i8 + u8 + i16 + u16 + (int)u32 + (int)i64 + (int)u64 + (int)big + f + no + yes + c + newline
    + (int)mode + color + neither + !pv + !null + !wild + text[0] + message[0] + bits.u + flags.a + lone.n + base->id + head.value + an.i + (int)vf[0]
    + vp[0].x + vb[0] + s.size() + ls.size() + sa[0] + pr.first + up->x + mp[1] + *sp + ri + (int)numbers[1] + points[1].x;
}
int main() {
  for (int i = 0; i < 5000; i++) numbers[i] = i / 2.0f;
  for (int i = 0; i < 2000; i++) points[i] = {i, -i};
  Point p{10, 20};
  everything(1, p, Box{{1, 2}, {3, 4}, {0.5f, 1.5f, 2.5f}, "box"});
  return 0;
}
`;

let programs: CompiledPrograms;
let worker: URL;
let image: ProgramImage;
let stops: Stopped[];
let lines: LineTable;
const memory = new Uint8Array(MEMORY_BYTES);
let lldb: Lldb;

beforeAll(async () => {
  programs = new CompiledPrograms();
  worker = lldbWorker();
  const thread = Lldb.warmUp(worker);
  image = await programs.image({ 'values.cpp': SOURCE });
  stops = runToStops(image);
  lines = lineTableOf(image.module);
  lldb = await Lldb.load(image.module.bytes, () => memory, thread);
});
afterAll(async () => {
  await lldb.dispose();
  programs[Symbol.dispose]();
});

/** The frame in which the program stopped for the `n`th time, at the statement that begins with `text`. */
function stoppedAt(n: number, text: string, instance = 0): StoppedFrame {
  const stop = stops[n]!;
  restore(memory, stop);
  const line = SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length;
  const offset = lines.offsetsOfLine('/project/values.cpp', line)[instance];
  if (offset === undefined) throw new Error(`no code at ${text}`);
  // Only in the outer function a local holds the address of a parameter.
  return frameAt(stop, offset, n === stops.length - 1 ? { 2: stop.argument } : {});
}
const inLambda = (): StoppedFrame => stoppedAt(0, 'return inner');
const inBlock = (): StoppedFrame => stoppedAt(1, 'times += sum');
const inMethod = (): StoppedFrame => stoppedAt(2, 'int before');
const atEnd = (): StoppedFrame => stoppedAt(stops.length - 1, 'sum += Counter::shared');

async function text(expression: string, frame = atEnd()): Promise<string> {
  return (await lldb.evaluate(expression, frame)).text;
}

describe('values', () => {
  test.each([
    ['i8', 'int8_t', '-8'],
    ['u8', 'uint8_t', '200'],
    ['i16', 'int16_t', '-1600'],
    ['u16', 'uint16_t', '60000'],
    ['i32', 'int32_t', '-320000'],
    ['u32', 'uint32_t', '4000000000'],
    ['i64', 'int64_t', '-64000000000'],
    ['u64', 'uint64_t', '18000000000000000000'],
    ['big', '__int128', '1267650600228229401496703205381'],
    ['f', 'float', '0.1'],
    ['d', 'double', '3.141592653589793'],
    ['yes', 'bool', 'true'],
    ['no', 'bool', 'false'],
    ['c', 'char', "'a' (97)"],
    ['newline', 'char', "'\\n' (10)"],
    ['color', 'Color', 'Blue'],
    ['neither', 'Color', '3'],
    ['mode', 'Mode', 'On'],
    ['null', 'int *', '0x0'],
    ['wild', 'int *', '0xfffffff0 (not readable)'],
    ['arr', 'int[5]', '{1, 2, 3, 4, 5}'],
    ['table', 'int[2][3]', '{{1, 2, 3}, {4, 5, 6}}'],
    ['text', 'char[16]', '"short text"'],
    ['bits', 'Bits', '{f=1, u=1065353216, b={0, 0, 128, 63}}'],
    ['flags', 'Flags', '{a=5, b=-3, c=1000000000000}'],
    ['lone', 'Lone', '{n=1, flag=-2}'],
    ['derived', 'Derived', "{id=7, tag='T' (84), d=2.5}"],
    ['an', 'Anonymous', '{a=1, {i=2, f=3e-45}, {low=3, high=4}}'],
    ['vf', 'std::vector<float>', 'size=3 {1, 2.5, -3}'],
    ['vp', 'std::vector<Point>', 'size=2 {{x=1, y=2}, {x=3, y=4}}'],
    ['vb', 'std::vector<bool>', 'size=3'],
    ['s', 'std::string', '"short"'],
    ['ls', 'std::string', '"a long string that does not fit inside the object"'],
    ['sa', 'std::array<int, 4>', '{9, 8, 7, 6}'],
    ['pr', 'std::pair<int, double>', '{first=3, second=4.5}'],
    ['mp', 'std::map<int, int>', 'size=1'],
    ['ref', 'const Point', '{x=10, y=20}'],
    ['ri', 'int', '-320000'],
    ['app::counter', 'int', '3'],
    ['app::ratio', 'double', '0.25'],
    ['total', 'int', '42'],
    ['Counter::shared', 'int', '99'],
    ['times', 'int', '81'],
  ])('%s: %s = %s', async (expression, type, expected) => {
    expect(await lldb.evaluate(expression, atEnd())).toMatchObject({ type, text: expected });
  });

  test('a structure passed by value, with text in it', async () => {
    expect(await text('box')).toMatch(
      /^\{min=\{x=1, y=2\}, max=\{x=3, y=4\}, weight=\{0.5, 1.5, 2.5\}, name=0x[\da-f]+ "box"\}$/,
    );
  });

  test('pointers show where they point and what is there', async () => {
    const value = await lldb.evaluate('pi', atEnd());
    const target = await lldb.evaluate('i32', atEnd());
    expect(value.pointee).toBe(target.address);
    expect(value.text).toBe(`0x${value.pointee!.toString(16)} → -320000`);
    expect(await text('&i32')).toBe(value.text);
    expect(await text('base')).toMatch(/^0x[\da-f]+ → \{id=7\}$/);
    expect(await text('pv')).toMatch(/^0x[\da-f]+$/);
    expect(await text('up')).toMatch(/→ \{x=7, y=8\}$/);
    expect(await text('sp')).toMatch(/→ 12$/);
    expect(await text('message')).toMatch(/^0x[\da-f]+ "hello \\"world\\"\\n"$/);
  });

  test('a text ends where memory ends', async () => {
    const frame = atEnd();
    const { address } = await lldb.evaluate('message', frame);
    const end = memory.length - 5;
    memory.fill(0x78, end);
    new DataView(memory.buffer).setUint32(address!, end, true);
    expect(await text('message', frame)).toBe(`0x${end.toString(16)} "xxxxx"…`);
  });
});

describe('expressions', () => {
  test.each([
    ['1 + 2 * 3', '7'],
    ['color == Blue', 'true'],
    ['color == Green || !yes', 'false'],
    ['yes && arr[2] == 3', 'true'],
    ['i8 < 0 ? 1 : 2', '1'],
    ['vf[1] + 1', '3.5'],
    ['vp[1].y', '4'],
    ['sa[2]', '7'],
    ['up->x + (*up).y', '15'],
    ['*sp', '12'],
    ['head.next->value', '2'],
    ['*(arr + 1)', '2'],
    ['table[1][2]', '6'],
    ['(int)d', '3'],
    ['static_cast<float>(i32) / 2', '-160000'],
    ['sizeof(box)', '32'],
    ['~u8 & 0xff', '55'],
    ['greeting[1]', "'e' (101)"],
    ['&arr[1] - &arr[0]', '1'],
  ])('%s = %s', async (expression, expected) => {
    expect(await text(expression)).toBe(expected);
  });

  test.each([
    ['nonsense', "use of undeclared identifier 'nonsense'"],
    ['box.nope', "no member named 'nope' in 'Box'"],
    ['1 +', "Unexpected token: <'' (eof)>"],
    ['*null', 'a null pointer points to nothing'],
    ['*wild + 1', 'the memory at 0xfffff000 cannot be read'],
    ['vf.size()', 'member function calls are not supported'],
    ['i8 = 0', /side effects are not supported/],
  ])('%s: %s', async (expression, message) => {
    const failing = lldb.evaluate(expression, atEnd());
    await expect(failing).rejects.toThrow(SymbolError);
    await expect(failing).rejects.toThrow(message);
  });

  test('go on working after one that failed in unreadable memory', async () => {
    await expect(lldb.evaluate('*wild + 1', atEnd())).rejects.toThrow(SymbolError);
    expect(await text('i8')).toBe('-8');
  });

  test('asked at the same time are answered each for its own frame', async () => {
    const frame = atEnd();
    const elsewhere = { ...frame, local: () => ({ type: 'i32', value: memory.length - 4096 }) as const };
    const [here, there, again] = await Promise.all(
      [frame, elsewhere, frame].map((place) => lldb.evaluate('i8', place)),
    );
    expect([here!.text, there!.text, again!.text]).toEqual(['-8', '0', '-8']);
  });
});

describe('variables', () => {
  test('are parameters, locals and what is global in the program', async () => {
    const variables = await lldb.variables(atEnd());
    const scopeOf = new Map(variables.map(({ name, scope }) => [name, scope]));
    expect(scopeOf.get('argc')).toBe('PARAMETER');
    expect(scopeOf.get('box')).toBe('PARAMETER');
    expect(scopeOf.get('vf')).toBe('LOCAL');
    expect(scopeOf.get('total')).toBe('GLOBAL');
    expect(scopeOf.get('app::counter')).toBe('GLOBAL');
    expect([...scopeOf.keys()].filter((name) => /std::|vtable|^__/.test(name))).toEqual([]);
    const reference = variables.find(({ name }) => name === 'ref');
    expect(reference?.value).toMatchObject({ type: 'const Point &', text: '{x=10, y=20}' });
  });

  test('of a block hide those around it', async () => {
    const sums = (await lldb.variables(inBlock())).filter(({ name }) => name === 'sum');
    expect(sums.map(({ value }) => value.text)).toEqual(['77']);
  });

  test('of a method have this', async () => {
    const frame = inMethod();
    const names = (await lldb.variables(frame)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['this', 'by', 'before']));
    expect(await text('this->n', frame)).toBe('15');
    expect(await text('n + by', frame)).toBe('19');
  });

  test('of a lambda have its captures', async () => {
    expect(await text('inner', inLambda())).toBe('-319997');
    const [captures] = await lldb.children(await lldb.evaluate('this', inLambda()));
    const fields = await lldb.children(captures!.value);
    expect(fields.map(({ name, value }) => [name, value.text])).toEqual([
      ['arr', '{1, 2, 3, 4, 5}'],
      ['i32', '-320000'],
    ]);
  });

  test.each([
    [3, 'int', '21', '42'],
    [4, 'double', '1.25', '2.5'],
  ])('of a template are of its instance (stop %i)', async (stop, type, value, result) => {
    const variables = await lldb.variables(stoppedAt(stop, 'return result + 0', stop - 3));
    const locals = variables.filter(({ scope }) => scope !== 'GLOBAL');
    expect(locals.map((local) => [local.name, local.value.type, local.value.text])).toEqual([
      ['result', type, result],
      ['value', type, value],
    ]);
  });

  test('functions around a place are named', async () => {
    expect(await lldb.functions(inMethod())).toEqual(['Counter::bump(int)']);
  });
});

describe('children', () => {
  const expanded = async (expression: string): Promise<(readonly [string, string])[]> => {
    const children = await lldb.children(await lldb.evaluate(expression, atEnd()));
    return children.map(({ name, value }) => [name, value.text] as const);
  };

  test.each([
    'box',
    'box.min',
    'table',
    'table[1]',
    'pi',
    'ppi',
    'vf',
    'vp',
    'sa',
    'pr',
    'up',
    'sp',
    'base',
    'head',
    'an',
    'flags',
  ])('%s: each is what its own expression gives', async (expression) => {
    const frame = atEnd();
    const value = await lldb.evaluate(expression, frame);
    const children = await lldb.children(value);
    expect(children).toHaveLength(value.namedChildren + value.indexedChildren);
    expect(children.length).toBeGreaterThan(0);
    for (const { value: child, evaluateName } of children) {
      const again = await lldb.evaluate(evaluateName!, frame);
      expect([again.text, again.address]).toEqual([child.text, child.address]);
    }
  });

  test('have the names that a person writes', async () => {
    expect(await expanded('an')).toEqual([
      ['a', '1'],
      ['i', '2'],
      ['f', '3e-45'],
      ['low', '3'],
      ['high', '4'],
    ]);
    expect(await expanded('vb')).toEqual([
      ['[0]', 'true'],
      ['[1]', 'false'],
      ['[2]', 'true'],
    ]);
    expect((await expanded('pi'))[0]).toEqual(['*pi', '-320000']);
    expect((await expanded('*base'))[0]).toEqual(['id', '7']);
    expect(await expanded('null')).toEqual([]);
    expect(await expanded('wild')).toEqual([]);
  });

  test.each([
    ['numbers', 5000, '2000'],
    ['points', 2000, '{x=1500, y=-1500}'],
  ])('a thousand elements of %s without asking LLDB for each', async (name, count, expected) => {
    const value = await lldb.evaluate(name, atEnd());
    expect(value.indexedChildren).toBe(count);
    const start = performance.now();
    const page = await lldb.children(value, count - 1000, 1000);
    const elapsedMs = performance.now() - start;
    expect(page).toHaveLength(1000);
    expect(page[name === 'numbers' ? 0 : 500]).toMatchObject({
      name: name === 'numbers' ? '[4000]' : '[1500]',
      value: { text: expected },
    });
    expect(elapsedMs).toBeLessThan(500);
  });
});

describe('assignment', () => {
  const assign = (expression: string, newText: string): Promise<Value> => {
    const frame = atEnd();
    return lldb.assign(expression, newText, frame, (address, bytes) => memory.set(bytes, address));
  };

  test.each([
    ['i8', '-128', '-128'],
    ['u16', '0xffff', '65535'],
    ['i64', '-5000000000', '-5000000000'],
    ['i32', 'arr[1] * 10', '20'],
    ['f', '2.5', '2.5'],
    ['d', 'f + 1', '1.1'],
    ['yes', 'false', 'false'],
    ['c', "'z'", "'z' (122)"],
    ['color', 'Green', 'Green'],
    ['mode', 'Mode::Off', 'Off'],
    ['null', 'nullptr', '0x0'],
    ['arr[3]', '99', '99'],
    ['vf[2]', '-0.5', '-0.5'],
    ['box.weight[0]', '8', '8'],
    ['head.next->value', '44', '44'],
    ['total', 'total + 1', '43'],
  ])('%s = %s', async (expression, newText, expected) => {
    const assigned = await assign(expression, newText);
    expect(expected === '1.1' ? Number(assigned.text).toFixed(6) : assigned.text).toBe(
      expected === '1.1' ? '1.100000' : expected,
    );
  });

  test('a pointer takes an address, and an array gives its own', async () => {
    const array = await (async () => lldb.evaluate('arr', atEnd()))();
    expect(await assign('pi', 'arr')).toMatchObject({ pointee: array.address });
    expect((await assign('pi', '&arr[2]')).pointee).toBe(array.address! + 8);
  });

  test('writes as many bytes as the value has', async () => {
    const written: [number, number][] = [];
    const frame = atEnd();
    const { address } = await lldb.evaluate('i16', frame);
    await lldb.assign('i16', '7', frame, (at, bytes) => written.push([at, bytes.length]));
    expect(written).toEqual([[address, 2]]);
  });

  test.each([
    ['box', '1', 'structures cannot be assigned as a whole'],
    ['arr', '1', 'arrays cannot be assigned as a whole'],
    ['1 + 1', '3', '1 + 1 is not in memory'],
    ['flags.a', '3', 'flags.a is not in memory'],
    ['u8', '256', '256 does not fit into uint8_t'],
    ['u8', '-1', '-1 does not fit into uint8_t'],
    ['i8', 'box', 'box is no int8_t'],
    ['i8', 'nonsense', "use of undeclared identifier 'nonsense'"],
  ])('%s = %s: %s', async (expression, newText, message) => {
    await expect(assign(expression, newText)).rejects.toThrow(message);
  });
});

describe('completions', () => {
  const labels = async (before: string): Promise<string[]> =>
    (await lldb.completions(before, before.length + 1, atEnd())).map(({ label }) => label).sort();

  test.each([
    ['ne', ['neither', 'newline']],
    ['1 + box.', ['max', 'min', 'name', 'weight']],
    ['box.m', ['max', 'min']],
    ['head.next->', ['next', 'value']],
    ['vp[0].', ['x', 'y']],
    ['app::', ['app::counter', 'app::ratio']],
    ['an.', ['a', 'f', 'high', 'i', 'low']],
  ])('%s', async (before, expected) => {
    expect(await labels(before)).toEqual(expected);
  });

  test('say what they replace', async () => {
    const [first] = await lldb.completions('box.mi + 1', 7, atEnd());
    expect(first).toEqual({ label: 'min', type: 'field', text: 'min', replaces: 2 });
  });
});

describe('optimised code', () => {
  test('a value in a local comes from there, and one that is not known is optimized out', async () => {
    const source = `${STOP}
__attribute__((noinline)) int scale(int factor, float by) {
  int scaled = factor * 3;
  stop(0);
  return scaled + (int)by;
}
int main(int argc, char **) { scale(argc, 1.5f); return 0; }
`;
    const optimized = await programs.image({ 'scale.cpp': source }, { optimize: 2 });
    const other = await Lldb.load(optimized.module.bytes, () => new Uint8Array(1 << 16), Lldb.warmUp(worker));
    try {
      const [offset = 0] = lineTableOf(optimized.module).offsetsOfLine('/project/scale.cpp', 4);
      const asked: number[] = [];
      const frame = (value: number | undefined): StoppedFrame => ({
        codeOffset: offset,
        local: (index) => {
          asked.push(index);
          return value === undefined ? undefined : { type: 'i32', value };
        },
        global: () => undefined,
      });
      expect(await other.evaluate('factor', frame(14))).toMatchObject({ text: '14', address: null, bytes: 4 });
      expect(asked).toEqual([0]);
      const unknown = await other.evaluate('factor', frame(undefined));
      expect(unknown).toMatchObject({ text: 'optimized out', bytes: null, namedChildren: 0 });
    } finally {
      await other.dispose();
    }
  });
});

describe('CUDA', () => {
  test.each([['vector.cu', 'values[i] = values[i]', ['count', 'i', 'values']]])(
    '%s: a kernel has its parameters and locals',
    async (name, statement, expected) => {
      const source = readFileSync(new URL(`../workloads/cuda/${name}`, import.meta.url), 'utf8');
      const kernels = await programs.image({ [name]: source });
      const other = await Lldb.load(kernels.module.bytes, () => new Uint8Array(1 << 24), Lldb.warmUp(worker));
      try {
        const line = source.slice(0, source.indexOf(statement)).split('\n').length;
        const offsets = lineTableOf(kernels.module).offsetsOfLine(`/project/${name}`, line);
        expect(offsets).toHaveLength(1);
        const frame = frameAt({ used: new Uint8Array(), frameBase: 1 << 20, argument: 0 }, offsets[0]!);
        const variables = (await other.variables(frame)).filter(({ scope }) => scope !== 'GLOBAL');
        expect(variables.map((variable) => variable.name).sort()).toEqual(expected);
      } finally {
        await other.dispose();
      }
    },
  );
});

describe('the thread', () => {
  test('ends, and says so to whoever still asks', async () => {
    const other = await Lldb.load(image.module.bytes, () => memory, Lldb.warmUp(worker));
    const asked = other.evaluate('i8', atEnd());
    const ended = other.dispose();
    await expect(asked).rejects.toThrow('LLDB was shut down.');
    await ended;
    await other.dispose();
    await expect(other.evaluate('i8', atEnd())).rejects.toThrow(SymbolError);
  });

  test('a module that is none is an error, and ends it', async () => {
    const thread = Lldb.warmUp(worker);
    await expect(Lldb.load(Uint8Array.of(1, 2, 3), () => memory, thread)).rejects.toThrow(SymbolError);
  });
});
