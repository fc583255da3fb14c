/**
 * The condition language over an event's fields (docs/conditions.md), compiled to a closure: for event filters it is
 * evaluated in the program's thread at each event, for queries over millions of rows.
 *
 * Invariants: `matches` allocates nothing once it has met the code offset, allocation or launch of an event; a condition
 * that compiles never throws later; compiling throws ConditionError and nothing else, whatever the text. `a != b` is
 * `!(a == b)`; an event without the field equals nothing and is neither less nor greater than anything.
 */
import { ConditionError, quote } from './condition-error.js';
import {
  ENUMERATIONS,
  fieldOf,
  gridFieldOf,
  type FieldName,
  type FieldType,
  type GridField,
} from './condition-fields.js';
import { numberReader, type NumberReader } from './condition-numbers.js';
import {
  fieldsOf,
  parseCondition,
  type CompareTree,
  type ConditionTree,
  type FieldValue,
  type InTree,
  type RangeValue,
  type Value,
} from './condition-parser.js';
import { NO_EVENT, NO_SCOPE, type ConditionNames, type PageRange } from './condition-scope.js';
import {
  allOf,
  allocationTest,
  anyOf,
  byteIn,
  compareReaders,
  inIntervals,
  intervalOf,
  namedRangeTest,
  negated,
  textTest,
  touchesTest,
  type ByteField,
  type EventTest,
  type TextField,
} from './condition-tests.js';
import {
  NOUNS,
  addressRange,
  allocations,
  indexed,
  intervalFor,
  isEquality,
  isNumber,
  isOrdered,
  membersOf,
  nodeWords,
  numberFor,
  pageRange,
  textFor,
} from './condition-values.js';
import type { Dimensions } from './tables.js';

export type { EventTest } from './condition-tests.js';

export interface Condition {
  readonly text: string;
  /** The fields it asks about: what the scope must be able to answer. */
  readonly fields: ReadonlySet<FieldName>;
  /** Allocations and variables of `page in …`: what the scope must have ranges for. */
  readonly rangeNames: ReadonlySet<string>;
  readonly matches: EventTest;
}

/** @throws ConditionError if the text is no condition, compares what cannot be compared, or names a node that is not there */
export function compileCondition(text: string, names: ConditionNames): Condition {
  const tree = parseCondition(text);
  const rangeNames = new Set<string>();
  const matches = new Compiler(names, numberReader, rangeNames).test(tree);
  return { text, fields: fieldsOf(tree), rangeNames, matches };
}

/** Whether it asks about nothing but `blockIdx`, `threadIdx`, `blockDim` and `gridDim`. */
export function usesOnlyGrid(condition: Pick<Condition, 'fields'>): boolean {
  return [...condition.fields].every((field) => gridFieldOf(field) !== null);
}

/** The vectors of one thread of a grid, as its kernel sees them. */
type GridVectors = Record<GridField['vector'], Dimensions>;

/** Whether the thread at `threadIdx` of the block at `blockIdx` meets it. */
export type GridTest = (
  blockIdx: Dimensions,
  threadIdx: Dimensions,
  blockDim: Dimensions,
  gridDim: Dimensions,
) => boolean;

/**
 * For a breakpoint's condition: null where it is not, or not purely, about the grid position. It is C++ then, and so are
 * its errors.
 */
export function compileGridCondition(text: string): GridTest | null {
  try {
    const tree = parseCondition(text);
    if (!usesOnlyGrid({ fields: fieldsOf(tree) })) return null;
    const at: GridVectors = { blockIdx: ORIGIN, threadIdx: ORIGIN, blockDim: ORIGIN, gridDim: ORIGIN };
    const readerOf: ReaderOf = (field) => {
      const grid = gridFieldOf(field);
      return grid === null ? null : () => at[grid.vector][grid.axis];
    };
    const matches = new Compiler(NO_SCOPE, readerOf, new Set()).test(tree);
    return (blockIdx, threadIdx, blockDim, gridDim) => {
      at.blockIdx = blockIdx;
      at.threadIdx = threadIdx;
      at.blockDim = blockDim;
      at.gridDim = gridDim;
      return matches(NO_EVENT, NO_SCOPE);
    };
  } catch (error) {
    if (error instanceof ConditionError) return null;
    throw error;
  }
}

