/**
 * Lanes of a warp in lockstep where a program counts on it: code of before Volta that lets the lanes of a warp read what others of it have
 * just written, with nothing between but `volatile`. The lanes come together before each volatile access, as at an operation of a warp
 * without a mask; what is not volatile needs no such place, for a compiler may keep it in registers on hardware, too.
 *
 * The accesses are found in the IR, before any pass has seen it. In it, local variables are told from memory that lanes share.
 * Source: CUDA C++ Programming Guide 9, section on the SIMT architecture; Harris, "Optimizing Parallel Reduction in CUDA" (2007).
 */
import { projectTexts } from './project-texts.js';
import type { SourceTree } from './source-tree.js';

/** Not the `volatile` of an asm statement. */
const VOLATILE = /(?<!\b(?:asm|__asm|__asm__)\s+)\bvolatile\b/;

/** Whether kernels of a source may have volatile accesses. */
export function namesVolatile(tree: SourceTree, source: string): boolean {
  for (const { text } of projectTexts(tree, source)) if (VOLATILE.test(text)) return true;
  return false;
}

/** Of cuda/warp.h; its argument is the line. */
const VOLATILE_ACCESS = '__faultline_volatile_access';
/** No module has so many groups. */
const GROUP = 2_000_000;

const LOCATION = /^!(\d+) = (?:distinct )?!DILocation\(line: (\d+)/gm;
const LOCAL = /^ {2}(%[\w.]+) = alloca /;
const ACCESS = /^ {2}(?:%[\w.]+ = load|store) volatile .*\bptr ([^\s,]+)/;
const DEBUG_LOCATION = /, !dbg !(\d+)/;

/** @param ir textual LLVM IR of one source's device pass, as Clang's front end wrote it */
export function keepLockstep(ir: string): string {
  const lines = ir.split('\n');
  let locals = new Set<string>();
  let numbers: ReadonlyMap<string, string> | undefined;
  let count = 0;
  const written = lines.map((line) => {
    if (line.startsWith('define ')) locals = new Set();
    const local = LOCAL.exec(line)?.[1];
    if (local !== undefined) locals.add(local);
    const pointer = ACCESS.exec(line)?.[1];
    if (pointer === undefined || locals.has(pointer)) return line;
    numbers ??= new Map(Array.from(ir.matchAll(LOCATION), ([, id = '', number = '0']) => [id, number]));
    const [debug = '', id = ''] = DEBUG_LOCATION.exec(line) ?? [];
    count++;
    return `  call void @${VOLATILE_ACCESS}(i32 ${numbers.get(id) ?? '0'})${debug}\n${line}`;
  });
  if (count === 0) return ir;
  if (!lines.some((line) => line.startsWith('declare ') && line.includes(` @${VOLATILE_ACCESS}(`)))
    written.push(
      `declare void @${VOLATILE_ACCESS}(i32) #${String(GROUP)}`,
      `attributes #${String(GROUP)} = { "wasm-import-module"="faultline" "wasm-import-name"="volatile_access" }`,
    );
  return written.join('\n');
}
