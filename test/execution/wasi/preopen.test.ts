import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Errno, WasiError } from '../../../engine/execution/wasi/errno.js';
import { Preopen } from '../../../engine/execution/wasi/preopen.js';
import { temporaryDirectory } from './rig.js';

const { path: top, remove } = temporaryDirectory();
const root = join(top, 'root');
let preopen: Preopen;

beforeAll(() => {
  mkdirSync(join(root, 'a/b'), { recursive: true });
  mkdirSync(join(top, 'root-beside'));
  writeFileSync(join(root, 'file'), 'x');
  writeFileSync(join(root, 'a/b/deep'), 'x');
  writeFileSync(join(top, 'secret'), 'x');
  symlinkSync('../secret', join(root, 'out'));
  symlinkSync('../../..', join(root, 'a/b/up'));
  symlinkSync('/etc', join(root, 'absolute'));
  symlinkSync(join(top, 'root-beside'), join(root, 'beside'));
  symlinkSync(join(root, 'a/b'), join(root, 'absolute-inside'));
  symlinkSync('a/b', join(root, 'inside'));
  symlinkSync('../file', join(root, 'a/to-file'));
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync('../new-outside', join(root, 'dangling-out'));
  symlinkSync('a/new', join(root, 'dangling-in'));
  symlinkSync(root, join(top, 'alias'));
  preopen = new Preopen(root, '.', false);
});
afterAll(remove);

function resolve(path: string, { base = [] as string[], follow = true } = {}): string | number {
  try {
    return preopen.resolve(base, path, follow).components.join('/');
  } catch (error) {
    if (error instanceof WasiError) return error.errno;
    throw error;
  }
}

describe('a path stays in its preopened directory', () => {
  it.each([
    ['file', 'file'],
    ['.', ''],
    ['./a//b/./deep', 'a/b/deep'],
    ['a/../file', 'file'],
    ['a/b/../..', ''],
    ['missing', 'missing'],
    ['inside/deep', 'a/b/deep'],
    ['inside/../to-file', 'file'],
    ['absolute-inside/deep', 'a/b/deep'],
    ['dangling-in', 'a/new'],
    ['a/', 'a'],
  ])('%s leads to %j', (path, components) => {
    expect(resolve(path)).toBe(components);
  });

  it.each([
    ['..', Errno.NOTCAPABLE],
    ['../root/file', Errno.NOTCAPABLE],
    ['a/../../secret', Errno.NOTCAPABLE],
    ['a/b/../../../secret', Errno.NOTCAPABLE],
    ['/etc/passwd', Errno.NOTCAPABLE],
    ['/', Errno.NOTCAPABLE],
    ['out', Errno.NOTCAPABLE],
    ['a/b/up/secret', Errno.NOTCAPABLE],
    ['inside/up/secret', Errno.NOTCAPABLE],
    ['absolute/passwd', Errno.NOTCAPABLE],
    ['beside/x', Errno.NOTCAPABLE],
    ['dangling-out', Errno.NOTCAPABLE],
    ['loop', Errno.LOOP],
    ['', Errno.NOENT],
    ['missing/x', Errno.NOENT],
    ['missing/../file', Errno.NOENT],
    ['file/x', Errno.NOTDIR],
    ['file/..', Errno.NOTDIR],
    ['file/', Errno.NOTDIR],
    ['file/.', Errno.NOTDIR],
    ['a\0b', Errno.INVAL],
    ['x'.repeat(300), Errno.NAMETOOLONG],
  ])('%j ends with errno %i', (path, errno) => {
    expect(resolve(path)).toBe(errno);
  });

  it('names the last link itself if it is not to be followed', () => {
    expect(resolve('out', { follow: false })).toBe('out');
    expect(resolve('inside/up', { follow: false })).toBe('a/b/up');
    expect(resolve('out/', { follow: false })).toBe(Errno.NOTCAPABLE);
  });

  it('starts at the directory that is asked, and may leave that one', () => {
    expect(resolve('deep', { base: ['a', 'b'] })).toBe('a/b/deep');
    expect(resolve('../../file', { base: ['a', 'b'] })).toBe('file');
    expect(resolve('../../../secret', { base: ['a', 'b'] })).toBe(Errno.NOTCAPABLE);
  });

  it('knows links to itself under the name it was given', () => {
    symlinkSync(join(top, 'alias', 'a'), join(root, 'through-alias'));
    expect(resolve('through-alias/b')).toBe(Errno.NOTCAPABLE);
    const alias = new Preopen(join(top, 'alias'), '.', false);
    expect(alias.resolve([], 'through-alias/b', true).components).toEqual(['a', 'b']);
  });

  it('has to exist and to be a directory', () => {
    expect(() => new Preopen(join(top, 'nothing'), '.', true)).toThrow('ENOENT');
    expect(() => new Preopen(join(root, 'file'), '.', true)).toThrow('not a directory');
  });
});
