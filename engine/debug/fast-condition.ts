/**
 * Conditions that the program's thread can decide by itself: comparisons of numbers, of scalar variables whose place in
 * the frame or in memory is known, and of grid positions. LLDB says once where the variables lie; a loop's million
 * arrivals are then decided without asking. Everything else stays LLDB's, so what is understood here must mean the same.
 */
import type { GridPlace } from '../execution/debug-hooks.js';

export type FastOperand =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'grid'; readonly vector: keyof GridPlace; readonly axis: number }
  | FastVariable
  | {
      readonly kind: 'arithmetic';
      readonly operator: '+' | '-' | '%';
      readonly left: FastOperand;
      readonly right: FastOperand;
    };

/** A variable at a place relative to a spilled local, or at an address. At most 32 bits of integer, or a float. */
export interface FastVariable {
  readonly kind: 'variable';
  /** Index among the record's spilled locals; null: an address. */
  readonly slot: number | null;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly type: 'signed' | 'unsigned' | 'float';
}

export type FastCondition =
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: FastOperand; readonly right: FastOperand }
  | { readonly kind: 'and' | 'or'; readonly left: FastCondition; readonly right: FastCondition }
  | { readonly kind: 'not'; readonly term: FastCondition };

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)(?![\w.])|((?:threadIdx|blockIdx|blockDim|gridDim)\.[xyz]\b|[A-Za-z_]\w*)|(&&|\|\||[=!<>]=|[<>!()+%-]))/y;
const VECTORS = { threadIdx: 'thread', blockIdx: 'block', blockDim: 'blockDim', gridDim: 'gridDim' } as const;
const MOST_TOKENS = 200;

/** Names of the variables that a condition would have to know; null if it cannot be decided this way. */
export function fastVariables(text: string): string[] | null {
  const tokens = tokenize(text);
  if (!tokens) return null;
  const names = new Set<string>();
  const known = new Parser(tokens, (name) => {
    names.add(name);
    // Of a type that goes with every other.
    return { kind: 'variable', slot: null, offset: 0, bytes: 1, type: 'unsigned' };
  }).parse();
  return known && [...names];
}

/** @param resolve where a variable lies; null if it is nothing of the kind */
export function compileFastCondition(
  text: string,
  resolve: (name: string) => FastVariable | null,
): FastCondition | null {
  const tokens = tokenize(text);
  return tokens && new Parser(tokens, resolve).parse();
}

function tokenize(text: string): string[] | null {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    if (text.slice(TOKEN.lastIndex).trim() === '') break;
    const found = TOKEN.exec(text);
    if (!found || tokens.length >= MOST_TOKENS) return null;
    tokens.push(found[1] ?? found[2] ?? found[3] ?? '');
  }
  return tokens;
}

/** What is not understood makes everything null: the grammar is C's, with less in it. */
class Parser {
  private at = 0;
  private failed = false;

  constructor(
    private readonly tokens: readonly string[],
    private readonly resolve: (name: string) => FastVariable | null,
  ) {}

  parse(): FastCondition | null {
    const tree = this.or();
    return this.failed || this.at < this.tokens.length ? null : tree;
  }

  private or(): FastCondition | null {
    let left = this.and();
    while (this.take('||')) left = both('or', left, this.and());
    return left;
  }

  private and(): FastCondition | null {
    let left = this.term();
    while (this.take('&&')) left = both('and', left, this.term());
    return left;
  }

  private term(): FastCondition | null {
    if (this.take('!')) {
      if (!this.take('(')) return this.fail();
      const term = this.or();
      return this.take(')') && term ? { kind: 'not', term } : this.fail();
    }
    const start = this.at;
    if (this.take('(')) {
      // A parenthesis around a condition; one around an operand is not understood.
      const inner = this.or();
      if (inner && this.take(')') && !this.failed) return inner;
      this.at = start;
      return this.fail();
    }
    const left = this.sum();
    const operator = this.tokens[this.at];
    if (!left || !/^([=!<>]=|[<>])$/.test(operator ?? '')) return this.fail();
    this.at++;
    const right = this.sum();
    if (!right || mixesSigns(left, right)) return this.fail();
    // `a < b < c` and `a == b < c` compare truth values.
    if (/^([=!<>]=|[<>])$/.test(this.tokens[this.at] ?? '')) return this.fail();
    return { kind: 'compare', operator: operator as Comparison, left, right };
  }

  private sum(): FastOperand | null {
    let left = this.remainder();
    for (let operator = this.tokens[this.at]; operator === '+' || operator === '-'; operator = this.tokens[this.at]) {
      this.at++;
      const right = this.remainder();
      // Unsigned arithmetic wraps around.
      if (!left || !right || isUnsigned(left) || isUnsigned(right)) return this.fail();
      left = { kind: 'arithmetic', operator, left, right };
    }
    return left;
  }

