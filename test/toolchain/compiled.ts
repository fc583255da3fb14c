/** Programs compiled with the real Clang, and a rig that runs their functions without an engine. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Toolchain, type BuildRequest, type BuildResult, type ProgramImage } from '../../engine/toolchain/build.js';
import { ContentCache } from '../../engine/toolchain/cache.js';
import { Compiler } from '../../engine/toolchain/compiler.js';
import { REGISTER_BYTES } from '../../engine/toolchain/instrument/kernel-entry.js';
import { instrument, type InstrumentedModule } from '../../engine/toolchain/instrument/instrument.js';
import { exportedAddress } from '../../engine/toolchain/instrument/wasm-module.js';
import { Rig, Running } from './rig.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const RUNTIME_FOLDER = join(root, 'engine/toolchain/runtime');

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'faultline-test-'));
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Kept between runs of the tests, for as long as the toolchain's own code stays as it is. */
export function testCache(): ContentCache {
  const folder = join(root, 'engine', 'toolchain');
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const key = ContentCache.key(...names.sort().map((name) => readFileSync(join(folder, name))));
  return new ContentCache(join(root, 'out', 'test-cache', key.slice(0, 16)), join(root, 'dist', 'objects'));
}

/** A warm compiler, a cache that is kept between runs of the tests, and a folder for sources. */
export class CompiledPrograms implements Disposable {
  readonly compiler = new Compiler(new URL('../../dist/compiler.worker.js', import.meta.url));
  readonly folder = temporaryFolder();
  readonly toolchain: Toolchain;
  private programs = 0;

  constructor() {
    this.toolchain = new Toolchain(this.compiler, testCache(), RUNTIME_FOLDER);
  }

  /** Writes the files into a folder of their own and builds `sources`, or all of them but headers. */
  async build(
    files: Readonly<Record<string, string>>,
    options: Partial<BuildRequest> = {},
    sources = Object.keys(files).filter((name) => !name.endsWith('.h')),
  ): Promise<BuildResult> {
    const folder = join(this.folder, String(this.programs++));
    writeFiles(folder, files);
    const request: BuildRequest = {
      sources: sources.map((source) => join(folder, source)),
      includeFolders: [],
      defines: [],
      optimize: 0,
      standard: undefined,
      ...options,
    };
    return this.toolchain.build(request, () => undefined, new AbortController().signal);
  }

  async image(files: Readonly<Record<string, string>>, options: Partial<BuildRequest> = {}): Promise<ProgramImage> {
    const result = await this.build(files, options);
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics, undefined, 1));
    return result.image;
  }

  [Symbol.dispose](): void {
    this.compiler[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function instrumentImage(image: ProgramImage, unchecked = false): InstrumentedModule {
  const start = exportedAddress(image.module, '__faultline_threadIdx');
  return instrument(image.module, {
    kernels: image.kernels,
    registers: { start, end: start + REGISTER_BYTES },
    unchecked,
  });
}

export const STACK_TOP = 0x0680_0000;

/** A rig whose hooks are the runtime's own, compiled from C: what they ask the engine is recorded here. */
export class ProgramRig extends Rig {
  /** Called for imports of the module `test`. */
  onCall: (name: string, values: readonly number[]) => void = () => undefined;
  onLaunch: (kernel: number, parameters: number, grid: number, block: number) => void = () => undefined;

  constructor(private readonly image: ProgramImage) {
    super(Math.max(image.module.memoryPages, 2048));
  }

  program(wasm: Uint8Array): Running {
    const module = new WebAssembly.Module(wasm);
    const imports: Record<string, WebAssembly.ModuleImports> = { env: { memory: this.memory } };
    const engine: Record<string, (...values: number[]) => number | undefined> = {
      fault: (address = 0, flags = 0, site = 0) => {
        const [bytes, need] = [flags >>> 8, flags & 3];
        this.grant(address >>> 0, (address + bytes - 1) >>> 0, need);
        this.record({ kind: 'access', address: address >>> 0, bytes, need, atomic: (flags & 4) !== 0, site });
        return undefined;
      },
      frame: (first = 0, bytes = 0, need = 0, site = 0) => {
        this.grant(first, first + bytes - 1, need);
        this.record({ kind: 'frame', first, last: first + bytes - 1, need, site });
        return undefined;
      },
      range: (address = 0, bytes = 0, need = 0, site = 0) => {
        this.record({ kind: 'range', address, bytes, need, site });
        return undefined;
      },
      launch: (kernel = 0, parameters = 0, _device = 0, grid = 0, block = 0) => {
        this.onLaunch(kernel, parameters, grid, block);
        return 0;
      },
    };
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      if (kind !== 'function') continue;
      imports[from] ??= {};
      imports[from][name] =
        (from === 'faultline' ? engine[name] : undefined) ??
        ((...values: number[]) => {
          if (from === 'test') this.onCall(name, values);
          return 0;
        });
    }
    const running = new Running(new WebAssembly.Instance(module, imports).exports);
    running.global('stackPointer').value = STACK_TOP;
    return running;
  }

  /** Address of an exported symbol. */
  address(name: string): number {
    return exportedAddress(this.image.module, name);
  }
}
