/** Threads of a grid by their position. */
import type { GridPlace } from '../execution/debug-hooks.js';
import type { GridPosition } from './types.js';

export function withinGrid({ block, thread }: GridPosition, grid: GridPlace): boolean {
  const inside = (at: readonly number[], size: readonly number[]): boolean =>
    at.every((value, n) => Number.isInteger(value) && value >= 0 && value < (size[n] ?? 0));
  return inside(block, grid.gridDim) && inside(thread, grid.blockDim);
}

/** Place of a thread in the order in which threads run. */
export function linear({ block, thread }: GridPosition, { blockDim, gridDim }: GridPlace): number {
  const index = (at: readonly number[], size: readonly number[]): number =>
    (at[0] ?? 0) + (size[0] ?? 1) * ((at[1] ?? 0) + (size[1] ?? 1) * (at[2] ?? 0));
  return index(block, gridDim) * (blockDim[0] * blockDim[1] * blockDim[2]) + index(thread, blockDim);
}
