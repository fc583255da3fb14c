/**
 * The compiler's own thread: Clang and LLD as WebAssembly, loaded once (75 MB, about two seconds) and kept warm.
 * One request at a time, in order; the toolchain's own state is in its virtual files only.
 */
import v8 from 'node:v8';
import { parentPort } from 'node:worker_threads';
import { Exit, runLLVM } from '@yowasp/clang';
import type { CompilerRequest, CompilerResponse, FileTree } from './compiler.js';

const port = parentPort;
if (!port) throw new Error('the compiler worker runs in a worker thread only');

// V8 optimizes a function of WebAssembly when it has run a little: of Clang that is most of it, for more processor time than the
// rest of a first compilation takes. Only what runs for long is worth it. The program's thread takes this back for its own code.
v8.setFlagsFromString('--wasm-tiering-budget=1000000000');
// A function is validated when it is first called: most of the 75 MB never are.
v8.setFlagsFromString('--wasm-lazy-validation');

// The toolchain's glue looks for a debugging switch there at every system call, and each look costs a microsecond.
process.env = {};

async function answer({ arguments: args, files }: CompilerRequest): Promise<CompilerResponse> {
  const decoder = new TextDecoder();
  let output = '';
  const collect = (chunk: Uint8Array | null): void => {
    if (chunk) output += decoder.decode(chunk, { stream: true });
  };
  if (args[0] === 'asyncify') return suspend(args.slice(1), files);
  const toStdout = args.at(-1) === '-' && args.at(-2) === '-o';
  const written: Uint8Array[] = [];
  const write = (chunk: Uint8Array | null): void => {
    if (chunk) written.push(chunk.slice());
  };
  try {
    const produced = await runLLVM([...args], files, {
      // A file grows by a copy of the whole at each write of 4 KiB, which text in megabytes cannot afford; a stream does not.
      stdout: toStdout ? write : collect,
      stderr: collect,
      fetchProgress: ignoreProgress,
    });
    return { status: 0, output, files: toStdout ? { 'out.o': Buffer.concat(written) } : (produced ?? {}) };
  } catch (error) {
    // A tool that exits with an error is an answer; anything else is a crash of the toolchain, reported as such.
    if (error instanceof Exit) return { status: error.code, output, files: {} };
    return { status: -1, output: `${output}\n${String(error)}`, files: {} };
  }
}

/** `asyncify IMPORT… -- FUNCTION… -- EXPORT… -- ENTRY…` over `in.wasm`. Binaryen is loaded when it is first needed. */
async function suspend(args: readonly string[], files: FileTree): Promise<CompilerResponse> {
  const wasm = files['in.wasm'];
  const [imports = [], functions = [], exported = [], entries = []] = listsOf(args);
  try {
    if (!(wasm instanceof Uint8Array)) throw new TypeError('in.wasm is missing');
    const { asyncify } = await import('./asyncify.js');
    return {
      status: 0,
      output: '',
      files: { 'out.wasm': asyncify(wasm, { imports, functions, exported }, entries) },
    };
  } catch (error) {
    return { status: -1, output: String(error), files: {} };
  }
}

/** What stands between `--` and `--`. */
function listsOf(args: readonly string[]): string[][] {
  const lists: string[][] = [[]];
  for (const argument of args) {
    if (argument === '--') lists.push([]);
    else lists.at(-1)?.push(argument);
  }
  return lists;
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
