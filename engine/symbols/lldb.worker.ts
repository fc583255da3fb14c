/**
 * The thread that LLDB (WebAssembly, from @vscode/dwarf-debugging) runs in: it loads modules and evaluates expressions.
 *
 * The package's own worker answers with values that it has formatted itself, without types and addresses. What is wanted here
 * is its `getValueInfo`, which no message of its protocol reaches; so this thread loads the same file into itself and talks to
 * the plugin in it directly. The file is found as Node finds packages, from wherever this bundle lies: the package must lie in
 * a `node_modules` above it and is never bundled.
 *
 * LLDB asks for memory and locals in the middle of its work, and a JavaScript exception thrown through it would leave it in no
 * known state. So such a question is always answered, with zeros if need be, and what was missing is reported with the result.
 */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import type {
  Answer,
  HostQuestion,
  Missing,
  Question,
  Reply,
  ScopeEntry,
  ValueInfo,
  WasmScalar,
} from './lldb-messages.js';

interface RawLocation {
  readonly rawModuleId: string;
  readonly codeOffset: number;
  readonly inlineFrameIndex: number;
}

/** What is used of the package; its declarations lean on a browser's and Emscripten's types. */
interface Plugin {
  addRawModule(id: string, symbols: undefined, module: { url: string; code: Uint8Array }): Promise<string[]>;
  getValueInfo(expression: string, at: RawLocation, stop: unknown): Promise<ValueInfo | null>;
  listVariablesInScope(at: RawLocation): Promise<readonly ScopeEntry[]>;
  getFunctionInfo(at: RawLocation): Promise<{ readonly frames: readonly { readonly name: string }[] }>;
}

interface HostInterface {
  getWasmLinearMemory(offset: number, length: number): ArrayBuffer;
  getWasmLocal(index: number): WasmScalar;
  getWasmGlobal(index: number): WasmScalar;
  getWasmOp(index: number): WasmScalar;
}

interface Loader {
  createSymbolsBackendModulePromise(): Promise<WebAssembly.Module>;
}

interface Package {
  readonly ResourceLoader: new () => Loader;
  createPlugin(host: HostInterface, loader: Loader, configurations: readonly unknown[]): Promise<Plugin>;
  /** Begins to compile LLDB, which otherwise waits for the first module. */
  compile(loader: Loader): void;
}

const EPILOGUE = `
return {
  ResourceLoader,
  createPlugin,
  compile(loader) { symbolsBackendModulePromise ??= loader.createSymbolsBackendModulePromise(); },
};`;

const MODULE_ID = 'program';
const port = parentPort;
if (!port) throw new Error('this file runs as a thread of the engine');

let missing: Missing | undefined;

const host: HostInterface = {
  getWasmLinearMemory: (address, length) => {
    const data = new SharedArrayBuffer(length);
    if (!ask({ kind: 'memory', address, data })) missing ??= { kind: 'memory', index: address };
    return new Uint8Array(data).slice().buffer;
  },
  getWasmLocal: (index) => scalar('local', index),
  getWasmGlobal: (index) => scalar('global', index),
  // The operand stack cannot be looked at.
  getWasmOp: (index) => {
    missing ??= { kind: 'local', index };
    return { type: 'i32', value: 0 };
  },
};

const TYPES = ['i32', 'i64', 'f32', 'f64'] as const;

function scalar(kind: 'local' | 'global', index: number): WasmScalar {
  const data = new SharedArrayBuffer(8);
  const type = TYPES[ask({ kind, index, data }) - 1];
  const view = new DataView(data);
  switch (type) {
    case 'i32':
      return { type, value: view.getInt32(0, true) };
    case 'i64':
      return { type, value: view.getBigInt64(0, true) };
    case 'f32':
      return { type, value: view.getFloat32(0, true) };
    case 'f64':
      return { type, value: view.getFloat64(0, true) };
    default:
      missing ??= { kind, index };
      return { type: 'i32', value: 0 };
  }
}

const state = new Int32Array(new SharedArrayBuffer(4));

/** Puts a question to the thread that the program's memory and frames are known in, and waits. */
function ask(question: HostQuestion): number {
  Atomics.store(state, 0, -1);
  port!.postMessage({ question, state } satisfies Answer);
  Atomics.wait(state, 0, -1);
  return Atomics.load(state, 0);
}

function loadPackage(): { readonly parts: Package; readonly folder: string } {
  // A `require` of this function's own is nothing that the bundler follows: see the head comment.
  const require = createRequire(import.meta.url);
  const file = require.resolve('@vscode/dwarf-debugging');
  const folder = dirname(file);
  const script = join(folder, 'worker.js');
  const packageRequire = createRequire(script);
  // The script begins to listen on its parent's port as it loads: it is given one on which nothing is ever said.
  const silence = { parentPort: { on: () => undefined, postMessage: () => undefined } };
  const run = compileFunction(readFileSync(script, 'utf8') + EPILOGUE, ['require', '__filename', '__dirname'], {
    filename: script,
  }) as (...values: unknown[]) => Package;
  const parts = run(
    (name: string): unknown => (name === 'worker_threads' ? silence : (packageRequire(name) as unknown)),
    script,
    folder,
  );
  return { parts, folder };
}

const { parts, folder } = loadPackage();

class Files extends parts.ResourceLoader {
  getModuleFileName(id: string): string {
    return `${id}.wasm`;
  }

  override async createSymbolsBackendModulePromise(): Promise<WebAssembly.Module> {
    return WebAssembly.compile(await readFile(join(folder, 'SymbolsBackend.wasm')));
  }
}

const loader = new Files();
parts.compile(loader);
const plugin = parts.createPlugin(host, loader, []);

async function answer(question: Question): Promise<Reply> {
  const lldb = await plugin;
  if (question.kind === 'load') {
    const { wasm } = question;
    return {
      kind: 'loaded',
      files: await lldb.addRawModule(MODULE_ID, undefined, { url: 'file:///program.wasm', code: wasm }),
    };
  }
  const at = { rawModuleId: MODULE_ID, codeOffset: question.codeOffset, inlineFrameIndex: question.inlineFrame };
  switch (question.kind) {
    case 'value': {
      missing = undefined;
      const info = await lldb.getValueInfo(question.expression, at, 0);
      return { kind: 'value', info, missing };
    }
    case 'variables':
      return { kind: 'variables', variables: await lldb.listVariablesInScope(at) };
    case 'functions':
      return { kind: 'functions', names: (await lldb.getFunctionInfo(at)).frames.map(({ name }) => name) };
  }
}

port.on('message', ({ id, question }: { id: number; question: Question }) => {
  answer(question).then(
    (reply) => port.postMessage({ id, reply } satisfies Answer),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, error: message } satisfies Answer);
    },
  );
});
