/**
 * The header that every source of a language begins with: precompiled, which saves half of a small program's compilation, or included.
 *
 * Invariant: a source means the same with either. Macros of the command line come after a precompiled header, which looks at none of them.
 */
import type { FileTree } from './compiler.js';
import { COMMON_FLAGS, SYSTEM_INCLUDES, type Pass } from './languages.js';

/** How a pass gets the header of its language, and the request's macros. */
export interface Prelude {
  readonly flags: readonly string[];
  readonly files: FileTree;
}

/** What includes a language's header, to be precompiled. */
export const PRELUDE = 'prelude.cuh';
export const plainPrelude = (pass: Pass, defines: readonly string[]): Prelude => ({
  flags: [...defines.map((define) => `-D${define}`), ...(pass.prelude === undefined ? [] : ['-include', pass.prelude])],
  files: {},
});
/** Whether a macro is one of those that headers look at. */
export const isHeaders = (define: string): boolean => /^(?:_|NDEBUG\b)/.test(define);
export const preludeText = (pass: Pass): string => `#include <${pass.prelude ?? ''}>\n`;

/** A header is the same at every level but 0: all that it can see of it is whether there is one (__OPTIMIZE__). */
export function preludeArguments(pass: Pass, optimize: number): string[] {
  const args = argumentsOf(pass, optimize === 0 ? 0 : 2).map((arg) => (arg === '-emit-obj' ? '-emit-pch' : arg));
  return [...args, PRELUDE, '-o', 'out.o'];
}

/** What does not depend on the program. */
export function argumentsOf(pass: Pass, optimize: number): string[] {
  const system = ['-isystem', 'faultline', ...SYSTEM_INCLUDES(pass.cxx)];
  return ['clang', '-cc1', ...COMMON_FLAGS, `-O${String(optimize)}`, ...system, ...pass.flags];
}

/** @param object the precompiled header */
export function precompiledPrelude(pass: Pass, object: Uint8Array, defines: readonly string[]): Prelude {
  const macros = defines.map(
    (define) => `#define ${define.includes('=') ? define.replace('=', ' ') : `${define} 1`}\n`,
  );
  return {
    flags: ['-include-pch', `${PRELUDE}.pch`, '-fno-validate-pch', '-include', 'defines.h'],
    files: { [PRELUDE]: preludeText(pass), [`${PRELUDE}.pch`]: object, 'defines.h': macros.join('') },
  };
}
