/**
 * The areas of one address space, in order, none overlapping: a treap that also knows the largest hole below each node, so that finding an
 * area and finding a hole are both O(log n) (the kernel's maple tree and unmapped_area()).
 *
 * Invariant: areas are disjoint and not empty, and no two that touch could be one (alike in everything, and one continues the other's backing). An area is a
 * value: changing one means taking it out and putting others in. Priorities come from a counter, so the same calls give the same tree.
 */

import type { PageIndex } from './units.js';
import { cutVma, type Vma } from './vma.js';

interface Node {
  vma: Vma;
  readonly priority: number;
  left: Node | undefined;
  right: Node | undefined;
  /** First page and end of the subtree's areas, and its largest hole between two areas. */
  min: number;
  max: number;
  hole: number;
}

export class VmaSet {
  #root: Node | undefined;
  #size = 0;
  #seed = 1;
  /** The area found last: faults come in runs. */
  #last: Vma | undefined;

  get size(): number {
    return this.#size;
  }

  /** The area that holds a page. */
  find(page: number): Vma | undefined {
    const last = this.#last;
    if (last !== undefined && page >= last.start && page < last.end) return last;
    const vma = this.firstEndingAfter(page);
    if (vma === undefined || vma.start > page) return undefined;
    this.#last = vma;
    return vma;
  }

  /** The lowest area whose end lies above a page (the kernel's find_vma). */
  firstEndingAfter(page: number): Vma | undefined {
    let found: Vma | undefined;
    let node = this.#root;
    while (node !== undefined) {
      if (node.vma.end > page) {
        found = node.vma;
        node = node.left;
      } else node = node.right;
    }
    return found;
  }

  /** Puts an area into free space; it becomes one with neighbours that are like it. */
  insert(vma: Vma): void {
    let { start, end } = vma;
    const before = start > 0 ? this.find(start - 1) : undefined;
    if (before && alike(before, vma) && continues(before, vma)) {
      start = before.start;
      this.#remove(before);
    }
    const offset = before?.start === start ? before.pageOffset : vma.pageOffset;
    const after = this.find(end);
    if (after !== undefined && alike(after, vma) && continues(vma, after)) {
      end = after.end;
      this.#remove(after);
    }
    this.#add(start === vma.start && end === vma.end ? vma : { ...vma, start, end, pageOffset: offset });
  }

  /** Takes [start, end) out and returns what was there, cut to that range, in order. What stands out on either side stays. */
  carve(start: PageIndex, end: PageIndex): Vma[] {
    const pieces: Vma[] = [];
    for (
      let vma = this.firstEndingAfter(start);
      vma !== undefined && vma.start < end;
      vma = this.firstEndingAfter(start)
    ) {
      this.#remove(vma);
      if (vma.end > end) this.#add(cutVma(vma, end, vma.end));
      if (vma.start < start) this.#add(cutVma(vma, vma.start, start));
      pieces.push(cutVma(vma, max(vma.start, start), min(vma.end, end)));
    }
    return pieces;
  }

  /** How many areas more there would be after carve(start, end): 1 if that cuts one area in two. */
  splitsBy(start: PageIndex, end: PageIndex): boolean {
    const vma = this.find(start);
    return vma !== undefined && vma.start < start && vma.end > end;
  }

  /** The lowest hole of `count` pages within [low, high), or -1. */
  findHole(count: number, low: number, high: number): number {
    return searchHole(this.#root, low, high, count);
  }

  /** All areas in order. The set must not change meanwhile. */
  *[Symbol.iterator](): IterableIterator<Vma> {
    const path: Node[] = [];
    let node = this.#root;
    while (node !== undefined || path.length > 0) {
      for (; node !== undefined; node = node.left) path.push(node);
      const next = path.pop();
      if (next === undefined) return;
      yield next.vma;
      node = next.right;
    }
  }

  #add(vma: Vma): void {
    this.#last = undefined;
    this.#size++;
    this.#seed = Math.imul(this.#seed ^ (this.#seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    const node = {
      vma,
      priority: this.#seed >>> 0,
      left: undefined,
      right: undefined,
      min: vma.start,
      max: vma.end,
      hole: 0,
    };
    this.#root = insertNode(this.#root, node);
  }

  #remove(vma: Vma): void {
    this.#last = undefined;
    this.#size--;
    this.#root = removeNode(this.#root, vma.start);
  }
}

function alike(a: Vma, b: Vma): boolean {
  return (
    a.kind === b.kind &&
    a.protection === b.protection &&
    a.agent === b.agent &&
    a.name === b.name &&
    a.flags === b.flags &&
    a.backing === b.backing
  );
}

/** Whether the second goes on where the first ends, in its backing or its anonymous index. */
function continues(first: Vma, second: Vma): boolean {
  return first.pageOffset + (first.end - first.start) === second.pageOffset;
}

function max(a: PageIndex, b: PageIndex): PageIndex {
  return a > b ? a : b;
}

function min(a: PageIndex, b: PageIndex): PageIndex {
  return a < b ? a : b;
}

function refresh(node: Node): Node {
  const { left, right, vma } = node;
  node.min = left === undefined ? vma.start : left.min;
  node.max = right === undefined ? vma.end : right.max;
  node.hole = Math.max(
    left === undefined ? 0 : Math.max(left.hole, vma.start - left.max),
    right === undefined ? 0 : Math.max(right.hole, right.min - vma.end),
  );
  return node;
}

function insertNode(root: Node | undefined, node: Node): Node {
  if (root === undefined) return node;
  if (node.vma.start < root.vma.start) {
    const left = insertNode(root.left, node);
    if (left.priority <= root.priority) {
      root.left = left;
      return refresh(root);
    }
    root.left = left.right;
    left.right = refresh(root);
    return refresh(left);
  }
  const right = insertNode(root.right, node);
  if (right.priority <= root.priority) {
    root.right = right;
    return refresh(root);
  }
  root.right = right.left;
  right.left = refresh(root);
  return refresh(right);
}

function removeNode(root: Node | undefined, start: number): Node | undefined {
  if (root === undefined) return undefined;
  if (start === root.vma.start) return join(root.left, root.right);
  if (start < root.vma.start) root.left = removeNode(root.left, start);
  else root.right = removeNode(root.right, start);
  return refresh(root);
}

/** One treap of two, all areas of the first lying below those of the second. */
function join(low: Node | undefined, high: Node | undefined): Node | undefined {
  if (low === undefined) return high;
  if (high === undefined) return low;
  if (low.priority > high.priority) {
    low.right = join(low.right, high);
    return refresh(low);
  }
  high.left = join(low, high.left);
  return refresh(high);
}

/** The lowest hole of `count` pages in [low, high), given that `node` holds every area there is in it; or -1. */
function searchHole(node: Node | undefined, low: number, high: number, count: number): number {
  if (high - low < count) return -1;
  if (node === undefined) return low;
  if (Math.max(node.hole, node.min - low, high - node.max) < count) return -1;
  if (node.vma.start > low) {
    const found = searchHole(node.left, low, Math.min(high, node.vma.start), count);
    if (found >= 0) return found;
  }
  return searchHole(node.right, Math.max(low, node.vma.end), high, count);
}
