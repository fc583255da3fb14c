/**
 * Which part of the time is shown, and where in it what lies. Pure arithmetic.
 * Invariant: the part is never shorter than a few ns, never longer than the run with some air, and does not leave it.
 */
export interface TimeSpan {
  readonly fromNs: number;
  readonly toNs: number;
}

const SHORTEST_NS = 32;
/** Of the run, left free at its end. */
const AIR = 1.02;

export function whole(endNs: number): TimeSpan {
  return { fromNs: 0, toNs: Math.max(SHORTEST_NS, endNs * AIR) };
}

export function clamped({ fromNs, toNs }: TimeSpan, endNs: number): TimeSpan {
  const all = whole(endNs);
  const length = Math.min(all.toNs, Math.max(SHORTEST_NS, toNs - fromNs));
  const middle = (fromNs + toNs) / 2;
  const from = Math.max(0, Math.min(all.toNs - length, middle - length / 2));
  return { fromNs: from, toNs: from + length };
}

/** @param factor below 1: nearer @param atNs stays where it is */
export function zoomed(span: TimeSpan, factor: number, atNs: number): TimeSpan {
  return { fromNs: atNs - (atNs - span.fromNs) * factor, toNs: atNs + (span.toNs - atNs) * factor };
}

export function panned({ fromNs, toNs }: TimeSpan, byNs: number, endNs: number): TimeSpan {
  const all = whole(endNs).toNs;
  const by = Math.max(-fromNs, Math.min(all - toNs, byNs));
  return { fromNs: fromNs + by, toNs: toNs + by };
}

/** Pixels to time and back. */
export class TimeScale {
  readonly span: TimeSpan;
  readonly width: number;

  constructor(span: TimeSpan, width: number) {
    this.span = span;
    this.width = width;
  }

  get nsPerPixel(): number {
    return (this.span.toNs - this.span.fromNs) / this.width;
  }

  x(timeNs: number): number {
    return (timeNs - this.span.fromNs) / this.nsPerPixel;
  }

  time(x: number): number {
    return this.span.fromNs + x * this.nsPerPixel;
  }

  /** Round times, about so many pixels apart. */
  ticks(apart: number): { readonly stepNs: number; readonly times: readonly number[] } {
    const rough = this.nsPerPixel * apart;
    const power = 10 ** Math.floor(Math.log10(rough));
    const stepNs = Math.max(1, power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10));
    const times: number[] = [];
    for (let n = Math.ceil(this.span.fromNs / stepNs); n * stepNs <= this.span.toNs; n++) times.push(n * stepNs);
    return { stepNs, times };
  }
}
