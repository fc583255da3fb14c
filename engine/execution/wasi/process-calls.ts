/**
 * The calls about the process itself: arguments, environment, clocks, random bytes, waiting, the end.
 * Source: wasi_snapshot_preview1.witx.
 */
import type { CallTable } from './call-table.js';
import type { Clocks } from './clocks.js';
import { Errno, WasiError } from './errno.js';
import type { DescriptorTable } from './file-descriptors.js';
import type { GuestMemory } from './guest-memory.js';
import { pollOnce } from './poll.js';
import type { Xoshiro128 } from './random.js';

export interface ProcessParts {
  readonly memory: GuestMemory;
  readonly descriptors: DescriptorTable;
  readonly clocks: Clocks;
  readonly random: Xoshiro128;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly exit: (status: number) => never;
}

const RANDOM_CHUNK_BYTES = 1 << 16;

export function processCalls(parts: ProcessParts): CallTable {
  const { memory, descriptors, clocks, random } = parts;
  const args = new StringList(parts.args);
  const environment = new StringList(Object.entries(parts.env).map(([name, value]) => `${name}=${value}`));
  return {
    args_sizes_get: (count: number, bytes: number) => args.writeSizes(memory, count, bytes),
    args_get: (pointers: number, strings: number) => args.write(memory, pointers, strings),
    environ_sizes_get: (count: number, bytes: number) => environment.writeSizes(memory, count, bytes),
    environ_get: (pointers: number, strings: number) => environment.write(memory, pointers, strings),

    clock_res_get(id: number, result: number) {
      clocks.originNs(id); // fails for a clock that does not exist
      memory.writeU64(result, 1n);
    },
    clock_time_get: (id: number, _precision: bigint, result: number) => memory.writeU64(result, clocks.read(id)),

    random_get(address: number, count: number) {
      const bytes = count >>> 0;
      for (let at = 0; at < bytes; at += RANDOM_CHUNK_BYTES) {
        memory.write((address >>> 0) + at, random.bytes(Math.min(RANDOM_CHUNK_BYTES, bytes - at)));
      }
    },

    poll_oneoff(input: number, output: number, count: number, result: number) {
      memory.writeU32(result, pollOnce(memory, descriptors, clocks, input, output, count >>> 0));
    },
    sched_yield() {
      // The program is alone.
    },
    // What a parent sees of a status are its low eight bits: exit(-1) is 255.
    proc_exit: (status: number) => parts.exit(status & 0xff),
    proc_raise() {
      throw new WasiError(Errno.NOSYS);
    },
  };
}

/** `char *[]` with its strings one after the other, as argv and environ are handed over. */
class StringList {
  private readonly strings: readonly Uint8Array[];
  private readonly bytes: number;

  constructor(strings: readonly string[]) {
    const encoder = new TextEncoder();
    this.strings = strings.map((string) => encoder.encode(`${string}\0`));
    this.bytes = this.strings.reduce((sum, string) => sum + string.length, 0);
  }

  writeSizes(memory: GuestMemory, countAddress: number, bytesAddress: number): void {
    memory.writeU32(countAddress, this.strings.length);
    memory.writeU32(bytesAddress, this.bytes);
  }

  write(memory: GuestMemory, pointersAddress: number, stringsAddress: number): void {
    const pointers = new DataView(new ArrayBuffer(4 * this.strings.length));
    const joined = new Uint8Array(this.bytes);
    let at = 0;
    this.strings.forEach((string, index) => {
      pointers.setUint32(4 * index, (stringsAddress >>> 0) + at, true);
      joined.set(string, at);
      at += string.length;
    });
    memory.write(pointersAddress, new Uint8Array(pointers.buffer));
    memory.write(stringsAddress, joined);
  }
}
