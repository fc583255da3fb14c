/** The program's code as the debugger's user sees it: files, lines, functions; where to stop and what to poll. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { LineTable } from '../symbols/line-table.js';
import type { WasmModule } from '../toolchain/instrument/wasm-module.js';
import { CodeIndex, type CodePosition } from './code-index.js';
import type { CodeTables } from './messages.js';

export interface CodeFunction {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** Demangled, with parameter types. */
  readonly name: string;
  readonly user: boolean;
}

/** What the rest of the engine knows of a linked program. */
export interface LinkedCode {
  readonly module: WasmModule;
  readonly lines: LineTable;
  /** Absolute. */
  readonly projectFolder: string;
  /** A file of the line table as the project calls it, or null for what is not the user's. */
  readonly userFile: (file: string) => string | null;
  /** By function start. */
  readonly functionName: (start: number) => string | null;
  readonly isUser: (start: number) => boolean;
  /** Texts of the user's files, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

export class ProgramCode {
  readonly functions: readonly CodeFunction[];
  readonly tables: CodeTables;
  readonly index: CodeIndex;
  /** Offsets to poll at whatever breakpoints there are: the first of each line, in each function. */
  readonly lineStarts: ReadonlySet<number>;
  private readonly tableFiles = new Map<string, string>();

  constructor(private readonly linked: LinkedCode) {
    const { module, lines } = linked;
    this.functions = module.bodies.map((body) => {
      const start = body.start - module.codeStart;
      const name = linked.functionName(start) ?? module.functionNames.get(body.functionIndex) ?? '?';
      return { index: body.functionIndex, start, end: body.end - module.codeStart, name, user: linked.isUser(start) };
    });
    for (const file of lines.files) {
      const user = linked.userFile(file);
      if (user !== null && !this.tableFiles.has(user)) this.tableFiles.set(user, file);
    }
    this.tables = this.makeTables();
    this.index = new CodeIndex(this.tables);
    this.lineStarts = this.findLineStarts();
  }

  /** Files of the user's with code, absolute. */
  get sources(): string[] {
    return this.tables.files.map((file) => this.pathOf(file));
  }

  pathOf(file: string): string {
    return resolve(this.linked.projectFolder, file);
  }

  /** The name of a path's file in this program; undefined if it has no code here. */
  fileOf(path: string): string | undefined {
    const local = isAbsolute(path) ? relative(this.linked.projectFolder, path) : path;
    const file = local.split(sep).join('/');
    return this.tableFiles.has(file) ? file : undefined;
  }

  /** Where a breakpoint at a line stops: one offset a function (an instance of a template, a host's or a device's copy). */
  stopsAt(
    file: string,
    line: number,
    column = 0,
  ): { readonly offsets: readonly number[]; readonly at: CodePosition | null } {
    const name = this.tableFiles.get(file);
    if (name === undefined) return { offsets: [], at: null };
    const ranges = this.functions.filter(({ user }) => user);
    const offsets = this.linked.lines
      .offsetsOfLine(name, line, column, ranges)
      .filter((offset) => this.functionAt(offset)?.user === true);
    const [first] = offsets;
    return { offsets, at: first === undefined ? null : (this.index.at(first) ?? null) };
  }

  columnsOf(file: string, from: number, to: number): readonly { readonly line: number; readonly column: number }[] {
    const name = this.tableFiles.get(file);
    return name === undefined ? [] : this.linked.lines.columnsOf(name, from, to);
  }

  /** Where a function's own work begins. */
  entryOf(fn: CodeFunction): number {
    return this.linked.lines.afterPrologue(fn.start) ?? fn.start;
  }

  /** Functions of that name: whole, without parameter types, or only its last part. */
  functionsNamed(name: string): CodeFunction[] {
    const wanted = name.trim();
    const bare = (full: string): string =>
      full.replace(/^(?:void|[\w:]+(?:<[^()]*>)?[*&]*) (?=[\w:]+(<.*>)?\()/, '').replace(/(<.*>)?\(.*$/, '');
    return this.functions.filter(
      (fn) =>
        fn.user && (fn.name === wanted || bare(fn.name) === wanted || bare(fn.name).split('::').at(-1) === wanted),
    );
  }

  functionAt(offset: number): CodeFunction | undefined {
    const { functions } = this;
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((functions[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const found = functions[low];
    return found && found.start <= offset ? found : undefined;
  }

  functionByIndex(index: number): CodeFunction | undefined {
    return this.functions[index - this.linked.module.importedFunctions];
  }

  private makeTables(): CodeTables {
    const { lines } = this.linked;
    const files = [...this.tableFiles.keys()];
    const fileIndex = lines.files.map((file) => files.indexOf(this.linked.userFile(file) ?? ''));
    const rows: number[] = [];
    const user = this.functions.filter((fn) => fn.user);
    for (let row = 0; row < lines.length; row++) {
      const file = fileIndex[lines.fileIndexes[row] ?? 0] ?? -1;
      if (file >= 0) rows.push(row);
    }
    return {
      files,
      texts: files.map((file) => this.linked.texts.get(file) ?? ''),
      offsets: Uint32Array.from(rows, (row) => lines.codeOffsets[row] ?? 0),
      fileOf: Uint16Array.from(rows, (row) => fileIndex[lines.fileIndexes[row] ?? 0] ?? 0),
      lineOf: Uint32Array.from(rows, (row) => lines.lines[row] ?? 0),
      columnOf: Uint16Array.from(rows, (row) => lines.columns[row] ?? 0),
      functionStarts: Uint32Array.from(user, (fn) => fn.start),
      functionEnds: Uint32Array.from(user, (fn) => fn.end),
      functionNames: user.map((fn) => fn.name),
    };
  }

  private findLineStarts(): Set<number> {
    const { lines } = this.linked;
    const starts = new Set<number>();
    let last: CodePosition | undefined;
    let within: CodeFunction | undefined;
    for (const offset of lines.statements((file) => this.linked.userFile(file) !== null)) {
      const fn = this.functionAt(offset);
      if (fn?.user !== true) continue;
      if (fn !== within) {
        within = fn;
        // Not before the parameters lie in their places.
        const entry = this.entryOf(fn);
        starts.add(entry);
        last = lines.at(entry);
      }
      if (offset <= this.entryOf(fn)) continue;
      const position = lines.at(offset);
      if (position?.line !== last?.line || position?.file !== last?.file) starts.add(offset);
      last = position;
    }
    return starts;
  }
}
