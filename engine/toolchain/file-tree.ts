/** Texts in the compiler's virtual files, by path. */
import type { FileTree } from './compiler.js';

export function fileOf(files: FileTree, path: string): string | undefined {
  let node: FileTree | string | Uint8Array | undefined = files;
  for (const part of path.split('/'))
    node = typeof node === 'object' && !(node instanceof Uint8Array) ? node[part] : undefined;
  return typeof node === 'string' ? node : undefined;
}

/** The tree with another text at one place; what is not on the way there is shared. */
export function withFile(tree: FileTree, path: string, text: string): FileTree {
  const [name = '', ...rest] = path.split('/');
  if (rest.length === 0) return { ...tree, [name]: text };
  const below = tree[name];
  return typeof below === 'object' && !(below instanceof Uint8Array)
    ? { ...tree, [name]: withFile(below, rest.join('/'), text) }
    : tree;
}
