/**
 * A machine with test devices and processes that use them without a program: a process is an address space whose bytes lie in arrays, a system
 * call is a call. Everything is taken apart at the end, which finds what leaked.
 */

import { Dmirror } from '../../engine/drivers/dmirror/dmirror.js';
import { DmirrorModule } from '../../engine/drivers/dmirror/dmirror-module.js';
import { ioctlNumber, type DmirrorCmd } from '../../engine/drivers/dmirror/uapi.js';
import { AddressSpace, type MmapRequest } from '../../engine/memory/address-space.js';
import { isErrno } from '../../engine/memory/errno.js';
import { Access, EVENT_KINDS, isWrite, type MemoryEvent } from '../../engine/memory/event.js';
import { MappedFile } from '../../engine/memory/filemap.js';
import { PageCaches } from '../../engine/memory/page-caches.js';
import { HUGE_PAGES, PAGE_COUNT, PAGE_SIZE, type PageIndex } from '../../engine/memory/units.js';
import { Protection, VmaFlag } from '../../engine/memory/vma.js';
import { ArrayStore, MapContents } from '../memory/page-cache-rig.js';

const INTS = PAGE_SIZE / Int32Array.BYTES_PER_ELEMENT;
/** Pages of the kernel test's buffer of 4 MiB. */
export const NPAGES = 1024;

export interface Answer {
  readonly rc: number;
  readonly cpages: number;
  readonly faults: number;
}

/** What a command that succeeds answers. */
export function done(cpages: number, faults = 0): Answer {
  return { rc: 0, cpages, faults };
}

export class Process {
  readonly contents: MapContents | undefined;
  readonly #machine: DmirrorMachine;

  constructor(
    machine: DmirrorMachine,
    readonly mm: AddressSpace,
    contents: MapContents | undefined,
  ) {
    this.#machine = machine;
    this.contents = contents;
  }

  /** Private anonymous memory, readable and writable, unless said otherwise. */
  mmap(pageCount: number, request: Partial<MmapRequest> = {}): PageIndex {
    const start = this.mm.mmap({ pageCount, protection: Protection.readWrite, kind: 'anonymous', ...request });
    if (isErrno(start)) throw new Error(`mmap: ${String(start)}`);
    return start;
  }

  /** The same, at a multiple of 2 MiB with as much again behind it, and advised to be huge. */
  mmapHuge(pageCount: number, protection: number = Protection.readWrite): PageIndex {
    const area = this.mmap(pageCount + HUGE_PAGES, { protection });
    const start = (Math.ceil(area / HUGE_PAGES) * HUGE_PAGES) as PageIndex;
    const MADV_HUGEPAGE = 14;
    if (this.mm.madvise(start, pageCount, MADV_HUGEPAGE) !== 0) throw new Error('madvise');
    return start;
  }

  /** Memory that a child will share. */
  mmapShared(pageCount: number): PageIndex {
    const cache = this.#machine.caches.create('shmem', 'shared', new ArrayStore(new Uint8Array(0), false));
    cache.store.resize(pageCount * PAGE_SIZE);
    return this.mmap(pageCount, { kind: 'shared', flags: VmaFlag.SHARED, backing: cache, pageOffset: 0 });
  }

  /** Writes an int to each place of a range, as the CPU does. */
  fill(start: PageIndex, pages: number, value: (index: number) => number): void {
    for (let at = 0; at < pages; at++) {
      const ints = this.#ints((start + at) as PageIndex, Access.write);
      for (let index = 0; index < INTS; index++) ints[index] = value(at * INTS + index);
    }
  }

  /** Where a range does not hold what it should as the CPU reads it: the first such int, or -1. */
  differs(start: PageIndex, pages: number, value: (index: number) => number): number {
    for (let at = 0; at < pages; at++) {
      const ints = this.#ints((start + at) as PageIndex, Access.read);
      for (let index = 0; index < INTS; index++)
        if (ints[index] !== (value(at * INTS + index) | 0)) return at * INTS + index;
    }
    return -1;
  }

  /** Touches a page as the CPU does. @throws what ends a program */
  touch(page: PageIndex, access: Access = Access.read): void {
    if (this.mm.pageTable.allows(page, isWrite(access))) return;
    const result = this.mm.handleCpuFault(page, access);
    if (!result.ok) throw new Error(`${result.signal}: ${result.reason} at page ${String(page)}`);
  }

  open(minor: number): Dmirror {
    const file = this.#machine.module.open(minor, this.mm);
    if (!(file instanceof Dmirror)) throw new Error(`open: ${String(file)}`);
    return file;
  }

