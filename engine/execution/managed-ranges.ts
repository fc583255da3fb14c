/**
 * Where managed memory goes (cudaMallocManaged): large blocks get a range of their own that begins at 2 MiB, small ones lie back to back in shared
 * ranges of 2 MiB. Drivers work by such ranges, so it matters to them. Source: published profiles of the CUDA runtime; NVIDIA
 * open-gpu-kernel-modules, uvm_va_block.h (UVM_VA_BLOCK_SIZE).
 *
 * Invariant: a shared range is mapped as a whole, and stays until the last block in it is freed: what is freed in it meanwhile keeps its pages,
 * as with any allocator. A small block never reaches over the end of its range.
 */

import { isErrno, type Errno } from '../memory/errno.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { PageIndex } from '../memory/units.js';
import { Protection } from '../memory/vma.js';

/** Pages of a shared range, and what every range is aligned to (2 MiB). */
const RANGE_PAGES = 512;

interface SharedRange {
  readonly start: PageIndex;
  /** By page: whether a block has it. */
  readonly taken: Uint8Array;
  blocks: number;
}

/** Where a block lies, and what has to be provided and unmapped with it. */
export interface ManagedBlock {
  readonly start: PageIndex;
  /** The range that was mapped for it; undefined: it lies in one that was there. */
  readonly mapped: { readonly start: PageIndex; readonly pageCount: number } | undefined;
}

export class ManagedRanges {
  readonly #shared: SharedRange[] = [];

  /** A child process's. */
  fork(): ManagedRanges {
    const child = new ManagedRanges();
    for (const range of this.#shared) child.#shared.push({ ...range, taken: range.taken.slice() });
    return child;
  }

  /** Finds a place for a block, and maps a range if it has to. */
  allocate(mm: AddressSpace, pageCount: number): ManagedBlock | Errno {
    if (pageCount >= RANGE_PAGES) {
      const start = mapAligned(mm, pageCount);
      return isErrno(start) ? start : { start, mapped: { start, pageCount } };
    }
    for (const range of this.#shared) {
      const at = findFree(range.taken, pageCount);
      if (at >= 0) return { start: take(range, at, pageCount), mapped: undefined };
    }
    const start = mapAligned(mm, RANGE_PAGES);
    if (isErrno(start)) return start;
    const range = { start, taken: new Uint8Array(RANGE_PAGES), blocks: 0 };
    this.#shared.push(range);
    return { start: take(range, 0, pageCount), mapped: { start, pageCount: RANGE_PAGES } };
  }

  /** Gives a block back. @returns what is to be unmapped; undefined: others are left in its range */
  free(start: PageIndex, pageCount: number): { readonly start: PageIndex; readonly pageCount: number } | undefined {
    const range = this.#shared.find((each) => start >= each.start && start < each.start + RANGE_PAGES);
    if (range === undefined) return { start, pageCount };
    range.taken.fill(0, start - range.start, start - range.start + pageCount);
    if (--range.blocks > 0) return undefined;
    this.#shared.splice(this.#shared.indexOf(range), 1);
    return { start: range.start, pageCount: RANGE_PAGES };
  }
}

function take(range: SharedRange, at: number, pageCount: number): PageIndex {
  range.taken.fill(1, at, at + pageCount);
  range.blocks++;
  return (range.start + at) as PageIndex;
}

/** The first run of so many free pages, -1 if there is none. */
function findFree(taken: Uint8Array, pageCount: number): number {
  let run = 0;
  for (let at = 0; at < taken.length; at++) {
    run = taken[at] === 0 ? run + 1 : 0;
    if (run === pageCount) return at - pageCount + 1;
  }
  return -1;
}

function mapAligned(mm: AddressSpace, pageCount: number): PageIndex | Errno {
  const hole = mm.place({ pageCount: pageCount + RANGE_PAGES - 1 });
  if (isErrno(hole)) return hole;
  const start = (Math.ceil(hole / RANGE_PAGES) * RANGE_PAGES) as PageIndex;
  return mm.mmap({ start, pageCount, protection: Protection.readWrite, kind: 'managed' });
}
