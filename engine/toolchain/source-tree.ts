/**
 * The files that a compilation may see: the sources, what lies next to them that looks like a header, and the include
 * folders; as a virtual tree. Bounded, so that a source in a home directory does not read the whole disk.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path';
import type { FileTree } from './compiler.js';
import { outOfParent, ParentIncludes } from './parent-includes.js';

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
  const project: FileTree = {};
  const files: FileTree = { project };
  const folders = includeFolders.map((path, n) => {
    const inside = relative(projectFolder, path);
    const isInside = !inside.startsWith('..') && resolve(projectFolder, inside) === resolve(path);
    const virtual = isInside ? join('project', inside).split(sep).join('/') : `include${String(n)}`;
    return { path, virtual };
  });
  const collector = new Collector(files, new ParentIncludes(projectFolder, folders));
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
  for (const { path, virtual } of folders)
    await collector.folder(path, subtree(files, virtual), virtual, DEPTH_OF_INCLUDE);
  await collector.rest();
  return {
    projectFolder,
    sources: sources.map((source) => relative(projectFolder, source).split(sep).join('/')),
    includeFolders: folders.map(({ virtual }) => virtual),
    files,
    fingerprint: collector.fingerprint,
  };
}

class Collector {
  readonly fingerprint: string[] = [];
  /** Files, and folders with the depth that they were read to. */
  private readonly seen = new Map<string, number>();
  private readonly named: string[] = [];
  private bytes = 0;

  constructor(
    private readonly files: FileTree,
    private readonly parents: ParentIncludes,
  ) {}

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
    const { text, named } = await this.parents.resolve(path, contents);
    this.named.push(...named);
    this.bytes += text.length;
    tree[name] = text;
    this.fingerprint.push(label, text);
  }

  /** What files name in folders that are not read as a whole, and what those files name. */
  async rest(): Promise<void> {
    for (let path = this.named.pop(); path !== undefined && !this.full; path = this.named.pop()) {
      const virtual = this.parents.virtualPath(path);
      await this.file(path, subtree(this.files, dirname(virtual)), basename(virtual), virtual);
    }
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

/** `project/…` and `/project/…` are the user's; the rest keeps its virtual name. */
export function userPath(path: string): string {
  const clean = path.replace(/^(\.\/|\/)+/, '');
  return clean.startsWith('project/') ? outOfParent(clean.slice('project/'.length)) : `/${clean}`;
}

/** True for a path that {@link userPath} maps to the user's own files. */
export function isUserPath(path: string): boolean {
  return !userPath(path).startsWith('/');
}
