/** Code offsets of a program to the calls that its source has there, inlined ones included: DWARF's tree of functions and its line table. */
import { lastAtMost } from './execution/call-sites.js';
import { MAIN_NAMES } from './symbols/demangle.js';
import { readLineTable, type LineTable } from './symbols/line-table.js';
import type { ProgramImage } from './toolchain/build.js';
import type { DebugFunction, DeclaredFunction, InlinedCall } from './toolchain/debug-info.js';

/** One function on the way to an offset: the innermost inlined one first. */
export interface SourceFrame {
  /** As the linker has it; null where nobody says. */
  readonly functionName: string | null;
  /** As the compiler was given it. */
  readonly file: string;
  /** Both counted from 1; a column of 0 is not known. */
  readonly line: number;
  readonly column: number;
  /** Line on which the function itself begins. */
  readonly functionLine: number;
}

/** Offsets count from the code section's contents, as DWARF counts for WebAssembly. */
export class SourceFrames {
  private table: LineTable | undefined;
  private readonly functions = new Map<number, DebugFunction>();
  /** Starts of the functions that have debug information, ascending. */
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  private readonly names: readonly string[];

  constructor(private readonly image: ProgramImage) {
    const { module, debugFunctions } = image;
    for (const fn of debugFunctions) this.functions.set(fn.lowPc, fn);
    const bodies = module.bodies.filter(({ start }) => this.functions.has(start - module.codeStart));
    this.starts = Uint32Array.from(bodies, ({ start }) => start - module.codeStart);
    this.ends = Uint32Array.from(bodies, ({ end }) => end - module.codeStart);
    this.names = bodies.map(({ functionIndex }) => module.functionNames.get(functionIndex) ?? '');
  }

  /** @throws MalformedSymbols */
  get lines(): LineTable {
    const { module } = this.image;
    return (this.table ??= readLineTable({
      line: module.customSection('.debug_line') ?? new Uint8Array(),
      lineStr: module.customSection('.debug_line_str'),
      str: module.customSection('.debug_str'),
    }));
  }

  /** Empty where no function with debug information is. */
  at(offset: number): SourceFrame[] {
    const n = lastAtMost(this.starts, offset);
    const fn = this.functions.get(this.starts[n] ?? -1);
    if (!fn || offset >= (this.ends[n] ?? 0)) return [];
    // As the linker calls it: DWARF has no such name of main(), static functions and Clang's own.
    const name = this.names[n] ?? '';
    const around: { declared: DeclaredFunction; call?: InlinedCall['call'] }[] = [
      { declared: { ...fn.declared, name: MAIN_NAMES.has(name) ? 'main' : name } },
    ];
    let calls = fn.inlined;
    for (;;) {
      const inner = calls.find(({ ranges }) => isInside(ranges, offset));
      if (!inner) break;
      around.push({ declared: inner.callee, call: inner.call });
      calls = inner.inlined;
    }
    const at = this.lines.at(offset);
    const frames: SourceFrame[] = [];
    let place = { file: at?.file ?? '', line: at?.line ?? 0, column: at?.column ?? 0 };
    for (const { declared, call } of around.reverse()) {
      frames.push(this.frame(declared, place));
      if (call) place = { ...call, file: this.lines.fileOf(fn.declared.unit, call.file) };
    }
    return frames.filter(({ file }) => file !== '');
  }

  /** Optimized code may have no line of its own, as at a function's first operators: then it is the function's. */
  private frame(declared: DeclaredFunction, place: Omit<SourceFrame, 'functionName' | 'functionLine'>): SourceFrame {
    const own = { file: this.lines.fileOf(declared.unit, declared.file), line: declared.line, column: 0 };
    const { file, line, column } = place.file !== '' && place.line > 0 ? place : own;
    return { functionName: declared.name || null, file, line, column, functionLine: declared.line };
  }
}

function isInside(ranges: readonly number[], offset: number): boolean {
  for (let n = 0; n < ranges.length; n += 2)
    if ((ranges[n] ?? 0) <= offset && offset < (ranges[n + 1] ?? 0)) return true;
  return false;
}
