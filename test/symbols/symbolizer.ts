/**
 * LLVM's symbolizer as an oracle: code offsets to source positions, inlined calls included.
 * Offsets count from the code section's contents, as DWARF counts for WebAssembly.
 */
import type { SourceFrame } from '../../engine/source-frames.js';
import type { RunTool } from '../../engine/symbols/demangle.js';

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
