/**
 * A quantity over time, from changes that come in the order in which they happened, which is not quite that of their times: a device works while
 * the host goes on, and what it does is told first.
 *
 * Invariant, outside of {@link Curve.change} until {@link Curve.settle}: times never decrease, and each value is the sum of the changes up to it.
 */
import { Column } from './column.js';

export class Curve {
  readonly timesNs = new Column(Float64Array);
  readonly values = new Column(Float64Array);
  /** Changes that came too late to be among the values, and those after them. */
  private readonly lateTimesNs: number[] = [];
  private readonly lateChanges: number[] = [];

  change(timeNs: number, by: number): void {
    if (this.lateTimesNs.length === 0 && timeNs >= this.timesNs.last) this.push(timeNs, by);
    else {
      this.lateTimesNs.push(timeNs);
      this.lateChanges.push(by);
    }
  }

  /** Takes late changes in. What is linear in them, and in the values that are later than the first of them. */
  settle(): void {
    const { timesNs, values, lateTimesNs: times, lateChanges: changes } = this;
    if (times.length === 0) return;
    const earliest = times.reduce((least, time) => Math.min(least, time), Infinity);
    const kept = timesNs.upperBound(earliest);
    const late = times.length;
    for (let index = kept; index < timesNs.length; index += 1) {
      times.push(timesNs.at(index));
      changes.push(values.at(index) - (index === 0 ? 0 : values.at(index - 1)));
    }
    timesNs.truncate(kept);
    values.truncate(kept);
    // Those that were there come first. Few runs that are sorted by themselves: linear in that case.
    const order = Array.from(times.keys(), (index) => (index + late) % times.length);
    order.sort((a, b) => times[a]! - times[b]!);
    for (const index of order) this.push(times[index]!, changes[index]!);
    times.length = 0;
    changes.length = 0;
  }

  private push(timeNs: number, by: number): void {
    const value = this.values.last + by;
    this.timesNs.push(timeNs);
    this.values.push(value);
  }
}
