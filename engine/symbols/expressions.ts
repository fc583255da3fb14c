/** The little of C++ that is parsed here: what stands before a place in an expression, and what a literal says. */
import type { Scalar, Type } from './types.js';

/**
 * Start of the postfix expression that ends before `end`: of `a + b.c[1](2)`, `b.c[1](2)`.
 * @returns `end` if nothing stands there
 */
export function postfixStart(text: string, end: number): number {
  let position = end;
  for (;;) {
    while (position > 0 && text[position - 1] === ' ') position--;
    const before = text[position - 1];
    if (before === ']' || before === ')') {
      const open = openingBracket(text, position - 1);
      if (open < 0) return end;
      position = open;
      // A bracket may stand after an operand, or be one itself.
      const operand = /[\w\])]\s*$/.test(text.slice(0, position));
      if (operand) continue;
    } else {
      const name = /(?:::)?\w+(?:::\w+)*$/.exec(text.slice(0, position));
      if (!name) return position === end ? end : position;
      position = name.index;
    }
    const access = /(?:\.|->)\s*$/.exec(text.slice(0, position));
    if (!access) return position;
    position = access.index;
  }
}

function openingBracket(text: string, closing: number): number {
  let depth = 0;
  for (let n = closing; n >= 0; n--) {
    const character = text[n]!;
    if (character === ']' || character === ')') depth++;
    else if (character === '[' || character === '(') depth--;
    if (depth === 0) return n;
  }
  return -1;
}

const ESCAPED: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
};

/** What a literal or an enumerator's name says; undefined if the text is something else. */
export function parseLiteral(text: string, type: Type): Scalar | undefined {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (trimmed === 'nullptr' || trimmed === 'NULL') return 0;
  const character = /^'(?:\\(.)|([^\\']))'$/u.exec(trimmed);
  if (character) {
    const escape = character[1];
    return (escape === undefined ? character[2]! : (ESCAPED[escape] ?? escape)).codePointAt(0);
  }
  const name = trimmed.slice(trimmed.lastIndexOf('::') + 1).replace(/^:/, '');
  const enumerator = type.enumerators.find((one) => one.name === name);
  if (enumerator) return enumerator.value;
  const integer = /^([+-]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)[uUlL]*$/.exec(trimmed);
  if (integer) {
    const digits = integer[2]!;
    const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return integer[1] === '-' ? -value : value;
  }
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFlL]?$/.test(trimmed)) return Number(trimmed.replace(/[fFlL]$/, ''));
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (special && type.kind === 'float') {
    const value = special[2]!.toLowerCase() === 'nan' ? NaN : Infinity;
    return special[1] === '-' ? -value : value;
  }
  return undefined;
}
