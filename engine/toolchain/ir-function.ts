/**
 * A function of textual LLVM IR as Clang's front end writes it: its blocks, where they lead, and its loops. Labels are numbers or names;
 * the first block's may be left out.
 */

export interface Block {
  /** Lines of the module: of its first instruction, and behind its last. */
  readonly first: number;
  readonly end: number;
  readonly label: string;
  /** Labels of the blocks that may be next. */
  readonly next: readonly string[];
}

export interface IrFunction {
  readonly name: string;
  readonly first: number;
  readonly end: number;
  readonly blocks: ReadonlyMap<string, Block>;
}

export interface IrLoop {
  readonly header: string;
  /** Labels of its blocks. */
  readonly blocks: ReadonlySet<string>;
  /** Those from which control goes back to the header. */
  readonly latches: readonly string[];
}

const DEFINITION = /^define .*@"?([\w.$]+)"?\(/;
const LABEL = /^"?([\w.$-]+)"?:/;
const TARGET = /\blabel %"?([\w.$-]+)/g;
/** A terminator; a switch's and an indirect branch's labels follow on lines of their own. */
const LEADS = /^ {2}(?:br|switch|indirectbr|invoke|callbr) |^ {2}%[\w.]+ = invoke |^ {4}.*\blabel %|^ {10}to label %/;

/** The functions that a module defines. */
export function* functionsOf(lines: readonly string[]): Generator<IrFunction> {
  for (let at = 0; at < lines.length; at++) {
    const name = DEFINITION.exec(lines[at] ?? '')?.[1];
    if (name === undefined) continue;
    const end = lines.indexOf('}', at);
    if (end < 0) return;
    yield { name, first: at, end, blocks: blocksOf(lines, at + 1, end) };
    at = end;
  }
}

function blocksOf(lines: readonly string[], from: number, end: number): ReadonlyMap<string, Block> {
  const blocks = new Map<string, Block>();
  let [label, first] = ['', from];
  let next: string[] = [];
  const close = (behind: number): void => {
    if (behind > first) blocks.set(label, { first, end: behind, label, next });
  };
  for (let at = from; at < end; at++) {
    const line = lines[at] ?? '';
    const begins = LABEL.exec(line)?.[1];
    if (begins !== undefined) {
      close(at);
      [label, first, next] = [begins, at + 1, []];
    } else if (LEADS.test(line)) next.push(...Array.from(line.matchAll(TARGET), ([, target = '']) => target));
  }
  close(end);
  return blocks;
}

/** Natural loops, each header's once: a block is a header if it comes before one that leads to it. */
export function loopsOf({ blocks }: IrFunction): IrLoop[] {
  const before = new Map<string, string[]>();
  const latches = new Map<string, string[]>();
  for (const { label, first, next } of blocks.values()) {
    for (const target of new Set(next)) {
      add(before, target, label);
      if ((blocks.get(target)?.first ?? Infinity) <= first) add(latches, target, label);
    }
  }
  return [...latches].map(([header, back]) => {
    const found = new Set([header]);
    const pending = back.filter((label) => label !== header);
    for (let label = pending.pop(); label !== undefined; label = pending.pop()) {
      if (found.has(label)) continue;
      found.add(label);
      pending.push(...(before.get(label) ?? []));
    }
    return { header, blocks: found, latches: back };
  });
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
