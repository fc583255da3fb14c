/** What the inspector shows that LLDB does not know of, and where variables lie that need no LLDB. */
import type { GridPlace } from '../execution/debug-hooks.js';
import { HEAP_END } from '../execution/layout.js';
import type { Value } from '../symbols/lldb.js';
import { IMAGE_BASE } from '../toolchain/link-arguments.js';
import type { CallRecord } from './call-stack.js';
import type { FastVariable } from './fast-condition.js';
import type { Variable } from './types.js';

/** Children of a variable or a scope: from `start` on, at most `count`. */
export type Children = (start: number, count: number, filter: 'named' | 'indexed' | undefined) => Promise<Variable[]>;

/** Where a scalar lies: in the frame of a function whose frame base is its only spilled local, or among the globals. */
export function fastVariable(
  { address, bytes, handle, type: name }: Value,
  record: CallRecord,
  spilled: readonly number[],
): FastVariable | null {
  const { kind, signed } = handle.type;
  // A reference's place is what it refers to.
  if (address === null || name.includes('&')) return null;
  const type = kind === 'float' ? 'float' : signed ? 'signed' : 'unsigned';
  const fits = kind === 'float' ? bytes === 4 || bytes === 8 : bytes === 1 || bytes === 2 || bytes === 4;
  if (!fits || !['integer', 'char', 'bool', 'enum', 'float'].includes(kind)) return null;
  const place = { kind: 'variable', bytes: bytes as FastVariable['bytes'], type } as const;
  const [only, another] = spilled;
  const base = only === undefined || another !== undefined ? undefined : record.local(only);
  const offset = base?.type === 'i32' ? address - (base.value >>> 0) : -1;
  if (offset >= 0 && offset < MOST_FRAME_BYTES) return { ...place, slot: 0, offset };
  return address >= IMAGE_BASE && address < HEAP_END ? { ...place, slot: null, offset: address } : null;
}

/** Frames are smaller, and other memory is farther away from them. */
export const MOST_FRAME_BYTES = 0x1_0000;

/** Children that one request gets at most. */
export const MOST_CHILDREN = 100_000;

export const GRID_NAMES = [
  ['threadIdx', 'thread'],
  ['blockIdx', 'block'],
  ['blockDim', 'blockDim'],
  ['gridDim', 'gridDim'],
] as const;

/** The phases under the kernel's names: mm/migrate_device.c, and the driver's own work between its calls. */
export const PHASE_NAMES: Readonly<Record<string, string>> = {
  collect: 'migrate_vma_collect',
  unmap: 'migrate_vma_unmap',
  allocate: 'driver: allocate at the target',
  copy: 'migrate_vma_pages, copy',
  finalize: 'migrate_vma_finalize',
};

export function plain(name: string, value: string, type: string | null): Variable {
  return {
    name,
    value,
    type,
    reference: 0,
    namedChildren: 0,
    indexedChildren: 0,
    evaluateName: null,
    memoryAddress: null,
    address: null,
    bytes: null,
    readOnly: true,
  };
}

/** Children that are all named and all known at once. */
export function page(list: () => Promise<readonly Variable[]>): Children {
  return async (start, count, filter) => (filter === 'indexed' ? [] : (await list()).slice(start, start + count));
}

/** An expression with its grid positions, of which LLDB does not know, as numbers. */
export function withGrid(expression: string, grid: GridPlace | null): string {
  if (!grid) return expression;
  return expression.replace(
    /(?<![\w.>"'])(threadIdx|blockIdx|blockDim|gridDim)\.([xyz])\b/g,
    (whole: string, name: string, axis: string) => {
      const key = GRID_NAMES.find(([known]) => known === name)?.[1];
      return key ? `${String(grid[key]['xyz'.indexOf(axis)])}u` : whole;
    },
  );
}
