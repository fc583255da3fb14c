/** The files that a compilation sees, compiler messages as data, and the content cache. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ContentCache, defaultCacheFolder } from '../../engine/toolchain/cache.js';
import type { FileTree } from '../../engine/toolchain/compiler.js';
import { parseDiagnostics } from '../../engine/toolchain/diagnostics.js';
import { isCxx, languageOf } from '../../engine/toolchain/languages.js';
import { isUserPath, readSourceTree, SourceError, userPath } from '../../engine/toolchain/source-tree.js';
import { temporaryFolder, writeFiles } from './compiled.js';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Paths of the files in a tree. */
function pathsOf(tree: FileTree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([name, node]) =>
    typeof node === 'string' || node instanceof Uint8Array ? [prefix + name] : pathsOf(node, `${prefix}${name}/`),
  );
}

const inFolder = (...names: string[]): string[] => names.map((name) => join(folder, name));

describe('the source tree', () => {
  it('holds the source and what may be included beside it', async () => {
    writeFiles(folder, {
      'main.cu': 'int main() {}',
      'a.h': '',
      'b.cuh': '',
      'table.inc': '',
      'other.c': '',
      'notes.txt': '',
      'data.bin': '',
      'sub/c.hpp': '',
      'sub/deep/d.h': '',
      'sub/deep/deeper/e.h': '',
      '.git/f.h': '',
      'node_modules/g.h': '',
      'build/h.h': '',
    });
    const tree = await readSourceTree(inFolder('main.cu'), []);
    expect(tree.projectFolder).toBe(folder);
    expect(tree.sources).toEqual(['main.cu']);
    expect(pathsOf(tree.files).sort()).toEqual(
      ['a.h', 'b.cuh', 'main.cu', 'other.c', 'sub/c.hpp', 'sub/deep/d.h', 'table.inc'].map((path) => `project/${path}`),
    );
  });

  it('follows what files name by way of a parent folder, and nothing beside it', async () => {
    writeFiles(folder, {
      'suite/one/main.cu': '#include "../common/a.h"\n#include "sub/../b.h"\n#include "../none.h"\n',
      'suite/one/b.h': '#include <../common/c.h>\n',
      'suite/one/sub/d.h': '#  include "../b.h" // again\n',
      'suite/common/a.h': '#include "a2.h"\n#include "../../top.h"\n',
      'suite/common/a2.h': '',
      'suite/common/unrelated.h': '',
      'suite/unrelated.h': '',
      'top.h': '',
      'include/e.h': '',
      'common/c.h': '',
    });
    const tree = await readSourceTree(inFolder('suite/one/main.cu'), inFolder('include'));
    expect(pathsOf(tree.files).sort()).toEqual([
      ...[
        'include0/e.h',
        'project/@1/common/a.h',
        'project/@1/common/a2.h',
        'project/@2/common/c.h',
        'project/@2/top.h',
      ],
      ...['project/b.h', 'project/main.cu', 'project/sub/d.h'],
    ]);
    const project = tree.files.project as FileTree;
    expect(project['main.cu']).toBe(
      '#include "/project/@1/common/a.h"\n#include "/project/b.h"\n#include "../none.h"\n',
    );
    expect(project['b.h']).toBe('#include "/project/@2/common/c.h"\n');
    expect((project.sub as FileTree)['d.h']).toBe('#  include "/project/b.h" // again\n');
    expect(userPath('/project/@2/top.h')).toBe('../../top.h');
    expect(isUserPath('project/@1/common/a.h')).toBe(true);
  });

  it('takes a source whatever it is called', async () => {
    writeFiles(folder, { 'program.txt': 'int main(void) {}' });
    expect(pathsOf((await readSourceTree(inFolder('program.txt'), [])).files)).toEqual(['project/program.txt']);
  });

  it('begins at the folder that all sources have in common', async () => {
    writeFiles(folder, { 'app/main.c': '', 'lib/math/sum.c': '', 'lib/math/sum.h': '', 'README.h': '' });
    const tree = await readSourceTree(inFolder('app/main.c', 'lib/math/sum.c'), []);
    expect(tree.projectFolder).toBe(folder);
    expect(tree.sources).toEqual(['app/main.c', 'lib/math/sum.c']);
    expect(pathsOf(tree.files).sort()).toEqual([
      'project/app/main.c',
      'project/lib/math/sum.c',
      'project/lib/math/sum.h',
    ]);
  });

  it('puts include folders into the project or beside it', async () => {
    writeFiles(folder, { 'p/main.c': '', 'p/include/in.h': '', 'outside/out.h': '', 'p2/near.h': '' });
    const tree = await readSourceTree(inFolder('p/main.c'), inFolder('p/include', 'outside', 'p2', 'p'));
    expect(tree.includeFolders).toEqual(['project/include', 'include1', 'include2', 'project']);
    expect(pathsOf(tree.files).sort()).toEqual([
      'include1/out.h',
      'include2/near.h',
      'project/include/in.h',
      'project/main.c',
    ]);
  });

  it('reads include folders deeper than what lies beside a source', async () => {
    const deep = 'a/b/c/d/e/f/g/h';
    writeFiles(folder, { 'p/main.c': '', [`inc/${deep}/last.h`]: '', [`inc/${deep}/i/never.h`]: '' });
    const tree = await readSourceTree(inFolder('p/main.c'), inFolder('inc'));
    expect(pathsOf(tree.files)).toContain(`include0/${deep}/last.h`);
    expect(pathsOf(tree.files)).not.toContain(`include0/${deep}/i/never.h`);
  });

  it('reads an include folder inside the project to its own depth, though the project has been there', async () => {
    writeFiles(folder, { 'main.c': '', 'include/a/b/c/deep.h': '' });
    const tree = await readSourceTree(inFolder('main.c'), inFolder('include'));
    expect(pathsOf(tree.files)).toContain('project/include/a/b/c/deep.h');
  });

  it('has a fingerprint that changes with any file’s path or contents', async () => {
    const print = async (): Promise<string> =>
      JSON.stringify((await readSourceTree(inFolder('main.c'), inFolder('inc'))).fingerprint);
    writeFiles(folder, { 'main.c': 'x', 'a.h': 'y', 'inc/b.h': 'z' });
    const seen = [await print(), await print()];
    expect(seen[0]).toBe(seen[1]);
    writeFiles(folder, { 'a.h': 'changed' });
    seen.push(await print());
    writeFiles(folder, { 'inc/c.h': '' });
    seen.push(await print());
    expect(new Set(seen).size).toBe(3);
  });

  it('says which file or folder is missing', async () => {
    writeFiles(folder, { 'main.c': '' });
    await expect(readSourceTree(inFolder('none.c'), [])).rejects.toThrow(
      new SourceError(`the file ${join(folder, 'none.c')} cannot be read`),
    );
    await expect(readSourceTree(inFolder('main.c'), inFolder('none'))).rejects.toThrow(
      new SourceError(`the folder ${join(folder, 'none')} cannot be read`),
    );
  });

  it('is not caught in a circle of links', async () => {
    writeFiles(folder, { 'main.c': '', 'sub/a.h': '' });
    symlinkSync(folder, join(folder, 'sub', 'back'));
    expect(pathsOf((await readSourceTree(inFolder('main.c'), [])).files).sort()).toEqual([
      'project/main.c',
      'project/sub/a.h',
    ]);
  });
});

