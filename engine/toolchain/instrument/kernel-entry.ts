/**
 * The code between a launch and a kernel. Clang's stub for `kernel<<<…>>>(…)` has the kernel's own WebAssembly signature, so
 * no argument has to be packed by anybody: the stub's body becomes "store my parameters, call the launch hook", and two
 * functions are added for each kernel, both taking the address of those parameters:
 *
 * - `grid`: from the thread that the special registers name, thread after thread, block after block: call the kernel. It returns 0 when the
 *   grid is done, or 1 with the registers at the next thread when as many threads have run as the global `threads` said.
 * - `thread`: call the kernel once; for kernels that wait at barriers, whose threads the engine switches between.
 *
 * An aggregate passed by value arrives as the address of the caller's copy. A GPU thread has its own copy in parameter
 * memory, so each call gets a fresh one on the device thread's stack.
 */
import type { Globals } from './rewrite-context.js';
import { ByteWriter } from './leb128.js';
import { BLOCK_VOID, Op, ValType } from './opcodes.js';
import type { WasmModule } from './wasm-module.js';

/** A kernel and the stub that launches it, as function indices, and the sizes of parameters that are passed by address. */
export interface Kernel {
  readonly name: string;
  readonly stub: number;
  readonly kernel: number;
  /** Parameter index → bytes of the aggregate behind the address. */
  readonly aggregates: ReadonlyMap<number, number>;
}

/** What the engine calls: names of exports. */
export interface KernelEntry {
  readonly name: string;
  readonly kernel: number;
  readonly grid: string;
  readonly thread: string;
  /** Wasm types of the parameters, and where each lies in the parameter buffer (8 bytes a parameter). */
  readonly parameters: readonly number[];
}

interface GeneratedFunction {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  readonly body: Uint8Array;
}

/** Offsets of the special registers from their start, in bytes. Matches `struct __faultline_registers` of the runtime. */
export const Register = { threadIdx: 0, blockIdx: 12, blockDim: 24, gridDim: 36 } as const;
export const REGISTER_BYTES = 48;
const PARAMETER_BYTES = 8;
const LAUNCH_HOOK = '__faultline_launch';

export function generateKernelEntries(
  module: WasmModule,
  kernels: readonly Kernel[],
  globals: Globals,
  registers: number,
): {
  stubs: ReadonlyMap<number, Uint8Array>;
  functions: readonly GeneratedFunction[];
  kernels: readonly KernelEntry[];
} {
  const stubs = new Map<number, Uint8Array>();
  const functions: GeneratedFunction[] = [];
  const entries: KernelEntry[] = [];
  const launch = module.functionByName(LAUNCH_HOOK);
  kernels.forEach((kernel, n) => {
    if (launch === undefined) return;
    const { parameters } = module.typeOf(kernel.kernel);
    const [grid, thread] = [`__faultline_grid_${String(n)}`, `__faultline_thread_${String(n)}`];
    stubs.set(kernel.stub, stubBody(parameters, globals.stackPointer, launch, n));
    const buffer = [ValType.i32];
    const gridCode = gridBody(kernel, parameters, globals, registers);
    functions.push({ name: grid, parameters: buffer, results: [ValType.i32], body: gridCode });
    functions.push({ name: thread, parameters: buffer, results: [], body: threadBody(kernel, parameters, globals) });
    entries.push({ name: kernel.name, kernel: kernel.kernel, grid, thread, parameters });
  });
  return { stubs, functions, kernels: entries };
}

const LOADS = new Map<number, number>([
  [ValType.i32, Op.i32Load],
  [ValType.i64, Op.i64Load],
  [ValType.f32, Op.f32Load],
  [ValType.f64, Op.f64Load],
]);
const STORES = new Map<number, number>([
  [ValType.i32, Op.i32Store],
  [ValType.i64, Op.i64Store],
  [ValType.f32, Op.f32Store],
  [ValType.f64, Op.f64Store],
]);

function stubBody(parameters: readonly number[], stackPointer: number, launch: number, index: number): Uint8Array {
  const out = new ByteWriter();
  const buffer = parameters.length;
  const bytes = (parameters.length * PARAMETER_BYTES + 15) & ~15;
  out.u32(1).u8(1, ValType.i32);
  out.u8(Op.globalGet).u32(stackPointer).u8(Op.i32Const).s32(bytes).u8(Op.i32Sub, Op.localTee).u32(buffer);
  out.u8(Op.globalSet).u32(stackPointer);
  parameters.forEach((type, n) => {
    out.u8(Op.localGet).u32(buffer).u8(Op.localGet).u32(n);
    out.u8(STORES.get(type) ?? Op.unreachable, 0).u32(n * PARAMETER_BYTES);
  });
  out.u8(Op.i32Const).s32(index).u8(Op.localGet).u32(buffer).u8(Op.call).u32(launch);
  out.u8(Op.localGet).u32(buffer).u8(Op.i32Const).s32(bytes).u8(Op.i32Add, Op.globalSet).u32(stackPointer);
  return out.u8(Op.end).bytes;
}

