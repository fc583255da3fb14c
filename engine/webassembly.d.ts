/**
 * The WebAssembly JavaScript API as far as the engine uses it. TypeScript declares it only in its DOM library, which the
 * engine must not see, and `@types/node` does not declare it for Node 20.
 * Source: WebAssembly JavaScript Interface, https://webassembly.github.io/spec/js-api/.
 */
declare namespace WebAssembly {
  type BufferSource = ArrayBuffer | ArrayBufferView;
  type ImportExportKind = 'function' | 'global' | 'memory' | 'table' | 'tag';
  type NumericType = 'i32' | 'i64' | 'f32' | 'f64';
  type ValueType = NumericType | 'anyfunc' | 'externref' | 'v128';
  type TableKind = 'anyfunc' | 'externref';
  type ExportValue = ((...parameters: never[]) => unknown) | Global | Memory | Table;
  type ImportValue = ExportValue | number | bigint;
  type Exports = Record<string, ExportValue>;
  type ModuleImports = Record<string, ImportValue>;
  type Imports = Record<string, ModuleImports>;

  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: ImportExportKind;
  }

  interface ModuleImportDescriptor extends ModuleExportDescriptor {
    readonly module: string;
  }

  class Module {
    constructor(bytes: BufferSource);
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
    static customSections(module: Module, sectionName: string): ArrayBuffer[];
    static exports(module: Module): ModuleExportDescriptor[];
    static imports(module: Module): ModuleImportDescriptor[];
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  /** Sizes in pages of 64 KiB. */
  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }

  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Grows by `pages` and returns the size before, in pages of 64 KiB. */
    grow(pages: number): number;
  }

  interface GlobalDescriptor {
    value: ValueType;
    mutable?: boolean;
  }

  class Global<Value extends number | bigint = number> {
    constructor(descriptor: GlobalDescriptor, value?: Value);
    value: Value;
    valueOf(): Value;
  }

  interface TableDescriptor {
    element: TableKind;
    initial: number;
    maximum?: number;
  }

  class Table {
    constructor(descriptor: TableDescriptor, value?: unknown);
    readonly length: number;
    get(index: number): ((...parameters: never[]) => unknown) | null;
    grow(count: number): number;
    set(index: number, value: ((...parameters: never[]) => unknown) | null): void;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: BufferSource): boolean;
  function compile(bytes: BufferSource): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
