/**
 * The WASI preview1 host of the debuggee: everything `wasi_snapshot_preview1` offers, over plain callbacks.
 *
 * Invariant: what the program can see is decided by the options and the contents of its directories, nothing else; all of the
 * program's memory is touched through `GuestMemory`. Every call is synchronous: it runs in the program's own thread.
 *
 * Written here and not taken from `@bjorn3/browser_wasi_shim` (0.4.2), because that writes to the memory directly in every call,
 * so that page faults could not be simulated, reads real clocks and real randomness, throws strings for sockets, and
 * neither reuses nor limits descriptors; only constants would have been left of it.
 * Source: wasi_snapshot_preview1.witx, and wasi-libc for what programs make of it.
 */
import { type WasiImports, toImports } from './call-table.js';
import { Clocks } from './clocks.js';
import { descriptorCalls } from './descriptor-calls.js';
import { DescriptorTable, type SpecialFiles } from './file-descriptors.js';
import { type AccessCallback, GuestMemory } from './guest-memory.js';
import { type CachedFiles, HostDirectory, InodeNumbers } from './host-files.js';
import { pathCalls } from './path-calls.js';
import { Preopen } from './preopen.js';
import { processCalls } from './process-calls.js';
import { Xoshiro128 } from './random.js';
import { StandardInput, StandardOutput } from './standard-streams.js';

/** A directory of the host that the program sees. */
export interface PreopenOptions {
  readonly host: string;
  /**
   * The path that stands for it in the program. wasi-libc drops a leading `/` or `./` of paths and of this and takes the preopen
   * with the longest match, of equal ones the last: `.` (or `/`) is where relative paths lead.
   */
  readonly guest: string;
  readonly readOnly: boolean;
}

export interface WasiOptions {
  /** Asked at every access, so it may be known later than the imports are, and may grow. Shared or not. */
  readonly memory: () => WebAssembly.Memory;
  /** argv, the program's name first. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly preopens: readonly PreopenOptions[];
  /** Opens what is no file of the host's, by its absolute path. Undefined if there is no such thing. */
  readonly special?: SpecialFiles;
  /** The pages in memory of mapped files. */
  readonly cachedFiles?: CachedFiles;
  /** Gives more input, or null at its end. May block the thread. */
  readonly stdin: () => Uint8Array | null;
  /** Each gets a chunk that is its own to keep. */
  readonly stdout: (chunk: Uint8Array) => void;
  readonly stderr: (chunk: Uint8Array) => void;
  /** Simulated time since the program started, in ns. */
  readonly nowNs: () => number;
  /** Lets so many ns of simulated time pass. */
  readonly sleep: (ns: number) => void;
  /** Of the program's random bytes. */
  readonly seed: number;
  readonly access: AccessCallback;
  /** Ends the program by throwing; the status is 0 … 255. */
  readonly exit: (status: number) => never;
}

/** Disposing closes every file that the program left open. */
export interface Wasi extends Disposable {
  /** For the import module `wasi_snapshot_preview1`. */
  readonly imports: WasiImports;
  readonly descriptors: DescriptorTable;
  readonly random: Xoshiro128;
}

/** Throws Node's error if a preopened directory does not exist. */
/** @param parent the process that forked: files and random numbers go on from its */
export function createWasi(options: WasiOptions, parent?: Wasi): Wasi {
  const memory = new GuestMemory(options.memory, options.access);
  const descriptors = parent?.descriptors.fork() ?? new DescriptorTable();
  const clocks = new Clocks(options.nowNs, options.sleep);
  const inodes = new InodeNumbers();
  const random = parent?.random ?? Xoshiro128.fromSeed(options.seed);

  if (!parent) {
    descriptors.add(() => new StandardInput(options.stdin));
    descriptors.add(() => new StandardOutput(options.stdout));
    descriptors.add(() => new StandardOutput(options.stderr));
    for (const { host, guest, readOnly } of options.preopens) {
      descriptors.add(() => new HostDirectory(new Preopen(host, guest, readOnly), [], true, inodes));
    }
  }

  const { args, env, exit } = options;
  const calls = {
    ...processCalls({ memory, descriptors, clocks, random, args, env, exit }),
    ...descriptorCalls(memory, descriptors, clocks),
    ...pathCalls(memory, descriptors, clocks, inodes, options.special, options.cachedFiles ?? (() => undefined)),
  };
  return {
    imports: toImports(calls),
    descriptors,
    random,
    [Symbol.dispose]: () => {
      descriptors[Symbol.dispose]();
    },
  };
}
