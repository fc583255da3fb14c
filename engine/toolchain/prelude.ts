/**
 * What a source begins with: its language's header, precompiled, which saves half of a small program's compilation, or included; and, if the
 * source names a larger one of them, the headers of the C++ standard library, precompiled, which saves two thirds of most programs'.
 *
 * Invariant: a source means the same with either. Macros of the command line come after a precompiled header, which looks at none of them.
 */
import type { FileTree } from './compiler.js';
import { LIBRARY_HEADERS } from './library-headers.js';
import { COMMON_FLAGS, SYSTEM_INCLUDES, type Pass } from './languages.js';

/** How a pass gets the header of its language, and the request's macros. */
export interface Prelude {
  readonly flags: readonly string[];
  readonly files: FileTree;
}

/** What is precompiled: the header of a language, and maybe the library's. */
export interface Headers {
  readonly pass: Pass;
  readonly library: boolean;
}

/** What includes them, to be precompiled. */
export const PRELUDE = 'prelude.cuh';
export const plainPrelude = (pass: Pass, defines: readonly string[]): Prelude => ({
  flags: [...defines.map((define) => `-D${define}`), ...(pass.prelude === undefined ? [] : ['-include', pass.prelude])],
  files: {},
});
/** Whether a macro is one of those that headers look at. */
export const isHeaders = (define: string): boolean => define.startsWith('_');

export function preludeText({ pass, library }: Headers): string {
  const names = [...(pass.prelude === undefined ? [] : [pass.prelude]), ...(library ? LIBRARY_HEADERS : [])];
  return names.map((name) => `#include <${name}>\n`).join('');
}

/** A header is the same at every level but 0: all that it can see of it is whether there is one (__OPTIMIZE__). */
export function preludeArguments(pass: Pass, optimize: number): string[] {
  const args = argumentsOf(pass, optimize === 0 ? 0 : 2).map((arg) => (arg === '-emit-obj' ? '-emit-pch' : arg));
  return [...args, PRELUDE, '-o', '-'];
}

/** What does not depend on the program. */
export function argumentsOf(pass: Pass, optimize: number): string[] {
  const system = ['-isystem', 'faultline', ...SYSTEM_INCLUDES(pass.cxx)];
  return ['clang', '-cc1', ...COMMON_FLAGS, `-O${String(optimize)}`, ...system, ...pass.flags];
}

/** @param object the precompiled headers */
export function precompiledPrelude(headers: Headers, object: Uint8Array, defines: readonly string[]): Prelude {
  const macros = defines.map(
    (define) => `#define ${define.includes('=') ? define.replace('=', ' ') : `${define} 1`}\n`,
  );
  // The one header that looks at this macro again each time it is included.
  if (defines.some((define) => /^NDEBUG\b/.test(define))) macros.push('#include <assert.h>\n');
  return {
    flags: ['-include-pch', `${PRELUDE}.pch`, '-fno-validate-pch', '-include', 'defines.h'],
    files: { [PRELUDE]: preludeText(headers), [`${PRELUDE}.pch`]: object, 'defines.h': macros.join('') },
  };
}
