/**
 * Counts a device's accesses to memory that is not its own, in regions of 64 KiB, and tells the driver of regions that have reached its
 * threshold: the access counters of NVIDIA's devices from Volta on. Where nobody counts, nothing here runs; what is the device's own is never
 * looked at (Permission.counted, PageTable.countRemote).
 *
 * An access of a warp to a line of 128 bytes counts once while the line is among the last of the warp: what its threads access together goes out
 * as one, and what they access again is in a cache. The runtime's C counts (count_accesses in faultline.c), and this file where an access comes
 * to the engine; both write one log.
 *
 * Invariant: a region that has been told of is not told of again before the driver clears it. What is counted does not depend on who watches.
 * Source: NVIDIA open-gpu-kernel-modules, uvm_gpu_access_counters.c (threshold, sub-granularity of a 2 MiB counter, clear).
 */
import type { AccessCounterPolicy, Device, Driver } from '../drivers/driver.js';
import { Access, Cause, EventKind, type EventSink } from '../memory/event.js';
import type { AddressSpace } from '../memory/address-space.js';
import { PAGE_SHIFT, PAGE_SIZE, type PageIndex } from '../memory/units.js';
import type { SpecialRegisters } from './grid/grid-code.js';

const LINE_SHIFT = 7;
const REGION_SHIFT = 16;
const REGION_COUNT = 2 ** (32 - REGION_SHIFT);
const WARP_LANES = 32;
const MOST_WARPS = 32;
/** A counter stays at this. */
const MOST_COUNTED = 0xffff;

/** The runtime's struct access_log, in words: how many accesses, the region of each, then line and warp of each place of the cache. */
const MOST_ACCESSES = 1023;
const CACHE = MOST_ACCESSES + 1;
const LINES = 1024;
export const ACCESS_LOG_WORDS = CACHE + 2 * LINES;

interface Counting {
  readonly device: Device;
  readonly policy: AccessCounterPolicy;
  readonly counts: Uint16Array;
}

export class RemoteAccesses {
  private readonly byDevice = new Map<Device, Counting>();
  /** The device whose kernel runs. */
  private current: Counting | undefined;
  private readonly notified: PageIndex[] = [];

  /** @param log the runtime's struct access_log */
  constructor(
    private readonly mm: AddressSpace,
    private readonly driver: Driver,
    devices: readonly Device[],
    private readonly log: Uint32Array,
    private readonly registers: SpecialRegisters,
    private readonly sink: EventSink,
  ) {
    for (const device of devices) {
      const policy = driver.accessCounters?.(device);
      if (policy) this.byDevice.set(device, { device, policy, counts: new Uint16Array(REGION_COUNT) });
    }
  }

  /** A kernel begins: what its warps have accessed is in no cache. */
  begin(device: Device): void {
    this.current = this.byDevice.get(device);
    if (this.current) this.log.fill(0, CACHE);
  }

  /** It ends: what it has accessed is counted. */
  end(): void {
    this.drain();
    this.current = undefined;
  }

  /** The kernel that runs accesses [first, last], which is of one page; it came to the engine. */
  count(first: number, last: number): void {
    const { current, log } = this;
    if (!current?.device.mirror.table.isCounted((first >>> PAGE_SHIFT) as PageIndex)) return;
    const warp = this.warp;
    for (let line = first >>> LINE_SHIFT; line <= last >>> LINE_SHIFT; line++) {
      const at = CACHE + 2 * ((line ^ (line >>> 10)) % LINES);
      if (log[at] === line && log[at + 1] === warp) continue;
      log[at] = line;
      log[at + 1] = warp;
      const used = log[0] ?? 0;
      log[1 + used] = line >>> (REGION_SHIFT - LINE_SHIFT);
      log[0] = used + 1;
      if (used + 1 === MOST_ACCESSES) this.drain();
    }
  }

  /** Takes what is logged, and tells the driver; the runtime asks for that when the log is full. */
  drain(): void {
    const { current, log, notified } = this;
    const count = log[0] ?? 0;
    log[0] = 0;
    if (!current) return;
    const { counts, policy } = current;
    for (let n = 1; n <= count; n++) {
      const region = log[n] ?? 0;
      const counted = Math.min((counts[region] ?? 0) + 1, MOST_COUNTED);
      counts[region] = counted;
      if (counted === policy.threshold) notified.push((region << (REGION_SHIFT - PAGE_SHIFT)) as PageIndex);
    }
    while (notified.length > 0) this.notify(current, notified.splice(0, policy.batchNotifications));
  }

  private notify({ device, counts, policy }: Counting, regions: readonly PageIndex[]): void {
    for (const firstPage of regions) {
      this.sink.record({
        kind: EventKind.accessCounter,
        agent: device.agent,
        source: this.mm.nodeOf(firstPage),
        target: device.node,
        firstPage,
        pageCount: 2 ** REGION_SHIFT / PAGE_SIZE,
        access: Access.none,
        cause: Cause.accessCounter,
        durationNs: 0,
        extra: policy.threshold,
      });
    }
    const cleared = this.driver.serviceAccessCounters?.(device, regions) ?? [];
    for (const page of cleared) counts[page >>> (REGION_SHIFT - PAGE_SHIFT)] = 0;
  }

  private get warp(): number {
    const { linearBlock, linearThread } = this.registers;
    return (linearBlock * MOST_WARPS + Math.floor(linearThread / WARP_LANES)) >>> 0;
  }
}
