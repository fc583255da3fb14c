/**
 * The moves of the generic driver: one page to the device, one page back, a range on request, the oldest pages out. Each goes through the
 * phases of migrate_vma and tells of every one, so that a debugger can stop between them.
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
import { pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { HUGE_PAGES, hugeBlockStart, SYSTEM_NODE, type PageIndex } from '../../memory/units.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';
import type { MigrationPhase } from '../migration-step.js';
import { Migration } from './migration.js';

/** Pages that one step of a prefetch moves at most (2 MiB). */
const PREFETCH_PAGES = 512;
/** Pages that one eviction moves at most (2 MiB). */
const EVICTION_PAGES = 512;

export class PageMigration {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  /** One each, because a CPU fault may come within a device's fault, and an eviction within either. */
  readonly #toDevice: Migration;
  readonly #toRam: Migration;
  readonly #prefetch: Migration;
  readonly #eviction: Migration;
  readonly #victims = new Int32Array(EVICTION_PAGES);
  #migrations = 0;
  #depth = 0;

  constructor(context: DriverContext, events: DeviceEvents) {
    this.#context = context;
    this.#events = events;
    this.#toDevice = new Migration(context.mm, 'fault', HUGE_PAGES);
    this.#toRam = new Migration(context.mm, 'fault', HUGE_PAGES);
    this.#prefetch = new Migration(context.mm, 'prefetch', PREFETCH_PAGES);
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
      this.#recordTransfers(migration, device, Cause.fault);
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
    args.select = MigrateSelect.DEVICE_PRIVATE | MigrateSelect.COMPOUND;
    args.faultPage = pteFrame(mm.pageTable.get(page));
    try {
      if (!this.#collect(migration, device)) return fatalFault('driver-failed');
      const at = page - args.start;
      const movable = args.moves(at);
      const missing = allocateInSystem(args, () => allocateFrame(mm), mm.physical.system);
      this.#phase('allocate', migration, device);
      migrateVmaPages(mm, args);
      this.#recordTransfers(migration, device, Cause.fault);
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
    const { mm } = this.#context;
    const found = device.memory.longestResident(this.#victims, Math.min(count, EVICTION_PAGES));
    if (found === 0) return false;
    const migration = this.#begin(this.#eviction, device, false, mm);
    const { args } = migration;
    try {
      // Nobody owns this invalidation: the device's own mirror hears of it, and drops its entries, while pages are collected.
      const collect = (): void => {
        migrateDevicePfnsCollect(mm, args, this.#victims, found);
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
    for (let first: number = start; first < start + count; first += PREFETCH_PAGES) {
      this.#prefetchPiece(device, toDevice, first as PageIndex, Math.min(PREFETCH_PAGES, start + count - first));
    }
  }

  #prefetchPiece(device: Device, toDevice: boolean, start: PageIndex, count: number): void {
    const { mm } = this.#context;
    const migration = this.#begin(this.#prefetch, device, toDevice, mm);
    const { args } = migration;
    args.start = start;
    args.count = count;
    args.select = (toDevice ? MigrateSelect.SYSTEM : MigrateSelect.DEVICE_PRIVATE) | MigrateSelect.COMPOUND;
    try {
      if (!this.#collect(migration, device)) return;
      if (toDevice) {
        // What there is no room for stays.
        device.memory.makeRoom(args.movingPages());
        allocateOnDevice(args, device.memory);
      } else allocateInSystem(args, () => allocateFrame(mm), mm.physical.system);
      this.#phase('allocate', migration, device);
      migrateVmaPages(mm, args);
      this.#recordTransfers(migration, device, Cause.prefetch);
      this.#phase('copy', migration, device);
      this.#finalize(migration);
      if (toDevice) this.#mapOnDevice(device, args);
      this.#phase('finalize', migration, device);
    } finally {
      this.#end(migration);
    }
  }

  /** One transfer for each run of neighbouring pages that had contents; a hole becomes a page of zeros without one. */
  #recordTransfers({ args, source, target }: Migration, device: Device, cause: Cause): void {
    const transferred = (index: number): boolean => index < args.count && args.moves(index) && args.hasContents(index);
    for (let first = 0; first < args.count;) {
      let end = first;
      while (transferred(end)) end++;
      if (end > first) this.#events.transfer(device, source, target, args.pageAt(first), end - first, cause);
      first = Math.max(end, first + 1);
    }
  }

  #mapOnDevice(device: Device, args: MigrateVma): void {
    const { pageTable } = this.#context.mm;
    for (let index = 0; index < args.count; index++) {
      if (!args.moves(index)) continue;
      const page = args.pageAt(index);
      const pte = pageTable.get(page);
      if (pteType(pte) === PteType.devicePrivate) device.mirror.map(page, pteFrame(pte), pteWritable(pte));
    }
  }

  /** Collects and unmaps, on the CPU and on the device. False if that is no migration: there is nothing to migrate and nobody to tell. */
  #collect(migration: Migration, device: Device): boolean {
    const { onPhase } = this.#context;
    const { args, mm } = migration;
    if (migrateVmaCollect(mm, args) !== 0 || (args.collected === 0 && onPhase === undefined)) return false;
    migration.open = true;
    this.#phase('collect', migration, device);
    if (mm === this.#context.mm) this.#unmapOnDevice(device, args);
    migrateVmaUnmap(mm, args);
    this.#phase('unmap', migration, device);
    return true;
  }

  /** Its own migrations the mirror does not hear of from the notifier. What was skipped stays mapped. */
  #unmapOnDevice(device: Device, args: MigrateVma): void {
    for (let first = 0; first < args.count;) {
      let end = first;
      while (end < args.count && args.moves(end)) end++;
      if (end > first) device.mirror.unmap(args.pageAt(first), end - first, Cause.fault);
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

  #begin(migration: Migration, device: Device, toDevice: boolean, mm: Mm): Migration {
    migration.mm = mm;
    migration.begin(++this.#migrations, this.#depth++, device, toDevice);
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

/** What a fault on a page is to move: the page, or the huge page that it is part of. */
function aim(mm: Mm, args: MigrateVma, page: PageIndex, wholeHuge: boolean): void {
  const huge = wholeHuge && mm.pageTable.isHuge(page);
  args.start = huge ? hugeBlockStart(page) : page;
  args.count = huge ? HUGE_PAGES : 1;
}
