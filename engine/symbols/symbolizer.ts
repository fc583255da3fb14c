/**
 * Code offsets to source positions, inlined calls included: LLVM's own symbolizer over the linked module.
 * Offsets count from the code section's contents, as DWARF counts for WebAssembly.
 */

/** One function on the way to an offset: the innermost inlined one first. */
export interface SourceFrame {
  /** Demangled, with parameter types; null where the symbols do not say. */
  readonly functionName: string | null;
  /** As the compiler was given it. */
  readonly file: string;
  /** Both counted from 1; a column of 0 is not known. */
  readonly line: number;
  readonly column: number;
  /** Line on which the function itself begins. */
  readonly functionLine: number;
}

/** Runs an LLVM tool over virtual files: its whole output. */
export type RunTool = (
  args: readonly string[],
  files: Record<string, Uint8Array>,
) => Promise<{ readonly output: string }>;

/**
 * Mangled names as a person reads them, in order. LLVM's symbolizer takes the name of an outermost function from the symbol
 * table, whose addresses for WebAssembly are not DWARF's; so those names come from the module's own table and are read here.
 */
export async function demangle(run: RunTool, names: readonly string[]): Promise<string[]> {
  const readable: string[] = [];
  for (let first = 0; first < names.length; first += OFFSETS_A_CALL) {
    const some = names.slice(first, first + OFFSETS_A_CALL);
    const { output } = await run(['c++filt', ...some], {});
    const lines = output.split('\n');
    readable.push(...some.map((name, n) => (MAIN_NAMES.has(name) ? 'main' : (lines[n] ?? name))));
  }
  return readable;
}

/** What Clang calls main() on this target, by its signature. */
const MAIN_NAMES: ReadonlySet<string> = new Set(['__original_main', '__main_void', '__main_argc_argv']);

/** Offsets that one call of the tool is asked about: its command line is bounded. */
const OFFSETS_A_CALL = 2000;

/** @returns frames for each offset that has debug information; the others are absent */
export async function symbolize(
  run: RunTool,
  module: Uint8Array,
  offsets: readonly number[],
): Promise<Map<number, readonly SourceFrame[]>> {
  const found = new Map<number, readonly SourceFrame[]>();
  for (let first = 0; first < offsets.length; first += OFFSETS_A_CALL) {
    const some = offsets.slice(first, first + OFFSETS_A_CALL);
    const args = [
      'symbolizer',
      '--output-style=JSON',
      '--obj=program.wasm',
      ...some.map((offset) => `0x${offset.toString(16)}`),
    ];
    const { output } = await run(args, { 'program.wasm': module });
    for (const { Address, Symbol: symbols = [] } of parseAnswer(output)) {
      const frames = symbols.filter((symbol) => symbol.FileName !== '' || symbol.StartFileName !== '').map(toFrame);
      if (frames.length > 0) found.set(parseInt(Address, 16), frames);
    }
  }
  return found;
}

interface AnswerSymbol {
  readonly Column: number;
  readonly FileName: string;
  readonly FunctionName: string;
  readonly Line: number;
  readonly StartFileName: string;
  readonly StartLine: number;
}

function parseAnswer(output: string): { readonly Address: string; readonly Symbol?: readonly AnswerSymbol[] }[] {
  const start = output.indexOf('[');
  return start < 0 ? [] : (JSON.parse(output.slice(start)) as ReturnType<typeof parseAnswer>);
}

/** Optimised code may have no line of its own, as at a function's first operators: then it is the function's. */
function toFrame(symbol: AnswerSymbol): SourceFrame {
  const placed = symbol.FileName !== '' && symbol.Line > 0;
  return {
    functionName: symbol.FunctionName === '' ? null : symbol.FunctionName,
    file: placed ? symbol.FileName : symbol.StartFileName,
    line: placed ? symbol.Line : symbol.StartLine,
    column: placed ? symbol.Column : 0,
    functionLine: symbol.StartLine,
  };
}
