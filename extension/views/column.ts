/** A column of numbers that grows, over a typed array. */
type Numbers = Uint8Array | Uint32Array | Float64Array;

export class Column<Values extends Numbers> {
  private values: Values;
  private count = 0;

  constructor(private readonly make: new (length: number) => Values) {
    this.values = new make(64);
  }

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new this.make(this.count * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count] = value;
    this.count += 1;
  }

  /** 0 beyond the end. */
  at(index: number): number {
    return this.values[index] ?? 0;
  }

  /** Drops what stands from `length` on. */
  truncate(length: number): void {
    this.count = Math.min(this.count, length);
  }

  set(index: number, value: number): void {
    this.values[index] = value;
  }

  /** 0 if there is none. */
  get last(): number {
    return this.count === 0 ? 0 : this.at(this.count - 1);
  }

  /** The first index whose value is above `value`; of values that never decrease. */
  upperBound(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first index whose value is not below `value`; of values that never decrease. */
  lowerBound(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
