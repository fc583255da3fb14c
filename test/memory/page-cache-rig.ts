/** A file in an array, processes whose bytes lie in maps, and a device that takes file pages as migrate_vma does. */

import { AddressSpace } from '../../engine/memory/address-space.js';
import type { PageContents } from '../../engine/memory/contents.js';
import { isErrno, type Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { FAULT_RESOLVED, type FaultResult } from '../../engine/memory/fault.js';
import { MappedFile } from '../../engine/memory/filemap.js';
import { FrameAllocator, FrameFlag } from '../../engine/memory/frames.js';
import type { Mm } from '../../engine/memory/mm.js';
import type { CacheKind, FilePagesMode, PageCache, PageStore } from '../../engine/memory/page-cache.js';
import { PageCaches } from '../../engine/memory/page-caches.js';
import { makePte, pteFrame, pteType, PteType, pteWritable } from '../../engine/memory/page-table.js';
import type { DevicePagemap } from '../../engine/memory/physical-memory.js';
import {
  NO_FRAME,
  PAGE_COUNT,
  PAGE_SIZE,
  type AgentId,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from '../../engine/memory/units.js';
import { Protection, VmaFlag, type VmaKind } from '../../engine/memory/vma.js';
import { Recording } from './rig.js';

export class ArrayStore implements PageStore {
  bytes: Uint8Array;
  /** What writing fails with. */
  broken: 0 | Errno = 0;

  constructor(
    bytes: Uint8Array,
    readonly persistent = true,
  ) {
    this.bytes = bytes;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  resize(bytes: number): 0 {
    const resized = new Uint8Array(bytes);
    resized.set(this.bytes.subarray(0, bytes));
    this.bytes = resized;
    return 0;
  }

  read(offset: number, into: Uint8Array): 0 {
    into.fill(0);
    into.set(this.bytes.subarray(offset, offset + into.length));
    return 0;
  }

  write(offset: number, from: Uint8Array): 0 | Errno {
    if (this.broken !== 0) return this.broken;
    if (offset + from.length > this.bytes.length) this.resize(offset + from.length);
    this.bytes.set(from, offset);
    return 0;
  }
}

export class MapContents implements PageContents {
  readonly pages = new Map<number, Uint8Array>();

  provide(): boolean {
    return true;
  }

  zero(start: PageIndex, count: number): void {
    for (let page = start; page < start + count; page++) this.pages.delete(page);
  }

  move(from: PageIndex, to: PageIndex, count: number): void {
    for (let at = 0; at < count; at++) this.bytes((to + at) as PageIndex).set(this.bytes((from + at) as PageIndex));
  }

  bytes(page: PageIndex): Uint8Array {
    let bytes = this.pages.get(page);
    if (bytes === undefined) this.pages.set(page, (bytes = new Uint8Array(PAGE_SIZE)));
    return bytes;
  }

  copyOf(other: MapContents): void {
    for (const [page, bytes] of other.pages) this.pages.set(page, bytes.slice());
  }
}

const permissions = [0, 1, 2, 3].map(() => new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));

/** A device whose private memory takes a page of a file as migrate_vma would, if the file's cache lets it. */
class FileDevice implements DevicePagemap {
  readonly owner = Symbol('device');
  readonly type = 'private';
  readonly frames = new FrameAllocator(1 as NodeId, 64);

  /** False: refused. */
  take(mm: Mm, page: PageIndex): boolean {
    const pte = mm.pageTable.get(page);
    if (pteType(pte) !== PteType.present) return false;
    const { physical } = mm;
    const frame = pteFrame(pte);
    const { system } = physical;
    const backing = physical.backings.get(system.mappingOf(frame));
    if (backing?.deviceEntriesAllowed !== true || system.refcount(frame) !== 2) return false;
    return this.#move(mm, page, this.frames.allocate(), PteType.devicePrivate);
  }

  migrateToRam(mm: Mm, page: PageIndex): FaultResult {
    const frame = mm.physical.system.allocate();
    if (frame === NO_FRAME) throw new Error('the rig has too little memory');
    if (!this.#move(mm, page, frame, PteType.present)) throw new Error('the cache does not know the page');
    return FAULT_RESOLVED;
  }

  makeRoom(): boolean {
    return true;
  }

  #move(mm: Mm, page: PageIndex, to: FrameNumber, type: PteType): boolean {
    const pte = mm.pageTable.get(page);
    const from = pteFrame(pte);
    const source = mm.physical.of(from);
    const index = source.indexOf(from);
    const backing = mm.physical.backings.get(source.mappingOf(from));
    source.get(from);
    mm.pageTable.set(page, makePte(PteType.migration, from, pteWritable(pte)));
    source.unmap(from);
    if (backing?.replacePage?.(index, from, to) !== true) return false;
    const target = mm.physical.of(to);
    target.map(to, page, mm.id, index);
    target.put(to);
    mm.pageTable.set(page, makePte(type, to, pteWritable(pte)));
    source.put(from);
    return true;
  }
}

export interface FileRigOptions {
  readonly bytes?: number;
  readonly kind?: CacheKind;
  readonly filePages?: FilePagesMode;
  readonly daxMigration?: boolean;
  readonly systemFrames?: number;
  readonly swapFrames?: number;
}

export class FileRig {
  readonly sink = new Recording();
  readonly device = new FileDevice();
  readonly mm: AddressSpace;
  readonly contents = new MapContents();
  readonly caches: PageCaches;
  readonly store: ArrayStore;
  readonly cache: PageCache;
  readonly file: MappedFile;
  readonly kind: CacheKind;
  #children = 0;

  constructor(options: FileRigOptions = {}) {
    const { bytes = 4 * PAGE_SIZE, kind = 'file', filePages = 'upstream', daxMigration = false } = options;
    const { systemFrames = 256, swapFrames = 64 } = options;
    this.kind = kind;
    this.mm = new AddressSpace({
      permissions: permissions.slice(0, 1),
      sink: this.sink,
      systemFrames,
      swapFrames,
      contents: this.contents,
    });
    this.mm.attachDevice(1 as AgentId, this.device, { mapPopulated: () => undefined });
    this.caches = new PageCaches(this.mm, { filePages, daxMigration });
    this.store = new ArrayStore(new Uint8Array(bytes), kind !== 'shmem');
    this.cache = this.caches.create(kind, 'data.bin', this.store);
    this.file = new MappedFile(this.cache);
  }

  map(
    pages: number,
    options: { shared?: boolean; protection?: number; offset?: number; mm?: AddressSpace } = {},
  ): PageIndex {
    const kind: VmaKind = this.kind === 'shmem' ? 'shared' : this.kind;
    const start = (options.mm ?? this.mm).mmap({
      pageCount: pages,
      protection: options.protection ?? Protection.readWrite,
      kind,
      flags: options.shared === false ? 0 : VmaFlag.SHARED,
      pageOffset: options.offset ?? 0,
      backing: this.cache,
    });
    if (isErrno(start)) throw new Error(`mmap failed with ${String(start)}`);
    return start;
  }

  /** One byte as the CPU of a process reads it; undefined: the access ends the program. */
  read(start: PageIndex, offset: number, mm = this.mm): number | undefined {
    const page = (start + Math.floor(offset / PAGE_SIZE)) as PageIndex;
    if (!mm.handleCpuFault(page, Access.read).ok) return undefined;
    return mm.contents?.bytes(page)[offset % PAGE_SIZE];
  }

  /** False: the access ends the program. */
  write(start: PageIndex, offset: number, value: number, mm = this.mm): boolean {
    const page = (start + Math.floor(offset / PAGE_SIZE)) as PageIndex;
    if (!mm.handleCpuFault(page, Access.write).ok) return false;
    mm.contents?.bytes(page).set([value], offset % PAGE_SIZE);
    return true;
  }

  /** A write by the device, if it has the page and may; true if it did. */
  deviceWrite(start: PageIndex, offset: number, value: number): boolean {
    const page = (start + Math.floor(offset / PAGE_SIZE)) as PageIndex;
    const pte = this.mm.pageTable.get(page);
    if (pteType(pte) !== PteType.devicePrivate || !pteWritable(pte)) return false;
    this.contents.bytes(page).set([value], offset % PAGE_SIZE);
    return true;
  }

  fork(): AddressSpace {
    const contents = new MapContents();
    contents.copyOf(this.contents);
    const table = permissions[1 + (this.#children++ % 3)];
    const child = this.mm.fork({ permissions: table === undefined ? [] : [table], sink: this.sink, contents });
    if (typeof child === 'number') throw new Error('fork failed');
    return child;
  }

  /** Reclaims the frame of a page of the file. */
  reclaim(index: number): boolean {
    const found = this.cache.pages.get(index);
    if (found === undefined || found.frame === NO_FRAME || this.cache.isOnDevice(found)) return false;
    return this.mm.physical.reclaimCached?.(this.cache.id, found.frame) ?? false;
  }

  isDirty(index: number): boolean {
    const found = this.cache.pages.get(index);
    return found !== undefined && this.mm.physical.of(found.frame).hasFlag(found.frame, FrameFlag.DIRTY);
  }

  readFile(offset: number, count: number): number[] {
    const bytes = this.file.read(offset, count);
    if (typeof bytes === 'number') throw new Error(`read failed with ${String(bytes)}`);
    return [...bytes];
  }

  /** Everything ends: nothing may be in use afterwards. */
  end(): void {
    this.caches.releaseAll();
    this.mm.exit();
  }
}
