/**
 * The moves that drivers make: one page to the device, one page back, a range, the oldest pages out. Each goes through the phases of
 * migrate_vma and tells of every one, so that a debugger can stop between them.
 *
 * Invariant: from `unmap` to `finalize` neither the CPU nor the device can reach a page that moves; and whoever is told of a phase may throw:
 * pages that are between two places get one of the two, nothing stays locked. Source: lib/test_hmm.c (dmirror_migrate_to_device,
 * dmirror_devmem_fault, dmirror_device_evict_chunk).
 */

import { allocateInSystem, allocateOnDevice, MigrateSelect, type MigrateVma } from '../../hmm/migrate-vma.js';
import { migrateVmaCollect } from '../../hmm/migrate-collect.js';
import { migrateDevicePfnsCollect } from '../../hmm/migrate-device.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaUnmap } from '../../hmm/migrate.js';
import { evictionNs, pageBytes } from '../../machine/cost-model.js';
import { allocateFrame } from '../../memory/entries.js';
import { Cause, EventKind } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteFrame, pteWritable } from '../../memory/page-table.js';
import { HUGE_PAGES, hugeBlockStart, NO_FRAME, SYSTEM_NODE, type PageIndex } from '../../memory/units.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';
import type { MigrationPhase, MigrationReason } from '../migration-step.js';
import { Migration } from './migration.js';

/** Pages that one move of a range takes at most (2 MiB). */
export const RANGE_PAGES = 512;
/** Pages that one eviction moves at most (2 MiB). */
const EVICTION_PAGES = 512;

/** Pages of one area that are to move between a device and system memory. */
export interface RangeMove {
  readonly device: Device;
  readonly toDevice: boolean;
  /** The device whose memory they are in and which is a peer of the one they go to. Absent: system memory. */
  readonly peer?: Device;
  readonly start: PageIndex;
  /** At most {@link RANGE_PAGES}. */
  readonly count: number;
  readonly reason: MigrationReason;
  /** What a page's transfer is recorded with, unless it is an eviction's: neighbours of one cause are one transfer. */
  readonly causeOf: (page: PageIndex) => Cause;
  /** Pages that the target has the contents of already: they move without a transfer. Absent: none. */
  readonly hasCopy?: (page: PageIndex) => boolean;
  /** Whose pages they are. */
  readonly mm: Mm;
  /** A page of the range whose lock the CPU's fault holds. */
  readonly faultPage?: PageIndex;
  /** Whether the device's entries for what it gets are written, too. */
  readonly mapped: boolean;
}

export class PageMigration {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  /** One each, because a CPU fault may come within a device's fault, and an eviction within either. */
  readonly #toDevice: Migration;
  readonly #toRam: Migration;
  readonly #ranges: Readonly<Record<MigrationReason, Migration>>;
  readonly #eviction: Migration;
  readonly #victims = new Int32Array(EVICTION_PAGES);
  #migrations = 0;
  #depth = 0;

