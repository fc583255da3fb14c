/** What V8 is told of the code, and checks that stand in no line's way. */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { accessGroups } from '../../engine/toolchain/instrument/access-groups.js';
import { ByteReader } from '../../engine/toolchain/instrument/leb128.js';
import { BLOCK_VOID, Op, ValType } from '../../engine/toolchain/instrument/opcodes.js';
import { functionsWithLoops, withTierHints } from '../../engine/toolchain/instrument/tier-hints.js';
import { SectionId, WasmModule } from '../../engine/toolchain/instrument/wasm-module.js';
import { assemble, STACK_POINTER, type Code } from './assembler.js';
import { ALL, DATA, instrumented, Rig } from './rig.js';

const { i32 } = ValType;
const one = { parameters: [i32], results: [] };

describe('tier hints', () => {
  const count = (code: Code): Code => code.op(Op.loop, BLOCK_VOID).get(0).i32(1).op(0x6b).tee(0).op(Op.brIf, 0, Op.end);
  const source = assemble([
    { name: 'straight', ...one, code: (code) => code.get(0).op(Op.drop) },
    { name: 'loop', ...one, code: (code) => count(code) },
    { name: 'library', ...one, code: (code) => count(code) },
    { name: 'inner', ...one, locals: [i32], code: (code) => count(code.op(Op.block, BLOCK_VOID)).op(Op.end) },
  ]);
  const module = new WasmModule(source.bytes);
  const library = source.functionIndices.get('library');
  const optimized = functionsWithLoops(module, (index) => index !== library);

  /** By function, in the order of the module. @returns undefined without the section */
  function hintsOf(wasm: Uint8Array): number[] | undefined {
    const read = new WasmModule(wasm);
    const named = read.sections.map(({ id, start, end }) =>
      id === SectionId.custom ? new ByteReader(wasm, start, end).name() : id,
    );
    const at = named.indexOf('compilationHints');
    if (at < 0) return undefined;
    expect(named[at + 1]).toBe(SectionId.code);
    const reader = new ByteReader(read.customSection('compilationHints')!);
    const hints = Array.from({ length: reader.u32() }, () => reader.u8());
    expect(reader.done).toBe(true);
    expect(hints).toHaveLength(read.bodies.length);
    return hints;
  }

  it('are given to functions with loops, of those that are wanted', () => {
    expect([...optimized]).toEqual([1, 3]);
  });

  it.each([
    ['by the instrumenter', () => instrumented(source, { optimized }).wasm],
    ['behind another tool', () => withTierHints(instrumented(source).wasm, optimized)],
  ])('lie before the code, one for each function, and V8 reads them (%s)', (_, make) => {
    const wasm = make();
    expect(hintsOf(wasm)?.map((hint) => hint !== 0)).toEqual(module.bodies.map((_, place) => optimized.has(place)));
    if (Number(process.versions.v8.split('.')[0]) < 13) setFlagsFromString('--experimental-wasm-compilation-hints');
    const running = new Rig().instance(wasm);
    expect(() => running.call('loop', 1000)).not.toThrow();
  });

  it('are left out where there are none', () => {
    const { wasm } = instrumented(source);
    expect(hintsOf(wasm)).toBeUndefined();
    expect(withTierHints(wasm, new Set())).toBe(wasm);
  });
});

describe('checks for lost bits', () => {
  /** `if (condition is not 0) lost_bits(0)`, as LLVM writes it. */
  const check = (code: Code, condition: (code: Code) => Code): Code =>
    condition(code.op(Op.block, BLOCK_VOID)).op(Op.brIf, 0).i32(0).mark().call('__faultline_lost_bits').op(Op.end);
  const source = assemble(
    [
      {
        name: 'twice',
        ...one,
        code: (code) => {
          code.get(0).memory(Op.i32Load, 4).op(Op.drop);
          check(code, (within) => within.get(0).memory(Op.i32Load, 4).op(Op.i32Eqz));
          code.get(0).memory(Op.i32Load, 4, 4).op(Op.drop);
        },
      },
      {
        name: 'nested',
        ...one,
        code: (code) =>
          check(code, (within) => check(within.get(0), (inmost) => inmost.get(0).op(Op.i32Eqz)).op(Op.i32Eqz)),
      },
      {
        // A sum's: three conditions, the second with a constant; told of 2 to 9.
        name: 'several',
        ...one,
        code: (code) => {
          code.get(0).memory(Op.i32Load, 4).op(Op.drop);
          code.op(Op.block, BLOCK_VOID).get(0).op(Op.i32Eqz, Op.brIf, 0).get(0).i32(10).op(Op.i32GeU, Op.brIf, 0);
          code.i32(1).get(0).op(Op.i32GeU, Op.brIf, 0).i32(0).mark().call('__faultline_lost_bits').op(Op.end);
          code.get(0).memory(Op.i32Load, 4, 4).op(Op.drop);
        },
      },
      {
        name: 'loads between',
        ...one,
        code: (code) => {
          code.op(Op.block, BLOCK_VOID).get(0).op(Op.i32Eqz, Op.brIf, 0);
          code.get(0).memory(Op.i32Load, 4).op(Op.brIf, 0).i32(0).call('__faultline_lost_bits').op(Op.end);
        },
      },
      {
        // Leaves the outer block by its own branch: what follows the inner one is left out.
        name: 'left',
        ...one,
        code: (code) => {
          code.op(Op.block, BLOCK_VOID).get(0).op(Op.brIf, 0);
          code.op(Op.block, BLOCK_VOID).i32(0).call('__faultline_lost_bits').op(Op.end);
          code.i32(99).call('__faultline_lost_bits').op(Op.end);
        },
      },
      {
        name: 'other',
        ...one,
        code: (code) => {
          // What looks like one and does more is left as it is.
          code.op(Op.block, BLOCK_VOID).get(0).op(Op.i32Eqz, Op.brIf, 0).i32(0).call('__faultline_lost_bits');
          code.get(0).memory(Op.i32Load, 4).op(Op.drop, Op.end);
        },
      },
    ],
    [{ name: '__faultline_lost_bits', parameters: [i32], results: [] }],
  );
  const { wasm } = instrumented(source);
  const module = new WasmModule(source.bytes);

  it.each([
    ['nested', 0, []],
    ['nested', 5, source.sites.get('nested')],
    ['twice', DATA, []],
    ['several', 0, []],
    ['several', 1, []],
    ['several', 2, source.sites.get('several')?.slice(1, 2)],
    ['several', 9, source.sites.get('several')?.slice(1, 2)],
    ['several', 10, []],
    ['loads between', DATA, [0]],
    ['left', 1, []],
    ['left', 0, [0, 99]],
    ['other', DATA, [0]],
  ])('tell where they stand, and only if they fail (%s %d)', (name, argument, sites) => {
    const rig = new Rig();
    rig.permissions.fill(ALL);
    const told: unknown[] = [];
    rig.onEvent = (event) => {
      if (event.kind === 'import') told.push(...event.values);
    };
    rig.instance(wasm).call(name, argument);
    expect(told).toEqual(sites);
  });

  it.each([
    ['twice', 0],
    ['several', 2],
  ])('end no straight line: accesses around them go out together (%s)', (name, place) => {
    const sites = source.sites.get(name)!;
    expect([...accessGroups(module, STACK_POINTER, [module.bodies[place]!])]).toEqual([sites[0], sites.at(-1)]);
  });
});
