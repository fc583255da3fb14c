/**
 * Which pages kernels have touched since nothing was pending: written in bulk, looked into only when a race is found. A touch is a word,
 * page << 2 | permission bits needed, as the runtime's C logs it.
 */
import { PAGE_COUNT, type PageIndex } from '../memory/units.js';

const INITIAL_TOUCHES = 1024;
/** So many touches are kept before pages that occur again are dropped. */
const LEAST_LIMIT = PAGE_COUNT;
const NEED = 3;
const READ = 1;
const WRITE = 2;

export class TouchHistory {
  private touches = new Uint32Array(INITIAL_TOUCHES);
  private count = 0;
  private limit = LEAST_LIMIT;
  /** Launches, and where the touches of each begin. */
  private readonly launches: number[] = [];
  private readonly starts: number[] = [];
  /** The last launch that wrote, and that read, by page; of touches before `indexed`. */
  private readonly writers = new Uint32Array(PAGE_COUNT);
  private readonly readers = new Uint32Array(PAGE_COUNT);
  private indexed = 0;

  get length(): number {
    return this.count;
  }

  pageAt(index: number): PageIndex {
    return ((this.touches[index] ?? 0) >>> 2) as PageIndex;
  }

  /** @returns false if the history was shortened: indices have changed */
  append(touches: Uint32Array, launch: number): boolean {
    if (touches.length === 0) return true;
    const shortened = this.count + touches.length > this.limit;
    if (shortened) this.shorten();
    if (this.launches.at(-1) !== launch) {
      this.launches.push(launch);
      this.starts.push(this.count);
    }
    const end = this.count + touches.length;
    if (end > this.touches.length) {
      const longer = new Uint32Array(Math.max(end, this.touches.length * 2));
      longer.set(this.touches.subarray(0, this.count));
      this.touches = longer;
    }
    this.touches.set(touches, this.count);
    this.count = end;
    return !shortened;
  }

  /** The last launch that wrote the page, 0 if none. It may be from before the history. */
  writerOf(page: PageIndex): number {
    this.index();
    return this.writers[page] ?? 0;
  }

  readerOf(page: PageIndex): number {
    this.index();
    return this.readers[page] ?? 0;
  }

  clear(): void {
    this.count = 0;
    this.indexed = 0;
    this.launches.length = 0;
    this.starts.length = 0;
  }

  private index(): void {
    if (this.indexed === this.count) return;
    this.launches.forEach((launch, n) => {
      const end = this.starts[n + 1] ?? this.count;
      for (let at = Math.max(this.starts[n] ?? 0, this.indexed); at < end; at++) {
        const touch = this.touches[at] ?? 0;
        if ((touch & READ) !== 0) this.readers[touch >>> 2] = launch;
        if ((touch & WRITE) !== 0) this.writers[touch >>> 2] = launch;
      }
    });
    this.indexed = this.count;
  }

  /** Keeps each page once. */
  private shorten(): void {
    this.index();
    const seen = new Uint8Array(PAGE_COUNT);
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      const touch = this.touches[at] ?? 0;
      if (seen[touch >>> 2] !== 0) continue;
      seen[touch >>> 2] = 1;
      this.touches[kept++] = touch & ~NEED;
    }
    this.count = kept;
    this.indexed = kept;
    this.launches.length = 0;
    this.starts.length = 0;
    this.limit = Math.max(LEAST_LIMIT, kept * 2);
  }
}
