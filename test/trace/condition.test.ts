import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Access, Cause, EventKind } from '../../engine/memory/event.js';
import { NO_NODE, PAGE_COUNT, PAGE_SIZE } from '../../engine/memory/units.js';
import { compileCondition, compileGridCondition, usesOnlyGrid } from '../../engine/trace/condition.js';
import { ConditionError } from '../../engine/trace/condition-error.js';
import { CONDITION_FIELDS, ENUMERATIONS, type FieldName } from '../../engine/trace/condition-fields.js';
import { parseCondition, printCondition, type ConditionTree } from '../../engine/trace/condition-parser.js';
import {
  NO_EVENT,
  NO_SCOPE,
  scopeOfTables,
  type ConditionEvent,
  type ConditionScope,
} from '../../engine/trace/condition-scope.js';
import type { Dimensions, TraceTables } from '../../engine/trace/tables.js';
import { NO_TABLES, allocation, launch } from './recording.js';

const X_PAGE = 0x20000;

const TABLES: TraceTables = {
  ...NO_TABLES,
  drivers: ['hmm', 'pinned'],
  cpuFaultScope: 'all',
  nodes: ['cpu', 'gpu0', 'gpu1'],
  allocations: [
    allocation({ id: 1, name: 'x', address: X_PAGE * PAGE_SIZE, bytes: 16 * PAGE_SIZE }),
    allocation({ id: 2, name: 'y', address: 0x2010_0000, bytes: 100 }),
    allocation({ id: 3, name: 'x', address: 0x3000_0000, bytes: PAGE_SIZE }),
    allocation({ id: 4 }),
  ],
  launches: [
    launch({ id: 1, kernel: 'void math::scale<float>(float*, int)', grid: [4, 3, 2], block: [32, 4, 2] }),
    launch({ id: 2 }),
  ],
  locations: new Map([
    [100, { functionName: 'main', file: '/home/u/src/add.cu', line: 12, column: 3 }],
    [200, { functionName: 'math::scale(float*, int)', file: 'scale.cu', line: 40, column: 1 }],
    [300, { functionName: null, file: 'scale.cu', line: 41, column: 0 }],
  ]),
};
const SCOPE = scopeOfTables(TABLES);

/** A migration of 4 pages of x to gpu0, by thread (17,1,0) of block (3,2,1) of launch 1. */
const EVENT: ConditionEvent = {
  number: 77,
  timeNs: 12_000_000,
  durationNs: 2500,
  kind: EventKind.migrate,
  agent: 1,
  source: 0,
  target: 1,
  firstPage: X_PAGE + 4,
  pageCount: 4,
  access: Access.write,
  cause: Cause.fault,
  driver: 0,
  codeOffset: 200,
  launch: 1,
  block: 3 + 4 * (2 + 3 * 1),
  thread: 17 + 32 * 1,
  allocation: 1,
  extra: 4 * PAGE_SIZE,
};

function holds(text: string, event: Partial<ConditionEvent> = {}, scope: ConditionScope = SCOPE): boolean {
  return compileCondition(text, scope).matches({ ...EVENT, ...event }, scope);
}

function errorOf(text: string): string {
  try {
    compileCondition(text, SCOPE);
  } catch (error) {
    expect(error).toBeInstanceOf(ConditionError);
    return (error as ConditionError).message;
  }
  throw new Error(`no error: ${text}`);
}

