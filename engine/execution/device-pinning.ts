/** hmm_pin_device and hmm_unpin_device of <hmm.h>: moves a range to a device and holds it there. */
import type { Device, Driver } from '../drivers/driver.js';
import { DevicePins } from '../hmm/device-pins.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Errno } from '../memory/errno.js';
import { pagesTouched } from './layout.js';

export class DevicePinning {
  private readonly pins: DevicePins;

  constructor(
    mm: AddressSpace,
    private readonly devices: readonly Device[],
    private readonly driver: Driver,
  ) {
    this.pins = new DevicePins(mm);
  }

  /** @returns 0; -EINVAL (no such device, nothing mapped), -EBUSY (a page cannot be moved there: the driver does not, it is pinned, or the device is full) */
  pin(address: number, bytes: number, deviceIndex: number): number {
    const device = this.devices[deviceIndex];
    if (!device || bytes === 0) return Errno.EINVAL;
    const { first, count } = pagesTouched(address, bytes);
    const moved = this.driver.prefetch?.(device, first, count) ?? 0;
    return moved === 0 ? this.pins.pin(device.memory, first, count) : moved;
  }

  unpin(address: number, bytes: number): number {
    if (bytes === 0) return Errno.EINVAL;
    const { first, count } = pagesTouched(address, bytes);
    return this.pins.unpin(first, count);
  }

  end(): void {
    this.pins.end();
  }
}
