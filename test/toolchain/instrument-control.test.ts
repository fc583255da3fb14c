/** What the rewritten code does besides checking: counters, debug hooks, call offsets, branch hints, offloaded regions. */
import { describe, expect, it } from 'vitest';
import { CallSites } from '../../engine/execution/call-sites.js';
import {
  CALL_RECORD_BYTES,
  PollKind,
  spilledLocals,
  type DebugOptions,
} from '../../engine/toolchain/instrument/debug-code.js';
import type { InstrumentedModule } from '../../engine/toolchain/instrument/instrument.js';
import { decode, type Instruction } from '../../engine/toolchain/instrument/instruction.js';
import { ByteReader } from '../../engine/toolchain/instrument/leb128.js';
import { BLOCK_VOID, Op, ValType } from '../../engine/toolchain/instrument/opcodes.js';
import { SectionId, WasmModule } from '../../engine/toolchain/instrument/wasm-module.js';
import { assemble, STACK_POINTER, type Code, type FunctionSource } from './assembler.js';
import { ALL, CALL_STACK, DATA, instrumented, POLL_TABLE, Rig, type Running } from './rig.js';

const { i32, i64, f32 } = ValType;
const DEBUG: DebugOptions = {
  steps: new Set(),
  instructions: new Set(),
  locals: () => [],
  isUser: () => false,
  pollTable: POLL_TABLE,
  callStackBase: CALL_STACK,
  callStackLimit: CALL_STACK + 0x1000,
};
const NONE = { parameters: [], results: [] };

const store8 = (code: Code, offset = 0): Code => code.i32(DATA).i32(1).memory(0x3a, 1, offset);
const load4 = (code: Code): Code => code.get(0).memory(Op.i32Load, 4).op(Op.drop);
const load8 = (code: Code): Code => code.get(0).memory(Op.i64Load, 8).op(Op.drop);

describe('counters', () => {
  const one = { parameters: [i32], results: [] };
  const cases: readonly (FunctionSource & { readonly counted: readonly [number, number][] })[] = [
    { name: 'straight', ...one, code: (code) => load4(load8(load4(code))), counted: [[3, 16]] },
    {
      name: 'early return',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        load4(code).get(1).op(Op.if, BLOCK_VOID);
        load8(code).op(Op.return, Op.end);
        load4(code);
      },
      counted: [
        [2, 8],
        [2, 12],
      ],
    },
    {
      name: 'return before any access in the text',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        code.get(1).op(Op.if, BLOCK_VOID, Op.return, Op.end);
        load8(code);
      },
      counted: [
        [1, 8],
        [0, 0],
      ],
    },
    {
      name: 'branch to the function label',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        load4(code).get(1).op(Op.brIf, 0);
        load8(code).op(Op.block, BLOCK_VOID).get(1).op(Op.i32Eqz, Op.brIf, 1, Op.end);
        load4(code);
      },
      counted: [
        [2, 12],
        [1, 4],
      ],
    },
    {
      name: 'if and else',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        code.get(1).op(Op.if, BLOCK_VOID);
        load4(load4(code)).op(Op.else);
        load8(code).op(Op.end);
        load4(code);
      },
      counted: [
        [2, 12],
        [3, 12],
      ],
    },
    {
      name: 'br_table',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        code.op(Op.block, BLOCK_VOID, Op.block, BLOCK_VOID, Op.block, BLOCK_VOID);
        load4(code).get(1).op(Op.brTable, 3, 0, 1, 3, 2, Op.end);
        load8(code).op(Op.end);
        load8(load8(code)).op(Op.end);
        load4(code);
      },
      counted: [
        [5, 32],
        [4, 24],
        [1, 4],
        [2, 8],
      ],
    },
    {
      name: 'loop',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        code.op(Op.loop, BLOCK_VOID);
        load4(code).get(1).op(Op.i32Eqz, Op.brIf, 1);
        load8(code).get(1).i32(1).op(Op.i32Sub).tee(1).op(Op.brIf, 0, Op.end);
      },
      counted: [
        [1, 4],
        [2, 12],
        [4, 24],
        [6, 36],
      ],
    },
    {
      name: 'dead code',
      ...one,
      code: (code) => {
        load4(code).op(Op.block, BLOCK_VOID, Op.br, 0);
        load8(code).op(Op.end, Op.return);
        load8(code);
      },
      counted: [[1, 4]],
    },
    {
      name: 'recursion',
      ...one,
      parameters: [i32, i32],
      code: (code) => {
        load4(code).get(1).op(Op.if, BLOCK_VOID).get(0).get(1).i32(1).op(Op.i32Sub).call('recursion').op(Op.end);
        load8(code);
      },
      counted: [
        [2, 12],
        [4, 24],
        [6, 36],
      ],
    },
  ];
  const source = assemble(cases);

  describe.each(cases.map((each) => [each.name, each] as const))('%s', (name, { counted, parameters }) => {
    it.each(counted.map((wanted, argument) => ({ argument, wanted })))('argument $argument', ({ argument, wanted }) => {
      const running = new Rig().instance(instrumented(source).wasm);
      const [accesses, bytes] = wanted;
      running.call(name, DATA, ...(parameters.length > 1 ? [argument] : []));
      expect(running.counted()).toEqual({ accesses, bytes });
      for (let n = 0; n < 9; n++) running.call(name, DATA, ...(parameters.length > 1 ? [argument] : []));
      expect(running.counted()).toEqual({ accesses: accesses * 10, bytes: bytes * 10 });
    });
  });

  it('keep the results of a function with several, by return, by branch and at its end', () => {
    const several = assemble([
      {
        name: 'several',
        parameters: [i32, i32],
        results: [i32, i64, f32],
        code: (code) => {
          const push = (value: number): Code => code.i32(value).op(Op.i64Const, value, 0x43, 0, 0, 0x80, 0x3f);
          load4(code).get(1).op(Op.if, BLOCK_VOID);
          push(1).op(Op.return, Op.end).get(1);
          code.op(Op.drop);
          push(2).get(1).op(Op.i32Eqz, Op.brIf, 0, Op.drop, Op.drop, Op.drop);
          push(3);
        },
      },
    ]);
    const running = new Rig().instance(instrumented(several).wasm);
    expect(running.call('several', DATA, 1)).toEqual([1, 1n, 1]);
    expect(running.call('several', DATA, 0)).toEqual([2, 2n, 1]);
    expect(running.counted().accesses).toBe(2);
  });
});

