/** One instance of the program's code: calls by export name, and the globals that the engine reads and writes. */

/** Thrown where a module lacks what every module of ours has: a bug of the toolchain. */
class BrokenModule extends Error {
  override readonly name = 'BrokenModule';
}

type GlobalName = 'permissions' | 'stackPointer' | 'bytes' | 'accesses' | 'callStack' | 'rounds' | 'budget' | 'threads';

export class Instance {
  private readonly exports: WebAssembly.Exports;
  private readonly globals: Readonly<Record<GlobalName, WebAssembly.Global>>;
  private readonly ownVariables: WebAssembly.Global | undefined;

  constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
    this.exports = new WebAssembly.Instance(module, imports).exports;
    const global = (name: string): WebAssembly.Global => {
      const value = this.exports[`__faultline_${name}`];
      if (!(value instanceof WebAssembly.Global))
        throw new BrokenModule(`the module does not export __faultline_${name}`);
      return value;
    };
    this.globals = {
      permissions: global('permissions'),
      stackPointer: global('stackPointer'),
      bytes: global('bytes'),
      accesses: global('accesses'),
      callStack: global('callStack'),
      rounds: global('rounds'),
      budget: global('budget'),
      threads: global('threads'),
    };
    this.ownVariables = this.exports.__faultline_tlsBase instanceof WebAssembly.Global ? global('tlsBase') : undefined;
  }

  has(name: string): boolean {
    return typeof this.exports[name] === 'function';
  }

  call(name: string, ...values: number[]): unknown {
    const callee = this.exports[name];
    if (typeof callee !== 'function') throw new BrokenModule(`the module does not export ${name}`);
    return (callee as (...values: number[]) => unknown)(...values);
  }

  /** A word that the module exports and changes. */
  global(name: string): number {
    const value = this.exports[name];
    if (!(value instanceof WebAssembly.Global)) throw new BrokenModule(`the module does not export ${name}`);
    return value.value >>> 0;
  }

  /** Goes on with another instance's values of what changes. */
  copyGlobals(other: Instance): void {
    for (const [name, global] of Object.entries(this.globals) as [GlobalName, WebAssembly.Global][])
      global.value = other.globals[name].value;
  }

  /** A function of the program's, by what it is as a pointer. */
  callIndirect(pointer: number, ...values: number[]): unknown {
    const table = this.exports.__indirect_function_table;
    const callee: unknown = table instanceof WebAssembly.Table ? table.get(pointer) : undefined;
    if (typeof callee !== 'function') throw new BrokenModule(`the module has no function ${String(pointer)}`);
    return (callee as (...values: number[]) => unknown)(...values);
  }

  /** Where the variables of the thread that runs lie. */
  get tlsBase(): number {
    const address: unknown = this.ownVariables?.value;
    return typeof address === 'number' ? address : 0;
  }

  set tlsBase(address: number) {
    if (this.ownVariables) this.ownVariables.value = address;
  }

  /** Loop rounds of the user's until the thread that runs is asked whether others may. */
  set budget(rounds: number) {
    this.globals.budget.value = rounds;
  }

  /** Threads of a grid that run before its code returns to the engine. */
  set threads(count: number) {
    this.globals.threads.value = count;
  }

  /** Address of the permission table that loads and stores are checked against from the next function entry on. */
  set permissions(address: number) {
    this.globals.permissions.value = address;
  }

  get stackPointer(): number {
    return this.globals.stackPointer.value >>> 0;
  }

  set stackPointer(address: number) {
    this.globals.stackPointer.value = address;
  }

  /** Bytes that checked accesses have read and written, as far as functions have returned. */
  get bytesAccessed(): bigint {
    return BigInt(this.globals.bytes.value);
  }

  get accesses(): bigint {
    return BigInt(this.globals.accesses.value);
  }

  /** End of the innermost record of the shadow call stack. */
  get callStack(): number {
    return this.globals.callStack.value >>> 0;
  }

  set callStack(address: number) {
    this.globals.callStack.value = address;
  }

  /** Function entries and loop rounds of the user's code; counted under a debugger only. */
  get rounds(): number {
    return Number(BigInt(this.globals.rounds.value));
  }
}
