/** What a child process gets of its parent's: the bytes, and a driver that has no devices. */
import type { Driver } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import { fatalFault } from '../memory/fault.js';
import { PAGE_SIZE } from '../memory/units.js';
import { permissionTableAddress, TOUCH_LOG } from './layout.js';
import type { LinearMemory } from './linear-memory.js';

/** Everything that is mapped, and what the engine keeps below its tables. The tables are the child's address space's own. */
export function copyMemory(mm: AddressSpace, from: LinearMemory, to: LinearMemory): void {
  const copy = (start: number, end: number): void => {
    to.bytes.set(from.bytes.subarray(start, end), start);
  };
  copy(TOUCH_LOG, permissionTableAddress(0));
  for (const { start, end } of mm.vmas()) copy(start * PAGE_SIZE, end * PAGE_SIZE);
}

/** As with CUDA and OpenMP, a child may not use what its parent has opened. */
export function childDriver({ name }: Driver): Driver {
  return {
    name,
    attach: () => undefined,
    deviceFault: () => fatalFault('driver-failed'),
    migrateToRam: () => fatalFault('driver-failed'),
    makeRoom: () => false,
  };
}
