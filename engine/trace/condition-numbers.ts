/**
 * Reads the numbers of an event that conditions compare. Invariant: a number that the event does not have is NaN, so
 * that it is equal to nothing, less than nothing, and different from everything; nothing here allocates per event.
 */
import { NO_NODE, PAGE_SIZE } from '../memory/units.js';
import { NO_BLOCK, NO_CODE_OFFSET, NO_LAUNCH, NO_THREAD } from './columns.js';
import { gridFieldOf, type FieldName, type GridField } from './condition-fields.js';
import type { ConditionEvent, ConditionScope } from './condition-scope.js';
import { eventBytes, launchOf } from './event-values.js';
import { IdCache } from './id-cache.js';
import type { Dimensions } from './tables.js';

export type NumberReader = (event: ConditionEvent, scope: ConditionScope) => number;

/** Null for a field that is no number. `page` and `address` are those of the first page. */
export function numberReader(field: FieldName): NumberReader | null {
  const grid = gridFieldOf(field);
  if (grid !== null) return gridReader(grid);
  return field === 'line' ? lineReader() : (READERS[field] ?? null);
}

const READERS: Readonly<Partial<Record<FieldName, NumberReader>>> = {
  page: (event) => (event.pageCount === 0 ? NaN : event.firstPage),
  address: (event) => (event.pageCount === 0 ? NaN : event.firstPage * PAGE_SIZE),
  pages: (event) => event.pageCount,
  bytes: (event) => eventBytes(event.kind, event.pageCount, event.extra),
  from: (event) => (event.source === NO_NODE ? NaN : event.source),
  to: (event) => (event.target === NO_NODE ? NaN : event.target),
  agent: (event) => event.agent,
  launch: (event) => {
    const launch = launchOf(event.kind, event.launch, event.extra);
    return launch === NO_LAUNCH ? NaN : launch;
  },
  time: (event) => event.timeNs,
  duration: (event) => event.durationNs,
  number: (event) => event.number,
  block: (event) => (event.block === NO_BLOCK ? NaN : event.block),
  thread: (event) => (event.thread === NO_THREAD ? NaN : event.thread),
};

function lineReader(): NumberReader {
  // Lines count from 1.
  const lines = new IdCache((codeOffset, scope) => scope.lineOf(codeOffset) ?? 0);
  return (event, scope) => {
    const line = event.codeOffset === NO_CODE_OFFSET ? 0 : lines.get(event.codeOffset, scope);
    return line === 0 ? NaN : line;
  };
}

function gridReader({ vector, axis }: GridField): NumberReader {
  const shapeOf = launchShapes();
  switch (vector) {
    case 'blockDim':
      return (event, scope) => shapeOf(event.launch, scope)?.block[axis] ?? NaN;
    case 'gridDim':
      return (event, scope) => shapeOf(event.launch, scope)?.grid[axis] ?? NaN;
    case 'blockIdx':
      return (event, scope) => {
        if (event.block === NO_BLOCK) return NaN;
        const shape = shapeOf(event.launch, scope);
        return shape === null ? NaN : coordinate(event.block, shape.grid, axis);
      };
    case 'threadIdx':
      return (event, scope) => {
        // Without a block it is a host thread, which has no place in a grid.
        if (event.thread === NO_THREAD || event.block === NO_BLOCK) return NaN;
        const shape = shapeOf(event.launch, scope);
        return shape === null ? NaN : coordinate(event.thread, shape.block, axis);
      };
  }
}

type Shape = ReturnType<ConditionScope['gridOf']>;

/** Remembers the last launch: thousands of events of one follow each other. */
function launchShapes(): (launch: number, scope: ConditionScope) => Shape {
  let lastScope: ConditionScope | null = null;
  let lastRevision = 0;
  let lastLaunch: number = NO_LAUNCH;
  let shape: Shape = null;
  return (launch, scope) => {
    if (launch !== lastLaunch || scope !== lastScope || scope.revision !== lastRevision) {
      shape = launch === NO_LAUNCH ? null : scope.gridOf(launch);
      lastLaunch = launch;
      lastScope = scope;
      lastRevision = scope.revision;
    }
    return shape;
  };
}

/** One coordinate of the linear index in a box of that size, x running fastest. */
export function coordinate(linear: number, size: Dimensions, axis: 0 | 1 | 2): number {
  if (axis === 0) return linear % size[0];
  const rest = Math.floor(linear / size[0]);
  return axis === 1 ? rest % size[1] : Math.floor(rest / size[1]);
}
