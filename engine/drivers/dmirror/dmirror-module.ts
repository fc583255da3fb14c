/**
 * The test devices of one machine: /dev/hmm_dmirror0 and 1 with private memory, 2 and 3 with coherent memory. Source: lib/test_hmm.c
 * (hmm_dmirror_init).
 *
 * Invariant: a device comes into being, with its node of memory, when it is opened first, so a program that opens none runs on a machine
 * without any.
 */

import type { EventSink } from '../../memory/event.js';
import { Errno } from '../../memory/errno.js';
import type { Mm } from '../../memory/mm.js';
import type { PhysicalMemory } from '../../memory/physical-memory.js';
import { DMIRROR_COUNT } from '../../memory/units.js';
import { DmirrorDevice } from './dmirror-device.js';
import type { DmirrorTiming } from './dmirror-events.js';
import type { Dmirror } from './dmirror.js';

export class DmirrorModule {
  readonly #physical: PhysicalMemory;
  readonly #sink: EventSink;
  readonly #timing: DmirrorTiming | undefined;
  readonly #devices: (DmirrorDevice | undefined)[] = [];

  constructor(physical: PhysicalMemory, sink: EventSink, timing?: DmirrorTiming) {
    this.#physical = physical;
    this.#sink = sink;
    this.#timing = timing;
  }

  /** The device with this number, or undefined: there is none. */
  device(minor: number): DmirrorDevice | undefined {
    if (!Number.isInteger(minor) || minor < 0 || minor >= DMIRROR_COUNT) return undefined;
    return (this.#devices[minor] ??= new DmirrorDevice(minor, this.#physical, this.#sink, this.#timing));
  }

  /** Opens a device: the file mirrors this process. @returns -ENXIO if there is no such device. */
  open(minor: number, mm: Mm): Dmirror | Errno {
    return this.device(minor)?.open(mm) ?? Errno.ENXIO;
  }
}
