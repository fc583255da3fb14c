/** The price of checking: the same module with and without checks, in turn, after both have been optimized. */
import { Worker } from 'node:worker_threads';
import type { ExecutableProgram } from '../../engine/execution/program.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { prepare } from '../../engine/prepare.js';
import { SourceMap } from '../../engine/source-map.js';
import { ContentCache } from '../../engine/toolchain/cache.js';
import { Toolchain } from '../../engine/toolchain/build.js';
import { Compiler } from '../../engine/toolchain/compiler.js';
import { instrument } from '../../engine/toolchain/instrument/instrument.js';
import { REGISTER_BYTES } from '../../engine/toolchain/instrument/kernel-entry.js';
import { exportedAddress } from '../../engine/toolchain/instrument/wasm-module.js';
import type { ProgramEnd, ProgramStart } from './program.worker.js';

/** Repetitions before a time counts: V8 replaces a hot function by its optimized code within a few calls. */
const WARM_UP = 10;
const MEASURED = 30;

export interface Folders {
  /** The bundled product. */
  readonly dist: URL;
  /** The bundled workers of the bench. */
  readonly bundles: URL;
  /** C sources. */
  readonly programs: string;
  readonly cache: string;
}

export interface Checked {
  readonly name: string;
  readonly optimize: 0 | 2;
  /** Fastest repetition, ms. */
  readonly checkedMs: number;
  readonly uncheckedMs: number;
  /** What the kernel computed, which a native build must compute, too. */
  readonly check: string;
}

/** Compiles the programs and runs each pair. */
export class CheckedBench implements Disposable {
  private readonly compiler: Compiler;
  private readonly cache: ContentCache;
  private readonly toolchain: Toolchain;

  constructor(
    private readonly folders: Folders,
    runtime: string,
  ) {
    this.compiler = new Compiler(new URL('compiler.worker.js', folders.dist));
    this.cache = new ContentCache(folders.cache);
    this.toolchain = new Toolchain(this.compiler, this.cache, runtime);
  }

  [Symbol.dispose](): void {
    this.compiler[Symbol.dispose]();
  }

  async measure(name: string, optimize: 0 | 2): Promise<Checked> {
    const { checked, unchecked } = await this.compile(name, optimize);
    const turn = new SharedArrayBuffer(4);
    const [first, second] = await Promise.all([this.run(checked, 0, turn), this.run(unchecked, 1, turn)]);
    const check = first.checks.at(-1) ?? '';
    if (first.signal ?? second.signal) throw new Error(`${name} ended with ${first.signal ?? second.signal ?? ''}`);
    if (check !== second.checks.at(-1)) throw new Error(`${name} computes something else when it is checked`);
    const fastest = ({ durationsMs }: ProgramEnd): number => Math.min(...durationsMs.slice(WARM_UP));
    return { name, optimize, checkedMs: fastest(first), uncheckedMs: fastest(second), check };
  }

  private async compile(name: string, optimize: 0 | 2): Promise<Record<'checked' | 'unchecked', ExecutableProgram>> {
    const built = await this.toolchain.build(
      {
        sources: [`${this.folders.programs}/${name}.c`],
        includeFolders: [],
        defines: [`REPEATS=${WARM_UP + MEASURED}`],
        optimize,
        standard: undefined,
      },
      () => undefined,
      new AbortController().signal,
    );
    if (!built.ok)
      throw new Error(built.diagnostics.map(({ line, message }) => `${name}:${line}: ${message}`).join('\n'));
    const { image } = built;
    const sources = new SourceMap((args, files) => this.compiler.run(args, files), image, this.cache);
    const checked = await prepare(image, sources, this.compiler, this.cache);
    const start = exportedAddress(image.module, '__faultline_threadIdx');
    const registers = { start, end: start + REGISTER_BYTES };
    const { wasm } = instrument(image.module, { kernels: image.kernels, registers, unchecked: true });
    return { checked, unchecked: { ...checked, wasm } };
  }

  private run(program: ExecutableProgram, me: 0 | 1, turn: SharedArrayBuffer): Promise<ProgramEnd> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(new URL('program.worker.js', this.folders.bundles), {
        workerData: { program, machine: loadMachine('p100-pcie3'), me, turn } satisfies ProgramStart,
        resourceLimits: { stackSizeMb: 64 },
      });
      worker.once('message', resolve);
      worker.once('error', (error) => {
        // The twin must not wait for ever.
        Atomics.store(new Int32Array(turn), 0, 2);
        Atomics.notify(new Int32Array(turn), 0);
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }
}
