/**
 * Joins what Clang takes apart: it begins OpenMP's `target data` where the sizes of its maps are computed, and forgets that other blocks
 * began there: of a conditional operator, or of a sanitizer's check. What comes after the sizes then stands behind the branch to them, where
 * nothing may stand, and the last of the new blocks leads nowhere (Clang 22, OMPIRBuilder::createTargetData). In the IR, before any pass
 * has seen it, it is put where it belongs.
 */
import { functionsOf, type IrFunction } from './ir-function.js';

const BRANCH = /^ {2}br /;
const LABEL = /^"?[\w.$-]+"?:/;
const TERMINATOR =
  /^ {2}(?:br|switch|ret|unreachable|indirectbr|resume|callbr|cleanupret|catchret)\b|^ {2}(?:%[\w.]+ = )?(?:invoke|catchswitch)\b|^ {2}\]|^ {10}(?:to|unwind) label /;
const NUMBER = /%(\d+)\b/g;

/** Whether a source may need it. */
export function hasDataRegions(text: string): boolean {
  return /#[ \t]*pragma[ \t]+omp[ \t]+target[ \t]+data\b|_Pragma/.test(text);
}

/** @param ir textual LLVM IR of one source, as Clang's front end wrote it */
export function joinDataRegions(ir: string): string {
  const lines = ir.split('\n');
  const broken = [...functionsOf(lines)].filter((fn) => strays(lines, fn).length > 0);
  if (broken.length === 0) return ir;
  const parts: (readonly string[])[] = [];
  let done = 0;
  for (const { first, end } of broken) {
    parts.push(lines.slice(done, first), joined(lines.slice(first, end + 1)));
    done = end + 1;
  }
  return [...parts, lines.slice(done)].flat().join('\n');
}

/** Lines of branches that something stands behind. */
function strays(lines: readonly string[], { first, end }: IrFunction): number[] {
  const found: number[] = [];
  for (let at = first; at < end - 1; at++)
    if (BRANCH.test(lines[at] ?? '') && !endsBlock(lines[at + 1] ?? '')) found.push(at);
  return found;
}

function endsBlock(line: string): boolean {
  return line === '' || line === '}' || LABEL.test(line);
}

function joined(numbered: readonly string[]): string[] {
  let lines = named(numbered);
  const last = (): number | undefined => [...functionsOf(lines)].flatMap((fn) => strays(lines, fn)).at(-1);
  // From the last one on: what stands behind one may end with another.
  for (let at = last(); at !== undefined; at = last()) {
    let behind = at + 1;
    while (!endsBlock(lines[behind] ?? '')) behind++;
    const stray = lines.splice(at + 1, behind - at - 1);
    const end = openEnd(lines, at);
    lines = [lines.slice(0, end), stray, lines.slice(end)].flat();
  }
  return lines;
}

/** Line behind the block that a branch leads to, over others, and that leads nowhere. */
function openEnd(lines: readonly string[], branch: number): number {
  const [fn] = functionsOf(lines);
  const blocks = [...(fn?.blocks.values() ?? [])];
  const pending = blocks.filter(({ first, end }) => first <= branch && branch < end);
  const seen = new Set(pending);
  for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
    let { end } = block;
    while (end > block.first && (lines[end - 1] ?? '') === '') end--;
    if (!TERMINATOR.test(lines[end - 1] ?? '')) return end;
    for (const label of block.next) {
      const next = fn?.blocks.get(label);
      if (next && !seen.has(next)) {
        seen.add(next);
        pending.push(next);
      }
    }
  }
  throw new Error('the code of a target data region has no place');
}

/** Numbers count upwards, so what is moved has to have names. The first block's number stands nowhere. */
function named(lines: readonly string[]): string[] {
  const [head = '', ...body] = lines.map((line) => line.replace(NUMBER, '%v$1').replace(/^(\d+):/, 'v$1:'));
  const parameters = head.match(/%v\d+/g)?.length ?? 0;
  return LABEL.test(body[0] ?? '') ? [head, ...body] : [head, `v${String(parameters)}:`, ...body];
}