/** Indices of the functions that a module's code calls. */
function callees(wasm: Uint8Array): Set<number> {
  const module = new WasmModule(wasm);
  const found = new Set<number>();
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  for (const body of module.bodies) {
    const reader = new ByteReader(wasm, body.start, body.end);
    for (let groups = reader.u32(); groups > 0; groups--) reader.skip((reader.skipLeb(), 1));
    while (!reader.done) {
      decode(reader, instruction);
      if (instruction.opcode === Op.call) found.add(instruction.immediate);
    }
  }
  return found;
}

describe('debug options', () => {
  const source = assemble(
    [
      {
        name: 'outer',
        ...NONE,
        code: (code) =>
          code
            .i32(DATA + 0x1000)
            .op(Op.globalSet, STACK_POINTER)
            .mark()
            .call('middle')
            .mark()
            .call('middle'),
      },
      {
        name: 'middle',
        ...NONE,
        locals: [i32],
        code: (code) => {
          code.op(Op.globalGet, STACK_POINTER).i32(16).op(Op.i32Sub, Op.globalSet, STACK_POINTER);
          code.i32(2).set(0).op(Op.loop, BLOCK_VOID).mark().call('inner');
          code.get(0).i32(1).op(Op.i32Sub).tee(0).op(Op.brIf, 0, Op.end);
          code.op(Op.globalGet, STACK_POINTER).i32(16).op(Op.i32Add, Op.globalSet, STACK_POINTER);
        },
      },
      { name: 'inner', ...NONE, code: (code) => store8(code.mark()).mark().call('look') },
      { name: 'early', parameters: [i32], results: [], code: (code) => code.get(0).op(Op.brIf, 0).mark().call('look') },
    ],
    [{ name: 'look', ...NONE }],
  );
  const indexOf = (name: string): number => source.functionIndices.get(name)!;
  const sitesOf = (name: string): readonly number[] => source.sites.get(name)!;
  const debug = (options: Partial<DebugOptions> = {}): InstrumentedModule =>
    instrumented(source, { debug: { ...DEBUG, ...options } });
  /** The call record's words, outermost first. */
  const records = (rig: Rig, running: Running, bytesOf: ReadonlyMap<number, number>): number[][] => {
    const found: number[][] = [];
    for (let at = CALL_STACK; at < Number(running.global('callStack').value);) {
      const bytes = bytesOf.get(rig.words[at / 4]!)!;
      found.push([...rig.words.subarray(at / 4, (at + bytes) / 4)]);
      at += bytes;
    }
    return found;
  };

  it('keep a shadow call stack: function and call', () => {
    const rig = new Rig();
    const { wasm, polls } = debug();
    const running = rig.instance(wasm);
    const stacks: number[][][] = [];
    rig.onEvent = () => stacks.push(records(rig, running, polls.recordBytes));
    running.call('outer');
    const wanted = (call: number): number[][] => [
      [indexOf('outer'), sitesOf('outer')[call]!],
      [indexOf('middle'), sitesOf('middle')[0]!],
      [indexOf('inner'), sitesOf('inner')[2]!],
    ];
    expect(stacks).toEqual([wanted(0), wanted(0), wanted(1), wanted(1)]);
    expect(running.global('callStack').value).toBe(CALL_STACK);
    running.call('early', 1);
    expect(running.global('callStack').value).toBe(CALL_STACK);
  });

  it('keep the locals that a debugger asks for, as they are at the call', () => {
    const rig = new Rig();
    const { wasm, polls } = debug({ locals: (index) => (index === indexOf('middle') ? [0] : []) });
    const running = rig.instance(wasm);
    const values: number[] = [];
    rig.onEvent = () =>
      values.push(records(rig, running, polls.recordBytes).find(([index]) => index === indexOf('middle'))![2]!);
    running.call('outer');
    expect(values).toEqual([2, 1, 2, 1]);
    expect(spilledLocals(new WasmModule(source.bytes), indexOf('middle'), [0])).toEqual([{ local: 0, type: i32 }]);
  });

  it('make the record of a function without calls only on its way into the engine', () => {
    const leaf = assemble([{ name: 'leaf', parameters: [i32], results: [], code: (code) => load4(code.mark()) }]);
    const rig = new Rig();
    const { wasm, polls } = instrumented(leaf, { debug: { ...DEBUG, locals: () => [0] } });
    const running = rig.instance(wasm);
    const seen: number[][] = [];
    rig.onEvent = () => seen.push(...records(rig, running, polls.recordBytes));
    running.call('leaf', DATA);
    expect(rig.words[CALL_STACK / 4 + 1]).toBe(0);
    rig.permissions[DATA >>> 12] = 0;
    running.call('leaf', DATA);
    expect(seen).toEqual([[leaf.functionIndices.get('leaf'), expect.any(Number), DATA, 0]]);
    expect(running.global('callStack').value).toBe(CALL_STACK);
  });

  it('end a recursion that the shadow call stack cannot hold', () => {
    const rig = new Rig();
    const running = rig.instance(debug({ callStackLimit: CALL_STACK + CALL_RECORD_BYTES }).wasm);
    expect(() => running.call('outer')).toThrow(WebAssembly.RuntimeError);
  });

  it('count entries and rounds of the user’s functions', () => {
    const rig = new Rig();
    const running = rig.instance(debug({ isUser: (index) => index !== indexOf('inner') }).wasm);
    running.call('outer');
    // outer, and twice middle with two rounds of its loop.
    expect(running.global('rounds').value).toBe(1n + 2n * 3n);
  });

  it('poll in loops where no statement starts, only while the poll’s byte is set', () => {
    const rig = new Rig();
    const { wasm, polls } = debug();
    const running = rig.instance(wasm);
    const heard = (): [number, number][] =>
      rig.events.flatMap((event) => (event.kind === 'poll' ? [[event.type, event.site]] : []));
    running.call('middle');
    expect(heard()).toEqual([]);
    expect(polls.kinds).toEqual([PollKind.loop]);
    expect(polls.functions).toEqual([indexOf('middle')]);
    expect(polls.records).toEqual([CALL_RECORD_BYTES]);
    rig.bytes[POLL_TABLE] = 1;
    running.call('middle');
    expect(heard()).toEqual([
      [PollKind.loop, polls.sites[0]],
      [PollKind.loop, polls.sites[0]],
    ]);
  });

  it('poll at statements and single operators, each with a byte of its own', () => {
    const rig = new Rig();
    const [first, , last] = sitesOf('inner');
    const { wasm, polls } = debug({ steps: new Set([first!]), instructions: new Set([last!]) });
    const running = rig.instance(wasm);
    running.call('inner');
    expect(rig.events.map(({ kind }) => kind)).toEqual(['import']);
    const bytes = rig.bytes.subarray(POLL_TABLE, POLL_TABLE + polls.sites.length);
    for (const [site, type] of [
      [first, PollKind.step],
      [last, PollKind.instruction],
    ]) {
      bytes.fill(0);
      bytes[polls.sites.indexOf(site!)] = 1;
      rig.events.length = 0;
      running.call('inner');
      expect(rig.events.filter(({ kind }) => kind === 'poll')).toEqual([{ kind: 'poll', site, type }]);
    }
  });

  it('leave no trace in a run without debugger', () => {
    const poll = indexOf('__faultline_poll');
    expect(callees(instrumented(source).wasm)).not.toContain(poll);
    expect(callees(debug().wasm)).toContain(poll);
    const rig = new Rig();
    rig.bytes.fill(1, POLL_TABLE, POLL_TABLE + 64);
    const running = rig.instance(instrumented(source).wasm);
    running.call('outer');
    expect(rig.events.every(({ kind }) => kind === 'import')).toBe(true);
    expect(rig.words[CALL_STACK / 4]).toBe(0);
    expect(running.global('rounds').value).toBe(0n);
  });

  it('change no result and no count', () => {
    const results = [undefined, DEBUG, { ...DEBUG, steps: new Set(sitesOf('inner')), isUser: () => true }].map(
      (options) => {
        const rig = new Rig();
        rig.bytes.fill(1, POLL_TABLE, POLL_TABLE + 64);
        const running = rig.instance(instrumented(source, options ? { debug: options } : {}).wasm);
        running.call('outer');
        return [running.counted(), rig.events.filter(({ kind }) => kind === 'import').length];
      },
    );
    expect(results).toEqual(Array.from({ length: 3 }, () => [{ accesses: 4, bytes: 4 }, 4]));
  });
});

