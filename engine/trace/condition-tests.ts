/**
 * The closures that conditions are made of. Invariant: a test never throws, and allocates nothing of its own for an
 * event; what it knows about code offsets, allocations and launches has a fixed size.
 */
import { NO_ALLOCATION, NO_CODE_OFFSET, NO_LAUNCH } from './columns.js';
import type { FieldName } from './condition-fields.js';
import type { NumberReader } from './condition-numbers.js';
import type { Comparison } from './condition-parser.js';
import type { ConditionEvent, ConditionScope, PageRange } from './condition-scope.js';
import { eventBytes, launchOf } from './event-values.js';
import { IdCache } from './id-cache.js';
import { sameFile, sameFunction } from './source-names.js';

/** Whether an event meets it. The scope may be another from call to call; names are looked up again then. */
export type EventTest = (event: ConditionEvent, scope: ConditionScope) => boolean;

export function negated(test: EventTest): EventTest {
  return (event, scope) => !test(event, scope);
}

export function allOf(tests: readonly EventTest[]): EventTest {
  const [first, second, third] = tests;
  if (second === undefined) return first!;
  if (third === undefined) return (event, scope) => first!(event, scope) && second(event, scope);
  return (event, scope) => {
    for (const test of tests) if (!test(event, scope)) return false;
    return true;
  };
}

export function anyOf(tests: readonly EventTest[]): EventTest {
  const [first, second, third] = tests;
  if (second === undefined) return first!;
  if (third === undefined) return (event, scope) => first!(event, scope) || second(event, scope);
  return (event, scope) => {
    for (const test of tests) if (test(event, scope)) return true;
    return false;
  };
}

/* --- numbers -------------------------------------------------------------------------------------------------------- */

/** Both ends included: one shape for every comparison with a number, so that each field needs one closure. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What `!=` excludes is the interval of `==`. */
export function intervalOf(comparison: Comparison, value: number): Interval {
  switch (comparison) {
    case '==':
    case '!=':
      return { low: value, high: value };
    case '<':
      return { low: -Infinity, high: neighbour(value, -1n) };
    case '<=':
      return { low: -Infinity, high: value };
    case '>':
      return { low: neighbour(value, 1n), high: Infinity };
    case '>=':
      return { low: value, high: Infinity };
  }
}

/** The next number above or below that a 64-bit float can be: simulated times are not whole. */
export function neighbour(value: number, step: 1n | -1n): number {
  if (value === 0) return step === 1n ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const float = Float64Array.of(value);
  const bits = new BigInt64Array(float.buffer);
  bits[0]! += step;
  return float[0]!;
}

export function inIntervals(field: FieldName, read: NumberReader, intervals: readonly Interval[]): EventTest {
  const [only, second] = intervals;
  if (only === undefined || second !== undefined) return (event, scope) => holds(intervals, read(event, scope));
  const { low, high } = only;
  // A number that is not a small integer is boxed when a function returns it, so these are read where they are compared.
  switch (field) {
    case 'time':
      return (event) => event.timeNs >= low && event.timeNs <= high;
    case 'duration':
      return (event) => event.durationNs >= low && event.durationNs <= high;
    case 'bytes':
      return (event) => {
        const bytes = eventBytes(event.kind, event.pageCount, event.extra);
        return bytes >= low && bytes <= high;
      };
    default:
      return (event, scope) => {
        const value = read(event, scope);
        return value >= low && value <= high;
      };
  }
}

export function compareReaders(left: NumberReader, comparison: Comparison, right: NumberReader): EventTest {
  switch (comparison) {
    case '==':
      return (event, scope) => left(event, scope) === right(event, scope);
    case '!=':
      return (event, scope) => left(event, scope) !== right(event, scope);
    case '<':
      return (event, scope) => left(event, scope) < right(event, scope);
    case '<=':
      return (event, scope) => left(event, scope) <= right(event, scope);
    case '>':
      return (event, scope) => left(event, scope) > right(event, scope);
    case '>=':
      return (event, scope) => left(event, scope) >= right(event, scope);
  }
}

