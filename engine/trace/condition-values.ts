/**
 * Which values a field can be compared with: checks them and makes numbers, ranges and tables of them.
 * Invariant: throws ConditionError and nothing else.
 */
import { NO_NODE, PAGE_COUNT, PAGE_SHIFT } from '../memory/units.js';
import { ConditionError, didYouMean, quote } from './condition-error.js';
import { fieldOf, isField, type FieldName, type FieldType } from './condition-fields.js';
import type { Comparison, NumberValue, RangeValue, Value } from './condition-parser.js';
import type { PageRange } from './condition-scope.js';
import { intervalOf, neighbour, type Interval, type Members } from './condition-tests.js';

/** Words and the numbers that they stand for. */
type Words = ReadonlyMap<string, readonly number[]>;

export const NOUNS: Readonly<Record<FieldType, string>> = {
  count: 'a number',
  size: 'a number of bytes',
  time: 'a time',
  page: 'a page number',
  address: 'an address',
  node: 'a node',
  kind: 'a kind of event',
  access: 'an access',
  cause: 'a cause',
  driver: 'a driver',
  text: 'a text',
  allocation: 'an allocation',
};

const EXAMPLES: Readonly<Partial<Record<FieldType, string>>> = {
  count: '12',
  size: '65536 or 64K',
  time: '10us or 5ns',
  page: '0x20000',
  address: '0x20000000',
};

export function isNumber(type: FieldType): boolean {
  return type === 'count' || type === 'size' || type === 'time';
}

export function isOrdered(type: FieldType): boolean {
  return isNumber(type) || type === 'page' || type === 'address';
}

export function isEquality(comparison: Comparison): boolean {
  return comparison === '==' || comparison === '!=';
}

/** The number, if it has the field's unit. A time needs one: 10 could be anything. */
export function numberFor(field: FieldName, type: FieldType, value: Value | RangeValue): number {
  if (value.type === 'number') {
    const fits =
      value.unit === 'none'
        ? type !== 'time' || value.value === 0
        : value.unit === 'size'
          ? type === 'size' || type === 'address'
          : type === 'time';
    if (fits) return value.value;
    const was = value.unit === 'none' ? 'a number without a unit' : value.unit === 'size' ? 'a size' : 'a time';
    throw new ConditionError(
      value.position,
      `'${field}' is ${NOUNS[type]}, but found ${was}; write for example ${EXAMPLES[type] ?? ''}`,
    );
  }
  const found = value.type === 'range' ? 'a range' : quote(value.value);
  throw new ConditionError(
    value.position,
    `'${field}' is ${NOUNS[type]}, so it cannot be compared with ${found}; write for example ${EXAMPLES[type] ?? ''}`,
  );
}

export function intervalFor(field: FieldName, type: FieldType, item: Value | RangeValue): Interval {
  if (item.type !== 'range') return intervalOf('==', numberFor(field, type, item));
  const { from, to } = ascending(item, numberFor(field, type, item.from), numberFor(field, type, item.to));
  return { low: from, high: neighbour(to, -1n) };
}

/** `to` excluded. */
function ascending({ position }: RangeValue, from: number, to: number): { from: number; to: number } {
  if (from < to) return { from, to };
  throw new ConditionError(
    position,
    'found an empty range, the number behind .. is the first one that does not belong to it',
  );
}

/** A page, a range of pages, or, where its end is beyond the last page, a range of addresses. */
export function pageRange(item: NumberValue | RangeValue): PageRange {
  if (item.type === 'range') {
    const to = numberFor('page', item.to.unit === 'size' ? 'address' : 'page', item.to);
    if (to > PAGE_COUNT || item.to.unit === 'size') return addressRange(item);
    const range = ascending(item, numberFor('page', 'page', item.from), to);
    return { first: range.from, count: range.to - range.from };
  }
  const first = numberFor('page', 'page', item);
  if (first >= PAGE_COUNT) {
    throw new ConditionError(
      item.position,
      `pages have numbers below 0x${PAGE_COUNT.toString(16)}, for the page of an address write address == 0x${first.toString(16)}`,
    );
  }
  return { first, count: 1 };
}

export function addressRange(item: NumberValue | RangeValue): PageRange {
  const ends =
    item.type === 'range'
      ? ascending(item, numberFor('address', 'address', item.from), numberFor('address', 'address', item.to))
      : { from: item.value, to: numberFor('address', 'address', item) + 1 };
  if (ends.to > PAGE_COUNT * 2 ** PAGE_SHIFT) {
    throw new ConditionError(item.position, 'addresses have 32 bits, so they end at 0xffffffff');
  }
  const first = ends.from >>> PAGE_SHIFT;
  return { first, count: ((ends.to - 1) >>> PAGE_SHIFT) - first + 1 };
}

export function textFor(field: FieldName, item: Value | RangeValue): string {
  if (item.type === 'text' || (item.type === 'word' && !isField(item.value))) return item.value;
  throw new ConditionError(
    item.position,
    item.type === 'word'
      ? `'${field}' is ${NOUNS[fieldOf(field).type]} and ${quote(item.value)} is a field; put it in quotes if it is a name`
      : `'${field}' is ${NOUNS[fieldOf(field).type]}, not a number; write for example ${fieldOf(field).example}`,
  );
}

/** What an allocation is called by: its names and its ids. */
export function allocations(items: readonly (Value | RangeValue)[]): [names: string[], ids: Interval[]] {
  const names: string[] = [];
  const ids: Interval[] = [];
  for (const item of items) {
    if (item.type === 'text' || item.type === 'word') names.push(textFor('allocation', item));
    else ids.push(intervalFor('allocation', 'count', item));
  }
  return [names, ids];
}

function listed(known: ReadonlyMap<string, unknown>): string {
  return `possible are ${[...known.keys()].join(', ')}`;
}

export function nodeWords(names: readonly string[], none: boolean): Words {
  return new Map([...indexed(names), ...(none ? [['none', [NO_NODE]] as const] : [])]);
}

export function indexed(names: readonly string[]): Words {
  return new Map(names.map((name, index) => [name, [index]]));
}

/** The table of those numbers that the words stand for. */
export function membersOf(field: FieldName, items: readonly (Value | RangeValue)[], known: Words): Members {
  const members = new Uint8Array(256);
  const noun = NOUNS[fieldOf(field).type];
  for (const item of items) {
    if (item.type === 'number' || item.type === 'range') {
      throw new ConditionError(item.position, `'${field}' is ${noun}, not a number: ${listed(known)}`);
    }
    const values = known.get(item.value);
    if (values === undefined) {
      const near = didYouMean(item.value, known.keys());
      throw new ConditionError(item.position, `${quote(item.value)} is not ${noun}${near}: ${listed(known)}`);
    }
    for (const value of values) members[value] = 1;
  }
  return members;
}
