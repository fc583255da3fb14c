/** Random operations on a small stretch of memory, by up to three processes and two devices. */

import fc from 'fast-check';

export const FIRST = 100;
export const PAGES = 10;
const PROCESSES = 3;
export const DEVICES = 2;

export interface Range {
  readonly start: number;
  readonly count: number;
}
export type Operation =
  | ({ readonly do: 'mmap' | 'mprotect'; readonly process: number; readonly protection: number } & Range)
  | ({ readonly do: 'munmap' | 'dontNeed' | 'free' | 'pageOut'; readonly process: number } & Range)
  | { readonly do: 'access' | 'pin'; readonly process: number; readonly at: number; readonly write: boolean }
  | { readonly do: 'device'; readonly at: number; readonly device: number; readonly write: boolean }
  | { readonly do: 'exclusive'; readonly at: number }
  | { readonly do: 'fork' | 'exit'; readonly process: number }
  | { readonly do: 'unpin'; readonly which: number }
  | ({ readonly do: 'remap'; readonly process: number; readonly to: number } & Range);

const process = fc.nat(PROCESSES - 1);
const at = fc.integer({ min: FIRST, max: FIRST + PAGES - 1 });
const protection = fc.constantFrom(0, 1, 3, 3, 3);
const range = fc
  .tuple(at, fc.integer({ min: 1, max: 4 }))
  .map(([start, count]) => ({ start, count: Math.min(count, FIRST + PAGES - start) }));

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constantFrom('mmap', 'mprotect'), process, protection, range }).map(flat),
  fc.record({ do: fc.constantFrom('munmap', 'dontNeed', 'free', 'pageOut'), process, range }).map(flat),
  fc.record({ do: fc.constantFrom('access', 'access', 'access', 'pin'), process, at, write: fc.boolean() }),
  fc.record({ do: fc.constant('device'), at, device: fc.nat(DEVICES - 1), write: fc.boolean() }),
  fc.record({ do: fc.constant('device'), at, device: fc.nat(DEVICES - 1), write: fc.boolean() }),
  fc.record({ do: fc.constant('exclusive'), at }),
  fc.record({ do: fc.constantFrom('fork', 'exit'), process }),
  fc.record({ do: fc.constant('unpin'), which: fc.nat(7) }),
  fc.record({ do: fc.constant('remap'), process, range, to: at }).map(flat),
);

function flat<T extends { range: Range }>({ range: { start, count }, ...rest }: T): Omit<T, 'range'> & Range {
  return { ...rest, start, count };
}
