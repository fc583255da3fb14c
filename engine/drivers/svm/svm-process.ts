/**
 * The ranges of the process: what the program says of them, what the CPU's side does to them, and what devices have mapped.
 *
 * Invariant: no range has a page that is not mapped into the address space, or that belongs to a buffer object. The kernel gives each range a
 * notifier of its own and removes ranges later, from a work queue; here one notifier covers all, and removes at once. Source: kfd_svm.c
 * (svm_range_set_attr, svm_range_add, svm_range_trigger_migration, svm_range_evict, svm_range_unmap_from_cpu), amdgpu_amdkfd_gpuvm.c
 * (amdgpu_amdkfd_gpuvm_init_mem_limits).
 */

import { Errno } from '../../memory/errno.js';
import { Cause } from '../../memory/event.js';
import { MmuNotifyEvent, type MmuIntervalSubscriber, type MmuNotifierRange } from '../../memory/mmu-notifier.js';
import { PAGE_COUNT, type PageIndex } from '../../memory/units.js';
import { isOrdinary, VmaFlag, type Vma } from '../../memory/vma.js';
import type { Processor } from '../advice.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';
import { PageMigration } from '../migration/page-migration.js';
import { applyAttribute, changesMapping, defaultAttributes, isSame, type SvmAttribute } from './attributes.js';
import { bestPrefetchLocation, devicesToMap } from './location.js';
import { SvmMapping } from './mapping.js';
import { RangeMigration } from './range-migration.js';
import { deviceBit, SvmFlag, SvmRange, type SvmAttributes } from './range.js';
import { maxRangePages, RangeSet } from './range-set.js';
import { UserQueues } from './user-queues.js';

/** An extent that every page widens. */
export const NOTHING: { readonly start: number; readonly end: number } = { start: Infinity, end: -Infinity };

export interface SvmOptions {
  /** Whether devices can fault and try again. */
  readonly xnack: boolean;
  readonly granularity: number;
  /** Whether memory that is kept mapped may be more than the kernel allows. */
  readonly noMemoryLimit: boolean;
}

/** AMDGPU_RESERVE_MEM_LIMIT: 1.5 GiB, in pages. */
const RESERVED_PAGES = 3 << 17;

export class SvmProcess implements MmuIntervalSubscriber {
  readonly context: DriverContext;
  readonly options: SvmOptions;
  readonly pages: PageMigration;
  readonly mapping: SvmMapping;
  readonly migration: RangeMigration;
  readonly queues: UserQueues;
  readonly ranges: RangeSet;
  /** Attributes of what nobody registered. */
  readonly defaults: SvmAttributes;
  /** Between which pages something was unmapped since faults were serviced last: a fault there may be older than that. */
  unmapped = NOTHING;

  constructor(context: DriverContext, events: DeviceEvents, options: SvmOptions) {
    this.context = context;
    this.options = options;
    this.pages = new PageMigration(context, events);
    this.mapping = new SvmMapping(context, events);
    this.migration = new RangeMigration(context, this.pages);
    this.queues = new UserQueues(context, events);
    this.defaults = defaultAttributes(context.devices, options.xnack, options.granularity);
    const largest = maxRangePages(context.devices.map(({ memory }) => memory.frames.capacity));
    this.ranges = new RangeSet(largest, (head, tail) => {
      this.migration.buffers.share(head, tail);
      this.migration.recount(head);
      this.migration.recount(tail);
    });
    context.mm.notifiers.insert(0 as PageIndex, PAGE_COUNT, this);
  }

  /**
   * KFD_IOCTL_SVM_OP_SET_ATTR. Ranges are split where attributes begin and end; what no range had becomes new ones.
   * @returns 0, -EFAULT (not all of it is mapped, or of a kind that devices cannot reach), -EADDRINUSE (a buffer object), -ENOMEM
   */
  setAttributes(start: number, end: number, attributes: readonly SvmAttribute[]): 0 | Errno {
    const { xnack } = this.options;
    const invalid = this.#validate(start, end);
    if (invalid !== 0) return invalid;
    if (this.#exceedsLimit(start, end)) return Errno.ENOMEM;
    const changed = this.#changedBy(start, end, attributes);
    for (const range of changed) for (const attribute of attributes) applyAttribute(range, attribute);
    const remap = attributes.some((attribute) => changesMapping(attribute, xnack));
    let error: 0 | Errno = 0;
    for (const range of changed) {
      const result = this.#update(range, remap);
      if (error === 0) error = result;
    }
    return error;
  }

  /** Gives every device access to managed memory. */
  registerManaged(start: number, end: number): 0 | Errno {
    const attributes = this.context.devices.map((value) => ({ type: 'access', value }) as const);
    return this.setAttributes(start, end, attributes);
  }

  /** Prefetches; a device that has no room for it is no error. */
  prefetch(start: number, end: number, place: Processor): 0 | Errno {
    const error = this.setAttributes(start, end, [{ type: 'prefetchLocation', value: place }]);
    return error === Errno.ENOMEM ? 0 : error;
  }

  /** The range that a fault on a page makes which nobody registered: its area's part of the default slice, as far as no other range has it. */
  unregisteredAt(page: PageIndex, vma = this.context.mm.findVma(page)): SvmRange {
    const whole = new SvmRange(vma?.start ?? page, vma?.end ?? page + 1, this.defaults).sliceOf(page);
    const { start, end } = this.ranges.gapAround(page, whole.start, whole.end);
    const range = new SvmRange(start, end, this.defaults);
    if (vma?.kind === 'heap' || vma?.kind === 'stack') range.preferred = 'cpu';
    return range;
  }

  createUnregistered(page: PageIndex, vma: Vma): SvmRange {
    const range = this.unregisteredAt(page, vma);
    this.ranges.insert(range);
    return range;
  }

  /** Maps a part of a range on a device. @returns 0 or an error; then what could be mapped is */
  mapPart(range: SvmRange, device: Device, start: number, end: number, cause: Cause): 0 | Errno {
    const error = this.mapping.map(device, start, end, cause);
    if (error !== 0) return error;
    range.mapped = true;
    range.restoredNs = this.context.clock.nowNs;
    return 0;
  }

  /** Runs the work that starts stopped queues again. */
  restoreQueues(): void {
    this.queues.restore(
      () => [...this.ranges].filter(({ invalid }) => invalid),
      (range) => {
        const error = this.#mapAll(range, Cause.fault);
        return error !== Errno.ENOMEM && error !== Errno.EBUSY;
      },
    );
  }

  invalidate(change: MmuNotifierRange): boolean {
    const { event, start, count } = change;
    if (event === MmuNotifyEvent.RELEASE) return true;
    const end = start + count;
    if (event === MmuNotifyEvent.UNMAP) {
      for (const range of this.ranges.remove(start, end)) {
        this.migration.buffers.drop(range);
        const { start: low, end: high } = this.unmapped;
        this.unmapped = { start: Math.min(low, range.start), end: Math.max(high, range.end) };
      }
      return true;
    }
    for (const range of this.ranges.overlapping(start, end)) this.#changes(range, change);
    return true;
  }

  #changes(range: SvmRange, change: MmuNotifierRange): void {
    if (!range.mapped) return;
    if (!this.#staysMapped(range)) {
      // The device's mirror has dropped its entries; the next access faults.
      if (change.start <= range.start && change.start + change.count >= range.end) range.mapped = false;
      return;
    }
    range.invalid = true;
    this.queues.stop(change);
  }

