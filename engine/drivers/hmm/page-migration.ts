/**
 * The three moves of the generic driver: one page to the device, one page back, the oldest pages out. Each goes through the phases of
 * migrate_vma and reports every one, so that a debugger can stop between them.
 *
 * Invariant: from `unmap` to `finalize` neither the CPU nor the device can reach the page. Source: lib/test_hmm.c
 * (dmirror_migrate_to_device, dmirror_devmem_fault, dmirror_device_evict_chunk).
 */

import { migratePfn, MigratePfn, MigrateSelect, MigrateVma } from '../../hmm/migrate-vma.js';
import {
  migrateDevicePfns,
  migrateVmaCollect,
  migrateVmaFinalize,
  migrateVmaPages,
  migrateVmaUnmap,
} from '../../hmm/migrate.js';
import { evictionNs, pageBytes } from '../../machine/cost-model.js';
import { Cause, EventKind } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import { pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { NO_FRAME, SYSTEM_NODE, type PageIndex } from '../../memory/units.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext, MigrationPhase } from '../driver.js';

/** Pages that one step of a prefetch moves at most (2 MiB). */
const PREFETCH_PAGES = 512;
/** Pages that one eviction moves at most (2 MiB). */
const EVICTION_PAGES = 512;

export class PageMigration {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  /** One each, because a CPU fault may come within a device's fault, and an eviction within either. */
  readonly #toDevice = new MigrateVma(1);
  readonly #toRam = new MigrateVma(1);
  readonly #prefetch = new MigrateVma(PREFETCH_PAGES);
  readonly #eviction = new MigrateVma(EVICTION_PAGES);
  readonly #victims = new Int32Array(EVICTION_PAGES);

  constructor(context: DriverContext, events: DeviceEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** Moves a page of system memory, or a hole, to the device. False if it stays (pinned, no room). */
  toDevice(device: Device, page: PageIndex): boolean {
    const { mm } = this.#context;
    const args = this.#toDevice;
    args.start = page;
    args.count = 1;
    args.select = MigrateSelect.SYSTEM;
    args.owner = device.memory.owner;
    if (!this.#collect(device, args)) return false;
    if (args.moves(0) && device.memory.makeRoom(1)) args.dst[0] = migratePfn(device.memory.allocate());
    this.#phase('allocate', device, page, 1);
    // A hole becomes a page of zeros: nothing is transferred.
    const filled = ((args.src[0] ?? 0) & MigratePfn.VALID) !== 0;
    migrateVmaPages(mm, args);
    if (filled && args.moves(0)) this.#events.transfer(device, SYSTEM_NODE, device.node, page, 1, Cause.fault);
    this.#phase('copy', device, page, 1);
    migrateVmaFinalize(mm, args);
    this.#phase('finalize', device, page, 1);
    return args.moves(0);
  }

  /** Brings a page of the device's back, for a CPU fault that holds its lock. */
  toRam(device: Device, page: PageIndex): FaultResult {
    const { mm } = this.#context;
    const args = this.#toRam;
    args.start = page;
    args.count = 1;
    args.select = MigrateSelect.DEVICE_PRIVATE;
    args.owner = device.memory.owner;
    args.faultPage = pteFrame(mm.pageTable.get(page));
    if (!this.#collect(device, args)) return fatalFault('driver-failed');
    const frame = args.moves(0) ? mm.physical.system.allocate() : NO_FRAME;
    if (frame !== NO_FRAME) args.dst[0] = migratePfn(frame);
    this.#phase('allocate', device, page, 1);
    migrateVmaPages(mm, args);
    if (args.moves(0)) this.#events.transfer(device, device.node, SYSTEM_NODE, page, 1, Cause.fault);
    this.#phase('copy', device, page, 1);
    migrateVmaFinalize(mm, args);
    this.#phase('finalize', device, page, 1);
    if (args.moves(0)) return FAULT_RESOLVED;
    return fatalFault(frame === NO_FRAME ? 'out-of-memory' : 'driver-failed');
  }

  /** Moves up to `count` of the device's pages to system memory, those first that have been resident longest. False if none moved. */
  evict(device: Device, count: number): boolean {
    const { mm } = this.#context;
    const args = this.#eviction;
    const found = device.memory.longestResident(this.#victims, Math.min(count, EVICTION_PAGES));
    migrateDevicePfns(mm, args, this.#victims, found);
    if (args.collected === 0) return false;
    for (let index = 0; index < found; index++) {
      if (!args.moves(index)) continue;
      const frame = mm.physical.system.allocate();
      if (frame !== NO_FRAME) args.dst[index] = migratePfn(frame);
    }
    migrateVmaPages(mm, args);
    const moved = this.#recordEviction(device, args);
    migrateVmaFinalize(mm, args);
    return moved;
  }

  /**
   * Moves what can be moved of a range, within one area, to the device or (without one) to system memory, and maps it there. Holes are
   * filled on a device, as the first touch there would.
   */
  prefetch(device: Device, toDevice: boolean, start: PageIndex, count: number): void {
    const { mm } = this.#context;
    const args = this.#prefetch;
    for (let first: number = start; first < start + count; first += PREFETCH_PAGES) {
      args.start = first as PageIndex;
      args.count = Math.min(PREFETCH_PAGES, start + count - first);
      args.select = toDevice ? MigrateSelect.SYSTEM : MigrateSelect.DEVICE_PRIVATE;
      args.owner = device.memory.owner;
      if (!this.#collect(device, args)) continue;
      const room = toDevice && device.memory.makeRoom(args.collected);
      for (let index = 0; index < args.count; index++) {
        const hole = ((args.src[index] ?? 0) & MigratePfn.VALID) === 0;
        if (!args.moves(index) || (hole && !toDevice)) continue;
        if (toDevice && !room && device.memory.frames.freeFrames === 0) continue;
        const frame = toDevice ? device.memory.allocate() : mm.physical.system.allocate();
        if (frame !== NO_FRAME) args.dst[index] = migratePfn(frame);
      }
      this.#phase('allocate', device, args.start, args.count);
      migrateVmaPages(mm, args);
      this.#recordPrefetch(device, toDevice, args);
      this.#phase('copy', device, args.start, args.count);
      migrateVmaFinalize(mm, args);
      if (toDevice) this.#mapOnDevice(device, args);
      this.#phase('finalize', device, args.start, args.count);
    }
  }

  /** One transfer for each run of neighbouring pages that had contents. */
  #recordPrefetch(device: Device, toDevice: boolean, args: MigrateVma): void {
    const [source, target] = toDevice ? [SYSTEM_NODE, device.node] : [device.node, SYSTEM_NODE];
    const transferred = (index: number): boolean =>
      index < args.count && args.moves(index) && ((args.src[index] ?? 0) & MigratePfn.VALID) !== 0;
    for (let first = 0; first < args.count;) {
      let end = first;
      while (transferred(end)) end++;
      if (end > first) this.#events.transfer(device, source, target, args.pageAt(first), end - first, Cause.prefetch);
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

  /** Collects and unmaps, on the CPU and on the device. False if there is nothing to migrate. */
  #collect(device: Device, args: MigrateVma): boolean {
    const { mm } = this.#context;
    if (migrateVmaCollect(mm, args) !== 0 || args.collected === 0) return false;
    this.#phase('collect', device, args.start, args.count);
    // Its own migrations the mirror does not hear of from the notifier.
    device.mirror.unmap(args.start, args.count, Cause.fault);
    migrateVmaUnmap(mm, args);
    this.#phase('unmap', device, args.start, args.count);
    return true;
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

  #phase(phase: MigrationPhase, device: Device, firstPage: PageIndex, pageCount: number): void {
    this.#context.onPhase?.(phase, device, firstPage, pageCount);
  }
}
