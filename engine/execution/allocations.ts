/**
 * Who owns a page: the blocks and mappings that the program asked for. Pages of small heap blocks belong to the heap as a
 * whole (a page holds many of them).
 */
import type { AgentId } from '../memory/units.js';
import { PAGE_COUNT } from '../memory/units.js';
import { pagesTouched } from './layout.js';

export type AllocationKind =
  'managed' | 'device' | 'pinned' | 'heap' | 'stack' | 'image' | 'anonymous' | 'file' | 'shared' | 'dax';

export interface Allocation {
  readonly id: number;
  readonly kind: AllocationKind;
  readonly address: number;
  readonly bytes: number;
  readonly agent: AgentId;
  /** First byte of the mapping that goes away with the block; 0 for a block of the heap. */
  readonly mapping: number;
  readonly mappedBytes: number;
}

/** Ids from here on are of memory that nobody allocated: stack, variables, the heap's small blocks. */
export const FIRST_SYSTEM_ID = 0x8000_0000;

export class Allocations {
  private readonly owner = new Uint32Array(PAGE_COUNT);
  private readonly live = new Map<number, Allocation>();

  /** @param ids the next ones, shared by all processes: an id names one allocation of the run */
  constructor(private readonly ids = { next: 1, nextSystem: FIRST_SYSTEM_ID }) {}

  /** A child process's. */
  fork(): Allocations {
    const child = new Allocations(this.ids);
    child.owner.set(this.owner);
    for (const [address, allocation] of this.live) child.live.set(address, allocation);
    return child;
  }

  /** Takes over the range's pages. @param system memory that the program has without asking: stack, variables, heap */
  add(allocation: Omit<Allocation, 'id'>, system = false): Allocation {
    const added = { ...allocation, id: system ? this.ids.nextSystem++ : this.ids.next++ };
    this.live.set(added.address, added);
    const start = added.mapping === 0 ? added.address : added.mapping;
    const { first, count } = pagesTouched(start, added.mapping === 0 ? added.bytes : added.mappedBytes);
    this.owner.fill(added.id, first, first + count);
    return added;
  }

  /** The same allocation under another address: a block that begins behind its mapping's header. */
  rename(allocation: Allocation, change: Pick<Allocation, 'address' | 'bytes' | 'kind'>): void {
    this.live.delete(allocation.address);
    this.live.set(change.address, { ...allocation, ...change });
  }

  at(address: number): Allocation | undefined {
    return this.live.get(address);
  }

  /** @param heir id that the pages belong to from now on; 0 for nobody */
  remove(allocation: Allocation, heir: number): void {
    this.live.delete(allocation.address);
    const start = allocation.mapping === 0 ? allocation.address : allocation.mapping;
    const { first, count } = pagesTouched(start, allocation.mapping === 0 ? allocation.bytes : allocation.mappedBytes);
    for (let page: number = first; page < first + count; page++) {
      if (this.owner[page] === allocation.id) this.owner[page] = heir;
    }
  }

  /** Id of the allocation that a page belongs to, 0 if none. */
  ofPage(page: number): number {
    return this.owner[page] ?? 0;
  }

  /** Takes a page from its allocation, whose id is returned: 0 if it had none. */
  disown(page: number): number {
    const id = this.ofPage(page);
    this.owner[page] = 0;
    return id;
  }

  all(): IterableIterator<Allocation> {
    return this.live.values();
  }
}
