/** Binaryen's Asyncify over one module; runs in the compiler's thread because it takes a second or so. */
import binaryen from 'binaryen';

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

/**
 * @param imports where a thread waits, as `module.name`; @param functions names of the functions that may be suspended; @param exported exports that call them and may be too
 * @returns the module with `asyncify_*` exports
 */
export function asyncify(
  wasm: Uint8Array,
  imports: readonly string[],
  functions: readonly string[],
  exported: readonly string[],
): Uint8Array {
  const module = readBinary(wasm, FEATURES);
  try {
    const entries = exported.map((name) => binaryen.getExportInfo(module.getExport(name)).value);
    binaryen.setPassArgument('asyncify-imports', imports.join(','));
    binaryen.setPassArgument('asyncify-onlylist', [...functions, ...entries].join(','));
    binaryen.setPassArgument('asyncify-ignore-indirect', '');
    binaryen.setOptimizeLevel(1);
    module.runPasses(['asyncify']);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
