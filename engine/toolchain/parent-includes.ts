/**
 * Headers that a file names by way of a parent folder: `#include "../common/types.h"`. The compiler's file system passes over `..`, and
 * such a file may lie outside of the project, so the directive is rewritten to the place that the file has in the virtual tree.
 * Invariant: lines stay lines, a file has one place, and nothing is read that no directive names.
 */
import { access } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';

const DIRECTIVE = /^([ \t]*#[ \t]*include[ \t]*)(?:"([^"\n]+)"|<([^>\n]+)>)/gm;
/** The folder in `project/` that stands for the project's nth parent. */
const PARENT = '@';

export interface IncludeFolder {
  readonly path: string;
  /** In the virtual tree, without a slash at the end. */
  readonly virtual: string;
}

interface Resolved {
  /** With its directives rewritten. */
  readonly text: string;
  /** Files that have to be in the tree besides those that are there anyway. */
  readonly named: readonly string[];
}

export class ParentIncludes {
  constructor(
    private readonly projectFolder: string,
    private readonly includeFolders: readonly IncludeFolder[],
  ) {}

  /** @param path of the file on the disk */
  async resolve(path: string, text: string): Promise<Resolved> {
    const places = new Map<string, string>();
    const named: string[] = [];
    const outside = this.virtualPath(path).includes(`/${PARENT}`);
    for (const [, , quoted, angled] of text.matchAll(DIRECTIVE)) {
      const name = quoted ?? angled ?? '';
      const hasParent = name.split('/').includes('..');
      if (places.has(name) || !(hasParent || (outside && quoted !== undefined))) continue;
      const found = await this.find(name, quoted === undefined ? [] : [dirname(path)]);
      if (found === undefined) continue;
      named.push(found);
      if (hasParent) places.set(name, this.virtualPath(found));
    }
    if (places.size === 0) return { text, named };
    const rewritten = text.replaceAll(DIRECTIVE, (whole, start: string, quoted?: string, angled?: string) => {
      const place = places.get(quoted ?? angled ?? '');
      return place === undefined ? whole : `${start}"/${place}"`;
    });
    return { text: rewritten, named };
  }

  private async find(name: string, before: readonly string[]): Promise<string | undefined> {
    for (const folder of [...before, ...this.includeFolders.map(({ path }) => path)]) {
      const path = join(folder, name);
      if (await exists(path)) return path;
    }
    return undefined;
  }

  /** Where a file of the disk lies in the tree. */
  virtualPath(path: string): string {
    const inside = relative(this.projectFolder, path);
    if (!inside.startsWith('..') && !isAbsolute(inside)) return `project/${inside.split(sep).join('/')}`;
    for (const folder of this.includeFolders) {
      const below = relative(folder.path, path);
      if (!below.startsWith('..') && !isAbsolute(below)) return `${folder.virtual}/${below.split(sep).join('/')}`;
    }
    const parts = inside.split(sep);
    const ups = parts.findLastIndex((part) => part === '..') + 1;
    return ['project', PARENT + String(ups), ...parts.slice(ups)].join('/');
  }
}

/** The user's name of a path below `project/`: `@2/common/types.h` is `../../common/types.h`. */
export function outOfParent(path: string): string {
  return path.replace(/^@(\d+)\//, (_, ups: string) => '../'.repeat(Number(ups)));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
