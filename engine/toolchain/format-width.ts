/**
 * Formats of printf and scanf that fit where `long` has 64 bits and do not where it has 32: `%ld` for an `int64_t`, `%llu` for a `size_t`. The
 * C library would take bytes of the next argument, so that the program printed something else than elsewhere. Clang knows the types and
 * proposes the format that fits; it is put into the text, and the source compiled again. What Clang has no proposal for is an error.
 *
 * Invariant: lines stay lines, and only conversions of integers change.
 */
import type { FileTree } from './compiler.js';
import { fileOf, withFile } from './file-tree.js';

/** Lets Clang write its proposals as `fix-it:"file":{line:column-line:column}:"text"`, columns in bytes. */
export const FORMAT_FLAGS = ['-Wformat', '-fdiagnostics-parseable-fixits'];

const TYPE = String.raw`'([^']*)'(?: \(aka '([^']*)'\))?`;
const MISMATCH = new RegExp(`format specifies type ${TYPE} but the argument has (?:underlying )?type ${TYPE}`);
const DIAGNOSTIC = /^.+?:\d+:\d+: (?:fatal error|error|warning|note): /;
const FIX = /^fix-it:("(?:[^"\\]|\\.)*"):\{(\d+):(\d+)-(\d+):(\d+)\}:"(%[^"\\]*[diouxX])"$/;

interface Fix {
  readonly path: string;
  readonly line: number;
  /** Bytes of the line, from 0. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Whether a message says that a format takes 4 bytes of an integer of 8, or the other way round; or that it writes them. */
export function isFormatWidth(message: string): boolean {
  const [, expected, expectedAlias, given, givenAlias] = MISMATCH.exec(message) ?? [];
  const widths = [bytesOf(expectedAlias ?? expected ?? ''), bytesOf(givenAlias ?? given ?? '')];
  return widths.includes(4) && widths.includes(8);
}

/** Of an integer, of what a pointer to one points to; 0 for what is neither. */
function bytesOf(type: string): number {
  const name = type.replaceAll(/\b(?:const|volatile|unsigned|signed)\b/g, '').trim();
  const [, pointee] = /^(.*?) ?\*$/.exec(name) ?? [];
  if (pointee !== undefined && !/^(?:long|int|long long)?$/.test(pointee)) return 4;
  const integer = pointee ?? name;
  if (/^long long$/.test(integer)) return 8;
  return /^(?:|int|long|short|char|bool)$/.test(integer) ? 4 : 0;
}

/**
 * @param files what was compiled
 * @param output what Clang said
 * @returns the files with formats that fit, or null if there is nothing to change
 */
export function fixFormats(files: FileTree, output: string): FileTree | null {
  const fixes = fixesOf(output);
  let fitting: FileTree | null = null;
  for (const path of new Set(fixes.map((fix) => fix.path))) {
    const text = fileOf(files, path);
    if (text === undefined) continue;
    const ofFile = fixes.filter((fix) => fix.path === path);
    fitting = withFile(fitting ?? files, path, applied(text, ofFile));
  }
  return fitting;
}

function fixesOf(output: string): Fix[] {
  const fixes = new Map<string, Fix | null>();
  let widthIsWrong = false;
  for (const line of output.split('\n')) {
    if (DIAGNOSTIC.test(line)) widthIsWrong = isFormatWidth(line);
    const [, quoted, firstLine, from, lastLine, to, text] = FIX.exec(line) ?? [];
    if (!widthIsWrong || quoted === undefined || text === undefined || firstLine !== lastLine) continue;
    const path = (JSON.parse(quoted) as string).replace(/^(?:\.?\/)+/, '');
    const fix = { path, line: Number(firstLine), from: Number(from) - 1, to: Number(to) - 1, text };
    const place = `${path}:${String(fix.line)}:${String(fix.from)}`;
    const known = fixes.get(place);
    // Instances of a template that want different ones have none.
    fixes.set(place, known === undefined || known?.text === text ? fix : null);
  }
  return [...fixes.values()].filter((fix) => fix !== null);
}

function applied(text: string, fixes: readonly Fix[]): string {
  const lines = text.split('\n');
  const ordered = [...fixes].sort((a, b) => b.from - a.from);
  for (const { line, from, to, text: format } of ordered) {
    const bytes = Buffer.from(lines[line - 1] ?? '');
    lines[line - 1] = Buffer.concat([bytes.subarray(0, from), Buffer.from(format), bytes.subarray(to)]).toString();
  }
  return lines.join('\n');
}
