/**
 * When to look again at a program that runs: soon, but so that looking takes a tenth of the time, and less often while nothing
 * changes; after two seconds at the latest. Whoever looks gives way every few milliseconds.
 */
const SHORTEST_MS = 100;
const LONGEST_MS = 2000;
const SHARE = 10;

export class Pacer {
  private timer: NodeJS.Timeout | null = null;
  private idle = 0;

  constructor(private readonly look: () => void) {}

  /** Something has happened: begin at the shortest pause again. */
  reset(): void {
    this.idle = 0;
    this.stop();
  }

  /** @param tookMs how long looking took @param changed whether there was anything new */
  next(tookMs: number, changed: boolean): void {
    this.idle = changed ? 0 : this.idle + 1;
    this.stop();
    this.timer = setTimeout(this.look, pauseMs(tookMs, this.idle));
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** @param idle how often in a row there was nothing new */
export function pauseMs(tookMs: number, idle: number): number {
  const whileIdle = SHORTEST_MS * 2 ** Math.min(idle, 10);
  return Math.min(LONGEST_MS, Math.max(tookMs * SHARE, whileIdle));
}
