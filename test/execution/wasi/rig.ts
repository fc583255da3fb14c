/**
 * A debuggee without a program: its memory, and calls made by hand.
 *
 * Invariant: a byte that the host reads without having announced it is poison, and a byte that it writes without having announced
 * it is reported. Memory is poisoned before every call, and only what `access` is told about shows what the program put there.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Wasi, type WasiOptions, createWasi } from '../../../engine/execution/wasi/wasi.js';

const POISON = 0xa5;
const MEMORY_BYTES = 1 << 17;

export interface Range {
  readonly address: number;
  readonly bytes: number;
  readonly write: boolean;
}

export class Exited extends Error {
  constructor(readonly status: number) {
    super(`exit ${status}`);
  }
}

export class Rig implements Disposable {
  readonly memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  /** What the last call announced, in order. */
  ranges: Range[] = [];
  /** Called before the memory model's own part: may throw a signal. */
  onAccess: (range: Range) => void = () => undefined;
  readonly output: string[] = [];
  nowNs = 0;
  private readonly truth = new Uint8Array(MEMORY_BYTES);
  private readonly wasi: Wasi;

  constructor(options: Partial<WasiOptions> = {}) {
    this.wasi = createWasi({
      memory: () => this.memory,
      args: ['program'],
      env: {},
      preopens: [],
      stdin: () => null,
      stdout: (chunk) => void this.output.push(`out:${Buffer.from(chunk).toString()}`),
      stderr: (chunk) => void this.output.push(`err:${Buffer.from(chunk).toString()}`),
      nowNs: () => this.nowNs,
      sleep: (ns) => void (this.nowNs += ns),
      seed: 1,
      access: (address, bytes, write) => this.access({ address, bytes, write }),
      exit: (status) => {
        throw new Exited(status);
      },
      ...options,
    });
  }

  get names(): string[] {
    return Object.keys(this.wasi.imports);
  }

  /** Makes a call and returns its errno; throws if it wrote where it had not said so. */
  call(name: string, ...parameters: (number | bigint)[]): number {
    const bytes = new Uint8Array(this.memory.buffer as unknown as ArrayBuffer);
    bytes.fill(POISON);
    this.ranges = [];
    const errno = (this.wasi.imports[name] as (...parameters: (number | bigint)[]) => number)(...parameters);
    const expected = new Uint8Array(MEMORY_BYTES).fill(POISON);
    for (const { address, bytes: count, write } of this.ranges) {
      const end = address + count;
      if (!write) expected.set(this.truth.subarray(address, end), address);
    }
    for (const { address, bytes: count, write } of this.ranges) {
      if (!write) continue;
      expected.set(bytes.subarray(address, address + count), address);
      this.truth.set(bytes.subarray(address, address + count), address);
    }
    const stray = Buffer.compare(bytes, expected) === 0 ? -1 : bytes.findIndex((byte, at) => byte !== expected[at]);
    if (stray >= 0) throw new Error(`${name} wrote to ${stray} without saying so`);
    return errno;
  }

  put(address: number, data: string | readonly number[]): number {
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(Uint32Array.from(data).buffer);
    this.truth.set(bytes, address);
    return bytes.length;
  }

  /** What is in memory now, of what the host announced. */
  get(address: number, bytes: number): Buffer {
    return Buffer.from(this.truth.slice(address, address + bytes));
  }

  u32(address: number): number {
    return this.get(address, 4).readUInt32LE();
  }

  u64(address: number): bigint {
    return this.get(address, 8).readBigUInt64LE();
  }

  [Symbol.dispose](): void {
    this.wasi[Symbol.dispose]();
  }

  private access(range: Range): void {
    this.onAccess(range);
    this.ranges.push(range);
    if (range.write) return;
    const { address, bytes } = range;
    new Uint8Array(this.memory.buffer as unknown as ArrayBuffer).set(
      this.truth.subarray(address, address + bytes),
      address,
    );
  }
}

/** A new empty directory, with the function that removes it. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'faultline-wasi-')));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
