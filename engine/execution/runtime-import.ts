/** A function of the module `faultline`, as WebAssembly calls it. */
export type RuntimeImport = (...values: number[]) => unknown;
