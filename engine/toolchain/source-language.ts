/** Which language each source of a program is compiled as: its name says it, what it includes, and what the program is taken for. */
import { isCxx, languageOf, type Language } from './languages.js';
import { projectTexts, textOf } from './project-texts.js';
import type { SourceTree } from './source-tree.js';

/** @param taken what sources of C++ are taken for */
export function languagesIn(
  tree: SourceTree,
  taken: 'cuda' | 'hip' | undefined,
): { readonly source: string; readonly language: Language }[] {
  // Of one program all C is compiled by one compiler.
  const c = tree.sources.some((source) => isCxx(source, textOf(tree, source))) ? 'c++' : 'c';
  return tree.sources.map((source) => ({ source, language: languageIn(tree, source, c, taken) }));
}

/** @param c what sources of C are taken for; @param taken what sources of C++ are taken for, and those of CUDA if it is HIP: hipcc does that */
function languageIn(tree: SourceTree, source: string, c: 'c' | 'c++', taken: 'cuda' | 'hip' | undefined): Language {
  const own = languageOf(source, textOf(tree, source)) ?? 'c';
  if (own === 'c') return c;
  if (own === 'c++' && taken) return taken;
  if (own !== 'cuda' && own !== 'c++') return own;
  if (own === 'cuda' && taken === 'hip') return taken;
  const included = [...projectTexts(tree, source)].flatMap((text) => text.included);
  if (own === 'c++') return kernelsOf(included) ?? own;
  return included.some((name) => name.startsWith('hip/hip_')) && !included.some((name) => name.startsWith('cuda'))
    ? 'hip'
    : own;
}

/**
 * What a source of C++ is compiled as for what it includes: libraries whose host interfaces are compiled for themselves elsewhere are headers
 * here, and launch kernels.
 */
function kernelsOf(included: readonly string[]): 'cuda' | 'hip' | undefined {
  const libraries =
    /^(?:cu(?:blas(?:_v2|Lt|Xt)?|sparse(?:_v2)?|fft(?:Xt)?|solverDn|rand)\.h$|(?:thrust|cub)\/|(?:hip(?:blas(?:lt)?|fft|solver|sparse|rand|cub)|rocblas)(?:\.h$|\/))/;
  if (!included.some((name) => libraries.test(name))) return undefined;
  return included.some((name) => /^(?:hip|rocblas)/.test(name)) ? 'hip' : 'cuda';
}
