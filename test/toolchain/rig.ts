/** Runs instrumented modules: a shared memory with one permission table, and hooks that record and grant. */
import { instrument, type InstrumentedModule } from '../../engine/toolchain/instrument/instrument.js';
import type { InstrumentOptions } from '../../engine/toolchain/instrument/instrument.js';
import { WasmModule } from '../../engine/toolchain/instrument/wasm-module.js';
import type { Assembled } from './assembler.js';

export const READ = 1;
export const WRITE = 2;
export const ALL = READ | WRITE;
export const PAGE = 4096;
/** Where the permission table lies; as in the engine, what follows its 2^20 entries stays zero. */
const TABLE = 8 << 20;
/** Memory that tests may use. */
export const DATA = 24 << 20;
export const CALL_STACK = 0x1_0000;
/** The bytes of polls. */
export const POLL_TABLE = 0x100;
const MEMORY_PAGES = 512;
const PAGE_COUNT = 1 << 20;

export type HookEvent =
  | { readonly kind: 'access'; address: number; bytes: number; need: number; atomic: boolean; site: number }
  | { readonly kind: 'frame'; first: number; last: number; need: number; site: number }
  | { readonly kind: 'copy'; destination: number; source: number; bytes: number; site: number }
  | { readonly kind: 'range'; address: number; bytes: number; need: number; site: number }
  | { readonly kind: 'fill'; destination: number; bytes: number; site: number }
  | { readonly kind: 'poll'; site: number; type: number }
  | { readonly kind: 'import'; name: string; values: number[] };

export type Value = number | bigint;

/** Memory, permissions and a record of hook calls; several modules may run over it one after the other. */
export class Rig {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly permissions: Uint8Array;
  readonly events: HookEvent[] = [];
  /** Times that generated code took a cold path for an access, whether or not a permission was missing. */
  coldAccesses = 0;
  /** Called at each event, after the default grant. */
  onEvent: (event: HookEvent) => void = () => undefined;

  /** @param pages of 64 KiB */
  constructor(pages = MEMORY_PAGES) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Uint32Array(this.memory.buffer);
    this.permissions = new Uint8Array(this.memory.buffer, TABLE, PAGE_COUNT);
    this.permissions.fill(ALL);
  }

  allowed(address: number, need: number): boolean {
    return (this.permissions[address >>> 12]! & need) === need;
  }

  grant(first: number, last: number, need: number): void {
    for (const address of [first, last]) this.permissions[address >>> 12]! |= need;
  }

  record(event: HookEvent): void {
    this.events.push(event);
    this.onEvent(event);
  }

  /** Hooks as the runtime's C has them: what is allowed is no event. */
  hooks(): Record<string, (...values: number[]) => number | undefined> {
    return {
      __faultline_access: (table = 0, signed = 0, flags = 0, site = 0) => {
        if (table !== TABLE) throw new Error('the wrong permission table');
        this.coldAccesses++;
        const address = signed >>> 0;
        const [bytes, need] = [flags >>> 8, flags & ALL];
        const last = (address + bytes - 1) >>> 0;
        if (this.allowed(address, need) && this.allowed(last, need)) return undefined;
        this.grant(address, last, need);
        this.record({ kind: 'access', address, bytes, need, atomic: (flags & 4) !== 0, site });
        return undefined;
      },
      __faultline_frame: (table = 0, first = 0, last = 0, need = 0, site = 0) => {
        if (table !== TABLE) throw new Error('the wrong permission table');
        if (this.allowed(first, need) && this.allowed(last, need)) return undefined;
        this.grant(first, last, need);
        this.record({ kind: 'frame', first, last, need, site });
        return undefined;
      },
      __faultline_copy: (table = 0, destination = 0, source = 0, bytes = 0, site = 0) => {
        if (table !== TABLE) throw new Error('the wrong permission table');
        this.record({ kind: 'copy', destination, source, bytes, site });
        return undefined;
      },
      __faultline_fill: (table = 0, destination = 0, bytes = 0, site = 0) => {
        if (table !== TABLE) throw new Error('the wrong permission table');
        this.record({ kind: 'fill', destination, bytes, site });
        return undefined;
      },
      __faultline_memory_size: () => 77,
      __faultline_memory_grow: (pages = 0) => pages + 1000,
      __faultline_poll: (site = 0, type = 0) => {
        this.record({ kind: 'poll', site, type });
        return undefined;
      },
      __faultline_preempt: () => {
        this.record({ kind: 'import', name: 'preempt', values: [] });
        return undefined;
      },
      __faultline_region_begin: (site = 0) => {
        this.record({ kind: 'import', name: 'region_begin', values: [site] });
        return undefined;
      },
      __faultline_region_end: () => {
        this.record({ kind: 'import', name: 'region_end', values: [] });
        return undefined;
      },
      __faultline_launch: (kernel = 0, parameters = 0) => {
        this.record({ kind: 'import', name: 'launch', values: [kernel, parameters] });
        return undefined;
      },
    };
  }

  /** Instantiates over this memory. Imports that are not hooks record an event. */
  instance(wasm: Uint8Array): Running {
    const module = new WebAssembly.Module(wasm);
    const env: WebAssembly.ModuleImports = { memory: this.memory, ...this.hooks() };
    for (const { name, kind } of WebAssembly.Module.imports(module)) {
      if (kind !== 'function') continue;
      env[name] ??= (...values: number[]) => {
        this.record({ kind: 'import', name, values });
      };
    }
    return new Running(new WebAssembly.Instance(module, { env }).exports);
  }
}

export class Running {
  constructor(private readonly exports: WebAssembly.Exports) {
    if (exports.__faultline_permissions instanceof WebAssembly.Global) this.global('permissions').value = TABLE;
    if (exports.__faultline_callStack instanceof WebAssembly.Global) this.global('callStack').value = CALL_STACK;
  }

  global(name: string): WebAssembly.Global<Value> {
    const found = this.exports[`__faultline_${name}`];
    if (!(found instanceof WebAssembly.Global)) throw new Error(`no global ${name}`);
    return found;
  }

  call(name: string, ...values: Value[]): unknown {
    const callee = this.exports[name];
    if (typeof callee !== 'function') throw new Error(`no function ${name}`);
    return (callee as (...values: Value[]) => unknown)(...values);
  }

  /** Bytes and accesses counted so far. */
  counted(): { bytes: number; accesses: number } {
    return { bytes: Number(this.global('bytes').value), accesses: Number(this.global('accesses').value) };
  }
}

export function instrumented(source: Assembled, options: Partial<InstrumentOptions> = {}): InstrumentedModule {
  return instrument(new WasmModule(source.bytes), { kernels: [], registers: { start: 0, end: 0 }, ...options });
}
