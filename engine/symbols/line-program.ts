/**
 * Decodes the units of `.debug_line`: their file tables, and the rows that their line number programs write.
 * Source: DWARF 5, section 6.2; DWARF 4, section 6.2 (versions 2 to 4 differ in the file tables).
 */
import { ByteCursor, MalformedSymbols } from './byte-cursor.js';

/** Contents of the sections, without their names. */
export interface LineSections {
  readonly line: Uint8Array;
  readonly lineStr?: Uint8Array | undefined;
  readonly str?: Uint8Array | undefined;
}

export const RowFlag = { isStmt: 1, prologueEnd: 2, endSequence: 4 } as const;

export interface Row {
  readonly codeOffset: number;
  /** Name as the compiler was given it; empty if the unit does not say. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly flags: number;
}

const Standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStmt: 6,
  setBasicBlock: 7,
  constAddPc: 8,
  fixedAdvancePc: 9,
  setPrologueEnd: 10,
  setEpilogueBegin: 11,
  setIsa: 12,
} as const;

const Extended = { endSequence: 1, setAddress: 2, defineFile: 3 } as const;
const Content = { path: 1, directoryIndex: 2 } as const;

interface Header {
  readonly minimumInstructionLength: number;
  readonly defaultIsStmt: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  /** Number of operands of each standard opcode, from 1 on. */
  readonly operandCounts: readonly number[];
  readonly files: string[];
  /** Number of the first file: 1 before DWARF 5. */
  readonly firstFile: number;
}

export interface LinePrograms {
  /** Each in the order of its program and ended by an end row. */
  readonly sequences: Row[][];
  /** Names of a unit's files by their numbers, by the unit's offset. */
  readonly files: ReadonlyMap<number, readonly string[]>;
}

export function readPrograms(sections: LineSections): LinePrograms {
  const sequences: Row[][] = [];
  const files = new Map<number, readonly string[]>();
  const cursor = new ByteCursor(sections.line);
  while (!cursor.done) {
    const offset = cursor.position;
    const length = cursor.u32();
    if (length >= 0xfffffff0) throw new MalformedSymbols('64-bit DWARF is not supported');
    const start = cursor.position;
    cursor.skip(length);
    const unit = new ByteCursor(sections.line, start, start + length);
    const header = readHeader(unit, sections);
    runProgram(unit, header, sequences);
    files.set(offset, header.firstFile === 0 ? header.files : ['', ...header.files]);
  }
  return { sequences, files };
}

function readHeader(unit: ByteCursor, sections: LineSections): Header {
  const version = unit.u16();
  if (version < 2 || version > 5)
    throw new MalformedSymbols(`line tables of DWARF version ${version} are not supported`);
  if (version >= 5 && unit.u16() !== 4) throw new MalformedSymbols('the line table is not of 32-bit code');
  const headerLength = unit.u32();
  const program = unit.position + headerLength;
  const minimumInstructionLength = unit.u8();
  // Operations of an instruction: 1 for everything that is not VLIW.
  if (version >= 4) unit.skip(1);
  const defaultIsStmt = unit.u8() !== 0;
  const lineBase = unit.i8();
  const lineRange = unit.u8();
  if (lineRange === 0) throw new MalformedSymbols('the line table has a line range of zero');
  const operandCounts = Array.from({ length: Math.max(0, unit.u8() - 1) }, () => unit.u8());
  const files = version >= 5 ? readFiles5(unit, sections) : readFiles4(unit);
  unit.position = program;
  unit.skip(0);
  const firstFile = version >= 5 ? 0 : 1;
  return { minimumInstructionLength, defaultIsStmt, lineBase, lineRange, operandCounts, files, firstFile };
}

function readFiles4(unit: ByteCursor): string[] {
  const directories = [''];
  for (let name = unit.text(); name !== ''; name = unit.text()) directories.push(name);
  const files: string[] = [];
  for (let name = unit.text(); name !== ''; name = unit.text()) {
    files.push(joined(directories[unit.uleb()] ?? '', name));
    unit.uleb(); // modification time
    unit.uleb(); // length
  }
  return files;
}

function readFiles5(unit: ByteCursor, sections: LineSections): string[] {
  const directories = readEntries(unit, sections).map(({ path }) => path);
  const compilationDirectory = directories[0] ?? '';
  return readEntries(unit, sections).map(({ path, directory }) =>
    joined(compilationDirectory, joined(directories[directory] ?? '', path)),
  );
}

