/** Names of the linker's as a person reads them, by LLVM's own demangler. */

/** Runs an LLVM tool over virtual files: its whole output. */
export type RunTool = (
  args: readonly string[],
  files: Record<string, Uint8Array>,
) => Promise<{ readonly output: string }>;

/** Names that one call of the tool is given: its command line is bounded. */
const NAMES_A_CALL = 2000;

/** What Clang calls main() on this target, by its signature. */
export const MAIN_NAMES: ReadonlySet<string> = new Set(['__original_main', '__main_void', '__main_argc_argv']);

/** Itanium's C++ ABI, 5.1: every other name is that of the source. */
export function isMangled(name: string): boolean {
  return name.startsWith('_Z');
}

/** In order. */
export async function demangle(run: RunTool, names: readonly string[]): Promise<string[]> {
  const readable: string[] = [];
  for (let first = 0; first < names.length; first += NAMES_A_CALL) {
    const some = names.slice(first, first + NAMES_A_CALL);
    const { output } = await run(['c++filt', ...some], {});
    const lines = output.split('\n');
    readable.push(...some.map((name, n) => lines[n] ?? name));
  }
  return readable;
}
