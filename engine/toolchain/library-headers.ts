/**
 * Which headers of the C++ standard library a source names, itself or by way of the project's own headers. To read the larger of them takes
 * Clang seconds, so they are precompiled, all together, for sources that name one.
 */
import { projectTexts } from './project-texts.js';
import type { SourceTree } from './source-tree.js';

/** What programs include: a source that names a header that is not here reads that one as text. */
export const LIBRARY_HEADERS: readonly string[] = (
  'algorithm array chrono cmath complex fstream functional iomanip iostream iterator limits map memory numeric random set sstream ' +
  'stdexcept string thread tuple type_traits unordered_map utility vector ' +
  'cassert cfloat climits cstdint cstdio cstdlib cstring ctime'
).split(' ');

/** Those that are read faster than the precompiled ones are loaded. */
const SMALL = new Set(
  'limits type_traits utility cassert cfloat climits cmath cstdint cstdio cstdlib cstring ctime'.split(' '),
);
const LARGE = new Set(LIBRARY_HEADERS.filter((name) => !SMALL.has(name)));

/** @param implied headers that the source gets besides those that it names */
export function namesLibrary(tree: SourceTree, source: string, implied: readonly string[]): boolean {
  if (implied.some((name) => LARGE.has(name))) return true;
  for (const { included } of projectTexts(tree, source)) if (included.some((name) => LARGE.has(name))) return true;
  return false;
}
