/**
 * What the lanes of a warp do together: shuffles, votes, matches, reductions, and waiting for each other. A lane that comes to such an
 * operation is suspended; when all that take part have come, each one's result is computed, and all go on.
 *
 * With a mask, those take part whom it names and who have not exited (CUDA's *_sync functions). Without one, as HIP's and the older
 * functions are, those who are at the same place when nobody else of the warp can go on: what hardware calls converged.
 * Source: CUDA C++ Programming Guide, sections on warp vote, match, reduce and shuffle functions.
 */

import { VOLATILE_ACCESS, type ThreadTable } from '../toolchain/thread-table.js';

/** In the order of the runtime's `enum faultline_exchange` (cuda/warp.h). */
export const Exchange = {
  sync: 0,
  shuffle: 1,
  shuffleUp: 2,
  shuffleDown: 3,
  shuffleXor: 4,
  ballot: 5,
  matchAny: 6,
  matchAll: 7,
  reduceAdd: 8,
  reduceMin: 9,
  reduceMax: 10,
  reduceMinSigned: 11,
  reduceMaxSigned: 12,
  reduceAnd: 13,
  reduceOr: 14,
  reduceXor: 15,
  active: 16,
  /** Comes together with those at the same place, and gets nothing. */
  volatileAccess: VOLATILE_ACCESS,
} as const;

const NAMES = Object.keys(Exchange);

export function exchangeName(operation: number): string {
  return NAMES[operation] ?? 'exchange';
}

const SHIFT = 32;
const LANES = 64;

/** Computes the results of lanes that came together. @param first thread of lane 0 @param members lanes that take part, ascending */
export function exchange(requests: ThreadTable, first: number, members: readonly number[]): void {
  const operation = requests.operation[first + (members[0] ?? 0)] ?? 0;
  if (operation >= Exchange.shuffle && operation <= Exchange.shuffleXor) {
    shuffle(requests, first, members, operation);
    return;
  }
  if (operation === Exchange.matchAny) {
    for (const lane of members) {
      const same = members.filter((other) => equal(requests, first + lane, first + other));
      give(requests, first, [lane], bits(same));
    }
    return;
  }
  give(requests, first, members, common(requests, first, members, operation));
}

type Words = readonly [low: number, high: number];

function common(requests: ThreadTable, first: number, members: readonly number[], operation: number): Words {
  const values = members.map((lane) => requests.low[first + lane] ?? 0);
  switch (operation) {
    case Exchange.ballot:
      return bits(members.filter((lane) => requests.low[first + lane] !== 0));
    case Exchange.matchAll:
      return members.every((lane) => equal(requests, first + (members[0] ?? 0), first + lane)) ? bits(members) : [0, 0];
    case Exchange.active:
      return bits(members);
    case Exchange.reduceAdd:
      return [values.reduce((sum, value) => (sum + value) >>> 0, 0), 0];
    case Exchange.reduceMin:
      return [Math.min(...values), 0];
    case Exchange.reduceMax:
      return [Math.max(...values), 0];
    case Exchange.reduceMinSigned:
      return [Math.min(...values.map((value) => value | 0)), 0];
    case Exchange.reduceMaxSigned:
      return [Math.max(...values.map((value) => value | 0)), 0];
    case Exchange.reduceAnd:
      return [values.reduce((all, value) => all & value), 0];
    case Exchange.reduceOr:
      return [values.reduce((all, value) => all | value), 0];
    case Exchange.reduceXor:
      return [values.reduce((all, value) => all ^ value), 0];
    default:
      return [0, 0];
  }
}

function shuffle(requests: ThreadTable, first: number, members: readonly number[], operation: number): void {
  const { argument, width, low, high, resultLow, resultHigh } = requests;
  const [presentLow, presentHigh] = bits(members);
  for (const lane of members) {
    const thread = first + lane;
    const from = sourceLane(operation, lane, argument[thread] ?? 0, width[thread] ?? 1);
    // What a lane that does not take part holds is undefined; here it is zero each time.
    const given = from >= 0 && from < LANES && names(presentLow, presentHigh, from);
    resultLow[thread] = given ? (low[first + from] ?? 0) : 0;
    resultHigh[thread] = given ? (high[first + from] ?? 0) : 0;
  }
}

/** A lane beyond its segment is one's own. */
function sourceLane(operation: number, lane: number, argument: number, width: number): number {
  const begin = lane & -width;
  const last = begin + width - 1;
  switch (operation) {
    case Exchange.shuffle:
      return begin + (argument & (width - 1));
    case Exchange.shuffleUp:
      return lane - argument < begin ? lane : lane - argument;
    case Exchange.shuffleDown:
      return lane + argument > last ? lane : lane + argument;
    default:
      return (lane ^ argument) > last ? lane : lane ^ argument;
  }
}

function give(requests: ThreadTable, first: number, lanes: readonly number[], [low, high]: Words): void {
  for (const lane of lanes) {
    requests.resultLow[first + lane] = low;
    requests.resultHigh[first + lane] = high;
  }
}

function equal(requests: ThreadTable, a: number, b: number): boolean {
  return requests.low[a] === requests.low[b] && requests.high[a] === requests.high[b];
}

function bits(lanes: readonly number[]): Words {
  let [low, high] = [0, 0];
  for (const lane of lanes) {
    if (lane < SHIFT) low |= 1 << lane;
    else high |= 1 << (lane - SHIFT);
  }
  return [low >>> 0, high >>> 0];
}

/** Whether a mask of two words names a lane. */
export function names(maskLow: number, maskHigh: number, lane: number): boolean {
  return ((lane < SHIFT ? maskLow >>> lane : maskHigh >>> (lane - SHIFT)) & 1) === 1;
}
