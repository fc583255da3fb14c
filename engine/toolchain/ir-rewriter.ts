/** What has to be said of a source in its IR, between front end and passes, for the language has no words for it. */
import { hasDataRegions, joinDataRegions } from './data-regions.js';
import type { Pass } from './languages.js';
import { keepLockstep, looks } from './lockstep.js';
import { keepRegions } from './offload-regions.js';
import { projectTexts } from './project-texts.js';
import type { SourceTree } from './source-tree.js';

export type Rewriter = (ir: string) => string;

export function rewriterOf(pass: Pass, tree: SourceTree, source: string, optimize: number): Rewriter | undefined {
  if (pass.suffix === 'device') return looks(tree, source) ? (ir) => keepLockstep(ir, 'device') : undefined;
  if (pass.offload !== true) return undefined;
  const lockstep = looks(tree, source);
  if (optimize === 0 && !lockstep && ![...projectTexts(tree, source)].some(({ text }) => hasDataRegions(text)))
    return undefined;
  return (ir) => {
    const joined = joinDataRegions(ir);
    const whole = optimize > 0 ? keepRegions(joined) : joined;
    return lockstep ? keepLockstep(whole, 'openmp') : whole;
  };
}
