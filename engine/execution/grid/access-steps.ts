/** Follows one thread: which of its touches go out together (toolchain/instrument/access-groups.ts says which could). */
export class AccessSteps {
  /** Of the thread that runs, in this phase. */
  private thread = -1;
  /** Of its last access. */
  phase = 0;
  step = 0;
  /** The group at hand: its latest access, and the last that may still join. */
  private latest = 0;
  private last = -1;

  /** @param groups pairs of code offsets, ascending: an access, and the last that goes out with it */
  constructor(private readonly groups: Uint32Array) {}

  /** @returns the step that an access belongs to, counted from 0 in each phase of each thread */
  stepOf(thread: number, phase: number, site: number): number {
    const last = this.lastWith(site);
    const same = thread === this.thread && phase === this.phase;
    if (same && this.joins(site)) {
      this.latest = site;
      this.last = Math.min(this.last, Math.max(last, site));
      return this.step;
    }
    this.step = same ? this.step + 1 : 0;
    this.thread = thread;
    this.phase = phase;
    this.latest = site;
    this.last = last;
    return this.step;
  }

  /** Whether the thread has had accesses, and this one would wait for them. */
  isClosedBy(thread: number, phase: number, site: number): boolean {
    return thread === this.thread && !(phase === this.phase && this.joins(site));
  }

  /** Whether accesses may follow that go out with the last one. */
  get open(): boolean {
    return this.last > this.latest;
  }

  reset(): void {
    this.thread = -1;
    this.last = -1;
  }

  private joins(site: number): boolean {
    return site > this.latest && site <= this.last;
  }

  private lastWith(site: number): number {
    const { groups } = this;
    let low = 0;
    let high = groups.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((groups[middle * 2] ?? 0) < site) low = middle + 1;
      else high = middle;
    }
    return groups[low * 2] === site ? (groups[low * 2 + 1] ?? site) : site;
  }
}
