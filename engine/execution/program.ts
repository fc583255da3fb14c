/** A program ready to run: what the toolchain made of the sources, as plain data that can be sent to a worker. */
import type { ImageAreas } from './layout.js';
import type { Polls } from '../toolchain/instrument/debug-code.js';
import type { ThreadImage } from '../toolchain/thread-image.js';
import type { KernelEntry } from '../toolchain/instrument/kernel-entry.js';

/** No place in the code is known. */
export const NO_CODE_OFFSET = 0xffff_ffff;

/** Export that runs one thread of an OpenMP team (openmp.c). */
export const TEAM_THREAD = '__faultline_team_thread';

/** Code whose host threads can be suspended. */
export interface ThreadedCode {
  /** Bytes of the shadow call stack's records by function. */
  readonly recordBytes: ReadonlyMap<number, number>;
  /** Functions that can be unwound, by index. */
  readonly suspends: ReadonlySet<number>;
}

export interface ExecutableProgram {
  readonly wasm: Uint8Array;
  /** The same code able to suspend at barriers; only for programs with kernels or teams that wait. */
  readonly suspendable: Uint8Array | null;
  /** Indices into `kernels` of those that wait at barriers. */
  readonly waitingKernels: readonly number[];
  /** Those of them whose threads look at volatile memory, for which blocks that run one after the other may be too few. */
  readonly lookingKernels: readonly number[];
  /** Pointers to outlined OpenMP regions whose threads wait for each other, and to what else waits. */
  readonly waitingTeams: ReadonlySet<number>;
  readonly kernels: readonly KernelEntry[];
  /** Names as a person reads them, in the order of `kernels`. */
  readonly kernelNames: readonly string[];
  /** Offsets where the kernels begin, in the order of `kernels`. */
  readonly kernelOffsets: readonly number[];
  /** Kernels by the pointer to the function that stands for them on the host: index into `kernels`. */
  readonly stubs: ReadonlyMap<number, number>;
  /** How the parameters of each kernel are passed (toolchain/kernels.ts), in the order of `kernels`. */
  readonly kernelArguments: readonly (readonly number[])[];
  readonly areas: ImageAreas;
  /** Whether there is anything that runs on a device: kernels or offloaded regions. */
  readonly usesDevice: boolean;
  /** Linear memory that the module asks for, in pages of 64 KiB. */
  readonly memoryPages: number;
  readonly placeOffsets: Uint32Array;
  readonly originalOffsets: Uint32Array;
  readonly userRanges: Uint32Array;
  /** Of a program that can have more than one host thread; null otherwise. */
  readonly threads: ThreadedCode | null;
  /** What a thread's own variables begin as; null if there are none. */
  readonly threadImage: ThreadImage | null;
  /** By poll; null in a run without a debugger. */
  readonly polls: Polls | null;
  /** Which accesses of kernels go out together: see toolchain/instrument/access-groups.ts. */
  readonly accessGroups: Uint32Array;
}
