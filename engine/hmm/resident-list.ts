/**
 * Frames of one node in the order in which they came.
 *
 * Invariant: a frame is in the list exactly if the queue has its index at the place that its column says. One that leaves only loses its
 * place, so adding and removing are a store or two; what it leaves behind in the queue is cleared away before there is more of it than of
 * frames, so every operation is O(1) per frame in the long run.
 */

import { grown } from '../memory/frames.js';
import { frameIndex, frameNumber, type FrameNumber, type NodeId } from '../memory/units.js';

const INITIAL_FRAMES = 1024;
/** In the column: not in the list. A place in the queue is noted plus one, so that a fresh column is empty. */
const NOWHERE = 0;

export class ResidentList {
  readonly #node: NodeId;
  /** Of each frame, by index. */
  #places = new Int32Array(INITIAL_FRAMES);
  /** Indices of frames, oldest first, between `#head` and `#tail`. */
  #queue = new Int32Array(2 * INITIAL_FRAMES);
  #head = 0;
  #tail = 0;
  #size = 0;

  constructor(node: NodeId) {
    this.#node = node;
  }

  get size(): number {
    return this.#size;
  }

  /** Makes `frames[0 … count)`, which are not in the list and have indices below `highest`, the newest. */
  add(frames: Int32Array, count: number, highest: number): void {
    if (highest > this.#places.length) this.#places = grown(this.#places, Math.max(highest, 2 * this.#places.length));
    if (this.#tail + count > this.#queue.length) this.#makeRoom(count);
    const queue = this.#queue;
    const places = this.#places;
    let tail = this.#tail;
    for (let at = 0; at < count; at++) {
      const index = frameIndex(frames[at]! as FrameNumber);
      queue[tail++] = index;
      places[index] = tail;
    }
    this.#tail = tail;
    this.#size += count;
  }

  /** Those of `frames[from … to)` that are in the list leave it. */
  remove(frames: Int32Array, from: number, to: number): void {
    const places = this.#places;
    let left = 0;
    for (let at = from; at < to; at++) {
      const index = frameIndex(frames[at]! as FrameNumber);
      if (index >= places.length || places[index] === NOWHERE) continue;
      places[index] = NOWHERE;
      left++;
    }
    this.#size -= left;
  }

  /** Writes up to `count` of the oldest frames that are `wanted`, oldest first. @returns how many. */
  findOldest(out: Int32Array, count: number, wanted: (frame: FrameNumber) => boolean): number {
    if (this.#tail - this.#head > 2 * this.#size + INITIAL_FRAMES) this.#closeUp();
    const queue = this.#queue;
    const places = this.#places;
    let found = 0;
    for (let at = this.#head; at < this.#tail && found < count; at++) {
      const index = queue[at]!;
      if (places[index] !== at + 1) {
        if (at === this.#head) this.#head++;
        continue;
      }
      const frame = frameNumber(this.#node, index);
      if (wanted(frame)) out[found++] = frame;
    }
    return found;
  }

  #makeRoom(count: number): void {
    this.#closeUp();
    const needed = 2 * (this.#size + count);
    if (needed > this.#queue.length) this.#queue = grown(this.#queue, Math.max(needed, 2 * this.#queue.length));
  }

  /** Moves the frames to the start of the queue, without the gaps between them. */
  #closeUp(): void {
    const queue = this.#queue;
    const places = this.#places;
    let to = 0;
    for (let at = this.#head; at < this.#tail; at++) {
      const index = queue[at]!;
      if (places[index] !== at + 1) continue;
      queue[to++] = index;
      places[index] = to;
    }
    this.#head = 0;
    this.#tail = to;
  }
}
