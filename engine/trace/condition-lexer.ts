/**
 * Words, numbers and signs of a condition. Invariant: linear in the length of the text, which is bounded, and throws
 * nothing but ConditionError, whatever the text.
 */
import { ConditionError, quote } from './condition-error.js';

/** What a number was written as: a `size` in bytes (`64K`), a `time` in ns (`10us`), or plain. */
export type NumberUnit = 'none' | 'size' | 'time';

export type Token =
  | {
      readonly type: 'number';
      readonly position: number;
      readonly text: string;
      readonly value: number;
      readonly unit: NumberUnit;
    }
  /** In quotes; `value` is what stands between them. */
  | { readonly type: 'text'; readonly position: number; readonly text: string; readonly value: string }
  | { readonly type: 'word'; readonly position: number; readonly text: string }
  | { readonly type: 'sign'; readonly position: number; readonly text: string }
  | { readonly type: 'end'; readonly position: number; readonly text: '' };

/** Characters: far more than a person writes, little enough that nothing takes long. */
const MAX_LENGTH = 4096;

const BLANK = /\s*/y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*/uy;
/** With whatever word is stuck to its end, so that an unknown unit is named as a whole. */
const NUMBER = /(0[xX][0-9A-Za-z]*|\d+(?:\.\d+)?)([\p{L}_$µ][\p{L}\p{N}_$]*)?/uy;
const TEXT = /"((?:[^"\\]|\\[^])*)"|'((?:[^'\\]|\\[^])*)'/y;
const SIGN = /==|!=|<=|>=|&&|\|\||\.\.|[<>!(),]/y;

const SIZE_UNITS = /^([kmg])(?:i?b)?$|^b$/i;
const TIME_UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
]);

/** Signs of other languages, and what they are here. */
const MEANT: Readonly<Record<string, string>> = { '=': "'=='", '&': "'&&'", '|': "'||'", '~': "'!'", '.': "'..'" };

/** The tokens, the last of which is the end. */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw new ConditionError(
      MAX_LENGTH,
      `the condition has ${text.length} characters, and at most ${MAX_LENGTH} are possible`,
    );
  }
  const tokens: Token[] = [];
  let position = afterBlanks(text, 0);
  while (position < text.length) {
    const token = tokenAt(text, position);
    tokens.push(token);
    position = afterBlanks(text, position + token.text.length);
  }
  tokens.push({ type: 'end', position: text.length, text: '' });
  return tokens;
}

function tokenAt(text: string, position: number): Token {
  const number = matchAt(NUMBER, text, position);
  if (number !== null) return numberToken(position, number[0], number[1]!, number[2] ?? '');
  const word = matchAt(WORD, text, position);
  if (word !== null) return { type: 'word', position, text: word[0] };
  const quoted = matchAt(TEXT, text, position);
  if (quoted !== null) {
    // Only quotes and backslashes are escaped, so that a path of Windows stays what it is.
    const value = (quoted[1] ?? quoted[2] ?? '').replace(/\\(["'\\])/g, '$1');
    return { type: 'text', position, text: quoted[0], value };
  }
  const sign = matchAt(SIGN, text, position);
  if (sign !== null) return { type: 'sign', position, text: sign[0] };

  const character = String.fromCodePoint(text.codePointAt(position)!);
  if (character === '"' || character === "'") {
    throw new ConditionError(position, `the text that begins here has no end, put a ${character} behind it`);
  }
  if (character === '-') throw new ConditionError(position, "found '-', but numbers here are never negative");
  const meant = MEANT[character];
  throw new ConditionError(
    position,
    meant === undefined
      ? `found ${quote(character)}, but only fields, numbers, text in quotes, == != < <= > >= in && || ! and parentheses are possible`
      : `found ${quote(character)} (did you mean ${meant}?)`,
  );
}

function numberToken(position: number, text: string, digits: string, suffix: string): Token {
  const hex = /^0x/i.test(digits);
  if (hex ? !/^0x[0-9a-f]+$/i.test(digits) : /^0\d/.test(digits)) {
    throw new ConditionError(
      position,
      hex
        ? `${quote(text)} is not a hexadecimal number, write for example 0x20000`
        : `${quote(text)} begins with 0, but a number is decimal (12) or hexadecimal (0x0c)`,
    );
  }
  const size = SIZE_UNITS.exec(suffix);
  const ns = TIME_UNITS.get(suffix);
  if (suffix !== '' && size === null && ns === undefined) {
    throw new ConditionError(
      position + digits.length,
      `${quote(suffix)} is not a unit, sizes have K, M, G (or KiB, MiB, GiB), times have ns, us, ms, s`,
    );
  }
  const factor = size === null ? (ns ?? 1) : 1024 ** ' kmg'.indexOf((size[1] ?? ' ').toLowerCase());
  const unit = size !== null ? 'size' : ns !== undefined ? 'time' : 'none';
  const exact = Number(digits) * factor;
  if (unit === 'none' && !Number.isInteger(exact)) {
    throw new ConditionError(position, `found ${quote(text)}, but a number without a unit is whole`);
  }
  const value = Math.round(exact);
  if (!Number.isSafeInteger(value)) {
    throw new ConditionError(position, `${quote(text)} is too large, numbers end at 2^53`);
  }
  return { type: 'number', position, text, value, unit };
}

function afterBlanks(text: string, position: number): number {
  return position + matchAt(BLANK, text, position)![0].length;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  const match = pattern.exec(text);
  pattern.lastIndex = 0;
  return match;
}
