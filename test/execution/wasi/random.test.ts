import { describe, expect, it } from 'vitest';
import { Xoshiro128 } from '../../../engine/execution/wasi/random.js';

describe('xoshiro128**', () => {
  it('gives the numbers of the reference implementation', () => {
    const random = new Xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, () => random.next())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('gives the same bytes for a seed, others for another', () => {
    const bytes = (seed: number): string => Buffer.from(Xoshiro128.fromSeed(seed).bytes(9)).toString('hex');
    expect(bytes(7)).toBe(bytes(7));
    expect(new Set([0, 1, 2, -1, 2 ** 32 + 3].map(bytes)).size).toBe(5);
    expect(bytes(7)).toHaveLength(18);
  });
});
