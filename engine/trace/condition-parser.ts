/**
 * The grammar of conditions: text to tree, and tree to text.
 *
 *     condition  = conjunction { '||' conjunction }
 *     conjunction = factor { '&&' factor }
 *     factor     = '!' factor | '(' condition ')' | comparison        after '!' only '!' or '('
 *     comparison = operand ('==' | '!=' | '<' | '<=' | '>' | '>=') operand
 *                | field 'in' (item | '(' item { ',' item } ')')
 *     item       = value | number '..' number
 *
 * Invariants: in a tree the field stands on the left; a printed tree parses to the same tree; a text of bounded length
 * makes a tree of bounded depth. Types are checked where a tree is compiled.
 */
import { ConditionError, didYouMean, quote } from './condition-error.js';
import { ENUMERATIONS, FIELD_LIST, fieldNames, fieldOf, isField, type FieldName } from './condition-fields.js';
import { tokenize, type NumberUnit, type Token } from './condition-lexer.js';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** `position` here and below: of its first character in the text, from 0. */
export interface NumberValue {
  readonly type: 'number';
  readonly position: number;
  /** Bytes, ns, or as it stands. */
  readonly value: number;
  readonly unit: NumberUnit;
}

export interface WordValue {
  /** `text` stood in quotes, a `word` did not. */
  readonly type: 'text' | 'word';
  readonly position: number;
  readonly value: string;
}

export type Value = NumberValue | WordValue;

/** `to` excluded. */
export interface RangeValue {
  readonly type: 'range';
  readonly position: number;
  readonly from: NumberValue;
  readonly to: NumberValue;
}

export interface FieldValue {
  readonly type: 'field';
  readonly position: number;
  readonly value: FieldName;
}

export interface CompareTree {
  readonly type: 'compare';
  readonly position: number;
  readonly field: FieldName;
  readonly comparison: Comparison;
  readonly operand: Value | FieldValue;
}

export interface InTree {
  readonly type: 'in';
  readonly position: number;
  readonly field: FieldName;
  /** At least one. */
  readonly items: readonly (Value | RangeValue)[];
}

export type ConditionTree =
  | { readonly type: 'and' | 'or'; /** At least two. */ readonly terms: readonly ConditionTree[] }
  | { readonly type: 'not'; readonly term: ConditionTree }
  | CompareTree
  | InTree;

/** Deeper than anybody writes, shallow enough for every stack. */
const MAX_DEPTH = 64;

const COMPARISONS: ReadonlySet<string> = new Set<Comparison>(['==', '!=', '<', '<=', '>', '>=']);
const MIRRORED = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const satisfies Record<
  Comparison,
  Comparison
>;
const SIGN_OF_WORD: Readonly<Record<string, string>> = { and: '&&', or: '||', is: '==' };

/** @throws ConditionError and nothing else, whatever the text */
export function parseCondition(text: string): ConditionTree {
  return new Parser(tokenize(text)).parse();
}

/** The shortest form with the same meaning; sizes in bytes, times in ns. */
export function printCondition(tree: ConditionTree): string {
  switch (tree.type) {
    case 'and':
    case 'or':
      return tree.terms
        .map((term) => (binds(term, tree.type) ? printCondition(term) : `(${printCondition(term)})`))
        .join(tree.type === 'and' ? ' && ' : ' || ');
    case 'not':
      return tree.term.type === 'not' ? `!${printCondition(tree.term)}` : `!(${printCondition(tree.term)})`;
    case 'compare':
      return `${tree.field} ${tree.comparison} ${printValue(tree.operand)}`;
    case 'in': {
      const items = tree.items.map(printValue).join(', ');
      return `${tree.field} in ${tree.items.length === 1 ? items : `(${items})`}`;
    }
  }
}

/** The fields that a condition asks about. */
export function fieldsOf(tree: ConditionTree): ReadonlySet<FieldName> {
  switch (tree.type) {
    case 'and':
    case 'or':
      return new Set(tree.terms.flatMap((term) => [...fieldsOf(term)]));
    case 'not':
      return fieldsOf(tree.term);
    case 'compare':
      return new Set([tree.field, ...(tree.operand.type === 'field' ? [tree.operand.value] : [])]);
    case 'in':
      return new Set([tree.field]);
  }
}

/** Whether the term needs no parentheses within `within`. */
function binds(term: ConditionTree, within: 'and' | 'or'): boolean {
  return term.type !== 'or' && (term.type !== 'and' || within === 'or');
}

function printValue(value: Value | FieldValue | RangeValue): string {
  switch (value.type) {
    case 'number':
      return `${value.value}${value.unit === 'size' ? 'B' : value.unit === 'time' ? 'ns' : ''}`;
    case 'text':
      return `"${value.value.replace(/["\\]/g, '\\$&')}"`;
    case 'word':
    case 'field':
      return value.value;
    case 'range':
      return `${printValue(value.from)}..${printValue(value.to)}`;
  }
}