function holds(intervals: readonly Interval[], value: number): boolean {
  for (const { low, high } of intervals) if (value >= low && value <= high) return true;
  return false;
}

/* --- columns of one byte -------------------------------------------------------------------------------------------- */

/** A row of a table by small numbers: 1 where the number is one of those meant. */
export type Members = Uint8Array;

export type ByteField = 'kind' | 'access' | 'cause' | 'agent' | 'from' | 'to' | 'driver';

export function byteIn(field: ByteField, members: Members): EventTest {
  switch (field) {
    case 'kind':
      return (event) => members[event.kind] === 1;
    case 'access':
      return (event) => members[event.access] === 1;
    case 'cause':
      return (event) => members[event.cause] === 1;
    case 'agent':
      return (event) => members[event.agent] === 1;
    case 'from':
      return (event) => members[event.source] === 1;
    case 'to':
      return (event) => members[event.target] === 1;
    case 'driver':
      return (event) => members[event.driver] === 1;
  }
}

/* --- pages ---------------------------------------------------------------------------------------------------------- */

export function touchesTest(ranges: readonly PageRange[]): EventTest {
  const [only, second] = ranges;
  if (only === undefined || second !== undefined) return (event) => touchesAny(event, ranges);
  const { first, count } = only;
  const end = first + count;
  return (event) => event.firstPage < end && event.firstPage + event.pageCount > first && event.pageCount > 0;
}

/** Pages of what is called `name` at the time of asking. */
export function namedRangeTest(name: string): EventTest {
  let scopeOf: ConditionScope | null = null;
  let revision = 0;
  let ranges: readonly PageRange[] = [];
  return (event, scope) => {
    if (scope !== scopeOf || scope.revision !== revision) {
      scopeOf = scope;
      ({ revision } = scope);
      ranges = scope.allocationRange(name);
      if (ranges.length === 0) ranges = scope.variableRange?.(name) ?? ranges;
    }
    return touchesAny(event, ranges);
  };
}

function touchesAny(event: ConditionEvent, ranges: readonly PageRange[]): boolean {
  const { firstPage, pageCount } = event;
  if (pageCount === 0) return false;
  for (const { first, count } of ranges) {
    if (count > 0 && firstPage < first + count && firstPage + pageCount > first) return true;
  }
  return false;
}

/* --- names ---------------------------------------------------------------------------------------------------------- */

export type TextField = 'file' | 'function' | 'kernel';

export function textTest(field: TextField, wanted: readonly string[]): EventTest {
  switch (field) {
    case 'file': {
      const known = new IdCache((offset, scope) => someSame(sameFile, scope.fileOf(offset), wanted));
      return (event, scope) => event.codeOffset !== NO_CODE_OFFSET && known.get(event.codeOffset, scope) === 1;
    }
    case 'function': {
      const known = new IdCache((offset, scope) => someSame(sameFunction, scope.functionOf(offset), wanted));
      return (event, scope) => event.codeOffset !== NO_CODE_OFFSET && known.get(event.codeOffset, scope) === 1;
    }
    case 'kernel': {
      const known = new IdCache((launch, scope) => someSame(sameFunction, scope.kernelOf(launch), wanted));
      return (event, scope) => {
        const launch = launchOf(event.kind, event.launch, event.extra);
        return launch !== NO_LAUNCH && known.get(launch, scope) === 1;
      };
    }
  }
}

export function allocationTest(names: readonly string[], ids: readonly Interval[]): EventTest {
  const known = new IdCache((id, scope) =>
    holds(ids, id) ? 1 : someSame((name, wanted) => name === wanted, scope.allocationName(id), names),
  );
  return (event, scope) => event.allocation !== NO_ALLOCATION && known.get(event.allocation, scope) === 1;
}

/** 1 if one of the wanted names means this name, 0 if none does. */
function someSame(
  same: (name: string, wanted: string) => boolean,
  name: string | null,
  wanted: readonly string[],
): 0 | 1 {
  return name !== null && wanted.some((each) => same(name, each)) ? 1 : 0;
}
