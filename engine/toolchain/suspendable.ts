/**
 * Kernels that wait: which functions can reach the barrier, and the module in which those can suspend. That module is code
 * only (it runs over memory that the main one has initialised), so a program pays for suspension nowhere else.
 */
import type { Compiler } from './compiler.js';
import { ToolchainFailure } from './compiler.js';
import { decode, type Instruction } from './instrument/instruction.js';
import { ByteReader } from './instrument/leb128.js';
import type { KernelEntry } from './instrument/kernel-entry.js';
import { Op } from './instrument/opcodes.js';
import type { WasmModule } from './instrument/wasm-module.js';

/** Index of the barrier import among the functions, or undefined where nothing waits. */
function barrierOf(module: WasmModule): number | undefined {
  let index = 0;
  for (const { module: from, name, kind } of module.imports) {
    if (kind !== 0) continue;
    if (from === 'faultline' && name === 'barrier') return index;
    index++;
  }
  return undefined;
}

/** Functions from which direct calls lead to the barrier, by index. */
export function functionsThatWait(module: WasmModule): ReadonlySet<number> {
  const barrier = barrierOf(module);
  const waiting = new Set<number>();
  if (barrier === undefined) return waiting;
  const callers = new Map<number, number[]>();
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  for (const body of module.bodies) {
    const reader = new ByteReader(module.bytes, body.start, body.end);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb();
      reader.u8();
    }
    while (!reader.done) {
      decode(reader, instruction);
      if (instruction.opcode !== Op.call) continue;
      const list = callers.get(instruction.immediate);
      if (list) list.push(body.functionIndex);
      else callers.set(instruction.immediate, [body.functionIndex]);
    }
  }
  const pending = [barrier];
  for (let callee = pending.pop(); callee !== undefined; callee = pending.pop()) {
    for (const caller of callers.get(callee) ?? []) {
      if (waiting.has(caller)) continue;
      waiting.add(caller);
      pending.push(caller);
    }
  }
  return waiting;
}

/** @param codeOnly the instrumented module without data; @param entries the kernels that wait */
export async function makeSuspendable(
  compiler: Compiler,
  module: WasmModule,
  codeOnly: Uint8Array,
  waiting: ReadonlySet<number>,
  entries: readonly KernelEntry[],
): Promise<Uint8Array> {
  const names = [...waiting].map((index) => module.functionNames.get(index)).filter((name) => name !== undefined);
  const exported = entries.map((entry) => entry.thread);
  const { files, output } = await compiler.run(['asyncify', ...names, '--', ...exported], { 'in.wasm': codeOnly });
  const suspendable = files['out.wasm'];
  if (!(suspendable instanceof Uint8Array))
    throw new ToolchainFailure(`kernels with barriers could not be prepared: ${output}`);
  return suspendable;
}