  constructor(context: DriverContext, events: DeviceEvents) {
    this.#context = context;
    this.#events = events;
    this.#toDevice = new Migration(context.mm, 'fault', HUGE_PAGES);
    this.#toRam = new Migration(context.mm, 'fault', HUGE_PAGES);
    this.#ranges = {
      fault: new Migration(context.mm, 'fault', RANGE_PAGES),
      prefetch: new Migration(context.mm, 'prefetch', RANGE_PAGES),
      evict: new Migration(context.mm, 'evict', RANGE_PAGES),
    };
    this.#eviction = new Migration(context.mm, 'evict', EVICTION_PAGES);
  }

  /** Moves a page of system memory, or a hole, to the device; a huge page as a whole if there is room. False if it stays (pinned, no room). */
  toDevice(device: Device, page: PageIndex): boolean {
    const { mm } = this.#context;
    const migration = this.#begin(this.#toDevice, device, true, mm);
    const { args } = migration;
    aim(mm, args, page, device.memory.frames.capacity >= HUGE_PAGES);
    args.select = MigrateSelect.SYSTEM | MigrateSelect.COMPOUND;
    try {
      if (!this.#collect(migration, device)) return false;
      if (args.collected > 0 && device.memory.makeRoom(args.movingPages())) allocateOnDevice(args, device.memory);
      this.#phase('allocate', migration, device);
      migrateVmaPages(mm, args);
      this.#recordTransfers(migration, device, BY_FAULT);
      this.#phase('copy', migration, device);
      this.#finalize(migration);
      if (args.count > 1) this.#mapOnDevice(device, args);
      this.#phase('finalize', migration, device);
      return args.moves(page - args.start);
    } finally {
      this.#end(migration);
    }
  }

  /** Brings a page of the device's back, a huge one as a whole, for a CPU fault that holds its lock. @param mm whose fault it is */
  toRam(device: Device, page: PageIndex, mm: Mm): FaultResult {
    const migration = this.#begin(this.#toRam, device, false, mm);
    const { args } = migration;
    aim(mm, args, page, true);
    args.select = selectOf(device) | MigrateSelect.COMPOUND;
    args.faultPage = pteFrame(mm.pageTable.get(page));
    try {
      if (!this.#collect(migration, device)) return fatalFault('driver-failed');
      const at = page - args.start;
      const movable = args.moves(at);
      const missing = allocateInSystem(args, () => allocateFrame(mm), mm.physical.system);
      this.#phase('allocate', migration, device);
      migrateVmaPages(mm, args);
      this.#recordTransfers(migration, device, BY_FAULT);
      this.#phase('copy', migration, device);
      this.#finalize(migration);
      this.#phase('finalize', migration, device);
      if (args.moves(at)) return FAULT_RESOLVED;
      return fatalFault(movable && missing > 0 ? 'out-of-memory' : 'driver-failed');
    } finally {
      this.#end(migration);
    }
  }

  /** Moves up to `count` of the device's pages to system memory, those first that have been resident longest. False if none moved. */
  evict(device: Device, count: number): boolean {
    const found = device.memory.longestResident(this.#victims, Math.min(count, EVICTION_PAGES));
    return found > 0 && this.evictFrames(device, this.#victims, found);
  }

  /** Moves these of the device's frames to system memory: frames[0 … count), at most {@link RANGE_PAGES}. False if none moved. */
  evictFrames(device: Device, frames: Int32Array, count: number): boolean {
    const { mm } = this.#context;
    const migration = this.#begin(this.#eviction, device, false, mm);
    const { args } = migration;
    try {
      // Nobody owns this invalidation: the device's own mirror hears of it, and drops its entries, while pages are collected.
      const collect = (): void => {
        migrateDevicePfnsCollect(mm, args, frames, count);
      };
      // What an eviction costs includes that the device forgets the pages.
      if (mm.updates === undefined) collect();
      else mm.updates.covered(collect);
      migration.open = true;
      this.#phase('collect', migration, device);
      migrateVmaUnmap(mm, args);
      this.#phase('unmap', migration, device);
      allocateInSystem(args, () => allocateFrame(mm), mm.physical.system);
      this.#phase('allocate', migration, device);
      migrateVmaPages(mm, args);
      const moved = this.#recordEviction(device, args);
      this.#phase('copy', migration, device);
      this.#finalize(migration);
      this.#phase('finalize', migration, device);
      return moved;
    } finally {
      this.#end(migration);
    }
  }

  /**
   * Moves what can be moved of a range, within one area, to the device or (without one) to system memory, and maps it there. Holes are
   * filled on a device, as the first touch there would.
   */
  prefetch(device: Device, toDevice: boolean, start: PageIndex, count: number): void {
    const { mm } = this.#context;
    const causeOf = (): Cause => Cause.prefetch;
    for (let first: number = start; first < start + count; first += RANGE_PAGES) {
      const piece = { start: first as PageIndex, count: Math.min(RANGE_PAGES, start + count - first) };
      this.moveRange({ device, toDevice, ...piece, reason: 'prefetch', causeOf, mm, mapped: toDevice });
    }
  }

  /** Moves what can be moved; what there is no room for stays. @returns how many pages have moved, holes that were filled among them */
  moveRange(move: RangeMove): number {
    const { device, toDevice, peer, start, count, reason, causeOf, hasCopy, mm, faultPage, mapped } = move;
    const migration = this.#begin(this.#ranges[reason], device, toDevice, mm, peer);
    const { args } = migration;
    args.start = start;
    args.count = count;
    const fromSystem = toDevice && peer === undefined;
    args.select = (fromSystem ? MigrateSelect.SYSTEM : selectOf(peer ?? device)) | MigrateSelect.COMPOUND;
    args.faultPage = faultPage === undefined ? NO_FRAME : pteFrame(mm.pageTable.get(faultPage));
    try {
      if (!this.#collect(migration, device, peer ?? device)) return 0;
      if (toDevice) {
        device.memory.makeRoom(args.movingPages());
        allocateOnDevice(args, device.memory);
      } else allocateInSystem(args, () => allocateFrame(mm), mm.physical.system);
      this.#phase('allocate', migration, device);
      migrateVmaPages(mm, args);
      if (reason === 'evict') this.#recordEviction(device, args);
      else this.#recordTransfers(migration, device, causeOf, hasCopy);
      this.#phase('copy', migration, device);
      this.#finalize(migration);
      if (mapped) this.#mapOnDevice(device, args);
      this.#phase('finalize', migration, device);
      return args.movingPages();
    } finally {
      this.#end(migration);
    }
  }

  /** One transfer for each run of neighbouring pages that had contents; a hole becomes a page of zeros without one. */
  #recordTransfers(
    { args, source, target }: Migration,
    device: Device,
    causeOf: (page: PageIndex) => Cause,
    hasCopy = NO_COPY,
  ): void {
    for (let first = 0; first < args.count;) {
      if (!isTransferred(args, first, hasCopy)) {
        first++;
        continue;
      }
      const cause = causeOf(args.pageAt(first));
      let end = first + 1;
      while (isTransferred(args, end, hasCopy) && causeOf(args.pageAt(end)) === cause) end++;
      this.#events.transfer(device, source, target, args.pageAt(first), end - first, cause);
      first = end;
    }
  }

  #mapOnDevice(device: Device, args: MigrateVma): void {
    const { pageTable } = this.#context.mm;
    for (let index = 0; index < args.count; index++) {
      if (!args.moves(index)) continue;
      const page = args.pageAt(index);
      const pte = pageTable.get(page);
      if (this.#context.mm.nodeOf(page) === device.node) device.mirror.map(page, pteFrame(pte), pteWritable(pte));
    }
  }

  /**
   * Collects and unmaps, on the CPU and on the device. False if that is no migration: there is nothing to migrate and nobody to tell.
   * @param owner whose migration it is for the notifiers, and whose mirror therefore does not hear of it
   */
  #collect(migration: Migration, device: Device, owner = device): boolean {
    const { onPhase } = this.#context;
    const { args, mm } = migration;
    if (migrateVmaCollect(mm, args) !== 0 || (args.collected === 0 && onPhase === undefined)) return false;
    migration.open = true;
    this.#phase('collect', migration, device);
    const cause = migration.reason === 'evict' ? Cause.evict : Cause.fault;
    if (mm === this.#context.mm) this.#unmapOnDevice(owner, args, cause);
    migrateVmaUnmap(mm, args);
    this.#phase('unmap', migration, device);
    return true;
  }

  /** Its own migrations the mirror does not hear of from the notifier. What was skipped stays mapped. */
  #unmapOnDevice(device: Device, args: MigrateVma, cause: Cause): void {
    for (let first = 0; first < args.count;) {
      let end = first;
      while (end < args.count && args.moves(end)) end++;
      if (end > first) device.mirror.unmap(args.pageAt(first), end - first, cause);
      first = Math.max(end, first + 1);
    }
  }

  /** One event for each run of neighbouring pages, followed by its transfer. */
  #recordEviction(device: Device, args: MigrateVma): boolean {
    const { costs } = this.#context.machine;
    let moved = false;
    for (let first = 0; first < args.count;) {
      let end = first + 1;
      if (args.moves(first)) {
        const firstPage = args.pageAt(first);
        while (end < args.count && args.moves(end) && args.pageAt(end) === firstPage + (end - first)) end++;
        const pageCount = end - first;
        this.#events.record(EventKind.evict, device, {
          source: device.node,
          target: SYSTEM_NODE,
          firstPage,
          pageCount,
          cause: Cause.evict,
          durationNs: evictionNs(costs, pageCount),
          extra: pageBytes(pageCount),
        });
        this.#events.transfer(device, device.node, SYSTEM_NODE, firstPage, pageCount, Cause.evict);
        moved = true;
      }
      first = end;
    }
    return moved;
  }

  #begin(migration: Migration, device: Device, toDevice: boolean, mm: Mm, peer?: Device): Migration {
    migration.mm = mm;
    migration.begin(++this.#migrations, this.#depth++, device, toDevice, peer);
    return migration;
  }

  #finalize(migration: Migration): void {
    migration.open = false;
    migrateVmaFinalize(migration.mm, migration.args);
  }

  /** Whatever happened: what is between two places gets one of the two. */
  #end(migration: Migration): void {
    this.#depth--;
    if (migration.open) this.#finalize(migration);
  }

  #phase(phase: MigrationPhase, migration: Migration, device: Device): void {
    const { onPhase } = this.#context;
    if (onPhase === undefined) return;
    migration.phase = phase;
    migration.notifierSequence = device.mirror.notifier.sequence;
    onPhase(migration);
  }
}

// Made once: a fault's way makes no closures.
const BY_FAULT = (): Cause => Cause.fault;
const NO_COPY: NonNullable<RangeMove['hasCopy']> = () => false;

/** Which pages are collected when a device's own are to move. */
function selectOf({ memory }: Device): number {
  return memory.type === 'coherent' ? MigrateSelect.DEVICE_COHERENT : MigrateSelect.DEVICE_PRIVATE;
}

/** Whether a page moves with contents that the target does not have. */
function isTransferred(args: MigrateVma, index: number, hasCopy: (page: PageIndex) => boolean): boolean {
  return index < args.count && args.moves(index) && args.hasContents(index) && !hasCopy(args.pageAt(index));
}

/** What a fault on a page is to move: the page, or the huge page that it is part of. */
function aim(mm: Mm, args: MigrateVma, page: PageIndex, wholeHuge: boolean): void {
  const huge = wholeHuge && mm.pageTable.isHuge(page);
  args.start = huge ? hugeBlockStart(page) : page;
  args.count = huge ? HUGE_PAGES : 1;
}
