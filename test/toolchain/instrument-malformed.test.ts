/** Bytes that are no module: said so by MalformedModule or RangeError, and never an endless loop. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDebugFunctions } from '../../engine/toolchain/debug-info.js';
import { instrument } from '../../engine/toolchain/instrument/instrument.js';
import { Op, ValType, BLOCK_VOID } from '../../engine/toolchain/instrument/opcodes.js';
import { MalformedModule, WasmModule } from '../../engine/toolchain/instrument/wasm-module.js';
import { functionsThatWait } from '../../engine/toolchain/suspendable.js';
import { assemble, STACK_POINTER } from './assembler.js';

const { i32, i64, f64 } = ValType;

const { bytes } = assemble([
  {
    name: 'framed',
    parameters: [i32],
    results: [i64],
    locals: [i32, f64],
    code: (code) => {
      code.op(Op.globalGet, STACK_POINTER).i32(64).op(Op.i32Sub).tee(1).op(Op.globalSet, STACK_POINTER);
      code.get(1).get(0).memory(Op.i32Store, 4, 8).get(1).memory(Op.i64Load, 8, 16).op(Op.drop);
      code.op(Op.block, BLOCK_VOID, Op.loop, BLOCK_VOID).get(0).op(Op.brTable, 2, 0, 1, 1, Op.end, Op.end);
      code.get(0).get(0).i32(12).op(0xfc, 10, 0, 0).get(0).i32(1).memory(0xfe1e, 4, 4).op(Op.drop);
      code.get(0).memory(Op.i64Load, 8);
    },
  },
  { name: 'plain', parameters: [], results: [], code: (code) => code.i32(7).call('framed').op(Op.drop) },
]);

function accepted(input: Uint8Array): boolean {
  try {
    const module = new WasmModule(input);
    instrument(module, { kernels: [], registers: { start: 0, end: 0 } });
    readDebugFunctions(module);
    functionsThatWait(module, () => true);
    return true;
  } catch (error) {
    if (error instanceof MalformedModule || error instanceof RangeError) return false;
    throw error;
  }
}

describe('malformed modules', () => {
  it('are refused when truncated anywhere in a section', () => {
    expect(accepted(bytes)).toBe(true);
    let whole = 0;
    for (let length = 0; length < bytes.length; length++) if (accepted(bytes.slice(0, length))) whole++;
    // Nothing is left to do the rest with once the names are missing.
    expect(whole).toBe(0);
  });

  it('give an error or a module after random changes', () => {
    const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const changed = bytes.slice();
        for (const { at, value } of changes) changed[at] = value;
        accepted(changed);
      }),
      { numRuns: 2000 },
    );
  });

  it('give an error or a module after an insertion or a removal', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.uint8Array({ maxLength: 8 }), fc.nat(8), (at, inserted, removed) => {
        accepted(Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]));
      }),
      { numRuns: 700 },
    );
  });

  it('of random bytes behind a header are refused or empty', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        expect(accepted(Uint8Array.from([...bytes.subarray(0, 8), ...rest]))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('name operators that are not supported', () => {
    const vector = assemble([
      { name: 'v', parameters: [], results: [], code: (code) => code.op(0xfd, 12, ...new Uint8Array(16), Op.drop) },
    ]);
    expect(() => instrument(new WasmModule(vector.bytes), { kernels: [], registers: { start: 0, end: 0 } })).toThrow(
      /0xfd is not known/,
    );
  });

  it('need the runtime and a stack pointer', () => {
    const header = bytes.slice(0, 8);
    expect(() => instrument(new WasmModule(header), { kernels: [], registers: { start: 0, end: 0 } })).toThrow(
      MalformedModule,
    );
    expect(() => new WasmModule(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 0, 0, 0]))).toThrow(
      'not a WebAssembly 1.0 module',
    );
  });
});
