/**
 * A device's fault buffer: what was faulted on, in the order of arrival, and not yet serviced. Source: NVIDIA open-gpu-kernel-modules,
 * uvm_gpu_replayable_faults.c (GET and PUT pointers).
 *
 * Invariant: an entry is copied a constant number of times however long the buffer is: what is done with goes when it is half of it.
 */
import { HUGE_PAGES } from '../../memory/units.js';
import type { Touch } from './warp.js';

export class FaultBuffer {
  private entries: Touch[] = [];
  /** Entries before this one are done with. */
  private get = 0;

  /** Entries that are not done with. */
  get length(): number {
    return this.entries.length - this.get;
  }

  push(touch: Touch): void {
    this.entries.push(touch);
  }

  /** The first entries, at most so many. */
  first(most: number): readonly Touch[] {
    return this.entries.slice(this.get, this.get + most);
  }

  /** The first entries are done with. */
  drop(count: number): void {
    this.get += count;
    if (2 * this.get < this.entries.length) return;
    this.entries.splice(0, this.get);
    this.get = 0;
  }

  clear(): void {
    this.entries = [];
    this.get = 0;
  }

  /** The first entries come last, and only those stay that `keep` lets stay. */
  rotate(count: number, keep: (touch: Touch) => boolean): void {
    const { entries, get } = this;
    const looked = get + count;
    this.clear();
    for (let at = looked; at < entries.length; at++) if (keep(entries[at]!)) this.entries.push(entries[at]!);
    for (let at = get; at < looked; at++) if (keep(entries[at]!)) this.entries.push(entries[at]!);
  }
}

/** Entries of each 2 MiB, by address. */
export function byBlock(entries: readonly Touch[]): Iterable<readonly Touch[]> {
  const blocks = new Map<number, Touch[]>();
  for (const touch of [...entries].sort((a, b) => a.page - b.page)) {
    const block = Math.floor(touch.page / HUGE_PAGES);
    const others = blocks.get(block);
    if (others === undefined) blocks.set(block, [touch]);
    else others.push(touch);
  }
  return blocks.values();
}
