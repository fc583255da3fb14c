/** Locals that the rewriter adds to a function: one for each name and type, numbered after the function's own. */
export class ScratchLocals {
  /** Types of the added locals, in order. */
  readonly added: number[] = [];
  private readonly indices = new Map<string, number>();

  /** @param first index of the first added local: parameters and own locals come before */
  constructor(private readonly first: number) {}

  /** The local of this name and type, made when it is first asked for. */
  get(name: string, type: number): number {
    const key = `${name}:${String(type)}`;
    let index = this.indices.get(key);
    if (index === undefined) {
      index = this.first + this.added.length;
      this.added.push(type);
      this.indices.set(key, index);
    }
    return index;
  }

  /** The local, if anybody asked for it. */
  find(name: string, type: number): number | undefined {
    return this.indices.get(`${name}:${String(type)}`);
  }
}