it.each([
  ['a.c', 'c'],
  ['a.cc', 'c++'],
  ['a.cpp', 'c++'],
  ['a.cxx', 'c++'],
  ['dir.cu/a.CU', 'cuda'],
  ['a.hip', 'hip'],
  ['a.h', undefined],
  ['a', undefined],
])('the language of %s is %s', (name, language) => {
  expect(languageOf(name)).toBe(language);
});

it.each([
  ['a.c', '#include <stdio.h>\n#include "iostream"\n', false],
  ['a.c', '/* a */\n # include <iostream>\n', true],
  ['a.c', '#ifdef __cplusplus\n#include <cmath>\n#endif\n', false],
  ['a.cu', '#include <iostream>\n', false],
])('whether %s with %j is C++ that is called C: %s', (name, text, expected) => {
  expect(isCxx(name, text)).toBe(expected);
});

it.each([
  ['project/a/b.c', 'a/b.c'],
  ['./project/a.c', 'a.c'],
  ['/project/a.c', 'a.c'],
  ['faultline/cuda_runtime.h', '/faultline/cuda_runtime.h'],
  ['/usr/include/stdio.h', '/usr/include/stdio.h'],
  ['include0/x.h', '/include0/x.h'],
])('the user’s path of %s is %s', (path, wanted) => {
  expect(userPath(path)).toBe(wanted);
  expect(isUserPath(path)).toBe(!wanted.startsWith('/'));
});