describe('a condition', () => {
  it.each([
    'page == 0x20004',
    'page == 0x20007',
    'page != 0x20008',
    'page in x',
    'page in "x"',
    'page in (y, x)',
    'page in 0x20000..0x20005',
    'page in 0x20007000..0x20008000',
    '!(page in 0x20008000..0x20009000)',
    'page in 0x10000000..0x20004001',
    'page >= 0x20004 && page < 0x20005',
    'address == 0x20004000',
    'address == 0x20007fff',
    'address != 0x20008000',
    'address in 0x20007fff..0x20008000',
    'address in x',
    'address >= 0x20004000',
    'pages == 4',
    'bytes == 16K',
    'bytes == 16KiB',
    'bytes == 16kb',
    'bytes == 16384',
    'bytes == 0x4000',
    'bytes == 16384B',
    'bytes < 1M',
    'bytes < 0.5MiB',
    'bytes < 1G',
    'bytes in 4K..64K',
    'bytes in (1, 2, 16K)',
    '64K > bytes',
    'from == cpu',
    "from == 'cpu'",
    'to == gpu0',
    'gpu0 == to',
    'to != gpu1',
    'to in (gpu0, gpu1)',
    'from != to',
    'to == agent',
    'agent == gpu0',
    'kind == migrate',
    'kind == migration',
    'kind != fault',
    'kind in (fault, migrate)',
    'access == write',
    'cause == fault',
    'cause != eviction',
    'allocation == "x"',
    'allocation == x',
    'allocation == 1',
    'allocation in ("y", "x")',
    'allocation in (5, 1..3)',
    'line == 40',
    'line in 40..41',
    'line in (12, 39..42)',
    'file == "scale.cu"',
    'file == scale.cu',
    'function == "math::scale"',
    'function == scale',
    'function == "math::scale(float*, int)"',
    'kernel == scale',
    'kernel == "math::scale"',
    'kernel == "math::scale<float>(float*, int)"',
    'kernel != add',
    'driver == hmm',
    'driver in (hmm, pinned)',
    'launch == 1',
    'time == 12ms',
    'time > 11.5ms',
    'time < 1s',
    'time > 0',
    'duration > 2us && duration < 3us',
    'duration == 2500ns',
    'number == 77',
    'block == 23',
    'thread == 49',
    'blockIdx.x == 3 && blockIdx.y == 2 && blockIdx.z == 1',
    'threadIdx.x == 17 && threadIdx.y == 1 && threadIdx.z == 0',
    'blockDim.x == 32 && blockDim.y == 4 && blockDim.z == 2',
    'gridDim.x == 4 && gridDim.y == 3 && gridDim.z == 2',
    'threadIdx.x < blockDim.x',
    '!(to == gpu1)',
    '!!(to == gpu0)',
    'to == gpu1 || from == cpu',
    'to == gpu1 && from == gpu1 || page in x',
    'to == gpu0 && (from == gpu1 || page in x)',
    'pages == 4 && pages > 1 && pages < 9 && bytes > 0',
    'pages == 1 || pages == 2 || pages == 3 || pages == 4',
    '  to==gpu0&&page in x  ',
  ])('%s holds', (text) => {
    expect(holds(text)).toBe(true);
    expect(holds(`!(${text})`)).toBe(false);
  });

  it.each([
    'page == 0x20003',
    'page == 0x20008',
    'page in y',
    'page in nobody',
    'page in 0x20000..0x20004',
    'page in 0x20008000..0x20009000',
    'address == 0x20008000',
    'bytes > 16K',
    'to == none',
    'kind == fault',
    'allocation == "y"',
    'line == 12',
    'line in 30..40',
    'file == "cale.cu"',
    'file == ""',
    'function == "cale"',
    'function == ""',
    'kernel == add',
    'thread == 17',
  ])('%s does not hold', (text) => {
    expect(holds(text)).toBe(false);
  });

  it('equals nothing, and has no order, where the event has no such field', () => {
    for (const field of ['line', 'launch', 'block', 'thread', 'blockIdx.x', 'threadIdx.y', 'gridDim.z', 'page']) {
      for (const comparison of ['==', '<', '>=']) {
        expect([field, comparison, holds(`${field} ${comparison} 0`, NO_EVENT)]).toEqual([field, comparison, false]);
      }
      expect(holds(`${field} != 0`, NO_EVENT)).toBe(true);
    }
    for (const text of ['from == cpu', 'file == a', 'kernel == a', 'allocation == 0', 'page in x', 'from == to']) {
      expect(holds(text, NO_EVENT)).toBe(false);
    }
    expect(holds('from == none && to == none', NO_EVENT)).toBe(true);
    expect(holds('threadIdx.x == 17', { block: NO_EVENT.block })).toBe(false);
  });

  it('means the whole file name, at whatever depth', () => {
    for (const [text, expected] of [
      ['add.cu', true],
      ['src/add.cu', true],
      ['./src/add.cu', true],
      ['/home/u/src/add.cu', true],
      ['src\\\\add.cu', true],
      ['dd.cu', false],
      ['/src/add.cu', true],
    ] as const) {
      expect([text, holds(`file == "${text}"`, { codeOffset: 100 })]).toEqual([text, expected]);
    }
  });

  it('takes the words of every enumeration, and aliases', () => {
    for (const [field, words] of Object.entries(ENUMERATIONS)) {
      for (const [word, numbers] of words) {
        for (const number of numbers) expect(holds(`${field} == ${word}`, { [field]: number })).toBe(true);
      }
    }
    expect(holds('kind == fault', { kind: EventKind.deviceFault })).toBe(true);
    expect(holds('cause == eviction', { cause: Cause.evict })).toBe(true);
    // Fields, too, but here they are values.
    expect(holds('kind == launch', { kind: EventKind.launch })).toBe(true);
    expect(holds('launch == kind', { kind: EventKind.launch })).toBe(true);
  });

  it('takes bytes from the event where it has them, else from its pages', () => {
    expect(holds('bytes == 100', { kind: EventKind.copy, extra: 100, pageCount: 1 })).toBe(true);
    expect(holds('bytes == 8K', { kind: EventKind.invalidate, extra: 100, pageCount: 2 })).toBe(true);
  });

  it('means the launch that an event is about where it has none of its own', () => {
    const race = { kind: EventKind.race, launch: 0, extra: 2 };
    expect(holds('launch == 2 && kernel == add', race)).toBe(true);
    expect(holds('launch == 2', { ...race, kind: EventKind.cpuFault })).toBe(false);
  });

  it('looks names up again when the scope says that they may have changed', () => {
    const names = new Map<string, { first: number; count: number }[]>();
    const scope = {
      ...NO_SCOPE,
      revision: 0,
      allocationName: (id: number) => (scope.revision > 0 && id === 9 ? 'late' : null),
      allocationRange: (name: string) => names.get(name) ?? [],
      variableRange: (name: string) => (name === 'v' ? [{ first: 5, count: 1 }] : []),
    };
    const byRange = compileCondition('page in late', scope);
    const byName = compileCondition('allocation == late', scope);
    const event = { ...EVENT, firstPage: 7, pageCount: 1, allocation: 9 };
    expect(byRange.matches(event, scope)).toBe(false);
    expect(byName.matches(event, scope)).toBe(false);
    names.set('late', [{ first: 6, count: 2 }]);
    scope.revision += 1;
    expect(byRange.matches(event, scope)).toBe(true);
    expect(byName.matches(event, scope)).toBe(true);
    expect(byName.matches({ ...event, allocation: 8 }, scope)).toBe(false);
    expect(holds('page in v', { firstPage: 5 }, scope)).toBe(true);
  });

  it('says which fields and names it asks about', () => {
    const condition = compileCondition('page in x && (line == 3 || from != to) && page in (y, 0..1)', SCOPE);
    expect([...condition.fields].sort()).toEqual(['from', 'line', 'page', 'to']);
    expect([...condition.rangeNames].sort()).toEqual(['x', 'y']);
    expect(usesOnlyGrid(condition)).toBe(false);
    expect(usesOnlyGrid(compileCondition('blockIdx.x == 3 || threadIdx.y < blockDim.y', SCOPE))).toBe(true);
  });

  it('has an example for every field, and each compiles', () => {
    for (const { name, example } of CONDITION_FIELDS) {
      expect([...compileCondition(example, SCOPE).fields]).toEqual([name]);
    }
  });
});

