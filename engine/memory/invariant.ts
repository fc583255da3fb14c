/** A promise of memory management was broken: a bug of the engine or of a driver, never of the program that is run. */
export class MemoryInvariantError extends Error {
  /** What was wrong with which frame, page or node. */
  readonly data: Readonly<Record<string, number>>;

  constructor(message: string, data: Readonly<Record<string, number>> = {}) {
    const values = Object.entries(data).map(([key, value]) => `${key} ${String(value)}`);
    super(values.length === 0 ? message : `${message} (${values.join(', ')})`);
    this.name = 'MemoryInvariantError';
    this.data = data;
  }
}
