/** What a run gave, next to what is expected of it. Sizes in KiB. */
import type { UnifiedMemorySummary } from '../../engine/trace/summary.js';
import type { Copies, Expectation, Expected } from './expectations.js';

export interface Figure {
  readonly got: number;
  /** undefined: nothing fixes it. */
  readonly expected: Expected | undefined;
}

export interface Direction {
  readonly count: Figure;
  readonly average: Figure;
  readonly min: Figure;
  readonly max: Figure;
  readonly total: Figure;
}

export interface Comparison {
  readonly toDevice: Direction;
  readonly toHost: Direction;
  readonly groups: Figure;
  readonly cpuFaults: Figure;
  readonly evicted: Figure;
}

const KIB = 1024;

export function compare(memory: UnifiedMemorySummary, expectation: Expectation): Comparison {
  return {
    toDevice: direction(memory.hostToDevice, expectation.toDevice),
    toHost: direction(memory.deviceToHost, expectation.toHost),
    groups: { got: memory.deviceFaultGroups, expected: expectation.groups },
    cpuFaults: { got: memory.cpuFaults, expected: expectation.cpuFaults },
    evicted: { got: memory.evictedBytes / KIB, expected: expectation.evicted ?? 0 },
  };
}

export function figuresOf({ toDevice, toHost, groups, cpuFaults, evicted }: Comparison): readonly Figure[] {
  return [...columnsOf(toDevice), ...columnsOf(toHost), groups, cpuFaults, evicted];
}

/** As nvprof has them. */
export function columnsOf({ count, average, min, max, total }: Direction): readonly Figure[] {
  return [count, average, min, max, total];
}

export function matches({ got, expected }: Figure): boolean {
  if (expected === undefined) return true;
  return typeof expected === 'number' ? got === expected : got >= expected[0] && got <= expected[1];
}

function direction(got: UnifiedMemorySummary['hostToDevice'], expected: Copies | undefined): Direction {
  const { count, totalBytes, minBytes, maxBytes } = got;
  return {
    count: { got: count, expected: expected?.count },
    average: { got: average(count, totalBytes / KIB), expected: expected && averageOf(expected) },
    min: { got: minBytes / KIB, expected: expected?.min },
    max: { got: maxBytes / KIB, expected: expected?.max },
    total: { got: totalBytes / KIB, expected: expected?.total },
  };
}

function averageOf({ count, total }: Copies): Expected {
  if (typeof count === 'number') return average(count, total);
  return [average(count[1], total), average(count[0], total)];
}

function average(count: number, total: number): number {
  return count === 0 ? 0 : total / count;
}
