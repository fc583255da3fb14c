/**
 * The thread that LLDB runs in, seen from outside: one question at a time, and the answers to what LLDB asks back meanwhile.
 * While LLDB waits for such an answer its thread sleeps; so whoever uses this must return to the event loop.
 */
import { Worker } from 'node:worker_threads';
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

/** Where a thread of the program stands, in one of its frames. */
export interface StoppedFrame {
  /** Counted from the code section's contents; for a caller's frame, the call or just after it. */
  readonly codeOffset: number;
  /** 0: the innermost of the functions inlined at the offset. */
  readonly inlineFrame?: number;
  /** A WebAssembly local of this frame; undefined: not known at this place. */
  local(index: number): WasmScalar | undefined;
  global(index: number): WasmScalar | undefined;
}

/** What could not be looked up, in one sentence for a person. */
export class SymbolError extends Error {
  override readonly name = 'SymbolError';

  /** @param position index in the expression of what is wrong with it, if LLDB says */
  constructor(
    message: string,
    readonly position?: number,
  ) {
    super(message);
  }
}

/** Below lies nothing that a program may read: a null pointer, with a member's offset. */
export const NULL_BYTES = 4096;

/** Bytes that LLDB is shown in place of those in memory. */
export interface Overlay {
  readonly address: number;
  readonly bytes: Uint8Array;
}

interface Job {
  readonly question: Question;
  readonly frame: StoppedFrame | undefined;
  readonly overlay: Overlay | undefined;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export class LldbThread {
  private readonly worker: Worker;
  private readonly waiting: Job[] = [];
  private current: Job | undefined;
  private questions = 0;
  private failure: SymbolError | undefined;
  /** The program's linear memory, once there is one; an empty one until then. */
  memory: () => Uint8Array = () => new Uint8Array();

  /** @param workerFile the bundled `lldb.worker.js` */
  constructor(workerFile: URL) {
    this.worker = new Worker(workerFile, { execArgv: [] });
    this.worker.unref();
    this.worker.on('message', (answer: Answer) => {
      this.hear(answer);
    });
    this.worker.on('error', (error: unknown) => {
      this.fail(`LLDB has stopped: ${error instanceof Error ? error.message : String(error)}.`);
    });
    this.worker.on('exit', () => {
      this.fail('LLDB has stopped.');
    });
  }

  /** @returns the source files that have code, as URLs */
  async load(wasm: Uint8Array): Promise<readonly string[]> {
    const reply = await this.ask({ kind: 'load', wasm });
    return reply.kind === 'loaded' ? reply.files : [];
  }

  /** @throws SymbolError with LLDB's message */
  async value(
    expression: string,
    frame: StoppedFrame,
    overlay?: Overlay,
  ): Promise<{ readonly info: ValueInfo | null; readonly missing: Missing | undefined }> {
    const reply = await this.ask({ kind: 'value', expression, ...place(frame) }, frame, overlay);
    return reply.kind === 'value' ? reply : { info: null, missing: undefined };
  }

  async variables(frame: StoppedFrame): Promise<readonly ScopeEntry[]> {
    const reply = await this.ask({ kind: 'variables', ...place(frame) }, frame);
    return reply.kind === 'variables' ? reply.variables : [];
  }

  /** Names of the functions around a place, the innermost inlined one first. */
  async functions(frame: StoppedFrame): Promise<readonly string[]> {
    const reply = await this.ask({ kind: 'functions', ...place(frame) }, frame);
    return reply.kind === 'functions' ? reply.names : [];
  }

  /** Ends the thread; what was asked and not answered is rejected. */
  async dispose(): Promise<void> {
    this.fail('LLDB was shut down.');
    await this.worker.terminate();
  }

  private ask(question: Question, frame?: StoppedFrame, overlay?: Overlay): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, frame, overlay, resolve, reject });
      // A program that waits for an answer is kept alive by it; a thread with nothing to do keeps nothing alive.
      this.worker.ref();
      this.next();
    });
  }

  private next(): void {
    if (this.failure) {
      for (const job of this.waiting.splice(0)) job.reject(this.failure);
    } else if (!this.current) {
      this.current = this.waiting.shift();
      if (this.current) this.worker.postMessage({ id: ++this.questions, question: this.current.question });
      else this.worker.unref();
    }
  }

  private hear(answer: Answer): void {
    if ('question' in answer) {
      let known = 0;
      try {
        known = this.answer(answer.question);
      } finally {
        // LLDB's thread sleeps until it is told, whatever became of its question.
        Atomics.store(answer.state, 0, known);
        Atomics.notify(answer.state, 0);
      }
      return;
    }
    const job = this.current;
    this.current = undefined;
    if ('error' in answer) job?.reject(toSymbolError(answer.error));
    else job?.resolve(answer.reply);
    this.next();
  }

  /** Number of the answer's type, or 0 if there is no answer. */
  private answer(question: HostQuestion): number {
    if (question.kind === 'memory') {
      const memory = this.memory();
      const target = new Uint8Array(question.data);
      // LLDB reads whole pages and one more: only what it asked for first has to be there.
      const start = question.address >>> 0;
      target.set(memory.subarray(start, start + target.length));
      const overlay = this.current?.overlay;
      if (overlay) {
        for (let n = 0; n < overlay.bytes.length; n++) {
          const at = overlay.address + n - start;
          if (at >= 0 && at < target.length) target[at] = overlay.bytes[n]!;
        }
      }
      return start >= NULL_BYTES && start < memory.length ? 1 : 0;
    }
    const value = this.current?.frame?.[question.kind](question.index);
    const view = new DataView(question.data);
    switch (value?.type) {
      case undefined:
        return 0;
      case 'i32':
        view.setInt32(0, value.value, true);
        return 1;
      case 'i64':
        view.setBigInt64(0, value.value, true);
        return 2;
      case 'f32':
        view.setFloat32(0, value.value, true);
        return 3;
      case 'f64':
        view.setFloat64(0, value.value, true);
        return 4;
    }
  }

  private fail(reason: string): void {
    this.failure ??= new SymbolError(reason);
    this.current?.reject(this.failure);
    this.current = undefined;
    this.next();
  }
}

function place(frame: StoppedFrame): { readonly codeOffset: number; readonly inlineFrame: number } {
  return { codeOffset: frame.codeOffset, inlineFrame: frame.inlineFrame ?? 0 };
}

/** `EvalError: <expr>:1:3: no member named 'z' in 'Point'\np.z\n  ^` → `no member named 'z' in 'Point'`, at 2. */
function toSymbolError(message: string): SymbolError {
  const [first = ''] = message.replace(/^(Error: |EvalError: |InternalError:? )+/, '').split('\n', 1);
  const place = /^(?:error: )?<[^>]*>:\d+:(\d+): /.exec(first);
  const said = (place ? first.slice(place[0].length) : first).trim();
  // LLDB's way to say it of `*p` and `p->x`.
  const text = said.endsWith('parent is NULL') ? 'a null pointer points to nothing' : said;
  return new SymbolError(text === '' ? 'the expression has no value' : text, place ? Number(place[1]) - 1 : undefined);
}