const ORIGIN: Dimensions = [0, 0, 0];

type ReaderOf = (field: FieldName) => NumberReader | null;

class Compiler {
  constructor(
    private readonly names: ConditionNames,
    private readonly readerOf: ReaderOf,
    private readonly rangeNames: Set<string>,
  ) {}

  test(tree: ConditionTree): EventTest {
    switch (tree.type) {
      case 'and':
        return allOf(tree.terms.map((term) => this.test(term)));
      case 'or':
        return anyOf(tree.terms.map((term) => this.test(term)));
      case 'not':
        return negated(this.test(tree.term));
      case 'compare':
        return this.#compare(tree);
      case 'in':
        return this.#in(tree);
    }
  }

  #compare(tree: CompareTree): EventTest {
    const { field, comparison, operand } = tree;
    if (operand.type === 'field') return this.#compareFields(tree, operand);
    const { type } = fieldOf(field);
    if (comparison === '==' || comparison === '!=') {
      const equal = this.#isOneOf(field, type, [operand], comparison);
      return comparison === '==' ? equal : negated(equal);
    }
    if (!isOrdered(type)) {
      throw new ConditionError(
        operand.position,
        `'${field}' has no order, so it cannot be compared with ${comparison}; write ==, != or in`,
      );
    }
    return inIntervals(field, this.readerOf(field)!, [intervalOf(comparison, numberFor(field, type, operand))]);
  }

  #compareFields({ field, comparison }: CompareTree, operand: FieldValue): EventTest {
    const type = fieldOf(field).type;
    const other = fieldOf(operand.value).type;
    const left = this.readerOf(field);
    const right = this.readerOf(operand.value);
    const comparable = type === other && (isNumber(type) || (type === 'node' && isEquality(comparison)));
    if (!comparable || left === null || right === null) {
      throw new ConditionError(
        operand.position,
        `'${field}' is ${NOUNS[type]} and '${operand.value}' is ${other === type ? 'too, but they' : `${NOUNS[other]}, so they`} cannot be compared with ${comparison}; a name that is also a field stands in quotes`,
      );
    }
    return compareReaders(left, comparison, right);
  }

  #in({ field, items }: InTree): EventTest {
    return this.#isOneOf(field, fieldOf(field).type, items, 'in');
  }

  #isOneOf(field: FieldName, type: FieldType, items: readonly (Value | RangeValue)[], operator: string): EventTest {
    switch (type) {
      case 'count':
      case 'size':
      case 'time':
        return inIntervals(
          field,
          this.readerOf(field)!,
          items.map((item) => intervalFor(field, type, item)),
        );
      case 'page':
      case 'address':
        return this.#touches(field, type, items, operator);
      case 'node':
        return byteIn(field as ByteField, membersOf(field, items, nodeWords(this.names.nodeNames, field !== 'agent')));
      case 'driver':
        return byteIn('driver', membersOf(field, items, indexed(this.names.driverNames)));
      case 'kind':
      case 'access':
      case 'cause':
        return byteIn(type, membersOf(field, items, ENUMERATIONS[type]));
      case 'text':
        return textTest(
          field as TextField,
          items.map((item) => textFor(field, item)),
        );
      case 'allocation':
        return allocationTest(...allocations(items));
    }
  }

  /** An event touches a range if it touches one of its pages. */
  #touches(
    field: FieldName,
    type: 'page' | 'address',
    items: readonly (Value | RangeValue)[],
    operator: string,
  ): EventTest {
    const fixed: PageRange[] = [];
    const tests: EventTest[] = [];
    for (const item of items) {
      if (item.type === 'number' || item.type === 'range') {
        fixed.push(type === 'page' ? pageRange(item) : addressRange(item));
      } else if (operator === 'in') {
        this.rangeNames.add(item.value);
        tests.push(namedRangeTest(item.value));
      } else {
        throw new ConditionError(
          item.position,
          `'${field}' is ${NOUNS[type]}, so it cannot be compared with ${quote(item.value)}; write ${field} in ${item.value} for a name's pages`,
        );
      }
    }
    if (fixed.length > 0) tests.push(touchesTest(fixed));
    return anyOf(tests);
  }
}
