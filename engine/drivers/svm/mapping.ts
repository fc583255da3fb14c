/**
 * Mapping ranges on devices: hmm_range_fault area by area, faulting in what is missing, writable wherever the area is. What lies in system
 * memory is mapped remotely. Source: kfd_svm.c (svm_range_validate_and_map).
 *
 * One thing differs: the kernel gives up at the first area that cannot be mapped; here the others are mapped all the same, so that an area
 * that nobody may read does its neighbours no harm.
 */

import { makeHmmRange, mirrorFault } from '../../hmm/mirror-fault.js';
import type { HmmRange } from '../../hmm/range-fault.js';
import { mapNs } from '../../machine/cost-model.js';
import { Errno } from '../../memory/errno.js';
import { EventKind, type Cause } from '../../memory/event.js';
import { SYSTEM_NODE, type PageIndex } from '../../memory/units.js';
import { isWritable } from '../../memory/vma.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';

/** Pages that one walk of the CPU's table maps (2 MiB). */
const WALK_PAGES = 512;

export class SvmMapping {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  readonly #walks = new Map<Device, HmmRange>();
  /** Which pages of a walk the device had before it. */
  readonly #had = new Uint8Array(WALK_PAGES);

  constructor(context: DriverContext, events: DeviceEvents) {
    this.#context = context;
    this.#events = events;
    for (const device of context.devices) this.#walks.set(device, makeHmmRange(device.mirror, WALK_PAGES));
  }

  /** Maps [start, end) on a device. @returns 0, or the first error: -EFAULT, -EPERM, -ENOMEM, -EBUSY */
  map(device: Device, start: number, end: number, cause: Cause): 0 | Errno {
    const { mm } = this.#context;
    let error: 0 | Errno = 0;
    for (let page = start; page < end;) {
      const vma = mm.findVma(page as PageIndex);
      if (vma === undefined) return Errno.EFAULT;
      const pieceEnd = Math.min(vma.end, end, page + WALK_PAGES);
      const result = this.#walk(device, page as PageIndex, pieceEnd - page, isWritable(vma), cause);
      if (error === 0) error = result;
      page = pieceEnd;
    }
    return error;
  }

  #walk(device: Device, start: PageIndex, count: number, write: boolean, cause: Cause): 0 | Errno {
    const walk = this.#walks.get(device);
    if (walk === undefined) return Errno.ENODEV;
    const { entries } = device.mirror.table;
    for (let index = 0; index < count; index++) this.#had[index] = entries[start + index] === 0 ? 0 : 1;
    const result = mirrorFault(this.#context.mm, device.mirror, walk, start, count, write);
    if (result === 0) this.#recordRemote(device, start, count, cause);
    return result;
  }

  /** One event for each run of pages that are new on the device and lie in system memory. */
  #recordRemote(device: Device, start: PageIndex, count: number, cause: Cause): void {
    const { mm, machine } = this.#context;
    const isNew = (index: number): boolean =>
      index < count && this.#had[index] === 0 && mm.nodeOf((start + index) as PageIndex) === SYSTEM_NODE;
    for (let first = 0; first < count;) {
      let end = first;
      while (isNew(end)) end++;
      if (end > first) {
        this.#events.record(EventKind.remoteMap, device, {
          source: SYSTEM_NODE,
          target: device.node,
          firstPage: (start + first) as PageIndex,
          pageCount: end - first,
          cause,
          durationNs: mapNs(machine.costs, end - first),
        });
      }
      first = Math.max(end, first + 1);
    }
  }
}
