/**
 * The files that a compilation may see: the sources, what lies next to them that looks like a header, and the include
 * folders; as a virtual tree. Bounded, so that a source in a home directory does not read the whole disk.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import type { FileTree } from './compiler.js';

const INCLUDABLE = new Set(
  '.h .hh .hpp .hxx .h++ .cuh .inc .inl .ipp .tpp .tcc .def .c .cc .cpp .cxx .cu .hip'.split(' '),
);
const SKIPPED_FOLDERS = new Set(['node_modules', 'build', 'dist', 'out']);
/** Past these, folders are read no further: a header that is then missing is named by the compiler. */
const MOST_FILES = 4000;
const MOST_BYTES = 64 * 1024 * 1024;
const DEPTH_BESIDE_SOURCE = 2;
const DEPTH_OF_INCLUDE = 8;

export interface SourceTree {
  /** Folder on the user's disk that `project/` mirrors. */
  readonly projectFolder: string;
  /** Paths of the sources relative to `projectFolder`, with `/`. */
  readonly sources: readonly string[];
  /** Folders to search, as paths in the virtual tree. */
  readonly includeFolders: readonly string[];
  readonly files: FileTree;
  /** One line for each file: path and contents, for a content key. */
  readonly fingerprint: readonly string[];
}

/** A source or include folder cannot be read, or there is too much of it. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/** @param sources absolute paths; @param includeFolders absolute paths */
export async function readSourceTree(
  sources: readonly string[],
  includeFolders: readonly string[],
): Promise<SourceTree> {
  const projectFolder = commonFolder(sources.map((source) => dirname(source)));
  const collector = new Collector();
  const project: FileTree = {};
  for (const folder of new Set(sources.map((source) => dirname(source)))) {
    await collector.folder(
      folder,
      subtree(project, relative(projectFolder, folder)),
      `project/${relative(projectFolder, folder)}`,
      DEPTH_BESIDE_SOURCE,
    );
  }
  for (const source of sources) {
    const name = relative(projectFolder, source);
    await collector.file(
      source,
      subtree(project, dirname(name) === '.' ? '' : dirname(name)),
      name.split(sep).at(-1) ?? name,
      `project/${name}`,
    );
  }
  const files: FileTree = { project };
  const names: string[] = [];
  for (const [n, folder] of includeFolders.entries()) {
    const inside = relative(projectFolder, folder);
    if (!inside.startsWith('..') && resolve(projectFolder, inside) === resolve(folder)) {
      await collector.folder(folder, subtree(project, inside), `project/${inside}`, DEPTH_OF_INCLUDE);
      names.push(inside === '' ? 'project' : `project/${inside.split(sep).join('/')}`);
      continue;
    }
    const name = `include${String(n)}`;
    const tree: FileTree = {};
    await collector.folder(folder, tree, name, DEPTH_OF_INCLUDE);
    files[name] = tree;
    names.push(name);
  }
  return {
    projectFolder,
    sources: sources.map((source) => relative(projectFolder, source).split(sep).join('/')),
    includeFolders: names,
    files,
    fingerprint: collector.fingerprint,
  };
}

class Collector {
  readonly fingerprint: string[] = [];
  /** Files, and folders with the depth that they were read to. */
  private readonly seen = new Map<string, number>();
  private bytes = 0;

  private get full(): boolean {
    return this.bytes > MOST_BYTES || this.fingerprint.length >= MOST_FILES * 2;
  }

  async folder(folder: string, tree: FileTree, label: string, depth: number): Promise<void> {
    if ((this.seen.get(folder) ?? -1) >= depth) return;
    this.seen.set(folder, depth);
    let entries;
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch {
      throw new SourceError(`the folder ${folder} cannot be read`);
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth === 0 || entry.name.startsWith('.') || SKIPPED_FOLDERS.has(entry.name)) continue;
        await this.folder(path, subtree(tree, entry.name), `${label}/${entry.name}`, depth - 1);
      } else if (entry.isFile() && INCLUDABLE.has(extname(entry.name).toLowerCase())) {
        if (this.full) return;
        await this.file(path, tree, entry.name, `${label}/${entry.name}`);
      }
    }
  }

  async file(path: string, tree: FileTree, name: string, label: string): Promise<void> {
    if (this.seen.has(path)) return;
    this.seen.set(path, 0);
    let contents: string;
    try {
      contents = await readFile(path, 'utf8');
    } catch {
      throw new SourceError(`the file ${path} cannot be read`);
    }
    this.bytes += contents.length;
    tree[name] = contents;
    this.fingerprint.push(label, contents);
  }
}

/** The subtree at a relative path, made where it is missing. */
function subtree(tree: FileTree, path: string): FileTree {
  let current = tree;
  for (const part of path.split(sep)) {
    if (part === '' || part === '.') continue;
    const next = current[part];
    if (typeof next === 'object' && !(next instanceof Uint8Array)) current = next;
    else current = current[part] = {};
  }
  return current;
}

function commonFolder(folders: readonly string[]): string {
  const [first = '.', ...others] = folders.map((folder) => resolve(folder));
  let common = first;
  for (const folder of others) {
    while (relative(common, folder).startsWith('..')) {
      const parent = dirname(common);
      if (parent === common) break;
      common = parent;
    }
  }
  return common;
}
