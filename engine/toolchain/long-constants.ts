/**
 * Constants of `long`, `size_t` and their like that 64 bits hold, as Linux has them, and 32 do not: `const size_t total = 4 * 1024UL * 1024 * 1024;`.
 * Of unsigned ones Clang says nothing, folds them to what is left (0), and there is nothing to check when the program runs.
 *
 * A source's text is read for expressions of numbers, `sizeof` and casts of basic types, macros without parameters and constants that have such values,
 * and these are computed as a compiler for Linux would. What has other operands is left alone: it is checked when the program runs.
 */
import type { Diagnostic } from './diagnostics.js';
import { WHY } from './long-width.js';
import type { ProjectText } from './project-texts.js';
import { tokensOf, type Token } from './source-tokens.js';
import { userPath } from './source-tree.js';

/** Words of a source are hostile: `toString` is in every object. */
function tableOf<T>(entries: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(entries));
}

/** By rank, and of one rank the unsigned one is above. */
const KINDS = ['int', 'unsigned int', 'long', 'unsigned long', 'long long', 'unsigned long long'] as const;
type Kind = (typeof KINDS)[number];

/** As on Linux. */
interface Constant {
  readonly kind: Kind;
  readonly value: bigint;
}

/** A constant, or not one. The place of the next token is behind it. */
interface Parsed {
  readonly constant: Constant | null;
  readonly next: number;
}

/** @param texts of a source and what it includes; @param said by Clang of them. @returns an error for each such constant; a warning where a condition may leave it out */
export function longConstants(texts: Iterable<ProjectText>, said: readonly Diagnostic[]): Diagnostic[] {
  const read = Array.from(texts).filter(({ text }) => text.length <= MOST_TEXT);
  const files = read.map(({ path, text }) => ({ file: userPath(path), tokens: tokensOf(text) }));
  const names = new Map<string, Constant | null>();
  const found: Diagnostic[] = [];
  // Names first, in case a header that is read later has them: the order of includes is not known here.
  const declared = declarations(files.map(({ tokens }) => tokens));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = names.size;
    for (const { tokens } of files) findNames(tokens, names, declared);
    if (names.size === before) break;
  }
  for (const { file, tokens } of files) {
    for (const { token, value } of new Reader(tokens, names, true).lost())
      found.push({
        file,
        line: token.line,
        column: token.column,
        severity: token.isConditional ? 'warning' : 'error',
        message: `constant ${String(value)} does not fit its type; ${WHY}`,
      });
  }
  const lineOf = ({ file, line }: Diagnostic): string => `${file}:${String(line)}`;
  const errors = new Set(said.filter(({ severity }) => severity === 'error').map(lineOf));
  return found.filter((diagnostic) => !errors.has(lineOf(diagnostic))).slice(0, MOST_TOLD);
}

/** As Clang, which stops at so many errors. */
const MOST_TOLD = 19;

/** What is larger is data. */
const MOST_TEXT = 1 << 20;

/** Names that are made of names that are made of others. */
const MOST_ROUNDS = 8;

/** How often a name follows another one, as the name of a parameter, a variable or a member follows its type. */
function declarations(files: readonly (readonly Token[])[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const tokens of files)
    tokens.forEach(({ kind, text }, at) => {
      const before = tokens[at - 1];
      const isTyped = before?.kind === 'name' ? !BEFORE_VALUE.has(before.text) : before?.text === '>';
      if (kind === 'name' && isTyped) counts.set(text, (counts.get(text) ?? 0) + 1);
    });
  return counts;
}

const BEFORE_VALUE = new Set(['return', 'case', 'else', 'do', 'throw', 'goto', 'sizeof', 'and', 'or', 'not']);

function findNames(
  tokens: readonly Token[],
  names: Map<string, Constant | null>,
  declared: ReadonlyMap<string, number>,
): void {
  tokens.forEach(({ kind, text }, at) => {
    if (kind === 'define') define(names, text, valueOf(tokens, names, at + 1, 'end'));
    else if (text === '=' && tokens[at - 1]?.kind === 'name') {
      const name = tokens[at - 1]?.text ?? '';
      const type = constantType(tokens, at - 2);
      const value = type && declared.get(name) === 1 ? converted(valueOf(tokens, names, at + 1, ';'), type) : null;
      if (value && fits(value)) define(names, name, value);
    }
  });
}

/** Two values: which one holds depends on conditions. */
function define(names: Map<string, Constant | null>, name: string, constant: Constant | null): void {
  const known = names.get(name);
  if (known === undefined) {
    if (constant) names.set(name, constant);
  } else if (constant?.value !== known?.value || constant?.kind !== known?.kind) names.set(name, null);
}

function valueOf(
  tokens: readonly Token[],
  names: ReadonlyMap<string, Constant | null>,
  start: number,
  end: string,
): Constant | null {
  const { constant, next } = new Reader(tokens, names, false).expression(start, 1);
  return tokens[next]?.text === end || tokens[next]?.kind === end ? constant : null;
}

