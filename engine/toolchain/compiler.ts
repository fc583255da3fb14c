/**
 * The warm compiler: runs LLVM's tools in a worker thread over virtual files. Nothing here knows a language.
 */
import { Worker } from 'node:worker_threads';
import type { Tree } from '@yowasp/clang';

export type FileTree = Tree;

export interface CompilerRequest {
  readonly id: number;
  /** Tool first: `clang`, `wasm-ld`, `symbolizer`, `c++filt`. */
  readonly arguments: readonly string[];
  readonly files: FileTree;
}

export interface CompilerResponse {
  readonly id: number;
  /** The tool's exit status; -1 if the toolchain itself crashed. */
  readonly status: number;
  /** Standard output and standard error, in order. */
  readonly output: string;
  readonly files: FileTree;
}

/** Thrown when the toolchain crashes or its worker dies: not a user's mistake. */
export class ToolchainFailure extends Error {
  override readonly name = 'ToolchainFailure';
}

export class Compiler implements Disposable {
  private worker: Worker | undefined;
  private nextId = 1;
  private readonly waiting = new Map<number, { resolve: (r: CompilerResponse) => void; reject: (e: Error) => void }>();

  /** @param workerFile the bundled `compiler.worker.js` */
  constructor(private readonly workerFile: URL) {}

  /** Starts loading the toolchain before it is needed. */
  warmUp(): void {
    this.worker ??= this.start();
  }

  run(args: readonly string[], files: FileTree): Promise<CompilerResponse> {
    this.warmUp();
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker?.ref();
      this.worker?.postMessage({ id, arguments: args, files } satisfies CompilerRequest);
    });
  }

  [Symbol.dispose](): void {
    const worker = this.worker;
    this.worker = undefined;
    this.fail(new ToolchainFailure('the compiler was shut down'));
    void worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.workerFile);
    worker.unref();
    worker.on('message', (response: CompilerResponse) => {
      const waiter = this.waiting.get(response.id);
      this.waiting.delete(response.id);
      if (this.waiting.size === 0) worker.unref();
      if (response.status === -1) waiter?.reject(new ToolchainFailure(response.output.trim()));
      else waiter?.resolve(response);
    });
    const died = (error: Error): void => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.fail(error);
    };
    worker.on('error', (error: unknown) => {
      died(new ToolchainFailure(`the compiler stopped: ${error instanceof Error ? error.message : String(error)}`));
    });
    worker.on('exit', (code) => {
      died(new ToolchainFailure(`the compiler stopped with code ${String(code)}`));
    });
    return worker;
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
