/** hmm_pin_device and hmm_unpin_device of <hmm.h>: moves a range to a device and holds it there. */
import type { Device, Driver } from '../drivers/driver.js';
import { DevicePins } from '../hmm/device-pins.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Errno } from '../memory/errno.js';
import type { WaitReason as MemoryWait } from '../memory/mm.js';
import type { PageIndex } from '../memory/units.js';
import type { WaitReason } from './host-threads.js';
import { pagesTouched } from './layout.js';

/** What a thread waits for in the middle of an access, for a sentence; `%` stands for the thread that has to act. */
const WAITS: Readonly<Record<MemoryWait['kind'], string>> = {
  migration: 'waits for a page that is on its way to another memory',
  pageLock: 'waits for a page that a device has locked',
  invalidation: 'waits for devices to drop a page',
  devicePin: 'waits for a page that % has pinned in a device’s memory',
};

export class DevicePinning {
  private readonly pins: DevicePins;
  /** The thread that pinned a page last. */
  private readonly holders = new Map<PageIndex, number>();

  /** @param thread number of the host's thread that runs */
  constructor(
    mm: AddressSpace,
    private readonly devices: readonly Device[],
    private readonly driver: Driver,
    private readonly thread: () => number,
  ) {
    this.pins = new DevicePins(mm);
  }

  /**
   * @returns 0; -EINVAL (no such device, nothing mapped), -EBUSY (a page cannot be moved there: the driver does not, it is pinned, or the
   * device is full)
   */
  pin(address: number, bytes: number, deviceIndex: number): number {
    const device = this.devices[deviceIndex];
    if (!device || bytes === 0) return Errno.EINVAL;
    const { first, count } = pagesTouched(address, bytes);
    const moved = this.driver.prefetch?.(device, first, count) ?? 0;
    const pinned = moved === 0 ? this.pins.pin(device.memory, first, count) : moved;
    if (pinned === 0) for (let page = first; page < first + count; page++) this.holders.set(page, this.thread());
    return pinned;
  }

  unpin(address: number, bytes: number): number {
    if (bytes === 0) return Errno.EINVAL;
    const { first, count } = pagesTouched(address, bytes);
    return this.pins.unpin(first, count);
  }

  waitReason({ kind, page }: MemoryWait): WaitReason {
    return { what: WAITS[kind], owner: () => (kind === 'devicePin' ? (this.holders.get(page) ?? 0) : 0) };
  }
}