  #staysMapped({ flags }: SvmRange): boolean {
    return !this.options.xnack || (flags & SvmFlag.GPU_ALWAYS_MAPPED) !== 0;
  }

  #validate(start: number, end: number): 0 | Errno {
    for (let page = start; page < end;) {
      const vma = this.context.mm.findVma(page as PageIndex);
      if (vma === undefined || (vma.flags & (VmaFlag.IO | VmaFlag.PFNMAP | VmaFlag.MIXEDMAP)) !== 0)
        return Errno.EFAULT;
      if (isBufferObject(vma)) return Errno.EADDRINUSE;
      page = vma.end;
    }
    return 0;
  }

  /** What stays mapped counts as resident system memory, of which the kernel sets a limit. */
  #exceedsLimit(start: number, end: number): boolean {
    const { xnack, noMemoryLimit } = this.options;
    if (xnack || noMemoryLimit) return false;
    let registered = this.ranges.pages + end - start;
    for (const range of this.ranges.overlapping(start, end)) {
      registered -= Math.min(range.end, end) - Math.max(range.start, start);
    }
    const { capacity } = this.context.mm.physical.system;
    const limit = capacity - Math.floor(capacity / 64);
    return registered > (limit < 2 * RESERVED_PAGES ? Math.floor(limit / 2) : limit - RESERVED_PAGES);
  }

  /** The ranges of [start, end) that attributes change something about, split off from what lies outside, and new ones. */
  #changedBy(start: number, end: number, attributes: readonly SvmAttribute[]): SvmRange[] {
    const { ranges } = this;
    const changed: SvmRange[] = [];
    for (const range of ranges.overlapping(start, end)) {
      if (range.mapped && attributes.every((attribute) => isSame(range, attribute))) continue;
      const first = Math.max(range.start, start);
      ranges.splitAt(first);
      ranges.splitAt(end);
      const inside = ranges.find(first);
      if (inside !== undefined) changed.push(inside);
    }
    return [...changed, ...ranges.fillGaps(start, end, this.defaults)];
  }

  /** A range that was prefetched once goes there again whatever is said of it. */
  #update(range: SvmRange, remap: boolean): 0 | Errno {
    const place = bestPrefetchLocation(range, this.options.xnack);
    const migrates = place !== undefined && (place !== 'cpu' || range.buffer !== undefined);
    if (migrates) {
      if (place === 'cpu') this.migration.toRam(range, range.start, range.end, 'prefetch', this.context.mm);
      else {
        const error = this.migration.toDevice(range, place, range.start, range.end, 'prefetch');
        if (error !== 0) return error;
      }
      // Then the queues stand still, and what starts them maps it.
      if (this.#staysMapped(range) && range.mapped) return 0;
    } else if (!remap) return 0;
    return this.#mapAll(range, migrates ? Cause.prefetch : Cause.api);
  }

  /** Maps a range on every device that is to have it mapped without a fault. */
  #mapAll(range: SvmRange, cause: Cause): 0 | Errno {
    const alwaysMapped = (range.flags & SvmFlag.GPU_ALWAYS_MAPPED) !== 0;
    const bits = devicesToMap(range, this.options.xnack, alwaysMapped);
    let error: 0 | Errno = 0;
    for (const device of this.context.devices) {
      if ((bits & deviceBit(device.agent)) === 0) continue;
      const result = this.mapPart(range, device, range.start, range.end, cause);
      if (error === 0) error = result;
    }
    return error;
  }
}

/** Memory that belongs to a device, or that it has pinned (a userptr): devices reach it by itself. */
export function isBufferObject(vma: Vma): boolean {
  return !isOrdinary(vma) || vma.kind === 'pinned';
}
