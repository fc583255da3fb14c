/**
 * The bytes of `random_get`: xoshiro128** 1.1, so that a run is the same every time and for every seed a different one.
 * Not for secrets. Source: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators" (2021), and their
 * public-domain code at https://prng.di.unimi.it; the state is filled from the seed by SplitMix32, as they advise.
 */

export type Xoshiro128State = readonly [number, number, number, number];

export class Xoshiro128 {
  private readonly state: Uint32Array;

  /** @param state four words that are not all zero */
  constructor(state: Xoshiro128State) {
    this.state = Uint32Array.from(state);
  }

  static fromSeed(seed: number): Xoshiro128 {
    let counter = seed | 0;
    const splitMix = (): number => {
      counter = (counter + 0x9e3779b9) | 0;
      let word = counter ^ (counter >>> 16);
      word = Math.imul(word, 0x21f0aaad);
      word ^= word >>> 15;
      word = Math.imul(word, 0x735a2d97);
      return (word ^ (word >>> 15)) >>> 0;
    };
    return new Xoshiro128([splitMix(), splitMix(), splitMix(), splitMix()]);
  }

  /** The next word, 0 … 2^32 - 1. */
  next(): number {
    const state = this.state;
    const result = Math.imul(rotate(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11);
    return result;
  }

  /** So many bytes: words in little-endian order, what is left of the last one is dropped. */
  bytes(count: number): Uint8Array {
    const result = new Uint8Array(count);
    for (let at = 0; at < count; at += 4) {
      const word = this.next();
      for (let byte = 0; byte < 4 && at + byte < count; byte++) result[at + byte] = word >>> (8 * byte);
    }
    return result;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
