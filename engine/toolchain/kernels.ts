/**
 * Pairs Clang's launch stubs with their kernels in a linked module. Clang names a stub like the kernel with
 * `__device_stub__` before the innermost name; both keep one WebAssembly signature.
 */
import type { DebugFunction, ParameterShape } from './debug-info.js';
import type { Kernel } from './instrument/kernel-entry.js';
import { ValType } from './instrument/opcodes.js';
import type { WasmModule } from './instrument/wasm-module.js';

const STUB_PREFIX = '__device_stub__';

/** The mangled name of the kernel that a stub launches, or undefined where the name is no stub's. */
export function kernelNameOfStub(stub: string): string | undefined {
  const plain = stub.startsWith(STUB_PREFIX);
  if (plain) return stub.slice(STUB_PREFIX.length);
  const at = stub.indexOf(STUB_PREFIX);
  const digits = at < 0 ? '' : (/\d*$/.exec(stub.slice(0, at))?.[0] ?? '');
  // What comes before may end in digits, too (`ns2`, `_GLOBAL__N_1`): the length is the shortest number that can be one.
  for (let n = 2; n <= digits.length; n++) {
    const length = Number(digits.slice(-n));
    if (length <= STUB_PREFIX.length) continue;
    const rest = stub.slice(at + STUB_PREFIX.length);
    return `${stub.slice(0, at - n)}${String(length - STUB_PREFIX.length)}${rest}`;
  }
  return undefined;
}

/** A kernel, and how each of its parameters in the source is passed to it: see {@link argumentWord}. */
export interface ProgramKernel extends Kernel {
  readonly arguments: readonly number[];
}

export function findKernels(module: WasmModule, debugFunctions: readonly DebugFunction[]): ProgramKernel[] {
  const byName = new Map<string, number[]>();
  for (const [index, name] of module.functionNames) {
    const list = byName.get(name);
    if (list) list.push(index);
    else byName.set(name, [index]);
  }
  const shapes = new Map(debugFunctions.map((fn) => [fn.lowPc, fn.parameters]));
  const kernels: ProgramKernel[] = [];
  for (const [name, stubs] of byName) {
    const kernelName = kernelNameOfStub(name);
    if (kernelName === undefined) continue;
    // Static kernels of one name in several files: both lists are in link order.
    const candidates = byName.get(kernelName) ?? [];
    stubs.forEach((stub, n) => {
      const kernel = candidates[n];
      if (kernel === undefined) return;
      kernels.push({ name: kernelName, stub, kernel, ...parametersOf(module, [kernel, stub], shapes) });
    });
  }
  return kernels.sort((a, b) => a.kernel - b.kernel);
}

/** @param functions in order of preference: at -O0 a kernel's own debug information lacks the aggregates that it does not use */
function parametersOf(
  module: WasmModule,
  functions: readonly number[],
  shapes: ReadonlyMap<number, DebugFunction['parameters']>,
): Pick<ProgramKernel, 'aggregates' | 'arguments'> {
  for (const fn of functions) {
    const body = module.bodies[fn - module.importedFunctions];
    const all = (body && shapes.get(body.start - module.codeStart)) ?? [];
    const passed = all.filter((shape) => shape.kind !== 'none');
    const types = module.typeOf(fn).parameters;
    if (passed.length !== types.length) continue;
    let next = 0;
    return {
      aggregates: new Map(passed.flatMap((shape, n) => (shape.kind === 'address' ? [[n, shape.bytes] as const] : []))),
      arguments: all.map((shape) => argumentWord(shape, shape.kind === 'none' ? 0 : (types[next++] ?? 0))),
    };
  }
  const types = module.typeOf(functions[0] ?? 0).parameters;
  return {
    aggregates: new Map(),
    arguments: types.map((type) => argumentWord({ kind: 'value', bytes: SCALAR_BYTES, signed: false }, type)),
  };
}

const SCALAR_BYTES = 4;
const SIGNED = 1 << 7;
/** The runtime's enum engine_parameter (faultline_cuda.h). */
const Passed = { aggregate: 5, none: 6 } as const;
const SCALARS: readonly number[] = [ValType.i32, ValType.i64, ValType.f32, ValType.f64];

/** What the runtime has to know of a parameter: kind | signed << 7 | bytes << 8. */
function argumentWord(shape: ParameterShape, type: number): number {
  if (shape.kind === 'none') return Passed.none;
  if (shape.kind === 'address') return Passed.aggregate | (shape.bytes << 8);
  return (SCALARS.indexOf(type) + 1) | (shape.signed ? SIGNED : 0) | (shape.bytes << 8);
}
