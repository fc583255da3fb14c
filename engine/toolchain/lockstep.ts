/**
 * Lanes of a warp in lockstep where a program counts on it: code of before Volta that lets the lanes of a warp read what others of it have
 * just written, with nothing between but `volatile`. The lanes come together before each volatile access, as at an operation of a warp
 * without a mask; what is not volatile needs no such place, for a compiler may keep it in registers on hardware, too.
 *
 * Threads of OpenMP keep no step, but look in the same way: at volatile memory, and by atomic reads, until another one has written.
 *
 * The accesses are found in the IR, before any pass has seen it. In it, local variables are told from memory that lanes share.
 * Source: CUDA C++ Programming Guide 9, section on the SIMT architecture; Harris, "Optimizing Parallel Reduction in CUDA" (2007).
 */
import { projectTexts } from './project-texts.js';
import type { SourceTree } from './source-tree.js';

/** Not the `volatile` of an asm statement. */
const VOLATILE = /(?<!\b(?:asm|__asm|__asm__)\s+)\bvolatile\b/;

const ATOMIC_READ = /#[ \t]*pragma[ \t]+omp[ \t]+atomic\b[^\n]*\bread\b/;

/** Whether threads of a source may look at what others write. */
export function looks(tree: SourceTree, source: string): boolean {
  for (const { text } of projectTexts(tree, source)) if (VOLATILE.test(text) || ATOMIC_READ.test(text)) return true;
  return false;
}

/** Functions that let others run: of cuda/warp.h, which is the engine's, and of openmp.c. */
const CALLEES = {
  device: { name: '__faultline_volatile_access', parameter: 'i32', imported: 'volatile_access' },
  openmp: { name: '__kmpc_flush', parameter: 'ptr', imported: undefined },
} as const;
/** No module has so many groups. */
const GROUP = 2_000_000;

const LOCATION = /^!(\d+) = (?:distinct )?!DILocation\(line: (\d+)/gm;
const LOCAL = /^ {2}(%[\w.]+) = alloca /;
const ACCESS = /^ {2}(?:(?:%[\w.]+ = load|store) volatile|%[\w.]+ = load atomic) .*\bptr ([^\s,]+)/;
const DEBUG_LOCATION = /, !dbg !(\d+)/;

/** @param ir textual LLVM IR of one source, as Clang's front end wrote it */
export function keepLockstep(ir: string, side: keyof typeof CALLEES): string {
  const { name, parameter, imported } = CALLEES[side];
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
    const argument = side === 'device' ? (numbers.get(id) ?? '0') : 'null';
    return `  call void @${name}(${parameter} ${argument})${debug}\n${line}`;
  });
  if (count === 0) return ir;
  if (lines.some((line) => line.startsWith('declare ') && line.includes(` @${name}(`))) return written.join('\n');
  const declaration = `declare void @${name}(${parameter})`;
  if (imported === undefined) return [...written, declaration, ''].join('\n');
  const attributes = `{ "wasm-import-module"="faultline" "wasm-import-name"="${imported}" }`;
  return [...written, `${declaration} #${String(GROUP)}`, `attributes #${String(GROUP)} = ${attributes}`, ''].join(
    '\n',
  );
}
