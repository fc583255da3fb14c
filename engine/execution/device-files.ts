/**
 * /dev/hmm_dmirror0 … 3 as a program meets them: opened like a file, driven by ioctl, mapped by mmap.
 *
 * Invariant: a file mirrors the process that opened it, whoever uses its descriptor later; the command and its buffer are in the memory of
 * the process that makes the call.
 */
import type { Dmirror, UserCopies } from '../drivers/dmirror/dmirror.js';
import { DmirrorModule } from '../drivers/dmirror/dmirror-module.js';
import { COMMAND_BYTES, decodeCommand, encodeCommand } from '../drivers/dmirror/uapi.js';
import type { AddressSpace, MmapRequest } from '../memory/address-space.js';
import { Errno, isErrno } from '../memory/errno.js';
import { DMIRROR_COUNT, PAGE_COUNT, PAGE_SIZE, type PageIndex } from '../memory/units.js';
import type { EventSink } from '../memory/event.js';
import { characterFile } from './character-files.js';
import type { DebuggeeOptions } from './debuggee-options.js';
import type { LinearMemory } from './linear-memory.js';
import { programErrno } from './program-errno.js';
import { FdFlag, FileType, Right, type FileStatus } from './wasi/abi.js';
import { Errno as WasiErrno, WasiError } from './wasi/errno.js';
import { Descriptor, type DescriptorTable, type SpecialFile } from './wasi/file-descriptors.js';

/** Linux's numbers of what every descriptor answers. */
const FIONREAD = 0x541b;
const FIONBIO = 0x5421;

/** The process that runs. */
export interface CallingProcess {
  readonly mm: AddressSpace;
  readonly linear: LinearMemory;
  /** Makes bytes of its memory accessible, as the kernel does before it copies; false if not all of them can be. */
  reaches(address: number, bytes: number, write: boolean): boolean;
  readonly descriptors: () => DescriptorTable;
}

/** What the devices need of the run. */
export type DeviceFilesOptions = Pick<DebuggeeOptions, 'clock' | 'machine' | 'debug' | 'wasi'>;

export class DeviceFiles {
  readonly #options: DeviceFilesOptions;
  readonly #sink: EventSink;
  #process: CallingProcess | undefined;
  #module: DmirrorModule | undefined;

  constructor(options: DeviceFilesOptions, sink: EventSink) {
    this.#options = options;
    this.#sink = sink;
  }

  /** The process that runs: whose memory a call reads its arguments from. */
  get process(): CallingProcess {
    if (this.#process === undefined) throw new TypeError('no process runs');
    return this.#process;
  }

  /** From now on another process runs. */
  entered(process: CallingProcess): void {
    this.#process = process;
  }

  /** The device at an absolute path, if there is one. */
  find(path: string): SpecialFile | undefined {
    const minor = /^\/dev\/hmm_dmirror(\d)$/.exec(path)?.[1];
    if (minor === undefined || Number(minor) >= DMIRROR_COUNT) return characterFile(path, this.#options.wasi.seed);
    return {
      filetype: FileType.characterDevice,
      open: (rights, flags) => {
        const file = this.#devices().open(Number(minor), this.process.mm);
        if (typeof file === 'number') throw new WasiError(WasiErrno.NXIO);
        return new DeviceFile(file, () => this.process, rights, flags);
      },
    };
  }

  /** ioctl(): what a descriptor answers to a request. @returns errno, 0 for success. */
  ioctl(fd: number, request: number, argument: number): number {
    try {
      const file = this.process.descriptors().get(fd);
      if (request === FIONREAD) putInt(this.process, argument, Number(file.available()));
      else if (request === FIONBIO) {
        const on = getInt(this.process, argument) !== 0;
        file.setFlags(on ? file.flags | FdFlag.nonblock : file.flags & ~FdFlag.nonblock);
      } else file.ioctl(request, argument);
      return 0;
    } catch (error) {
      if (error instanceof WasiError) return error.errno;
      throw error;
    }
  }

  /** Made when the first is opened. The devices have no processor of their own: the machine's copies for them. */
  #devices(): DmirrorModule {
    const { clock, machine } = this.#options;
    return (this.#module ??= new DmirrorModule(this.process.mm.physical, this.#sink, {
      advance: (ns) => {
        clock.advance(ns);
      },
      copyNs: (bytes) => Math.round((bytes / machine.cpu.memoryBandwidthBytesPerSecond) * 1e9),
    }));
  }
}