describe('messages of the compiler and the linker', () => {
  const at = (line: number, column: number, severity: string, message: string, file = 'a.cu'): object => ({
    file,
    line,
    column,
    severity,
    message,
  });
  it.each([
    ["project/a.cu:3:7: error: unknown type name 'x'", [at(3, 7, 'error', "unknown type name 'x'")]],
    ['project/a.cu:3:7: fatal error: too many errors', [at(3, 7, 'error', 'too many errors')]],
    ['project/a.cu:12:1: warning: odd: very [-Wodd]', [at(12, 1, 'warning', 'odd: very [-Wodd]')]],
    ['project/a.cu:1:2: note: here', [at(1, 2, 'note', 'here')]],
    ['wasm-ld: error: undefined symbol: f', [at(0, 0, 'error', 'undefined symbol: f', '')]],
    ['wasm-ld: warning: odd', [at(0, 0, 'warning', 'odd', '')]],
    ['error: no such option', [at(0, 0, 'error', 'no such option', '')]],
    ['    3 | int x: error', []],
    ['1 warning generated.', []],
    ['', []],
    [
      'project/a.cu:1:1: error: one\n    1 | x\n      | ^\nproject/a.cu:2:1: note: two\n',
      [at(1, 1, 'error', 'one'), at(2, 1, 'note', 'two')],
    ],
  ])('%j', (output, wanted) => {
    expect(parseDiagnostics(output, userPath)).toEqual(wanted);
  });
});

describe('the content cache', () => {
  const contents = Uint8Array.from([1, 2, 3, 250]);

  it('gives back what it was given', async () => {
    const cache = new ContentCache(join(folder, 'new', 'cache'));
    expect(await cache.get('a')).toBeUndefined();
    await cache.set('a', contents);
    await cache.set('empty', new Uint8Array());
    expect([...(await cache.get('a'))!]).toEqual([...contents]);
    expect([...(await cache.get('empty'))!]).toEqual([]);
    expect(readdirSync(join(folder, 'new', 'cache')).sort()).toEqual(['a', 'empty']);
  });

  it.each([
    ['cut off', (bytes: Uint8Array) => bytes.slice(0, -1)],
    ['shorter than its checksum', (bytes: Uint8Array) => bytes.slice(0, 5)],
    ['empty', () => new Uint8Array()],
    ['changed', (bytes: Uint8Array) => bytes.map((byte, n) => (n === 33 ? byte ^ 1 : byte))],
    ['changed in its checksum', (bytes: Uint8Array) => bytes.map((byte, n) => (n === 3 ? byte ^ 1 : byte))],
    ['longer', (bytes: Uint8Array) => Uint8Array.from([...bytes, 0])],
  ])('misses an entry that was %s, and can store it anew', async (_, damage) => {
    const cache = new ContentCache(folder);
    await cache.set('a', contents);
    writeFileSync(join(folder, 'a'), damage(readFileSync(join(folder, 'a'))));
    expect(await cache.get('a')).toBeUndefined();
    await cache.set('a', contents);
    expect([...(await cache.get('a'))!]).toEqual([...contents]);
  });

  it('does without a folder that it cannot write', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cache = new ContentCache(join(folder, 'file', 'cache'));
    await expect(cache.set('a', contents)).resolves.toBeUndefined();
    await expect(cache.get('a')).resolves.toBeUndefined();
    const readOnly = join(folder, 'read-only');
    mkdirSync(readOnly);
    chmodSync(readOnly, 0o500);
    await expect(new ContentCache(readOnly).set('a', contents)).resolves.toBeUndefined();
    chmodSync(readOnly, 0o700);
  });

  it('keeps nothing where there is no folder', async () => {
    const cache = new ContentCache(undefined);
    await cache.set('a', contents);
    expect(await cache.get('a')).toBeUndefined();
  });

  it('survives many writers of one entry', async () => {
    const caches = Array.from({ length: 8 }, () => new ContentCache(folder));
    await Promise.all(caches.map((cache) => cache.set('a', contents)));
    expect([...(await caches[0]!.get('a'))!]).toEqual([...contents]);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('has keys that tell the parts apart', () => {
    const keys = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], [Uint8Array.from([97]), 'bc2']].map((parts) =>
      ContentCache.key(...parts),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(ContentCache.key('a', 'b')).toBe(ContentCache.key('a', Uint8Array.from([98])));
  });

  it('lies where the user says, or where the platform keeps such things', () => {
    vi.stubEnv('FAULTLINE_CACHE', folder);
    expect(defaultCacheFolder()).toBe(folder);
    vi.stubEnv('FAULTLINE_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', '/xdg');
    if (process.platform === 'linux') expect(defaultCacheFolder()).toBe('/xdg/faultline');
    vi.unstubAllEnvs();
    expect(existsSync(folder)).toBe(true);
  });
});