  /** One command; `ptr` is a page of this process. */
  ioctl(file: Dmirror, command: number, start: PageIndex, npages: number, ptr: PageIndex = start): Answer {
    const cmd: DmirrorCmd = {
      addr: BigInt(start) * BigInt(PAGE_SIZE),
      ptr: BigInt(ptr) * BigInt(PAGE_SIZE),
      npages: BigInt(npages),
      cpages: 0n,
      faults: 0n,
    };
    return this.command(file, ioctlNumber(command), cmd);
  }

  command(file: Dmirror, request: number, cmd: DmirrorCmd): Answer {
    const rc = file.ioctl(request, cmd, {
      fromUser: (address, bytes) => this.#copyFrom(address, bytes),
      toUser: (address, bytes) => this.#copyTo(address, bytes),
    });
    return rc === 0 ? { rc, cpages: Number(cmd.cpages), faults: Number(cmd.faults) } : { rc, cpages: 0, faults: 0 };
  }

  /** Bytes as the CPU reads them. */
  bytes(start: PageIndex, count: number): Uint8Array {
    const bytes = this.#copyFrom(BigInt(start) * BigInt(PAGE_SIZE), count);
    if (bytes === undefined) throw new Error('SIGSEGV');
    return bytes;
  }

  fork(): Process {
    const contents = new MapContents();
    if (this.contents) contents.copyOf(this.contents);
    const mm = this.mm.fork({
      permissions: [new Uint8Array(new SharedArrayBuffer(PAGE_COUNT))],
      sink: this.#machine,
      contents,
    });
    if (typeof mm === 'number') throw new Error(`fork: ${String(mm)}`);
    this.#machine.caches.switchedTo(mm);
    return new Process(this.#machine, mm, contents);
  }

  /** The child ends; its parent goes on. */
  exit(parent: Process): void {
    this.#machine.caches.switchedTo(parent.mm);
    this.mm.exit();
  }

  #ints(page: PageIndex, access: Access): Int32Array {
    this.touch(page, access);
    const bytes = this.contents?.bytes(page) ?? new Uint8Array(PAGE_SIZE);
    return new Int32Array(bytes.buffer, bytes.byteOffset, INTS);
  }

  #copyFrom(address: bigint, count: number): Uint8Array | undefined {
    const copy = new Uint8Array(count);
    const all = this.#pieces(Number(address), count, Access.read, (piece, at) => {
      copy.set(piece, at);
    });
    return all ? copy : undefined;
  }

  #copyTo(address: bigint, bytes: Uint8Array): boolean {
    return this.#pieces(Number(address), bytes.length, Access.write, (piece, at) => {
      piece.set(bytes.subarray(at, at + piece.length));
    });
  }

  /** The parts of a range that lie in one page each, made accessible one after the other. */
  #pieces(address: number, count: number, access: Access, copy: (piece: Uint8Array, at: number) => void): boolean {
    for (let at = 0; at < count;) {
      const page = Math.floor((address + at) / PAGE_SIZE) as PageIndex;
      const from = (address + at) % PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - from, count - at);
      if (page >= PAGE_COUNT) return false;
      if (!this.mm.pageTable.allows(page, isWrite(access)) && !this.mm.handleCpuFault(page, access).ok) return false;
      if (this.contents) copy(this.contents.bytes(page).subarray(from, from + length), at);
      at += length;
    }
    return true;
  }
}

export interface MachineOptions {
  readonly systemFrames?: number;
  /** False: nobody looks at bytes. */
  readonly bytes?: boolean;
}

export class DmirrorMachine implements Disposable {
  readonly events: MemoryEvent[] = [];
  /** Called with each event before what it says happens: where another thread could get in between. */
  onEvent: ((event: MemoryEvent) => void) | undefined;
  readonly caches: PageCaches;
  readonly module: DmirrorModule;
  readonly process: Process;

  constructor({ systemFrames = 1 << 18, bytes = true }: MachineOptions = {}) {
    const contents = bytes ? new MapContents() : undefined;
    const mm = new AddressSpace({
      permissions: [new Uint8Array(new SharedArrayBuffer(PAGE_COUNT))],
      sink: this,
      systemFrames,
      ...(contents && { contents }),
    });
    this.caches = new PageCaches(mm);
    this.module = new DmirrorModule(mm.physical, this);
    this.process = new Process(this, mm, contents);
  }

  /** A file with these bytes. */
  file(bytes: Uint8Array): MappedFile {
    return new MappedFile(this.caches.create('file', 'file', new ArrayStore(bytes)));
  }

  record(event: Readonly<MemoryEvent>): number {
    const copy = { ...event };
    this.onEvent?.(copy);
    return this.events.push(copy) - 1;
  }

  of(kind: (typeof EVENT_KINDS)[number]): MemoryEvent[] {
    return this.events.filter((event) => EVENT_KINDS[event.kind] === kind);
  }

  /** The last process ends: nothing may be left. */
  [Symbol.dispose](): void {
    this.onEvent = undefined;
    this.caches.releaseAll();
    this.process.mm.exit();
  }
}
