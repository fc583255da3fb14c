/** Binaryen's Asyncify over one module; runs in the compiler's thread because it takes a second or so. */
import binaryen from 'binaryen';
import { addThreadSwitch } from './thread-switch.js';

/** What Clang and the instrumenter use; with fewer Binaryen refuses the module, with all it writes what Node 20 does not read. */
const FEATURES =
  binaryen.Features.Atomics |
  binaryen.Features.BulkMemory |
  binaryen.Features.BulkMemoryOpt |
  binaryen.Features.SignExt |
  binaryen.Features.MutableGlobals |
  binaryen.Features.NontrappingFPToInt |
  binaryen.Features.Multivalue |
  binaryen.Features.ReferenceTypes;

/** Binaryen 132 takes the features as a second argument; its type declarations still name the function it had before. */
const readBinary = binaryen.readBinary as (wasm: Uint8Array, features: number) => binaryen.Module;

/** What threads can be suspended in. */
export interface SuspendedCode {
  /** Where a thread waits, as `module.name`. */
  readonly imports: readonly string[];
  /** Names of the functions that may be on a suspended thread's stack, and exports that may. */
  readonly functions: readonly string[];
  readonly exported: readonly string[];
}

/**
 * @param entries exports that run one thread of a block each: the module switches between them (thread-switch.ts), and a stack that is used up is
 * told to the import `env.stack_overflow`. None: the threads are the host's
 * @returns the module with `asyncify_*` exports
 */
export function asyncify(
  wasm: Uint8Array,
  { imports, functions, exported }: SuspendedCode,
  entries: readonly string[],
): Uint8Array {
  const module = readBinary(wasm, FEATURES);
  try {
    const names = exported.map((name) => binaryen.getExportInfo(module.getExport(name)).value);
    binaryen.setPassArgument('asyncify-imports', imports.join(','));
    binaryen.setPassArgument('asyncify-onlylist', [...functions, ...names].join(','));
    binaryen.setPassArgument('asyncify-ignore-indirect', '');
    binaryen.setOptimizeLevel(1);
    module.runPasses(['asyncify']);
    if (entries.length > 0) {
      binaryen.setPassArgument('stack-check-handler', 'stack_overflow');
      module.runPasses(['stack-check']);
      addThreadSwitch(module, entries);
    }
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
