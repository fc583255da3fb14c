/**
 * Real programs, stopped for real: a program runs until it calls `stop`, and there its memory is what it is. At -O0 the
 * caller's frame base is the stack pointer, and a structure that was passed by value lies at the argument of `stop`.
 */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { ProgramImage } from '../../engine/toolchain/build.js';
import type { WasmModule } from '../../engine/toolchain/instrument/wasm-module.js';
import { readLineTable, type LineTable } from '../../engine/symbols/line-table.js';
import type { StoppedFrame } from '../../engine/symbols/lldb.js';
import { instrumentImage, STACK_TOP } from '../toolchain/compiled.js';

/** First line of a program that stops. */
export const STOP =
  'extern "C" __attribute__((import_module("test"), import_name("stop"))) void stop(const void *argument);';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The thread of LLDB as it is now, bundled; like `dist/`, its folder has `node_modules` above it. */
export function lldbWorker(): URL {
  const outfile = `${root}out/test-symbols/lldb.worker.js`;
  buildSync({
    entryPoints: [`${root}engine/symbols/lldb.worker.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return new URL(`file://${outfile}`);
}

export function lineTableOf(module: WasmModule): LineTable {
  const line = module.customSection('.debug_line');
  if (!line) throw new Error('the module has no line table');
  const [lineStr, str] = ['.debug_line_str', '.debug_str'].map((name) => module.customSection(name));
  return readLineTable({ line, lineStr, str });
}

export const MEMORY_BYTES = 0x0800_0000;
/** Below the used part of the stack: permission tables, of no interest here and large. */
const USED_FROM = STACK_TOP - 0x10_0000;

/** Memory and frame of whoever called `stop`. */
export interface Stopped {
  /** From `USED_FROM` on. */
  readonly used: Uint8Array;
  readonly frameBase: number;
  readonly argument: number;
}

/** Runs main(): one entry for each call of `stop`. */
export function runToStops(image: ProgramImage): Stopped[] {
  const memory = new WebAssembly.Memory({
    initial: MEMORY_BYTES >>> 16,
    maximum: 65536,
    shared: true,
  });
  const module = new WebAssembly.Module(instrumentImage(image, true).wasm.slice());
  const imports: Record<string, WebAssembly.ModuleImports> = { env: { memory } };
  const stops: Stopped[] = [];
  const running: { stackPointer?: WebAssembly.Global } = {};
  const functions: Record<string, (...values: number[]) => number> = {
    'test.stop': (argument = 0) => {
      const used = new Uint8Array(memory.buffer).slice(USED_FROM);
      stops.push({ used, frameBase: running.stackPointer?.value ?? 0, argument });
      return 0;
    },
    'faultline.memory_size': () => memory.buffer.byteLength >>> 16,
    'faultline.memory_grow': (pages = 0) => memory.grow(pages),
  };
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === 'function') (imports[from] ??= {})[name] = functions[`${from}.${name}`] ?? (() => 0);
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  running.stackPointer = exports.__faultline_stackPointer as WebAssembly.Global;
  running.stackPointer.value = STACK_TOP;
  (exports._start as () => void)();
  return stops;
}

/** Makes a memory what it was at a stop. */
export function restore(memory: Uint8Array, stopped: Stopped): void {
  memory.set(stopped.used.subarray(0, MEMORY_BYTES - USED_FROM), USED_FROM);
}

/** The frame that stopped, at the first code after the statement in `line`. */
export function frameAt(stopped: Stopped, codeOffset: number, others: Record<number, number> = {}): StoppedFrame {
  return {
    codeOffset,
    local: (index) => ({ type: 'i32', value: others[index] ?? stopped.frameBase }),
    global: () => undefined,
  };
}
