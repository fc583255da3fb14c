/**
 * A process with a swap area, two devices with private memory, one with coherent memory, and a mirror for the first: what the conformance cases
 * play in. Everything is at the engine's own interface; no driver decides anything.
 */

import { DeviceMemory } from '../../engine/hmm/device-memory.js';
import { migrateDeviceCoherentFolio } from '../../engine/hmm/migrate-device.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaSetup } from '../../engine/hmm/migrate.js';
import {
  allocateInSystem,
  allocateOnDevice,
  MigratePfn,
  MigrateSelect,
  MigrateSkip,
  MigrateVma,
} from '../../engine/hmm/migrate-vma.js';
import { makeHmmRange } from '../../engine/hmm/mirror-fault.js';
import { MirrorTable } from '../../engine/hmm/mirror-table.js';
import { hmmFrame, HmmPfn, hmmRangeFault, type HmmRange } from '../../engine/hmm/range-fault.js';
import { type AddressSpace } from '../../engine/memory/address-space.js';
import type { Backing, BackingKind } from '../../engine/memory/backing.js';
import { installPage } from '../../engine/memory/entries.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../engine/memory/fault.js';
import { FrameFlag } from '../../engine/memory/frames.js';
import type { Mm } from '../../engine/memory/mm.js';
import { MmuNotifyEvent } from '../../engine/memory/mmu-notifier.js';
import { pteFrame, pteType, PteType, pteWritable } from '../../engine/memory/page-table.js';
import {
  frameNode,
  HUGE_PAGES,
  NO_FRAME,
  PAGE_COUNT,
  ZERO_FRAME,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from '../../engine/memory/units.js';
import { isWritable, VmaFlag, type Vma, type VmaKind } from '../../engine/memory/vma.js';
import { memoryRig, page, type MemoryRig, type Recording } from '../memory/rig.js';

/** First page of what a case maps: the start of a huge page's block. */
export const AT = 2 * HUGE_PAGES;

const nameOf = (numbers: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(numbers).find(([, number]) => number === value)?.[0] ?? String(value);

export const errnoName = (result: number): string => (result === 0 ? '0' : nameOf(Errno, result));
export const skipName = (why: number): string => nameOf(MigrateSkip, why);
const eventName = (event: number): string => nameOf(MmuNotifyEvent, event);

export interface MapOptions {
  readonly protection?: number;
  readonly flags?: number;
  readonly kind?: VmaKind;
  readonly backing?: Backing;
  readonly at?: number;
}

export class World {
  readonly rig: MemoryRig;
  readonly mm: AddressSpace;
  readonly sink: Recording;
  /** Nodes 1 and 2, private. */
  readonly own: DeviceMemory;
  readonly other: DeviceMemory;
  /** Node 3, coherent. */
  readonly coherent: DeviceMemory;
  /** The first device's. */
  readonly mirror: MirrorTable;
  readonly freed: FrameNumber[] = [];
  readonly #spaces: AddressSpace[];
  readonly #files: FakeFile[] = [];

  constructor(options: { systemFrames?: number; devicePages?: number; swapFrames?: number } = {}) {
    const { systemFrames = 8 * HUGE_PAGES, devicePages = 4 * HUGE_PAGES, swapFrames = 64 } = options;
    this.rig = memoryRig(systemFrames, { swapFrames });
    this.mm = this.rig.mm;
    this.sink = this.rig.sink;
    const memory = (node: number, type: 'private' | 'coherent'): DeviceMemory => {
      const made: DeviceMemory = new DeviceMemory(
        node as NodeId,
        devicePages,
        {
          migrateToRam: (mm, at) => this.bringBack(mm, made, at),
          makeRoom: () => false,
          evict: (frame) => migrateDeviceCoherentFolio(this.mm, frame) === 0,
          pageFree: (frame) => this.freed.push(frame),
        },
        { type },
      );
      this.mm.physical.addDevice(made);
      return made;
    };
    this.own = memory(1, 'private');
    this.other = memory(2, 'private');
    this.coherent = memory(3, 'coherent');
    this.mirror = new MirrorTable(this.mm, { owner: this.own.owner });
    this.#spaces = [this.mm];
  }

  /** Maps `count` pages at AT: anonymous, readable and writable unless told otherwise. */
  map(count = 1, { protection = 3, flags = 0, kind = 'anonymous', backing, at = AT }: MapOptions = {}): this {
    const request = { start: page(at), pageCount: count, protection, kind, flags, fixed: true };
    const result = this.mm.mmap({ ...request, ...(backing && { backing, pageOffset: 0 }) });
    if (result !== at) throw new Error(`mmap: ${errnoName(result)}`);
    return this;
  }

  /** The CPU writes pages from AT on. */
  write(count = 1, at = AT): this {
    for (let index = 0; index < count; index++) must(this.mm.handleCpuFault(page(at + index), Access.write));
    return this;
  }

  read(count = 1, at = AT): this {
    for (let index = 0; index < count; index++) must(this.mm.handleCpuFault(page(at + index), Access.read));
    return this;
  }

  file(kind: BackingKind = 'file'): FakeFile {
    const file = new FakeFile(kind, this.#files.length + 1);
    this.#files.push(file);
    return file;
  }

  fork(): AddressSpace {
    const child = this.mm.fork({
      permissions: [new Uint8Array(new SharedArrayBuffer(PAGE_COUNT))],
      sink: this.sink,
    });
    if (typeof child === 'number') throw new Error(`fork: ${errnoName(child)}`);
    this.#spaces.push(child);
    return child;
  }

  /** Arguments of a migration by the owner of `memory`. */
  args(count: number, select: number, memory = this.own, at = AT): MigrateVma {
    const args = new MigrateVma(Math.max(count, 1));
    return Object.assign(args, { start: page(at), count, select, owner: memory.owner });
  }

  /** Migrates pages to a device as a driver would. @returns how many moved. */
  toDevice(count = 1, memory = this.own, mm: AddressSpace = this.mm, at = AT): number {
    const args = this.args(count, MigrateSelect.SYSTEM | MigrateSelect.COMPOUND, memory, at);
    if (migrateVmaSetup(mm, args) !== 0) return -1;
    allocateOnDevice(args, memory);
    migrateVmaPages(mm, args);
    migrateVmaFinalize(mm, args);
    return args.movingPages();
  }

  /** Migrates the first device's pages to system memory. @returns how many moved. */
  toSystem(count = 1, memory = this.own): number {
    const select = memory.type === 'private' ? MigrateSelect.DEVICE_PRIVATE : MigrateSelect.DEVICE_COHERENT;
    const args = this.args(count, select | MigrateSelect.COMPOUND, memory);
    if (migrateVmaSetup(this.mm, args) !== 0) return -1;
    allocateInSystem(args, () => this.mm.physical.system.allocate(), this.mm.physical.system);
    migrateVmaPages(this.mm, args);
    migrateVmaFinalize(this.mm, args);
    return args.movingPages();
  }

  /** What a device's migrate_to_ram does: a page, or a huge page as a whole. */
  bringBack(mm: Mm, memory: DeviceMemory, at: PageIndex): FaultResult {
    const huge = mm.pageTable.isHuge(at);
    const start = huge ? at - (at % HUGE_PAGES) : at;
    const args = this.args(huge ? HUGE_PAGES : 1, MigrateSelect.DEVICE_PRIVATE | MigrateSelect.COMPOUND, memory, start);
    args.faultPage = pteFrame(mm.pageTable.get(at));
    if (migrateVmaSetup(mm, args) !== 0) return fatalFault('driver-failed');
    const missing = allocateInSystem(args, () => mm.physical.system.allocate(), mm.physical.system);
    migrateVmaPages(mm, args);
    migrateVmaFinalize(mm, args);
    if (args.moves(at - start)) return FAULT_RESOLVED;
    return fatalFault(missing > 0 ? 'out-of-memory' : 'driver-failed');
  }

  /** One walk under a fresh sequence. */
  walk(request: number, count = 1, set: Partial<HmmRange> = {}): Walk {
    const range = Object.assign(makeHmmRange(this.mirror, Math.max(count, 1)), {
      start: page(AT),
      count,
      defaultFlags: request,
      notifierSequence: this.mm.notifiers.readBegin(this.mirror.notifier) ?? -1,
      ...set,
    });
    return new Walk(hmmRangeFault(this.mm, range), range);
  }

  /** The CPU's entry of a page: "present rw on 0", "devicePrivate ro on 1 huge". */
  entry(at = AT, mm: AddressSpace = this.mm): string {
    const pte = mm.pageTable.get(page(at));
    const type = pteType(pte);
    const name = nameOf(PteType, type);
    if (type === PteType.none || type === PteType.swap) return name;
    const huge = mm.pageTable.isHuge(page(at)) ? ' huge' : '';
    return `${name} ${pteWritable(pte) ? 'rw' : 'ro'} on ${frameNode(pteFrame(pte))}${huge}`;
  }

  frame(at = AT, mm: AddressSpace = this.mm): FrameNumber {
    return pteFrame(mm.pageTable.get(page(at)));
  }

  /** What the notifiers of a process are told from now on: "CLEAR 1024+1". */
  hear(mm: AddressSpace = this.mm): string[] {
    const heard: string[] = [];
    mm.notifiers.insert(page(0), PAGE_COUNT, {
      invalidate: ({ event, start, count, owner }) =>
        heard.push(`${eventName(event)} ${start - AT}+${count}${owner === this.own.owner ? ' own' : ''}`) > 0,
    });
    return heard;
  }

  /** Ends every process. @throws if a frame is left, or a lock. */
  end(): void {
    for (const file of this.#files) file.drop(this.mm);
    for (const mm of this.#spaces.reverse()) mm.exit();
    for (const { node, usedFrames } of this.mm.physical.nodes())
      if (usedFrames !== 0) throw new Error(`${usedFrames} frames of node ${node} are lost`);
    // Entries that map the zero page are counted; the page itself keeps one reference.
    const { system } = this.mm.physical;
    if (system.refcount(ZERO_FRAME) !== 1 || system.mapcount(ZERO_FRAME) !== 0)
      throw new Error('a mapping of the zero page is lost, or counted twice');
    if (this.mm.physical.swap.usedSlots !== 0) throw new Error('a slot of the swap area is lost');
  }
}

export class Walk {
  readonly result: number;
  readonly range: HmmRange;

  constructor(result: number, range: HmmRange) {
    this.result = result;
    this.range = range;
  }

  /** The first word, or the error: "VALID+WRITE on 0", "EFAULT". */
  get outcome(): string {
    return this.result === 0 ? this.word(0) : errnoName(this.result);
  }

  word(index: number): string {
    const word = this.range.words[index] ?? 0;
    const flags = (['ERROR', 'VALID', 'WRITE'] as const).filter((flag) => (word & HmmPfn[flag]) !== 0);
    if (flags.length === 0) return '0';
    const order = this.range.orders[index] ?? 0;
    const place = flags.includes('VALID') ? ` on ${frameNode(hmmFrame(word))}` : '';
    return `${flags.join('+')}${place}${order > 0 ? ` order ${order}` : ''}`;
  }

  words(): string[] {
    return Array.from({ length: this.range.count }, (_, index) => this.word(index));
  }
}

/** The words of a migration: V = VALID, M = MIGRATE, W = WRITE, C = COMPOUND. */
export function migrationWords({ src, count }: MigrateVma): string[] {
  return [...src.subarray(0, count)].map((word) =>
    [
      [MigratePfn.VALID, 'V'] as const,
      [MigratePfn.MIGRATE, 'M'] as const,
      [MigratePfn.WRITE, 'W'] as const,
      [MigratePfn.COMPOUND, 'C'] as const,
    ]
      .filter(([bit]) => (word & bit) !== 0)
      .map(([, letter]) => letter)
      .join(''),
  );
}

/** A file of pages that are all in the page cache, or memory that processes share. */
export class FakeFile implements Backing {
  readonly kind: BackingKind;
  readonly id: number;
  readonly name = 'file';
  readonly #pages = new Map<number, FrameNumber>();

  constructor(kind: BackingKind, id: number) {
    this.kind = kind;
    this.id = id;
  }

  opened(): void {
    // Nobody asks a test's file who maps it.
  }

  closed(): void {
    // As above.
  }

  fault(mm: Mm, vma: Vma, at: PageIndex, access: Access): FaultResult {
    const index = vma.pageOffset + at - vma.start;
    const { system } = mm.physical;
    let frame = this.#pages.get(index);
    if (frame === undefined) {
      frame = system.allocate();
      if (frame === NO_FRAME) return fatalFault('out-of-memory');
      system.setMapping(frame, this.id, index);
      this.#pages.set(index, frame);
    }
    system.get(frame);
    installPage(mm, vma, at, frame, access === Access.write && isWritable(vma));
    return FAULT_RESOLVED;
  }

  makeWritable(mm: Mm, vma: Vma, at: PageIndex): FaultResult {
    const frame = pteFrame(mm.pageTable.get(at));
    mm.physical.system.setFlag(frame, FrameFlag.DIRTY);
    mm.physical.system.get(frame);
    mm.physical.system.unmap(frame);
    installPage(mm, vma, at, frame, true);
    return FAULT_RESOLVED;
  }

  unmapped(): void {
    // The cache keeps the page.
  }

  drop(mm: Mm): void {
    for (const frame of this.#pages.values()) mm.physical.system.put(frame);
    this.#pages.clear();
  }
}

export const SHARED = VmaFlag.SHARED;

function must(result: FaultResult): void {
  if (!result.ok) throw new Error(`a fault was not resolved: ${result.reason}`);
}
