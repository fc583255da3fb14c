/**
 * Lanes of a warp in lockstep where a program counts on it: code of before Volta that lets the lanes of a warp read what others of it have
 * just written, with nothing between but `volatile`. The lanes come together before each volatile access, as at an operation of a warp
 * without a mask; what is not volatile needs no such place, for a compiler may keep it in registers on hardware, too.
 *
 * Threads of a team of OpenMP's keep it, too, on a device: they take turns at each volatile access. On the host they look in the same way,
 * at volatile memory and by atomic reads, until another one has written.
 *
 * The accesses are found in the IR, before any pass has seen it. In it, local variables are told from memory that lanes share.
 * Source: CUDA C++ Programming Guide 9, section on the SIMT architecture; Harris, "Optimizing Parallel Reduction in CUDA" (2007).
 */
import { projectTexts } from './project-texts.js';
import type { Block } from './ir-function.js';
import type { SourceTree } from './source-tree.js';
import { waitingLatches } from './waiting-loops.js';

/** Not the `volatile` of an asm statement. */
const VOLATILE = /(?<!\b(?:asm|__asm|__asm__)\s+)\bvolatile\b/;

/** What a loop may wait by: functions, built-in ones, and directives that give what was there before. */
const MAY_WAIT =
  /\b(?:atomic(?:CAS|Exch|And|Or|Xor|Min|Max)|atomic(?:Add|Sub)\w*\s*\([^;]*,\s*0[uUlL]*\s*\)|__threadfence|__hip_atomic_|__atomic_|__sync_)|#[ \t]*pragma[ \t]+omp[ \t]+atomic\b[^\n]*\b(?:capture|compare)\b/;
const ATOMIC_READ = /#[ \t]*pragma[ \t]+omp[ \t]+atomic\b[^\n]*\bread\b/;

/** Whether threads of a source may look at what others write. */
export function looks(tree: SourceTree, source: string): boolean {
  for (const { text } of projectTexts(tree, source))
    if (VOLATILE.test(text) || ATOMIC_READ.test(text) || MAY_WAIT.test(text)) return true;
  return false;
}

interface Callee {
  readonly name: string;
  readonly parameter: string;
  /** What the engine calls it, of a function that is the engine's. */
  readonly imported?: string;
}

/** Functions that let others run: of cuda/warp.h, which is the engine's, and of openmp.c. */
const COME_TOGETHER: Callee = { name: '__faultline_volatile_access', parameter: 'i32', imported: 'volatile_access' };
const TAKE_TURNS: Callee = { name: '__faultline_take_turns', parameter: 'ptr' };
const FLUSH: Callee = { name: '__kmpc_flush', parameter: 'ptr' };
/** No module has so many groups. */
const GROUP = 2_000_000;

const LOCATION = /^!(\d+) = (?:distinct )?!DILocation\(line: (\d+)/gm;
const LOCAL = /^ {2}(%[\w.]+) = alloca /;
const ACCESS = /^ {2}(?:(?:%[\w.]+ = load|store) volatile|%[\w.]+ = load atomic) .*\bptr ([^\s,]+)/;
/** Those of the engine's headers that load in order to update. */
const ENGINE_FUNCTION = /^define .*@_ZN9faultline/;
const DEBUG_LOCATION = /, !dbg !(\d+)/;

/** @param ir textual LLVM IR of one source, as Clang's front end wrote it */
export function keepLockstep(ir: string, side: 'device' | 'openmp'): string {
  const lines = ir.split('\n');
  const accesses = accessesOf(lines);
  const latches = waitingLatches(lines);
  if (accesses.length + latches.length === 0) return ir;
  const declared = (callee: Callee): boolean =>
    lines.some((line) => line.startsWith('declare ') && line.includes(` @${callee.name}(`));
  const missing = [COME_TOGETHER, TAKE_TURNS, FLUSH].filter((callee) => !declared(callee));
  const called = new Set<Callee>();
  let numbers: ReadonlyMap<string, string> | undefined;
  /** A call for what is at a line of the source, as a line of the module says. */
  const call = (callee: Callee, line: string): string => {
    called.add(callee);
    numbers ??= new Map(Array.from(ir.matchAll(LOCATION), ([, id = '', number = '0']) => [id, number]));
    const [debug = '', id = ''] = DEBUG_LOCATION.exec(line) ?? [];
    const argument = callee === COME_TOGETHER ? (numbers.get(id) ?? '0') : 'null';
    return `  call void @${callee.name}(${callee.parameter} ${argument})${debug}`;
  };
  for (const at of accesses) {
    const line = lines[at] ?? '';
    const callee = side === 'device' ? COME_TOGETHER : line.includes(' = load atomic ') ? FLUSH : TAKE_TURNS;
    lines[at] = `${call(callee, line)}\n${line}`;
  }
  latches.forEach(({ block, header }, n) => {
    leadThrough(lines, block, header, `faultline.again${String(n)}`, (line) =>
      call(side === 'device' ? COME_TOGETHER : FLUSH, line),
    );
  });
  for (const { name, parameter, imported } of missing.filter((callee) => called.has(callee))) {
    const declaration = `declare void @${name}(${parameter})`;
    const attributes = `{ "wasm-import-module"="faultline" "wasm-import-name"="${imported ?? ''}" }`;
    lines.push(
      ...(imported === undefined
        ? [declaration]
        : [`${declaration} #${String(GROUP)}`, `attributes #${String(GROUP)} = ${attributes}`]),
      '',
    );
  }
  return lines.join('\n');
}

/** Lines of accesses at which others are looked at, whatever becomes of what they give. */
function accessesOf(lines: readonly string[]): number[] {
  let locals = new Set<string>();
  let ours = false;
  return lines.flatMap((line, at) => {
    if (line.startsWith('define ')) [locals, ours] = [new Set(), ENGINE_FUNCTION.test(line)];
    if (ours) return [];
    const local = LOCAL.exec(line)?.[1];
    if (local !== undefined) locals.add(local);
    const pointer = ACCESS.exec(line)?.[1];
    return pointer === undefined || locals.has(pointer) ? [] : [at];
  });
}

/**
 * Puts a call where a block goes back to its loop's header, and not where it leaves the loop. Clang's front end begins no loop with a phi.
 * @param between a label for a new block
 */
function leadThrough(
  lines: string[],
  block: Block,
  header: string,
  between: string,
  call: (line: string) => string,
): void {
  for (let at = block.end - 1; at >= block.first; at--) {
    const line = lines[at] ?? '';
    if (/^ {2}br label /.test(line)) lines[at] = `${call(line)}\n${line}`;
    else if (/^ {2}br i1 /.test(line)) {
      const debug = DEBUG_LOCATION.exec(line)?.[0] ?? '';
      lines[at] = line.replace(/\blabel %"?([\w.$-]+)"?/g, (way, target) =>
        target === header ? `label %${between}` : way,
      );
      lines[block.end - 1] =
        `${lines[block.end - 1] ?? ''}\n${between}:\n${call(line)}\n  br label %${header}${debug}\n`;
    } else continue;
    return;
  }
}
