/** A source and the project's own headers that it includes, by way of others, too: their texts, each once. */
import { posix } from 'node:path';
import { fileOf } from './file-tree.js';
import type { SourceTree } from './source-tree.js';

const DIRECTIVE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm;

export interface ProjectText {
  /** In the virtual file system. */
  readonly path: string;
  readonly text: string;
  /** What it includes, as written. */
  readonly included: readonly string[];
}

/** @param source as the tree names it. @returns its text */
export function textOf(tree: SourceTree, source: string): string {
  return fileOf(tree.files, `project/${source}`) ?? '';
}

export function* projectTexts(tree: SourceTree, source: string): Generator<ProjectText> {
  const waiting = [`project/${source}`];
  const seen = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = fileOf(tree.files, path);
    if (text === undefined) continue;
    const included = Array.from(text.matchAll(DIRECTIVE), ([, name = '']) => name);
    yield { path, text, included };
    for (const name of included) {
      for (const folder of [posix.dirname(path), ...tree.includeFolders]) {
        const next = name.startsWith('/') ? name.slice(1) : posix.join(folder, name);
        if (!seen.has(next)) waiting.push(next);
        seen.add(next);
      }
    }
  }
}