/** Pushes the arguments, with fresh copies of the aggregates, and calls the kernel. `saved` is an i32 local. */
function callKernel(
  out: ByteWriter,
  kernel: Kernel,
  parameters: readonly number[],
  first: number,
  saved: number,
  globals: Globals,
): void {
  const aligned = (bytes: number): number => (bytes + 15) & ~15;
  const total = [...kernel.aggregates.values()].reduce((sum, bytes) => sum + aligned(bytes), 0);
  if (total > 0) {
    out.u8(Op.globalGet).u32(globals.stackPointer).u8(Op.i32Const).s32(total).u8(Op.i32Sub, Op.localTee).u32(saved);
    out.u8(Op.globalSet).u32(globals.stackPointer);
  }
  const offsets = new Map<number, number>();
  let offset = 0;
  for (const [parameter, bytes] of kernel.aggregates) {
    offsets.set(parameter, offset);
    out.u8(Op.localGet).u32(saved).u8(Op.i32Const).s32(offset).u8(Op.i32Add);
    out
      .u8(Op.localGet)
      .u32(first + parameter)
      .u8(Op.i32Const)
      .s32(bytes);
    out.u8(Op.prefixMisc, 10, 0, 0);
    offset += aligned(bytes);
  }
  parameters.forEach((_, n) => {
    const copy = offsets.get(n);
    if (copy === undefined) out.u8(Op.localGet).u32(first + n);
    else out.u8(Op.localGet).u32(saved).u8(Op.i32Const).s32(copy).u8(Op.i32Add);
  });
  out.u8(Op.call).u32(kernel.kernel);
  if (total > 0) {
    out.u8(Op.localGet).u32(saved).u8(Op.i32Const).s32(total).u8(Op.i32Add, Op.globalSet).u32(globals.stackPointer);
  }
}

/** Local 0 is the buffer; locals 1 … n take the parameters; more i32 locals follow. */
function loadParameters(out: ByteWriter, parameters: readonly number[], moreI32: number): number {
  out.u32(parameters.length + 1);
  for (const type of parameters) out.u8(1, type);
  out.u8(moreI32, ValType.i32);
  parameters.forEach((type, n) => {
    out
      .u8(Op.localGet, 0)
      .u8(LOADS.get(type) ?? Op.unreachable, 0)
      .u32(n * PARAMETER_BYTES);
    out.u8(Op.localSet).u32(n + 1);
  });
  return parameters.length + 1;
}

function threadBody(kernel: Kernel, parameters: readonly number[], globals: Globals): Uint8Array {
  const out = new ByteWriter();
  const saved = loadParameters(out, parameters, 1);
  callKernel(out, kernel, parameters, 1, saved, globals);
  return out.u8(Op.end).bytes;
}

function gridBody(kernel: Kernel, parameters: readonly number[], globals: Globals, registers: number): Uint8Array {
  const out = new ByteWriter();
  const saved = loadParameters(out, parameters, 2);
  const next = saved + 1;
  const { threadIdx, blockIdx, blockDim, gridDim } = Register;
  const load = (offset: number): ByteWriter => out.u8(Op.i32Const, 0, Op.i32Load, 0).u32(registers + offset);
  const store = (offset: number, value: () => void): void => {
    out.u8(Op.i32Const, 0);
    value();
    out.u8(Op.i32Store, 0).u32(registers + offset);
  };
  out.u8(Op.loop, BLOCK_VOID);
  callKernel(out, kernel, parameters, 1, saved, globals);
  out.u8(Op.block, BLOCK_VOID);
  // x, y, z of the thread, then of the block: the first that is not at its end is counted up, those before it begin anew.
  for (const [index, extent] of [
    [threadIdx, blockDim],
    [blockIdx, gridDim],
  ] as const) {
    for (const axis of [0, 4, 8]) {
      store(index + axis, () => {
        load(index + axis)
          .u8(Op.i32Const, 1, Op.i32Add, Op.localTee)
          .u32(next);
      });
      out.u8(Op.localGet).u32(next);
      load(extent + axis).u8(Op.i32LtU, Op.brIf, 0);
      store(index + axis, () => out.u8(Op.i32Const, 0));
    }
  }
  out.u8(Op.i32Const, 0, Op.return, Op.end);
  out.u8(Op.globalGet).u32(globals.threads).u8(Op.i32Const).s32(-1).u8(Op.i32Add, Op.localTee).u32(next);
  out.u8(Op.globalSet).u32(globals.threads).u8(Op.localGet).u32(next).u8(Op.brIf, 0, Op.end);
  return out.u8(Op.i32Const, 1, Op.end).bytes;
}
