/** A device's multiprocessors: which of them a block goes to, and in which order warps fault. The order is a function of the seed. */
import type { Warp } from './warp.js';

/**
 * Turns of a multiprocessor before all others have had as many. They run at the same time, so none gets far ahead, but not in step: chosen so
 * that a grid-stride addition gives about as many copies as profiles of five GPUs show (test/fidelity).
 */
const TURNS_A_ROUND = 16;

export class Multiprocessors {
  /** Warps that may go on, by multiprocessor; each queue is taken from its front. */
  private readonly queues: { readonly warps: Warp[]; next: number }[];
  /** Blocks on each. */
  private readonly blocks: Uint32Array;
  /** A tournament: node n is played by nodes 2n and 2n + 1, multiprocessor m enters at `leaves` + m, node 1 is the one with the fewest blocks. */
  private readonly fewest: Uint32Array;
  private readonly leaves: number;
  /** Multiprocessors with warps that may go on: first those whose turns of this round are used up. */
  private readonly busy: number[] = [];
  private spent = 0;
  /** Turns in this round, by multiprocessor. */
  private readonly turns: Uint8Array;
  private random: number;

  constructor(count: number, seed: number) {
    this.queues = Array.from({ length: count }, () => ({ warps: [], next: 0 }));
    this.blocks = new Uint32Array(count);
    this.leaves = 2 ** Math.ceil(Math.log2(count));
    this.fewest = new Uint32Array(2 * this.leaves);
    // Who does not exist has more blocks than anybody.
    for (let n = 0; n < this.leaves; n++) this.fewest[this.leaves + n] = n;
    for (let node = this.leaves - 1; node >= 1; node--) this.play(node);
    this.turns = new Uint8Array(count);
    this.random = Math.imul(seed, 0x9e37_79b1) | 1;
  }

  /** A block comes: to the multiprocessor with the fewest, of several to the first. */
  takeSlot(): number {
    const best = this.fewest[1]!;
    this.setBlocks(best, this.blocks[best]! + 1);
    return best;
  }

  releaseSlot(multiprocessor: number): void {
    this.setBlocks(multiprocessor, this.blocks[multiprocessor]! - 1);
  }

  private setBlocks(multiprocessor: number, blocks: number): void {
    this.blocks[multiprocessor] = blocks;
    for (let node = (this.leaves + multiprocessor) >>> 1; node >= 1; node >>>= 1) this.play(node);
  }

  private play(node: number): void {
    const [left, right] = [this.fewest[2 * node]!, this.fewest[2 * node + 1]!];
    this.fewest[node] = (this.blocks[right] ?? Infinity) < (this.blocks[left] ?? Infinity) ? right : left;
  }

  makeReady(warp: Warp): void {
    const { multiprocessor } = warp.block;
    const queue = this.queues[multiprocessor]!;
    if (queue.next === queue.warps.length) {
      queue.warps.length = queue.next = 0;
      this.busy.push(multiprocessor);
    }
    queue.warps.push(warp);
  }

  /** Warps that may go on, in no order that matters. */
  eachReady(visit: (warp: Warp) => void): void {
    for (const { warps, next } of this.queues) for (let at = next; at < warps.length; at++) visit(warps[at]!);
  }

  /** A warp that may go on: the next of some multiprocessor, since they run at the same time. */
  takeReady(): Warp | undefined {
    const { busy, turns } = this;
    if (busy.length === 0) return undefined;
    if (this.spent >= busy.length) {
      this.spent = 0;
      turns.fill(0);
    }
    const at = this.spent + (this.draw() % (busy.length - this.spent));
    const multiprocessor = busy[at]!;
    const queue = this.queues[multiprocessor]!;
    const warp = queue.warps[queue.next++];
    turns[multiprocessor]!++;
    if (queue.next === queue.warps.length) {
      busy[at] = busy.at(-1)!;
      busy.pop();
    } else if (turns[multiprocessor]! >= TURNS_A_ROUND) {
      busy[at] = busy[this.spent]!;
      busy[this.spent++] = multiprocessor;
    }
    return warp;
  }

  /** Xorshift (Marsaglia, 2003), 32 bits. */
  private draw(): number {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.random = x;
    return x >>> 0;
  }
}