describe('call offsets', () => {
  const source = assemble(
    [
      {
        name: 'first',
        parameters: [i32],
        results: [],
        code: (code) => {
          load8(code).get(0).mark().call('second');
          load8(code).get(0).mark().call('second');
        },
      },
      {
        name: 'second',
        parameters: [i32],
        results: [],
        code: (code) => {
          load4(code).get(0).memory(Op.i64Load, 8, 0x2000).op(Op.drop);
          store8(code).mark().call('look');
        },
      },
    ],
    [{ name: 'look', ...NONE }],
  );

  it.each([
    ['plain', undefined],
    ['under a debugger', DEBUG],
  ] as const)('map a captured stack back to the calls of the original code (%s)', (_, debug) => {
    const rig = new Rig();
    const module = instrumented(source, debug ? { debug } : {});
    const running = rig.instance(module.wasm);
    const sites = new CallSites(module.placeOffsets, module.originalOffsets, new Uint32Array());
    const stacks: number[][] = [];
    rig.onEvent = () => stacks.push(sites.stack());
    rig.permissions[(DATA >>> 12) + 2] = 0;
    running.call('first', DATA);
    const [firstLoad, firstCall, , secondCall] = source.sites.get('first')!;
    const look = source.sites.get('second')![3]!;
    expect(firstLoad).toBeLessThan(firstCall!);
    // The first event is the fault inside `second`: its own hook call is no call of the program's.
    expect(stacks).toEqual([[firstCall], [look, firstCall], [look, secondCall]]);
    const ascending = [...module.placeOffsets].sort((a, b) => a - b);
    expect([...module.placeOffsets]).toEqual(ascending);
  });

  it('know the user’s own functions', () => {
    const sites = new CallSites(new Uint32Array(), new Uint32Array(), Uint32Array.from([10, 20, 30, 40]));
    const user = [9, 10, 19, 20, 29, 30, 39, 40, 0].filter((offset) => sites.isUser(offset));
    expect(user).toEqual([10, 19, 30, 39]);
    expect(new CallSites(new Uint32Array(), new Uint32Array(), new Uint32Array()).isUser(0)).toBe(false);
  });
});