  private remainder(): FastOperand | null {
    let left = this.operand();
    while (this.take('%')) {
      const right = this.operand();
      if (!left || right?.kind !== 'number' || right.value === 0 || isFloat(left)) return this.fail();
      left = { kind: 'arithmetic', operator: '%', left, right };
    }
    return left;
  }

  private operand(): FastOperand | null {
    const token = this.tokens[this.at++];
    if (token === undefined) return this.fail();
    if (token === '-') {
      const number = this.operand();
      return number?.kind === 'number' ? { kind: 'number', value: -number.value } : this.fail();
    }
    if (/^\d/.test(token)) {
      const value = Number(token);
      // An octal number, and what is no int, C sees differently.
      return /^0\d/.test(token) || value > 0x7fff_ffff ? this.fail() : { kind: 'number', value };
    }
    const grid = /^(threadIdx|blockIdx|blockDim|gridDim)\.([xyz])$/.exec(token);
    if (grid) {
      const vector = VECTORS[grid[1] as keyof typeof VECTORS];
      return { kind: 'grid', vector, axis: 'xyz'.indexOf(grid[2] ?? 'x') };
    }
    if (!/^[A-Za-z_]/.test(token)) return this.fail();
    return this.resolve(token) ?? this.fail();
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private fail(): null {
    this.failed = true;
    return null;
  }
}

function both(kind: 'and' | 'or', left: FastCondition | null, right: FastCondition | null): FastCondition | null {
  return left && right && { kind, left, right };
}

/** A comparison of a negative number with an unsigned one happens modulo 2^32. */
function mixesSigns(left: FastOperand, right: FastOperand): boolean {
  return (isUnsigned(left) && mayBeNegative(right)) || (isUnsigned(right) && mayBeNegative(left));
}

function isUnsigned(operand: FastOperand): boolean {
  if (operand.kind === 'arithmetic') return isUnsigned(operand.left) || isUnsigned(operand.right);
  // What is narrower than an int becomes an int.
  return operand.kind === 'grid' || (operand.kind === 'variable' && operand.type === 'unsigned' && operand.bytes === 4);
}

function mayBeNegative(operand: FastOperand): boolean {
  if (operand.kind === 'number') return operand.value < 0;
  if (operand.kind === 'arithmetic') return !isUnsigned(operand);
  return operand.kind === 'variable' && operand.type === 'signed';
}

function isFloat(operand: FastOperand): boolean {
  if (operand.kind === 'arithmetic') return isFloat(operand.left) || isFloat(operand.right);
  return operand.kind === 'variable'
    ? operand.type === 'float'
    : operand.kind === 'number' && !Number.isInteger(operand.value);
}

/** What a condition is decided over. */
export interface FastContext {
  readonly memory: DataView;
  /** Address of the innermost record's spilled locals. */
  readonly locals: number;
  readonly grid: GridPlace | null;
}

export function decideFast(condition: FastCondition, context: FastContext): boolean {
  switch (condition.kind) {
    case 'and':
      return decideFast(condition.left, context) && decideFast(condition.right, context);
    case 'or':
      return decideFast(condition.left, context) || decideFast(condition.right, context);
    case 'not':
      return !decideFast(condition.term, context);
    case 'compare':
      return compare(condition.operator, valueOf(condition.left, context), valueOf(condition.right, context));
  }
}

function compare(operator: Comparison, left: number, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function valueOf(operand: FastOperand, context: FastContext): number {
  switch (operand.kind) {
    case 'number':
      return operand.value;
    case 'grid':
      return context.grid?.[operand.vector][operand.axis] ?? NaN;
    case 'variable':
      return variableOf(operand, context);
    case 'arithmetic': {
      const left = valueOf(operand.left, context);
      const right = valueOf(operand.right, context);
      return operand.operator === '+' ? left + right : operand.operator === '-' ? left - right : left % right;
    }
  }
}

function variableOf({ slot, offset, bytes, type }: FastVariable, { memory, locals }: FastContext): number {
  const address = slot === null ? offset : memory.getUint32(locals + slot * 8, true) + offset;
  if (address + bytes > memory.byteLength) return NaN;
  if (type === 'float') return bytes === 4 ? memory.getFloat32(address, true) : memory.getFloat64(address, true);
  if (bytes === 1) return type === 'signed' ? memory.getInt8(address) : memory.getUint8(address);
  if (bytes === 2) return type === 'signed' ? memory.getInt16(address, true) : memory.getUint16(address, true);
  return type === 'signed' ? memory.getInt32(address, true) : memory.getUint32(address, true);
}
