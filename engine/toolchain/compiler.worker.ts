/**
 * The compiler's own thread: Clang and LLD as WebAssembly, loaded once (75 MB, about two seconds) and kept warm.
 * One request at a time, in order; the toolchain's own state is in its virtual files only.
 */
import { parentPort } from 'node:worker_threads';
import { Exit, runLLVM } from '@yowasp/clang';
import type { CompilerRequest, CompilerResponse, FileTree } from './compiler.js';

const port = parentPort;
if (!port) throw new Error('the compiler worker runs in a worker thread only');

// The toolchain's glue looks for a debugging switch there at every system call, and each look costs a microsecond.
process.env = {};

async function answer({ arguments: args, files }: CompilerRequest): Promise<CompilerResponse> {
  const decoder = new TextDecoder();
  let output = '';
  const collect = (chunk: Uint8Array | null): void => {
    if (chunk) output += decoder.decode(chunk, { stream: true });
  };
  if (args[0] === 'asyncify') return suspend(args.slice(1), files);
  try {
    const produced = await runLLVM([...args], files, {
      stdout: collect,
      stderr: collect,
      fetchProgress: ignoreProgress,
    });
    return { status: 0, output, files: produced ?? {} };
  } catch (error) {
    // A tool that exits with an error is an answer; anything else is a crash of the toolchain, reported as such.
    if (error instanceof Exit) return { status: error.code, output, files: {} };
    return { status: -1, output: `${output}\n${String(error)}`, files: {} };
  }
}

/** `asyncify IMPORT… -- FUNCTION… -- EXPORT…` over `in.wasm`. Binaryen is loaded when it is first needed. */
async function suspend(names: readonly string[], files: FileTree): Promise<CompilerResponse> {
  const wasm = files['in.wasm'];
  const [first, second] = [names.indexOf('--'), names.lastIndexOf('--')];
  try {
    if (!(wasm instanceof Uint8Array)) throw new TypeError('in.wasm is missing');
    const { asyncify } = await import('./asyncify.js');
    return {
      status: 0,
      output: '',
      files: {
        'out.wasm': asyncify(wasm, names.slice(0, first), names.slice(first + 1, second), names.slice(second + 1)),
      },
    };
  } catch (error) {
    return { status: -1, output: String(error), files: {} };
  }
}

function ignoreProgress(): void {
  // Without a callback the library draws its own progress on the terminal.
}

let last: Promise<unknown> = Promise.resolve();
port.on('message', (request: CompilerRequest) => {
  last = last.then(async () => {
    port.postMessage(await answer(request));
  });
});
