/**
 * The warm compiler: runs LLVM's tools in worker threads over virtual files. Nothing here knows a language.
 *
 * A thread does one request at a time; another is started when a request would have to wait, up to one a processor (a thread
 * keeps some 300 MB), and stays warm.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Tree } from '@yowasp/clang';

export type FileTree = Tree;

export interface CompilerRequest {
  /** Tool first: `clang`, `wasm-ld`, `c++filt`. */
  readonly arguments: readonly string[];
  readonly files: FileTree;
}

export interface CompilerResponse {
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

interface Job {
  readonly request: CompilerRequest;
  resolve(response: CompilerResponse): void;
  reject(error: Error): void;
}

const MOST_THREADS = 4;

export class Compiler implements Disposable {
  private readonly threads: CompilerThread[] = [];
  private readonly queue: Job[] = [];
  private readonly limit = Math.max(1, Math.min(MOST_THREADS, availableParallelism()));

  /** @param workerFile the bundled `compiler.worker.js` */
  constructor(private readonly workerFile: URL) {}

  /** Starts loading the toolchain, in as many threads as one source may need, before it is needed. */
  warmUp(): void {
    while (this.threads.length < Math.min(2, this.limit)) this.start();
  }

  /** @throws the signal's reason at once when it aborts; a tool that is running then comes to its end unheard */
  run(args: readonly string[], files: FileTree, signal?: AbortSignal): Promise<CompilerResponse> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const aborted = (): void => {
        const place = this.queue.indexOf(job);
        if (place >= 0) this.queue.splice(place, 1);
        reject(signal?.reason as Error);
      };
      const job: Job = {
        request: { arguments: args, files },
        resolve: (response) => {
          signal?.removeEventListener('abort', aborted);
          resolve(response);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', aborted);
          reject(error);
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.queue.push(job);
      this.next();
    });
  }

  [Symbol.dispose](): void {
    const failure = new ToolchainFailure('the compiler was shut down');
    for (const job of this.queue.splice(0)) job.reject(failure);
    for (const thread of this.threads.splice(0)) thread.end(failure);
  }

  /** Gives waiting jobs to idle threads, in order. */
  private next(): void {
    while (this.queue.length > 0) {
      const idle = this.threads.find((thread) => !thread.busy);
      const thread = idle ?? (this.threads.length < this.limit ? this.start() : undefined);
      const job = thread && this.queue.shift();
      if (!job) return;
      thread.run(job);
    }
  }

  private start(): CompilerThread {
    const thread = new CompilerThread(this.workerFile, (died) => {
      if (died) this.threads.splice(this.threads.indexOf(thread), 1);
      this.next();
    });
    this.threads.push(thread);
    return thread;
  }
}

/** One thread and the job that it is doing. */
class CompilerThread {
  private readonly worker: Worker;
  private job: Job | undefined;

  /** @param free called when the thread can take a job, or has died */
  constructor(workerFile: URL, free: (died: boolean) => void) {
    this.worker = new Worker(workerFile, { execArgv: [] });
    this.worker.unref();
    this.worker.on('message', (response: CompilerResponse) => {
      const job = this.take();
      if (response.status === -1) job?.reject(new ToolchainFailure(response.output.trim()));
      else job?.resolve(response);
      free(false);
    });
    let dead = false;
    const died = (reason: string): void => {
      if (dead) return;
      dead = true;
      this.take()?.reject(new ToolchainFailure(`the compiler stopped: ${reason}`));
      free(true);
    };
    this.worker.on('error', (error: unknown) => {
      died(error instanceof Error ? error.message : String(error));
    });
    this.worker.on('exit', (code) => {
      died(`its thread ended with code ${String(code)}`);
    });
  }

  get busy(): boolean {
    return this.job !== undefined;
  }

  run(job: Job): void {
    this.job = job;
    this.worker.ref();
    this.worker.postMessage(job.request);
  }

  end(reason: Error): void {
    this.worker.removeAllListeners();
    this.take()?.reject(reason);
    void this.worker.terminate();
  }

  private take(): Job | undefined {
    const { job } = this;
    this.job = undefined;
    this.worker.unref();
    return job;
  }
}
