/**
 * Which headers of the C++ standard library a source names, itself or by way of the project's own headers. To read the larger of them takes
 * Clang seconds, so they are precompiled, all together, for sources that name one.
 */
import { posix } from 'node:path';
import { fileOf } from './file-tree.js';
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

const DIRECTIVE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm;

/** @param implied headers that the source gets besides those that it names */
export function namesLibrary(tree: SourceTree, source: string, implied: readonly string[]): boolean {
  if (implied.some((name) => LARGE.has(name))) return true;
  const waiting = [`project/${source}`];
  const seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = fileOf(tree.files, path);
    if (text === undefined) continue;
    for (const [, name = ''] of text.matchAll(DIRECTIVE)) {
      if (LARGE.has(name)) return true;
      for (const folder of [posix.dirname(path), ...tree.includeFolders]) {
        const next = name.startsWith('/') ? name.slice(1) : posix.join(folder, name);
        if (!seen.has(next)) waiting.push(next);
        seen.add(next);
      }
    }
  }
  return false;
}
