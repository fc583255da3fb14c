/** A real program, compiled with the real libc, on the host: what it prints, in which order, and how it ends. */
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Tree, runLLVM } from '@yowasp/clang';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWasi } from '../../../engine/execution/wasi/wasi.js';
import { Exited, temporaryDirectory } from './rig.js';

const LIBRARIES = '/usr/lib/wasm32-wasip1';
const SHARED = ['--import-memory', '--shared-memory', '--initial-memory=1048576', '--max-memory=16777216'];

async function tool(args: string[], files: Tree): Promise<Uint8Array> {
  let messages = '';
  const stderr = (chunk: Uint8Array | null): void => void (messages += chunk ? Buffer.from(chunk).toString() : '');
  const produced = await Promise.resolve(runLLVM(args, files, { stderr, fetchProgress: () => undefined })).catch(
    (error: unknown) => {
      throw new Error(messages, { cause: error });
    },
  );
  return produced!.output as Uint8Array;
}

interface Run {
  /** What was printed where, in order; chunks of one stream joined. */
  readonly output: string;
  readonly status: number;
  /** Bytes that a call changed without announcing it: "call@address". */
  readonly unannounced: string[];
}

/** Runs the module in its own or in imported memory. */
function run(module: WebAssembly.Module, folder: string, seed: number): Run {
  const imported = WebAssembly.Module.imports(module).some(({ kind }) => kind === 'memory');
  let memory = new WebAssembly.Memory({ initial: 16, maximum: 256, shared: true });
  let nowNs = 0;
  let output = '';
  let last = '';
  const print = (stream: string) => (chunk: Uint8Array) => {
    if (last !== stream) output += `[${stream}]\n`;
    last = stream;
    output += Buffer.from(chunk).toString();
  };
  const input = ['first\nsec', 'ond\nthird'];
  let written: { address: number; bytes: number }[] = [];
  const wasi = createWasi({
    memory: () => memory,
    args: ['program', '--flag', 'zwölf'],
    env: { HOME: '/', GREETING: 'hello world' },
    preopens: [
      { host: join(folder, 'program'), guest: '.', readOnly: true },
      { host: join(folder, 'out'), guest: '/out', readOnly: false },
    ],
    stdin: () => {
      const next = input.shift();
      return next === undefined ? null : Buffer.from(next);
    },
    stdout: print('stdout'),
    stderr: print('stderr'),
    nowNs: () => nowNs,
    sleep: (ns) => void (nowNs += ns),
    seed,
    access: (address, bytes, write) => {
      if (write) written.push({ address, bytes });
    },
    exit: (status) => {
      throw new Exited(status);
    },
  });
  const unannounced: string[] = [];
  const checked: WebAssembly.ModuleImports = {};
  for (const [name, call] of Object.entries(wasi.imports)) {
    checked[name] = (...parameters: never[]) => {
      written = [];
      const before = new Uint8Array(memory.buffer as ArrayBuffer).slice();
      const errno = call(...parameters);
      const after = new Uint8Array(memory.buffer as ArrayBuffer).slice();
      for (const { address, bytes } of written) before.set(after.subarray(address, address + bytes), address);
      const stray = Buffer.compare(before, after) === 0 ? -1 : before.findIndex((byte, at) => byte !== after[at]);
      if (stray >= 0) unannounced.push(`${name}@${stray}`);
      return errno;
    };
  }
  const instance = new WebAssembly.Instance(module, {
    wasi_snapshot_preview1: checked,
    ...(imported ? { env: { memory } } : {}),
  });
  if (!imported) memory = instance.exports.memory as WebAssembly.Memory;
  try {
    (instance.exports._start as () => void)();
    return { output, status: 0, unannounced };
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
    return { output, status: error.status, unannounced };
  } finally {
    wasi[Symbol.dispose]();
  }
}

const EXPECTED = `[stdout]
argv[0] = program
argv[1] = --flag
argv[2] = zwölf
HOME=/
GREETING=hello world
isatty 1 1 1
cwd /
[stderr]
error in between
[stdout]
one, two
input: first
input: second
input: third
end of input 1
copied 20 bytes
appended
at 29
truncate ok
mkdir ok
mkdir File exists
rename ok
out: ./ ../ copy.txt sub/
.: ./ ../ escape input.txt
rmdir Directory not empty
remove ok
remove ok
read-only Read-only file system
unlink Read-only file system
missing No such file or directory
escape Capabilities insufficient
link out Capabilities insufficient
absolute No such file or directory
read Is a directory
bad Bad file descriptor
time 2026-01-01 00:00:00
poll 1
slept 2001500025 ns
`;

describe('a C program', () => {
  const folders: ReturnType<typeof temporaryDirectory>[] = [];
  const modules = new Map<string, WebAssembly.Module>();

  beforeAll(async () => {
    const source = readFileSync(new URL('program.c', import.meta.url), 'utf8');
    const object = await tool(['clang', '-c', '-O1', 'program.c', '-o', 'output'], { 'program.c': source });
    const link = async (...flags: string[]): Promise<WebAssembly.Module> => {
      const libraries = ['program.o', '-lc', '/usr/lib/wasm32-unknown-wasip1/libclang_rt.builtins.a'];
      const args = ['wasm-ld', '-m', 'wasm32', `-L${LIBRARIES}`, `${LIBRARIES}/crt1-command.o`, ...libraries, ...flags];
      return new WebAssembly.Module(await tool([...args, '-o', 'output'], { 'program.o': object }));
    };
    modules.set('its own memory', await link());
    // The libc is built without atomics, which one thread does not need.
    modules.set('shared memory', await link(...SHARED, '--no-check-features'));
  });
  afterAll(() => {
    for (const folder of folders) folder.remove();
  });

  function folder(): string {
    const directory = temporaryDirectory();
    folders.push(directory);
    mkdirSync(join(directory.path, 'program'));
    mkdirSync(join(directory.path, 'out'));
    writeFileSync(join(directory.path, 'secret.txt'), 'secret');
    writeFileSync(join(directory.path, 'program/input.txt'), 'line one\nline 2\n'.slice(0, 16));
    symlinkSync('../secret.txt', join(directory.path, 'program/escape'));
    return directory.path;
  }

  it.each(['its own memory', 'shared memory'])('runs in %s', (kind) => {
    const where = folder();
    const { output, status, unannounced } = run(modules.get(kind)!, where, 1);
    const [text, random] = output.split('random');
    expect(text).toBe(EXPECTED);
    expect(random).toMatch(/^( [0-9a-f]{2}){8}\n$/);
    expect(status).toBe(307 & 0xff);
    expect(unannounced).toEqual([]);
    expect(readdirSync(join(where, 'out'))).toEqual(['copy.txt', 'redirected.txt']);
    expect(readFileSync(join(where, 'out/copy.txt'), 'utf8')).toBe('> lin');
    expect(readFileSync(join(where, 'out/redirected.txt'), 'utf8')).toBe('into the file\n');
    expect(readFileSync(join(where, 'program/input.txt'), 'utf8')).toBe('line one\nline 2\n');
  });

  it('runs the same again, and differently random with another seed', () => {
    const module = modules.get('shared memory')!;
    const [first, second, third] = [7, 7, 8].map((seed) => run(module, folder(), seed).output);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});