class DeviceFile extends Descriptor {
  override readonly filetype = FileType.characterDevice;
  private position = 0n;

  constructor(
    private readonly file: Dmirror,
    private readonly process: () => CallingProcess,
    rights: bigint,
    flags: number,
  ) {
    super(rights & (Right.fdRead | Right.fdWrite | Right.fdSeek | Right.fdTell | Right.fdFilestatGet), 0n, flags);
  }

  override status(): FileStatus {
    return { inode: 0n, filetype: this.filetype, links: 1n, size: 0n, mtimeNs: 0n };
  }

  override read(): Uint8Array {
    throw new WasiError(WasiErrno.INVAL);
  }

  override readAt(): Uint8Array {
    throw new WasiError(WasiErrno.INVAL);
  }

  override write(): number {
    throw new WasiError(WasiErrno.INVAL);
  }

  override writeAt(): number {
    throw new WasiError(WasiErrno.INVAL);
  }

  override seek(offset: bigint, whence: number): bigint {
    const next = whence === 0 ? offset : this.position + offset;
    if (next < 0n || whence > 1) throw new WasiError(WasiErrno.INVAL);
    this.position = next;
    return next;
  }

  /** The command comes from the program's memory and goes back there only if it succeeded. */
  override ioctl(request: number, argument: number): void {
    const user = userCopies(this.process());
    const bytes = user.fromUser(BigInt(argument >>> 0), COMMAND_BYTES);
    if (bytes === undefined) throw new WasiError(WasiErrno.FAULT);
    const command = decodeCommand(bytes);
    const result = this.file.ioctl(request, command, user);
    if (result !== 0) throw new WasiError(programErrno(result) as WasiErrno);
    if (!user.toUser(BigInt(argument >>> 0), encodeCommand(command))) throw new WasiError(WasiErrno.FAULT);
  }

  /** Maps the device's pages into the process that calls. @returns the first page, or a (negative) error of memory's. */
  mmap(request: Omit<MmapRequest, 'kind' | 'backing'>): PageIndex | Errno {
    const { mm, linear } = this.process();
    const start = this.file.mmap(mm, request);
    if (isErrno(start)) return start;
    if (linear.provide(start * PAGE_SIZE, (start + request.pageCount) * PAGE_SIZE)) return start;
    mm.munmap(start, request.pageCount);
    return Errno.ENOMEM;
  }

  override [Symbol.dispose](): void {
    this.file.release();
  }
}

function userCopies(process: CallingProcess): UserCopies {
  const { linear } = process;
  const range = (address: bigint, bytes: number): number | undefined =>
    address + BigInt(bytes) <= BigInt(PAGE_COUNT) * BigInt(PAGE_SIZE) ? Number(address) : undefined;
  return {
    fromUser(address, bytes) {
      const start = range(address, bytes);
      return start !== undefined && process.reaches(start, bytes, false)
        ? linear.bytes.slice(start, start + bytes)
        : undefined;
    },
    toUser(address, bytes) {
      const start = range(address, bytes.length);
      if (start === undefined || !process.reaches(start, bytes.length, true)) return false;
      linear.bytes.set(bytes, start);
      return true;
    },
  };
}

function putInt(process: CallingProcess, address: number, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  if (!userCopies(process).toUser(BigInt(address >>> 0), bytes)) throw new WasiError(WasiErrno.FAULT);
}

function getInt(process: CallingProcess, address: number): number {
  const bytes = userCopies(process).fromUser(BigInt(address >>> 0), 4);
  if (bytes === undefined) throw new WasiError(WasiErrno.FAULT);
  return new DataView(bytes.buffer).getInt32(0, true);
}