describe('branch hints', () => {
  it('lie before the code, each at an `if`, and mark every cold path', () => {
    const source = assemble([
      { name: 'a', parameters: [i32], results: [], code: (code) => load8(load4(code)) },
      { name: 'none', ...NONE, code: (code) => code.i32(1).op(Op.drop) },
      { name: 'b', parameters: [i32], results: [], locals: [f32, i64], code: (code) => store8(load4(code)) },
    ]);
    const { wasm } = instrumented(source);
    expect(WebAssembly.validate(wasm)).toBe(true);
    const module = new WasmModule(wasm);
    const named = module.sections.map(({ id, start, end }) =>
      id === SectionId.custom ? new ByteReader(wasm, start, end).name() : id,
    );
    const at = named.indexOf('metadata.code.branch_hint');
    expect(at).toBeGreaterThanOrEqual(0);
    expect(named[at + 1]).toBe(SectionId.code);
    const reader = new ByteReader(module.customSection('metadata.code.branch_hint')!);
    const hinted: Record<number, number> = {};
    for (let functions = reader.u32(); functions > 0; functions--) {
      const index = reader.u32();
      const body = module.bodies[index - module.importedFunctions]!;
      hinted[index] = 0;
      let previous = -1;
      for (let count = reader.u32(); count > 0; count--) {
        const offset = reader.u32();
        expect([wasm[body.start + offset], wasm[body.start + offset + 1]]).toEqual([Op.if, BLOCK_VOID]);
        expect([reader.u8(), reader.u8()]).toEqual([1, 0]);
        expect(offset).toBeGreaterThan(previous);
        previous = offset;
        hinted[index]++;
      }
    }
    expect(reader.done).toBe(true);
    const index = (name: string): number => source.functionIndices.get(name)!;
    expect(hinted).toEqual({ [index('a')]: 2, [index('b')]: 2 });
  });
});

