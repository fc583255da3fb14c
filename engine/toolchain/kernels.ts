/**
 * Pairs Clang's launch stubs with their kernels in a linked module. Clang names a stub like the kernel with
 * `__device_stub__` before the innermost name; both keep one WebAssembly signature.
 */
import type { DebugFunction } from './debug-info.js';
import type { Kernel } from './instrument/kernel-entry.js';
import type { WasmModule } from './instrument/wasm-module.js';

const STUB_PREFIX = '__device_stub__';

/** The mangled name of the kernel that a stub launches, or undefined where the name is no stub's. */
export function kernelNameOfStub(stub: string): string | undefined {
  const plain = stub.startsWith(STUB_PREFIX);
  if (plain) return stub.slice(STUB_PREFIX.length);
  const match = /(\d+)__device_stub__/.exec(stub);
  if (!match) return undefined;
  const [found, digits = ''] = match;
  const rest = stub.slice(match.index + found.length);
  return `${stub.slice(0, match.index)}${String(Number(digits) - STUB_PREFIX.length)}${rest}`;
}

export function findKernels(module: WasmModule, debugFunctions: readonly DebugFunction[]): Kernel[] {
  const byName = new Map<string, number[]>();
  for (const [index, name] of module.functionNames) {
    const list = byName.get(name);
    if (list) list.push(index);
    else byName.set(name, [index]);
  }
  const shapes = new Map(debugFunctions.map((fn) => [fn.lowPc, fn.parameters]));
  const kernels: Kernel[] = [];
  for (const [name, stubs] of byName) {
    const kernelName = kernelNameOfStub(name);
    if (kernelName === undefined) continue;
    // Static kernels of one name in several files: both lists are in link order.
    const candidates = byName.get(kernelName) ?? [];
    stubs.forEach((stub, n) => {
      const kernel = candidates[n];
      if (kernel === undefined) return;
      kernels.push({ name: kernelName, stub, kernel, aggregates: aggregatesOf(module, kernel, shapes) });
    });
  }
  return kernels.sort((a, b) => a.kernel - b.kernel);
}

function aggregatesOf(
  module: WasmModule,
  kernel: number,
  shapes: ReadonlyMap<number, DebugFunction['parameters']>,
): ReadonlyMap<number, number> {
  const body = module.bodies[kernel - module.importedFunctions];
  const aggregates = new Map<number, number>();
  if (!body) return aggregates;
  const parameters = shapes.get(body.start - module.codeStart) ?? [];
  let index = 0;
  for (const shape of parameters) {
    if (shape.kind === 'none') continue;
    if (shape.kind === 'address') aggregates.set(index, shape.bytes);
    index++;
  }
  const agrees = index === module.typeOf(kernel).parameters.length;
  return agrees ? aggregates : new Map<number, number>();
}
