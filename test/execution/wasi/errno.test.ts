import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WasiError, errnoOf, hostCall } from '../../../engine/execution/wasi/errno.js';

describe('errors of the host', () => {
  it.each([
    ['ENOENT', 44],
    ['EACCES', 2],
    ['EPERM', 63],
    ['EEXIST', 20],
    ['EISDIR', 31],
    ['ENOTDIR', 54],
    ['ENOTEMPTY', 55],
    ['EMFILE', 33],
    ['ENOSPC', 51],
    ['EROFS', 69],
    ['EXDEV', 75],
    ['ELOOP', 32],
    ['EOPNOTSUPP', 58],
    ['E2BIG', 1],
    ['EWHATEVER', 29],
  ])('%s is %i', (code, errno) => {
    expect(errnoOf(code)).toBe(errno);
  });

  it('become WASI errors where they happen', () => {
    expect(() => hostCall(() => readFileSync('/nothing/here'))).toThrow(new WasiError(44));
  });

  it('leave bugs what they are', () => {
    const bug = new TypeError('bug');
    expect(() =>
      hostCall(() => {
        throw bug;
      }),
    ).toThrow(bug);
    expect(() => hostCall(() => readFileSync('a\0b'))).toThrow(/null bytes/);
  });
});
