/**
 * What the pages of an area are pages of, when they are not anonymous: a file, memory shared between processes, a DAX region, a device's own
 * buffer (the kernel's struct address_space and vm_operations_struct).
 *
 * Invariant: memory management asks a backing for pages and tells it what becomes of them; a backing never writes a page table but through
 * the functions of this room.
 */

import type { Backing, BackingTable } from './mm-types.js';

export type { Backing, BackingKind } from './mm-types.js';

/** The backings of one machine by id: who a frame with a mapping belongs to (FrameAllocator.mappingOf). */
export class Backings implements BackingTable {
  readonly #byId = new Map<number, Backing>();
  #next = 1;

  add<Kind extends Backing>(make: (id: number) => Kind): Kind {
    const backing = make(this.#next++);
    this.#byId.set(backing.id, backing);
    return backing;
  }

  get(id: number): Backing | undefined {
    return this.#byId.get(id);
  }

  remove(backing: Backing): void {
    this.#byId.delete(backing.id);
  }
}