describe('an error in a condition', () => {
  it.each([
    ['', 'Condition, character 1: found nothing, write for example to == gpu0 && bytes >= 64K.'],
    ['pge == 3', /character 1: 'pge' is not a field \(did you mean 'page'\?\); fields are page, address, /],
    ['to == gpu0 && 5 < siez', /character 19: 'siez' is not a field/],
    ['to == gpu7', /character 7: 'gpu7' is not a node \(did you mean 'gpu0'\?\): possible are cpu, gpu0, gpu1, none\./],
    ['agent == none', /'none' is not a node: possible are cpu, gpu0, gpu1\./],
    ['kind == evicted', /'evicted' is not a kind of event \(did you mean 'evict'\?\): possible are map, unmap/],
    ['cause == 3', /'cause' is a cause, not a number: possible are none, fault/],
    [
      'line == "y"',
      "Condition, character 9: 'line' is a number, so it cannot be compared with 'y'; write for example 12.",
    ],
    ['bytes > 10us', /'bytes' is a number of bytes, but found a time; write for example 65536 or 64K\./],
    ['duration > 10', /'duration' is a time, but found a number without a unit; write for example 10us or 5ns\./],
    ['pages > 64K', /'pages' is a number, but found a size/],
    ['to > gpu0', /'to' has no order, so it cannot be compared with >; write ==, != or in\./],
    ['file == 3', /'file' is a text, not a number; write for example file == "add\.cu"\./],
    ['file == line', /'file' is a text and 'line' is a number, so they cannot be compared with ==/],
    ['page == x', /'page' is a page number, so it cannot be compared with 'x'; write page in x for a name's pages\./],
    [
      'page == 0x20000000',
      /pages have numbers below 0x100000, for the page of an address write address == 0x20000000\./,
    ],
    ['address == 0x100000000', /addresses have 32 bits, so they end at 0xffffffff\./],
    ['line in 20..10', /character 9: found an empty range/],
    ['line in x..10', /character 9: found 'x', but a range goes from a number to a number\./],
    ['to = gpu0', /character 4: found '=' \(did you mean '=='\?\)\./],
    ['to == gpu0 & from == cpu', /character 12: found '&' \(did you mean '&&'\?\)\./],
    ['to == gpu0 and from == cpu', /character 12: write && for 'and'\./],
    ['to == gpu0 from == cpu', /character 12: found 'from', but expected && or \|\| or the end\./],
    ['1 < pages < 3', /character 11: found a second comparison '<', join two with && or \|\|\./],
    ['!page in x', /character 2: found 'page' after !, write !\( … \)\./],
    ['to ==', /character 6: found the end, but expected a value\./],
    ['to', /character 3: found the end after 'to', but expected == != < <= > >= or in\./],
    ['(to == gpu0', /character 12: found the end, but expected a closing parenthesis\./],
    ['3 == 4', /character 1: found a comparison without a field, fields are page/],
    ['line == -1', /character 9: found '-', but numbers here are never negative\./],
    ['line == 012', /character 9: '012' begins with 0, but a number is decimal \(12\) or hexadecimal \(0x0c\)\./],
    ['line == 0xfz', /'0xfz' is not a hexadecimal number/],
    ['bytes > 64Q', /character 11: 'Q' is not a unit, sizes have K, M, G/],
    ['pages > 1.5', /found '1\.5', but a number without a unit is whole\./],
    ['number > 9007199254740993', /is too large, numbers end at 2\^53\./],
    ['file == "a', /character 9: the text that begins here has no end, put a " behind it\./],
    ['line == 3 # why', /character 11: found '#', but only fields, numbers/],
    ['page in 0x20000..0x20010us', /is not a hexadecimal number/],
  ])('%s', (text, message) => {
    if (typeof message === 'string') expect(errorOf(text)).toBe(message);
    else expect(errorOf(text)).toMatch(message);
  });

  it('stops at a length and a depth', () => {
    expect(errorOf(' '.repeat(5000))).toMatch(/the condition has 5000 characters, and at most 4096 are possible/);
    expect(errorOf(`${'('.repeat(2000)}to == cpu`)).toMatch(/character 65: found more than 64 levels/);
    expect(errorOf(`${'!'.repeat(2000)}(to == cpu)`)).toMatch(/more than 64 levels/);
    expect(holds(`${'('.repeat(64)}to == gpu0${')'.repeat(64)}`)).toBe(true);
    expect(holds(Array.from({ length: 300 }, () => 'to == gpu1').join('||'))).toBe(false);
  });

  it('is one sentence with its place, whatever the text', () => {
    const piece = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...CONDITION_FIELDS.map(({ name }): string => name)) },
      {
        weight: 3,
        arbitrary: fc.constantFrom('==', '!=', '<', '<=', '>', '>=', ' in ', '&&', '||', '!', '(', ')', '..', ','),
      },
      fc.constantFrom('gpu0', 'cpu', 'migrate', 'x', '64K', '10us', '0x20', '7', '"y"', "'", '"', '\\', '.', '=', ' '),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(' ')),
      fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (each) => {
        try {
          const { matches } = compileCondition(each, SCOPE);
          expect(typeof matches(EVENT, SCOPE)).toBe('boolean');
          expect(typeof matches(NO_EVENT, NO_SCOPE)).toBe('boolean');
        } catch (error) {
          if (!(error instanceof ConditionError)) throw error;
          expect(error.message).toMatch(/^Condition, character \d+: [^]+\.$/);
          expect(error.position).toBeLessThanOrEqual(each.length);
        }
        compileGridCondition(each);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a printed condition', () => {
  const field = fc.constantFrom(...CONDITION_FIELDS.map(({ name }): FieldName => name));
  const number = fc.record({
    type: fc.constant('number' as const),
    position: fc.constant(0),
    value: fc.maxSafeNat(),
    unit: fc.constantFrom('none' as const, 'size' as const, 'time' as const),
  });
  const text = fc.record({
    type: fc.constant('text' as const),
    position: fc.constant(0),
    value: fc.string({ unit: 'binary', maxLength: 12 }),
  });
  // A word that is a field would be read as one.
  const word = fc.record({
    type: fc.constant('word' as const),
    position: fc.constant(0),
    value: fc.constantFrom('gpu0', 'x', 'migrate', 'a.b', 'ß', '_1'),
  });
  const range = fc.record({ type: fc.constant('range' as const), position: fc.constant(0), from: number, to: number });
  const fieldOperand = fc.record({
    type: fc.constant('field' as const),
    position: fc.constant(0),
    value: fc.constantFrom('bytes' as const, 'from' as const, 'line' as const),
  });
  const comparison = fc.constantFrom(
    '==' as const,
    '!=' as const,
    '<' as const,
    '<=' as const,
    '>' as const,
    '>=' as const,
  );
  const { tree } = fc.letrec<{ tree: ConditionTree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.record({
        type: fc.constant('compare' as const),
        position: fc.constant(0),
        field,
        comparison,
        operand: fc.oneof(number, text, word, fieldOperand),
      }),
      fc.record({
        type: fc.constant('in' as const),
        position: fc.constant(0),
        field,
        items: fc.array(fc.oneof(number, text, word, range), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({
        type: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ type: fc.constant('not' as const), term: tie('tree') }),
    ),
  }));

  it('is read as the same condition', () => {
    fc.assert(
      fc.property(tree, (each) => {
        const printed = printCondition(each);
        fc.pre(printed.length <= 4096);
        expect(withoutPositions(parseCondition(printed))).toEqual(withoutPositions(each));
      }),
      { numRuns: 1000 },
    );
  });

  it('is short', () => {
    expect(printCondition(parseCondition('((64K<bytes))&&!( (to==gpu0)||(page  in (x)) )'))).toBe(
      'bytes > 65536B && !(to == gpu0 || page in x)',
    );
  });
});

describe('a condition on the grid position', () => {
  const at: [Dimensions, Dimensions, Dimensions, Dimensions] = [
    [3, 0, 0],
    [17, 1, 0],
    [32, 2, 1],
    [8, 1, 1],
  ];

  it.each([
    ['blockIdx.x == 3 && threadIdx.x == 17', true],
    ['3 == blockIdx.x', true],
    ['blockIdx.x == 3 && threadIdx.x == 18', false],
    ['threadIdx.x < blockDim.x && blockIdx.x < gridDim.x', true],
    ['!(threadIdx.y == 0)', true],
    ['blockIdx.x >= 0x4', false],
    ['threadIdx.x in 16..32', true],
  ])('%s is %s', (text, expected) => {
    expect(compileGridCondition(text)?.(...at)).toBe(expected);
  });

  it.each([
    'i == 3',
    'threadIdx.x % 32 == 0',
    'threadIdx.x == i',
    'blockIdx.x == 3 && x[i] > 0',
    'line == 3',
    'thread == 3',
    '!threadIdx.x == 3',
    'threadIdx.x == 010',
    'threadIdx.x == 1K',
    'threadIdx == 3',
    '',
  ])('%s is for C++', (text) => {
    expect(compileGridCondition(text)).toBeNull();
  });

  it('agrees with the condition over an event', () => {
    const size = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    );
    const fraction = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99));
    const term = fc
      .tuple(
        fc.constantFrom('blockIdx', 'threadIdx', 'blockDim', 'gridDim'),
        fc.constantFrom('x', 'y', 'z'),
        fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
        fc.nat(9),
      )
      .map(([vector, axis, comparison, value]) => `${vector}.${axis} ${comparison} ${value}`);
    fc.assert(
      fc.property(
        size,
        size,
        fraction,
        fraction,
        fc.array(term, { minLength: 1, maxLength: 4 }),
        (grid, block, b, t, terms) => {
          const text = terms.join(' && ');
          const blockIdx = grid.map((length, axis) => b[axis]! % length) as unknown as Dimensions;
          const threadIdx = block.map((length, axis) => t[axis]! % length) as unknown as Dimensions;
          const linear = (p: Dimensions, of: Dimensions): number => p[0] + of[0] * (p[1] + of[1] * p[2]);
          const scope = { ...NO_SCOPE, gridOf: () => ({ grid, block }) };
          const event = { ...NO_EVENT, launch: 1, block: linear(blockIdx, grid), thread: linear(threadIdx, block) };
          expect(compileGridCondition(text)?.(blockIdx, threadIdx, block, grid)).toBe(
            compileCondition(text, scope).matches(event, scope),
          );
        },
      ),
    );
  });
});