describe('what is left as it is', () => {
  it('the runtime’s own functions: neither checked nor counted', () => {
    const names = ['__faultline_own', '__wasm_init_memory', '__kmpc_fork', '__tgt_target', 'omp_get'];
    const source = assemble([...names, 'user'].map((name) => ({ name, ...NONE, code: (code) => store8(code) })));
    const rig = new Rig();
    const running = rig.instance(instrumented(source).wasm);
    rig.permissions.fill(0);
    for (const name of names) running.call(name);
    expect([rig.events, running.counted().accesses]).toEqual([[], 0]);
    running.call('user');
    expect([rig.events.length, running.counted().accesses]).toEqual([1, 1]);
  });

  it('everything, unchecked', () => {
    const source = assemble([{ name: 'f', ...NONE, code: (code) => store8(code) }]);
    const rig = new Rig();
    rig.permissions.fill(0);
    rig.instance(instrumented(source, { unchecked: true }).wasm).call('f');
    expect([rig.events, rig.bytes[DATA]]).toEqual([[], 1]);
  });
});

describe('offloaded regions', () => {
  it('are told to the engine before their first access and after their last, however they end', () => {
    const name = '__omp_offloading_1_2_main_l12';
    const source = assemble([
      {
        name,
        parameters: [i32],
        results: [],
        code: (code) => {
          store8(code).get(0).op(Op.if, BLOCK_VOID, Op.return, Op.end);
          code.get(0).op(Op.brIf, 0);
          store8(code);
        },
      },
      { name: `${name}.omp_outlined`, ...NONE, code: (code) => store8(code) },
      { name: `${name}_1`, ...NONE, code: (code) => code.i32(0).op(Op.drop) },
    ]);
    const rig = new Rig();
    const running = rig.instance(instrumented(source).wasm);
    const names = (): string[] => rig.events.map((event) => (event.kind === 'import' ? event.name : event.kind));
    for (const argument of [0, 1]) {
      rig.permissions[DATA >>> 12] = 0;
      rig.events.length = 0;
      running.call(name, argument);
      expect(names()).toEqual(['region_begin', 'access', 'region_end']);
    }
    rig.permissions.fill(ALL);
    rig.events.length = 0;
    running.call(`${name}.omp_outlined`);
    expect(names()).toEqual([]);
    running.call(`${name}_1`);
    expect(names()).toEqual(['region_begin', 'region_end']);
  });
});