/** @param last the token before the name. @returns what a constant is declared as; undefined if it is none, or no integer */
function constantType(tokens: readonly Token[], last: number): Kind | undefined {
  const words: string[] = [];
  for (let at = last; tokens[at]?.kind === 'name' || tokens[at]?.text === '::'; at--)
    words.unshift(tokens[at]?.text ?? '');
  if (!words.some((word) => word === 'const' || word === 'constexpr')) return undefined;
  return kindOf(words.filter((word) => !SPECIFIERS.has(word)));
}

const SPECIFIERS = new Set([
  'const',
  'constexpr',
  'static',
  'inline',
  'extern',
  'std',
  '::',
  '__device__',
  '__constant__',
]);
const ALIASES: ReadonlyMap<string, Kind> = tableOf<Kind>({
  size_t: 'unsigned long',
  uintptr_t: 'unsigned long',
  ulong: 'unsigned long',
  ssize_t: 'long',
  ptrdiff_t: 'long',
  intptr_t: 'long',
  int64_t: 'long long',
  uint64_t: 'unsigned long long',
  int32_t: 'int',
  uint32_t: 'unsigned int',
  uint: 'unsigned int',
});

function kindOf(words: readonly string[]): Kind | undefined {
  const [only = ''] = words;
  const alias = words.length === 1 ? ALIASES.get(only) : undefined;
  if (alias !== undefined) return alias;
  if (words.length === 0 || words.some((word) => !['unsigned', 'signed', 'long', 'int'].includes(word)))
    return undefined;
  const width = words.filter((word) => word === 'long').length;
  const base = (['int', 'long', 'long long'] as const)[width];
  if (!base) return undefined;
  return words.includes('unsigned') ? `unsigned ${base}` : base;
}

/** Bytes here: a program that asks for its own `long` or a pointer gets what it has. */
const SIZES: ReadonlyMap<string, bigint> = tableOf({
  char: 1n,
  bool: 1n,
  short: 2n,
  int: 4n,
  float: 4n,
  double: 8n,
  long: 4n,
  float4: 16n,
  double2: 16n,
});

/** Clang's own limit for brackets. */
const MOST_NESTED = 256;

class Reader {
  private depth = 0;
  private readonly lostTokens: { readonly token: Token; readonly value: bigint }[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    private readonly names: ReadonlyMap<string, Constant | null>,
    /** Else what is too large is kept: it is told of where it is used. */
    private readonly tells: boolean,
  ) {}

  /** Where bits are lost; each outermost expression once. */
  lost(): readonly { readonly token: Token; readonly value: bigint }[] {
    for (let at = 0; at < this.tokens.length;) {
      const token = this.tokens[at];
      const before = this.tokens[at - 1];
      if (token?.kind === 'define') {
        // Told of where it is used.
        while (at < this.tokens.length && this.tokens[at]?.kind !== 'end') at++;
        continue;
      }
      const isOperand = before && (before.kind === 'number' || before.text === ')' || before.text === ']');
      const binds = before && !isOperand ? (PRECEDENCE.get(before.text) ?? 0) : 0;
      const isStart = token && !isOperand && (token.kind === 'number' || token.kind === 'name' || token.text === '(');
      const { next } = isStart ? this.expression(at, binds + 1) : { next: at + 1 };
      at = Math.max(next, at + 1);
    }
    return this.lostTokens;
  }

  /** @param least operators that bind less than this end it */
  expression(start: number, least: number): Parsed {
    let { constant, next } = this.operand(start);
    while (constant) {
      const operator = this.tokens[next]?.text ?? '';
      const binds = PRECEDENCE.get(operator) ?? 0;
      if (binds === 0 || binds < least) break;
      const right = this.expression(next + 1, binds + 1);
      if (!right.constant) break;
      const result = compute(operator, constant, right.constant);
      next = right.next;
      constant = result && this.checked(result, start) ? result : null;
    }
    return { constant, next };
  }

  private checked(result: Constant, start: number): boolean {
    if (!this.tells || fits(result)) return true;
    const token = this.tokens[start];
    if (token) this.lostTokens.push({ token, value: result.value });
    return false;
  }

  private operand(at: number): Parsed {
    if (this.depth === MOST_NESTED) return { constant: null, next: at + 1 };
    this.depth++;
    const parsed = this.operandIn(at);
    this.depth--;
    return parsed;
  }