class Parser {
  #next = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): ConditionTree {
    if (this.#peek().type === 'end') {
      throw new ConditionError(0, 'found nothing, write for example to == gpu0 && bytes >= 64K');
    }
    const tree = this.#condition();
    const rest = this.#peek();
    if (rest.type === 'end') return tree;
    if (COMPARISONS.has(rest.text)) {
      throw new ConditionError(rest.position, `found a second comparison ${quote(rest.text)}, join two with && or ||`);
    }
    const sign = SIGN_OF_WORD[rest.text];
    throw new ConditionError(
      rest.position,
      sign === undefined
        ? `found ${found(rest)}, but expected && or || or the end`
        : `write ${sign} for ${quote(rest.text)}`,
    );
  }

  #condition(): ConditionTree {
    return this.#chain('or', '||', () => this.#chain('and', '&&', () => this.#factor()));
  }

  #chain(type: 'and' | 'or', sign: string, term: () => ConditionTree): ConditionTree {
    const first = term();
    if (!this.#is(sign)) return first;
    const terms = [first];
    while (this.#take(sign)) terms.push(term());
    return { type, terms };
  }

  #factor(): ConditionTree {
    const { position } = this.#peek();
    if (this.#take('!')) {
      // In C++ `!a == b` means `(!a) == b`; whoever expects that, or the opposite, must not be surprised.
      if (!this.#is('!') && !this.#is('(')) {
        throw new ConditionError(this.#peek().position, `found ${found(this.#peek())} after !, write !( … )`);
      }
      return this.#nested(position, () => ({ type: 'not', term: this.#factor() }));
    }
    if (this.#take('(')) {
      return this.#nested(position, () => {
        const tree = this.#condition();
        this.#expect(')', 'a closing parenthesis');
        return tree;
      });
    }
    return this.#comparison();
  }

  #nested(position: number, parse: () => ConditionTree): ConditionTree {
    if (this.#depth === MAX_DEPTH) {
      throw new ConditionError(position, `found more than ${MAX_DEPTH} levels of parentheses and !`);
    }
    this.#depth += 1;
    const tree = parse();
    this.#depth -= 1;
    return tree;
  }

  #comparison(): ConditionTree {
    const left = this.#value('a field');
    const sign = this.#peek();
    if (sign.type === 'word' && sign.text === 'in') {
      this.#next += 1;
      const field = fieldOn(left);
      return { type: 'in', position: left.position, field, items: this.#items() };
    }
    if (sign.type !== 'sign' || !COMPARISONS.has(sign.text)) {
      fieldOn(left);
      throw new ConditionError(
        sign.position,
        `found ${found(sign)} after ${quote(textOf(left))}, but expected == != < <= > >= or in`,
      );
    }
    this.#next += 1;
    return compare(left, sign.text as Comparison, this.#value('a value'));
  }

  #items(): (Value | RangeValue)[] {
    if (!this.#take('(')) return [this.#item()];
    const items = [this.#item()];
    while (this.#take(',')) items.push(this.#item());
    this.#expect(')', "',' or a closing parenthesis");
    return items;
  }

  #item(): Value | RangeValue {
    const from = this.#value('a name, a value or a range');
    if (!this.#is('..')) return from;
    if (from.type !== 'number') {
      throw new ConditionError(
        from.position,
        `found ${quote(textOf(from))}, but a range goes from a number to a number`,
      );
    }
    this.#next += 1;
    const to = this.#value('the number where the range ends');
    if (to.type !== 'number') {
      throw new ConditionError(to.position, `found ${quote(textOf(to))}, but a range goes from a number to a number`);
    }
    return { type: 'range', position: from.position, from, to };
  }

  #value(expected: string): Value {
    const token = this.#peek();
    this.#next += 1;
    switch (token.type) {
      case 'number':
        return { type: 'number', position: token.position, value: token.value, unit: token.unit };
      case 'text':
        return { type: 'text', position: token.position, value: token.value };
      case 'word':
        return { type: 'word', position: token.position, value: token.text };
      default:
        throw new ConditionError(token.position, `found ${found(token)}, but expected ${expected}`);
    }
  }

  #peek(): Token {
    return this.tokens[Math.min(this.#next, this.tokens.length - 1)]!;
  }

  #is(sign: string): boolean {
    return this.#peek().type === 'sign' && this.#peek().text === sign;
  }

  #take(sign: string): boolean {
    if (!this.#is(sign)) return false;
    this.#next += 1;
    return true;
  }

  #expect(sign: string, name: string): void {
    const token = this.#peek();
    if (!this.#take(sign)) throw new ConditionError(token.position, `found ${found(token)}, but expected ${name}`);
  }
}

/** Puts the field on the left. A word that is a field may also be a value (`kind == launch`): the field's type decides. */
function compare(left: Value, comparison: Comparison, right: Value): CompareTree {
  const { position } = left;
  const leftField = fieldNamed(left);
  const rightField = fieldNamed(right);
  if (leftField !== null && (rightField === null || enumerates(leftField, rightField))) {
    return { type: 'compare', position, field: leftField, comparison, operand: right };
  }
  if (rightField !== null && (leftField === null || enumerates(rightField, leftField))) {
    return { type: 'compare', position, field: rightField, comparison: MIRRORED[comparison], operand: left };
  }
  if (leftField !== null && rightField !== null) {
    const operand = { type: 'field', position: right.position, value: rightField } as const;
    return { type: 'compare', position, field: leftField, comparison, operand };
  }
  if (left.type !== 'word' && right.type !== 'word') {
    throw new ConditionError(position, `found a comparison without a field, fields are ${FIELD_LIST}`);
  }
  return { type: 'compare', position, field: fieldOn(left.type === 'word' ? left : right), comparison, operand: right };
}

function enumerates(field: FieldName, word: string): boolean {
  const { type } = fieldOf(field);
  return (type === 'kind' || type === 'access' || type === 'cause') && ENUMERATIONS[type].has(word);
}

function fieldNamed(value: Value): FieldName | null {
  return value.type === 'word' && isField(value.value) ? value.value : null;
}

function fieldOn(value: Value): FieldName {
  const field = fieldNamed(value);
  if (field !== null) return field;
  const shown = quote(textOf(value));
  const near = value.type === 'word' ? didYouMean(value.value, fieldNames()) : '';
  throw new ConditionError(value.position, `${shown} is not a field${near}; fields are ${FIELD_LIST}`);
}

function textOf(value: Value): string {
  return printValue(value);
}

function found(token: Token): string {
  return token.type === 'end' ? 'the end' : quote(token.text);
}
