/** The address space of a debuggee over its linear memory: permission tables where generated code looks for them, bytes where they lie. */
import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import { AddressSpace } from '../memory/address-space.js';
import type { EventSink } from '../memory/event.js';
import { PAGE_SIZE } from '../memory/units.js';
import type { LinearMemory } from './linear-memory.js';
import { LinearPageContents } from './page-contents.js';

/** A usual swap area of a small machine: 1 GiB. It takes no room of the host's, bytes stay where they are. */
const SWAP_BYTES = 2 ** 30;

export function createAddressSpace(
  linear: LinearMemory,
  machine: Machine,
  clock: VirtualClock,
  sink: EventSink,
): AddressSpace {
  return new AddressSpace({
    permissions: [0, ...machine.devices.map((_, n) => n + 1)].map((table) => linear.permissionTable(table)),
    sink,
    systemFrames: Math.floor(machine.cpu.memoryBytes / PAGE_SIZE),
    swapFrames: SWAP_BYTES / PAGE_SIZE,
    contents: new LinearPageContents(linear),
    timing: {
      advance: (ns) => {
        clock.advance(ns);
      },
      cpuFirstTouchNs: machine.costs.cpuFirstTouchNs,
      cpuFaultMigrationNs: machine.costs.cpuFaultMigrationNs,
    },
  });
}
