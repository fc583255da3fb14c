/**
 * The line table of a linked module: which code offset is which place in the source, and the other way round.
 *
 * Rows are columns of typed arrays, sorted by code offset; a row holds up to the next one, and a sequence (for WebAssembly: a
 * function) ends with an end row. Invariant: no two rows of a sequence have the same offset, so what {@link LineTable.at} says
 * of a statement's offset is that statement. Functions that the linker has removed are not in it.
 */
import { MalformedSymbols } from './byte-cursor.js';
import { readPrograms, RowFlag, type LineSections, type Row } from './line-program.js';

export { MalformedSymbols, RowFlag, type LineSections };

export interface SourcePosition {
  readonly file: string;
  /** Counted from 1; 0: code that belongs to no line. */
  readonly line: number;
  /** Counted from 1; 0: not known. */
  readonly column: number;
}

/** Code offsets, `end` excluded. */
export interface CodeRange {
  readonly start: number;
  readonly end: number;
}

/** Where the linker puts what is removed: at 0 (never code: the section begins with a count), -1 or -2. */
const FIRST_TOMBSTONE = 0xfffffffe;

/** @throws MalformedSymbols */
export function readLineTable(sections: LineSections): LineTable {
  const { sequences, files } = readPrograms(sections);
  const present = sequences
    .filter((rows) => rows[0]!.codeOffset > 0 && rows[0]!.codeOffset < FIRST_TOMBSTONE)
    .map(withoutEmptyRows)
    .filter((rows) => rows.length > 1)
    .sort((a, b) => a[0]!.codeOffset - b[0]!.codeOffset);
  return new LineTable(present, files);
}

/** A row that holds no code is overruled by the next one; what was said of the same place is kept. */
function withoutEmptyRows(rows: readonly Row[]): Row[] {
  const kept: Row[] = [];
  for (const row of rows) {
    const last = kept.at(-1);
    if (last && row.codeOffset < last.codeOffset) throw new MalformedSymbols('the line table goes backwards');
    if (last?.codeOffset !== row.codeOffset) kept.push(row);
    else {
      const same = last.line === row.line && last.column === row.column && last.file === row.file;
      const inherited = (same ? last.flags : last.flags & RowFlag.prologueEnd) & ~RowFlag.endSequence;
      kept[kept.length - 1] = { ...row, flags: row.flags | inherited };
    }
  }
  return kept;
}

export class LineTable {
  readonly files: readonly string[];
  readonly codeOffsets: Uint32Array;
  /** Index in {@link files}. */
  readonly fileIndexes: Uint32Array;
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  /** Of {@link RowFlag}. */
  readonly flags: Uint8Array;
  /** First row of the sequence that a row is in. */
  private readonly firstRows: Uint32Array;
  private readonly fileNumbers = new Map<string, number>();

  constructor(
    sequences: readonly (readonly Row[])[],
    private readonly unitFiles: ReadonlyMap<number, readonly string[]>,
  ) {
    const length = sequences.reduce((sum, rows) => sum + rows.length, 0);
    this.codeOffsets = new Uint32Array(length);
    this.fileIndexes = new Uint32Array(length);
    this.lines = new Uint32Array(length);
    this.columns = new Uint32Array(length);
    this.flags = new Uint8Array(length);
    this.firstRows = new Uint32Array(length);
    let n = 0;
    for (const rows of sequences) {
      const first = n;
      for (const row of rows) {
        this.codeOffsets[n] = row.codeOffset;
        this.fileIndexes[n] = this.fileNumber(row.file);
        this.lines[n] = row.line;
        this.columns[n] = row.column;
        this.flags[n] = row.flags;
        this.firstRows[n++] = first;
      }
    }
    this.files = [...this.fileNumbers.keys()];
  }

  /** Number of rows. */
  get length(): number {
    return this.codeOffsets.length;
  }

  /** Name of a file by its number in a unit, which is an offset in .debug_line; empty if the unit does not say. */
  fileOf(unit: number, number: number): string {
    return this.unitFiles.get(unit)?.[number] ?? '';
  }

  /** The place of the code at an offset; undefined between functions. */
  at(codeOffset: number): SourcePosition | undefined {
    const row = this.rowAt(codeOffset);
    return row < 0 ? undefined : this.position(row);
  }

  /**
   * Where to stop on entry of the function around an offset: its first statement, at which its parameters lie in their places;
   * undefined between functions.
   */
  afterPrologue(codeOffset: number): number | undefined {
    const row = this.rowAt(codeOffset);
    return row < 0 ? undefined : this.codeOffsets[this.firstStatement(this.firstRows[row]!)];
  }

  /**
   * Offsets at which a statement begins, in the files that the filter lets pass, ascending. A run of rows with the same place
   * is one statement.
   */
  statements(wanted: (file: string) => boolean): Uint32Array {
    const files = this.files.map(wanted);
    return Uint32Array.from(
      this.statementRows((row) => files[this.fileIndexes[row]!] === true),
      (row) => this.codeOffsets[row]!,
    );
  }