  private operandIn(at: number): Parsed {
    const none = { constant: null, next: at + 1 };
    const token = this.tokens[at];
    if (!token) return none;
    if (token.kind === 'number') return { constant: literal(token.text), next: at + 1 };
    if (token.text === '-' || token.text === '+' || token.text === '~') {
      const { constant, next } = this.operand(at + 1);
      const isUsed = constant && token.text === '+' ? constant : null;
      return {
        constant: isUsed ?? (constant && compute('-', { kind: 'int', value: token.text === '~' ? -1n : 0n }, constant)),
        next,
      };
    }
    if (token.text === 'sizeof') return this.size(at);
    if (token.text === '(') {
      const close = this.closing(at, 6);
      const type = kindOf(this.words(at + 1, close));
      if (type) {
        const { constant, next } = this.operand(close + 1);
        const result = converted(constant, type);
        return { constant: result && this.checked(result, at) ? result : null, next };
      }
      const { constant, next } = this.expression(at + 1, 1);
      return this.tokens[next]?.text === ')'
        ? { constant, next: next + 1 }
        : { constant: null, next: Math.max(next, at + 1) };
    }
    const before = this.tokens[at - 1]?.text;
    const isMember = before === '.' || before === '->' || before === '::' || this.tokens[at + 1]?.text === '(';
    if (token.kind === 'name' && !isMember) {
      const constant = this.names.get(token.text) ?? null;
      if (constant) return { constant: this.checked(constant, at) ? constant : null, next: at + 1 };
    }
    return none;
  }

  private size(at: number): Parsed {
    const close = this.closing(at + 1, 4);
    const words = this.words(at + 2, close).filter((word) => word !== 'unsigned');
    const isWide = words.length === 2 && words.every((word) => word === 'long');
    const bytes = isWide ? 8n : words.length === 1 ? SIZES.get(words[0] ?? '') : undefined;
    if (this.tokens[at + 1]?.text !== '(' || bytes === undefined) return { constant: null, next: at + 1 };
    return { constant: { kind: 'unsigned long', value: bytes }, next: close + 1 };
  }

  private closing(at: number, most: number): number {
    let close = at + 1;
    while (close < at + most && this.tokens[close]?.text !== ')') close++;
    return close;
  }

  private words(start: number, end: number): string[] {
    return this.tokens.slice(start, end).flatMap(({ text }) => (text === 'std' || text === '::' ? [] : [text]));
  }
}

const PRECEDENCE: ReadonlyMap<string, number> = tableOf({
  '*': 6,
  '/': 6,
  '%': 6,
  '+': 5,
  '-': 5,
  '<<': 4,
  '>>': 4,
  '&': 3,
  '^': 2,
  '|': 1,
});

function compute(operator: string, a: Constant, b: Constant): Constant | null {
  const isShift = operator === '<<' || operator === '>>';
  const kind = isShift || KINDS.indexOf(a.kind) >= KINDS.indexOf(b.kind) ? a.kind : b.kind;
  const [x, y] = [wrapped(a.value, kind), isShift ? b.value : wrapped(b.value, kind)];
  // All ones: the largest that there is, here as there.
  if (kind === 'unsigned long' && isAllOnes(x) && !'+-*'.includes(operator)) return null;
  if (isShift ? y < 0n || y > 63n : y === 0n && '/%'.includes(operator)) return null;
  const value = COMPUTE.get(operator)?.(x, y);
  return value === undefined ? null : { kind, value: wrapped(value, kind) };
}

const COMPUTE: ReadonlyMap<string, (x: bigint, y: bigint) => bigint> = tableOf({
  '*': (x, y) => x * y,
  '/': (x, y) => x / y,
  '%': (x, y) => x % y,
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '<<': (x, y) => x << y,
  '>>': (x, y) => x >> y,
  '&': (x, y) => x & y,
  '^': (x, y) => x ^ y,
  '|': (x, y) => x | y,
});

function isAllOnes(value: bigint): boolean {
  return BigInt.asIntN(64, value) < 0n;
}

/** Whether 32 bits say the same. */
function fits({ kind, value }: Constant): boolean {
  if (kind === 'unsigned long') return isAllOnes(value) ? -BigInt.asIntN(64, value) <= 1n << 31n : value < 1n << 32n;
  return kind !== 'long' || BigInt.asIntN(32, value) === value;
}

function wrapped(value: bigint, kind: Kind): bigint {
  const bits = kind === 'int' || kind === 'unsigned int' ? 32 : 64;
  return kind.startsWith('unsigned') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
}

function converted(constant: Constant | null, kind: Kind): Constant | null {
  return constant && { kind, value: wrapped(constant.value, kind) };
}

/** One that needs 64 bits has them here, too: it is a `long long`. */
function literal(text: string): Constant | null {
  const match = /^(0[xX][\da-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)([uUlLzZ]*)$/.exec(text.replaceAll("'", ''));
  if (!match) return null;
  const [, digits = '', suffix = ''] = match;
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const width = /[zZ]/.test(suffix) ? 1 : (/[lL]+/.exec(suffix)?.[0].length ?? 0);
  const isUnsigned = /[uU]/.test(suffix);
  const mayBeUnsigned = isUnsigned || !/^[1-9]/.test(digits);
  const kind = KINDS.find(
    (each, rank) =>
      rank >= width * 2 &&
      (each.startsWith('unsigned') ? mayBeUnsigned : !isUnsigned) &&
      value < 1n << BigInt(bitsHere(each)),
  );
  return kind ? { kind, value } : null;
}

function bitsHere(kind: Kind): number {
  return (kind.includes('long long') ? 64 : 32) - (kind.startsWith('unsigned') ? 0 : 1);
}
