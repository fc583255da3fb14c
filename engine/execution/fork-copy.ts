/** What a child process gets of its parent's: the bytes, and a driver that has no devices. */
import type { Driver } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import { fatalFault } from '../memory/fault.js';
import { PAGE_SIZE } from '../memory/units.js';
import { VmaFlag, type VmaKind } from '../memory/vma.js';
import type { LinearMemory } from './linear-memory.js';

/** There is no memory for a child. */
export class ForkRefused extends Error {
  override readonly name = 'ForkRefused';
}

/** What the program's fork gives then: ENOMEM, in wasi-libc's number. */
export const FORK_REFUSED = 48;

/** Everything that is mapped. The permission tables are the child's address space's own, and records come with the thread that forked. */
export function copyMemory(mm: AddressSpace, from: LinearMemory, to: LinearMemory): void {
  const copy = (start: number, end: number): void => {
    to.bytes.set(from.bytes.subarray(start, end), start);
  };
  for (const { start, end, kind, flags } of mm.vmas()) {
    // MADV_WIPEONFORK: zeros for the child.
    if ((flags & VmaFlag.WIPEONFORK) !== 0) continue;
    if (!MOSTLY_UNUSED.has(kind)) copy(start * PAGE_SIZE, end * PAGE_SIZE);
    // What is zeros there is zeros in new memory, and takes none of the host's.
    else
      for (let page: number = start; page < end; page++)
        if (!isZero(from, page)) copy(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
  }
}

const MOSTLY_UNUSED: ReadonlySet<VmaKind> = new Set<VmaKind>(['stack', 'heap', 'anonymous', 'reserved']);

function isZero({ bytes }: LinearMemory, page: number): boolean {
  const words = new Int32Array(bytes.buffer, page * PAGE_SIZE, PAGE_SIZE / Int32Array.BYTES_PER_ELEMENT);
  for (const word of words) if (word !== 0) return false;
  return true;
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