function joined(directory: string, name: string): string {
  if (directory === '' || name.startsWith('/')) return name;
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

function readEntries(unit: ByteCursor, sections: LineSections): { path: string; directory: number }[] {
  const format = Array.from({ length: unit.u8() }, () => [unit.uleb(), unit.uleb()] as const);
  const count = unit.uleb();
  // Every entry has at least a byte: a larger count is a lie that would cost time and memory.
  if (count > unit.remaining || (count > 0 && format.length === 0))
    throw new MalformedSymbols('the line table has more files than bytes');
  return Array.from({ length: count }, () => {
    const entry = { path: '', directory: 0 };
    for (const [content, form] of format) {
      const value = readForm(unit, form, sections);
      if (content === Content.path) entry.path = String(value);
      else if (content === Content.directoryIndex) entry.directory = Number(value);
    }
    return entry;
  });
}

function readForm(unit: ByteCursor, form: number, sections: LineSections): string | number {
  switch (form) {
    case 0x08: // string
      return unit.text();
    case 0x0e: // strp
      return textAt(sections.str, unit.u32());
    case 0x1f: // line_strp
      return textAt(sections.lineStr, unit.u32());
    case 0x0b: // data1
      return unit.u8();
    case 0x05: // data2
      return unit.u16();
    case 0x06: // data4
      return unit.u32();
    case 0x07: // data8
      unit.skip(8);
      return 0;
    case 0x1e: // data16: a checksum
      unit.skip(16);
      return 0;
    case 0x0f: // udata
      return unit.uleb();
    case 0x09: // block
      unit.skip(unit.uleb());
      return 0;
    default:
      throw new MalformedSymbols(`the line table uses the unknown form 0x${form.toString(16)}`);
  }
}

function textAt(section: Uint8Array | undefined, offset: number): string {
  if (!section) throw new MalformedSymbols('the line table refers to a section of texts that is not there');
  return new ByteCursor(section, offset).text();
}

function runProgram(unit: ByteCursor, header: Header, sequences: Row[][]): void {
  const { lineBase, lineRange, minimumInstructionLength, operandCounts } = header;
  const opcodeBase = operandCounts.length + 1;
  let rows: Row[] = [];
  let address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let isStmt = header.defaultIsStmt;
  let prologueEnd = false;
  const emit = (flags = 0): void => {
    const name = header.files[file - header.firstFile] ?? '';
    if (isStmt) flags |= RowFlag.isStmt;
    if (prologueEnd) flags |= RowFlag.prologueEnd;
    rows.push({ codeOffset: address, file: name, line, column, flags });
    prologueEnd = false;
  };
  const advance = (operations: number): void => {
    address = (address + operations * minimumInstructionLength) >>> 0;
  };
  const extended = (): void => {
    const length = unit.uleb();
    const next = unit.position + length;
    if (length > 0) {
      switch (unit.u8()) {
        case Extended.endSequence:
          emit(RowFlag.endSequence);
          sequences.push(rows);
          rows = [];
          address = column = 0;
          file = line = 1;
          isStmt = header.defaultIsStmt;
          break;
        case Extended.setAddress:
          if (length !== 5) throw new MalformedSymbols('an address in the line table is not of 32 bits');
          address = unit.u32();
          break;
        case Extended.defineFile:
          header.files.push(unit.text());
          break;
        default:
          break;
      }
    }
    unit.position = next;
    unit.skip(0);
  };
  while (!unit.done) {
    const opcode = unit.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      advance(Math.floor(adjusted / lineRange));
      line = (line + lineBase + (adjusted % lineRange)) >>> 0;
      emit();
      continue;
    }
    switch (opcode) {
      case 0:
        extended();
        break;
      case Standard.copy:
        emit();
        break;
      case Standard.advancePc:
        advance(unit.uleb());
        break;
      case Standard.advanceLine:
        line = (line + unit.sleb()) >>> 0;
        break;
      case Standard.setFile:
        file = unit.uleb();
        break;
      case Standard.setColumn:
        column = unit.uleb();
        break;
      case Standard.negateStmt:
        isStmt = !isStmt;
        break;
      case Standard.constAddPc:
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case Standard.fixedAdvancePc:
        address = (address + unit.u16()) >>> 0;
        break;
      case Standard.setPrologueEnd:
        prologueEnd = true;
        break;
      case Standard.setBasicBlock:
      case Standard.setEpilogueBegin:
        break;
      case Standard.setIsa:
      default:
        // An opcode of a later version says how many operands to pass over.
        for (let n = operandCounts[opcode - 1] ?? 0; n > 0; n--) unit.uleb();
    }
  }
}