describe('evaluating a condition', () => {
  it('takes about 100 ns or less', () => {
    const texts = [
      'to == gpu0 && bytes >= 64K',
      'page in x',
      'allocation == "y" || line == 12',
      'access == write && blockIdx.x == 3 && threadIdx.x == 17',
      'function == main && file == "add.cu" && kernel != add',
    ];
    const events = Array.from({ length: 1024 }, (_, index) => ({
      ...EVENT,
      target: index % 3 === 0 ? NO_NODE : 1,
      firstPage: (index * 977) % PAGE_COUNT,
      codeOffset: (1 + (index % 3)) * 100,
      allocation: index % 5,
    }));
    const rounds = 1000;
    const figures = texts.map((text) => {
      const { matches } = compileCondition(text, SCOPE);
      let met = 0;
      const started = performance.now();
      for (let round = 0; round < rounds; round += 1) for (const event of events) if (matches(event, SCOPE)) met += 1;
      const ns = ((performance.now() - started) * 1e6) / (rounds * events.length);
      expect(met).toBeLessThanOrEqual(rounds * events.length);
      return { text, ns };
    });
    for (const { text, ns } of figures) console.log(`${ns.toFixed(1)} ns  ${text}`);
    // Ten times the aim: a machine may be busy with something else.
    for (const { ns } of figures) expect(ns).toBeLessThan(1000);
  });
});

function withoutPositions(tree: ConditionTree): unknown {
  return JSON.parse(JSON.stringify(tree, (key, value: unknown) => (key === 'position' ? undefined : value)));
}
