/** The runtime as it lies on the disk: what programs include, and what they are linked with. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileTree } from './compiler.js';

export interface RuntimeFiles {
  readonly include: FileTree;
  readonly sources: readonly (readonly [string, string])[];
  readonly fingerprint: readonly string[];
}

export async function readRuntime(folder: string): Promise<RuntimeFiles> {
  const fingerprint: string[] = [];
  const read = async (path: string): Promise<FileTree> => {
    const tree: FileTree = {};
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) {
        tree[entry.name] = await read(join(path, entry.name));
        continue;
      }
      const text = await readFile(join(path, entry.name), 'utf8');
      fingerprint.push(entry.name, text);
      tree[entry.name] = text;
    }
    return tree;
  };
  const include = await read(join(folder, 'include'));
  const sources: [string, string][] = [];
  // The fences between segments hold only if their object comes first.
  const names = (await readdir(join(folder, 'src'))).sort();
  for (const name of ['faultline.c', ...names.filter((other) => other !== 'faultline.c')]) {
    if (name.endsWith('.c')) sources.push([name, await readFile(join(folder, 'src', name), 'utf8')]);
  }
  return { include, sources, fingerprint };
}