  /**
   * Where to stop for a breakpoint: one offset in every function (or inner range) that has code of that line, ascending. A line
   * without code stands for the next one that has some, in a function around it if there is one; a column without code
   * for the next one in the line, or for the line. A function's first line stands for the end of its prologue.
   * @param ranges functions and inlined blocks, nested or apart; without them a sequence counts as one
   */
  offsetsOfLine(file: string, line: number, column = 0, ranges: readonly CodeRange[] = []): number[] {
    const number = this.fileNumbers.get(file);
    if (number === undefined) return [];
    const rows = [...this.statementRows((row) => this.fileIndexes[row] === number)];
    const actualLine = this.lineWithCode(rows, line);
    const ofLine = rows.filter((row) => this.lines[row] === actualLine);
    const actualColumn =
      column > 0 && actualLine === line
        ? nextAtLeast(
            column,
            ofLine.map((row) => this.columns[row]!),
          )
        : 0;
    const places = new Map<string, number>();
    for (const row of ofLine) {
      if (actualColumn > 0 && this.columns[row] !== actualColumn) continue;
      const place = innermost(ranges, this.codeOffsets[row]!) ?? `sequence ${this.firstRows[row]!}`;
      if (!places.has(place)) places.set(place, row);
    }
    const stops = [...places.values()].map((row) => (row === this.firstRows[row] ? this.firstStatement(row) : row));
    return [...new Set(stops.map((row) => this.codeOffsets[row]!))].sort((a, b) => a - b);
  }

  /** Places of the statements in these lines (both included), in the order of the source. */
  columnsOf(file: string, fromLine: number, toLine: number): { readonly line: number; readonly column: number }[] {
    const number = this.fileNumbers.get(file);
    const places = new Map<string, { line: number; column: number }>();
    for (const row of this.statementRows((n) => this.fileIndexes[n] === number)) {
      const [line, column] = [this.lines[row]!, this.columns[row]!];
      if (line >= fromLine && line <= toLine) places.set(`${line}:${column}`, { line, column });
    }
    return [...places.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  private fileNumber(file: string): number {
    const known = this.fileNumbers.get(file);
    if (known !== undefined) return known;
    this.fileNumbers.set(file, this.fileNumbers.size);
    return this.fileNumbers.size - 1;
  }

  private position(row: number): SourcePosition {
    return { file: this.files[this.fileIndexes[row]!] ?? '', line: this.lines[row]!, column: this.columns[row]! };
  }

  /** Last row at or before an offset, -1 if the offset lies in no sequence. */
  private rowAt(codeOffset: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.codeOffsets[middle]! <= codeOffset) low = middle + 1;
      else high = middle;
    }
    return low > 0 && (this.flags[low - 1]! & RowFlag.endSequence) === 0 ? low - 1 : -1;
  }

  private rowAfterPrologue(first: number): number {
    for (let row = first; row < this.length && this.firstRows[row] === first; row++)
      if (this.flags[row]! & RowFlag.prologueEnd && (this.flags[row]! & RowFlag.endSequence) === 0) return row;
    return first;
  }

  /** The first statement after a function's prologue that is of the function's own file, and not inlined from elsewhere. */
  private firstStatement(first: number): number {
    for (let row = this.rowAfterPrologue(first); row < this.length && this.firstRows[row] === first; row++) {
      const isStatement = (this.flags[row]! & (RowFlag.isStmt | RowFlag.endSequence)) === RowFlag.isStmt;
      if (isStatement && this.lines[row]! > 0 && this.fileIndexes[row] === this.fileIndexes[first]) return row;
    }
    return first;
  }

  private *statementRows(wanted: (row: number) => boolean): Generator<number> {
    let said = false;
    for (let row = 0; row < this.length; row++) {
      const goesOn =
        row > this.firstRows[row]! &&
        this.lines[row] === this.lines[row - 1] &&
        this.columns[row] === this.columns[row - 1] &&
        this.fileIndexes[row] === this.fileIndexes[row - 1];
      if (!goesOn) said = false;
      const flags = this.flags[row]!;
      if (said || (flags & RowFlag.isStmt) === 0 || (flags & RowFlag.endSequence) !== 0 || this.lines[row] === 0)
        continue;
      said = true;
      if (wanted(row)) yield row;
    }
  }

  /** The line itself, or the next one with a statement, of the functions around the line if there are any; else 0. */
  private lineWithCode(rows: readonly number[], line: number): number {
    if (rows.some((row) => this.lines[row] === line)) return line;
    const spans = new Map<number, { from: number; to: number }>();
    for (const row of rows) {
      const at = this.lines[row]!;
      const span = spans.get(this.firstRows[row]!);
      if (span) Object.assign(span, { from: Math.min(span.from, at), to: Math.max(span.to, at) });
      else spans.set(this.firstRows[row]!, { from: at, to: at });
    }
    const around = rows.filter((row) => {
      const span = spans.get(this.firstRows[row]!)!;
      return span.from < line && line < span.to;
    });
    return nextAtLeast(
      line,
      (around.length > 0 ? around : rows).map((row) => this.lines[row]!),
    );
  }
}

/** The least of the numbers that is not below `least`; 0 if all are. */
function nextAtLeast(least: number, numbers: readonly number[]): number {
  let best = 0;
  for (const number of numbers) if (number >= least && (best === 0 || number < best)) best = number;
  return best;
}

function innermost(ranges: readonly CodeRange[], codeOffset: number): string | undefined {
  let best: CodeRange | undefined;
  for (const range of ranges) {
    if (range.start > codeOffset || codeOffset >= range.end) continue;
    if (!best || range.end - range.start < best.end - best.start) best = range;
  }
  return best && `range ${best.start} ${best.end}`;
}
