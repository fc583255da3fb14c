/** The user's code by offset: look-ups over {@link CodeTables}, on either thread. */
import { allocationName } from '../allocation-name.js';
import { lastAtMost } from '../execution/call-sites.js';
import type { CodeTables } from './messages.js';

export interface CodePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export class CodeIndex {
  private texts: readonly (readonly string[])[] | undefined;

  constructor(private readonly tables: CodeTables) {}

  at(offset: number): CodePosition | undefined {
    const { offsets, fileOf, lineOf, columnOf, files } = this.tables;
    const row = lastAtMost(offsets, offset);
    if (row < 0 || this.functionIndexAt(offset) < 0) return undefined;
    const line = lineOf[row] ?? 0;
    return line === 0 ? undefined : { file: files[fileOf[row] ?? 0] ?? '', line, column: columnOf[row] ?? 0 };
  }

  functionAt(offset: number): string | undefined {
    return this.tables.functionNames[this.functionIndexAt(offset)];
  }

  /** Start and end of the function that holds an offset. */
  rangeAt(offset: number): { readonly start: number; readonly end: number } | undefined {
    const { functionStarts, functionEnds } = this.tables;
    const index = this.functionIndexAt(offset);
    return index < 0 ? undefined : { start: functionStarts[index] ?? 0, end: functionEnds[index] ?? 0 };
  }

  /** The variable that the pointer of an allocation made here is stored in, as its source says. */
  allocationName(offset: number): string | null {
    const position = this.at(offset);
    if (!position) return null;
    this.texts ??= this.tables.texts.map((text) => text.split('\n'));
    return allocationName(this.texts[this.tables.files.indexOf(position.file)] ?? [], position.line, position.column);
  }

  private functionIndexAt(offset: number): number {
    const { functionStarts, functionEnds } = this.tables;
    const index = lastAtMost(functionStarts, offset);
    return index >= 0 && offset < (functionEnds[index] ?? 0) ? index : -1;
  }
}
