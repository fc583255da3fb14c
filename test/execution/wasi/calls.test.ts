import { mkdirSync, readFileSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Errno } from '../../../engine/execution/wasi/errno.js';
import { Exited, Rig, temporaryDirectory } from './rig.js';

const READ = 1n << 1n;
const WRITE = 1n << 6n;
const CREATE = 1;
const DIRECTORY = 2;
const EXCLUSIVE = 4;
const TRUNCATE = 8;
/** Descriptors of the two preopened directories. */
const RO = 3;
const RW = 4;
/** Where calls put their results, paths, buffers. */
const RESULT = 64;
const PATH = 1024;
const IOVECS = 8192;
const BUFFER = 16384;

let directory: ReturnType<typeof temporaryDirectory>;
let rig: Rig;
let input: (string | null)[];

beforeEach(() => {
  directory = temporaryDirectory();
  for (const name of ['ro', 'rw']) {
    mkdirSync(join(directory.path, name, 'sub'), { recursive: true });
    writeFileSync(join(directory.path, name, 'hello.txt'), 'hello, world\n');
    utimesSync(join(directory.path, name, 'hello.txt'), 1_700_000_000, 1_700_000_000);
    symlinkSync('hello.txt', join(directory.path, name, 'link'));
  }
  input = [];
  rig = new Rig({
    args: ['program', 'ä'],
    env: { HOME: '/', X: '1' },
    stdin: () => {
      const next = input.shift() ?? null;
      return next === null ? null : Buffer.from(next);
    },
    preopens: [
      { host: join(directory.path, 'ro'), guest: '.', readOnly: true },
      { host: join(directory.path, 'rw'), guest: '/data', readOnly: false },
    ],
  });
});
afterEach(() => {
  rig[Symbol.dispose]();
  directory.remove();
});

function open(fd: number, path: string, openFlags: number, rights: bigint, fdFlags = 0, follow = 1): number {
  const errno = rig.call('path_open', fd, follow, PATH, rig.put(PATH, path), openFlags, rights, 0n, fdFlags, RESULT);
  return errno === 0 ? rig.u32(RESULT) : -errno;
}

function write(fd: number, ...parts: string[]): number {
  let address = BUFFER;
  const iovecs = parts.flatMap((part) => {
    const bytes = rig.put(address, part);
    const pair = [address, bytes];
    address += bytes + 10;
    return pair;
  });
  rig.put(IOVECS, iovecs);
  const errno = rig.call('fd_write', fd, IOVECS, parts.length, RESULT);
  return errno === 0 ? rig.u32(RESULT) : -errno;
}

function read(fd: number, ...lengths: number[]): string | number {
  rig.put(
    IOVECS,
    lengths.flatMap((length, index) => [BUFFER + 4096 * index, length]),
  );
  const errno = rig.call('fd_read', fd, IOVECS, lengths.length, RESULT);
  if (errno !== 0) return -errno;
  let left = rig.u32(RESULT);
  let text = '';
  lengths.forEach((length, index) => {
    const bytes = Math.min(left, length);
    text += rig.get(BUFFER + 4096 * index, bytes).toString();
    left -= bytes;
  });
  return text;
}

function pathCall(name: string, fd: number, path: string): number {
  return rig.call(name, fd, PATH, rig.put(PATH, path));
}

describe('the process', () => {
  it('has arguments and an environment', () => {
    expect(rig.call('args_sizes_get', RESULT, RESULT + 4)).toBe(0);
    expect([rig.u32(RESULT), rig.u32(RESULT + 4)]).toEqual([2, 11]);
    expect(rig.call('args_get', RESULT, BUFFER)).toBe(0);
    expect([rig.u32(RESULT), rig.u32(RESULT + 4)]).toEqual([BUFFER, BUFFER + 8]);
    expect(rig.get(BUFFER, 11).toString()).toBe('program\0ä\0');
    expect(rig.ranges).toEqual([
      { address: RESULT, bytes: 8, write: true },
      { address: BUFFER, bytes: 11, write: true },
    ]);
    expect(rig.call('environ_sizes_get', RESULT, RESULT + 4)).toBe(0);
    expect([rig.u32(RESULT), rig.u32(RESULT + 4)]).toEqual([2, 11]);
    expect(rig.call('environ_get', RESULT, BUFFER)).toBe(0);
    expect(rig.get(BUFFER, 11).toString()).toBe('HOME=/\0X=1\0');
  });

  it('reads simulated clocks, which takes time', () => {
    rig.nowNs = 1000.7;
    expect(rig.call('clock_time_get', 1, 0n, RESULT)).toBe(0);
    expect(rig.u64(RESULT)).toBe(1025n);
    expect(rig.call('clock_time_get', 0, 0n, RESULT)).toBe(0);
    expect(new Date(Number(rig.u64(RESULT) / 1_000_000n)).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(rig.nowNs).toBeCloseTo(1050.7);
    expect(rig.call('clock_res_get', 1, RESULT)).toBe(0);
    expect(rig.u64(RESULT)).toBe(1n);
    expect(rig.call('clock_time_get', 9, 0n, RESULT)).toBe(Errno.INVAL);
  });

  it('sleeps in simulated time until the first timer', () => {
    const subscription = (userdata: number, clock: number, timeout: bigint, absolute: number): number[] => [
      ...[userdata, 0, 0, 0, clock, 0, Number(timeout & 0xffffffffn), Number(timeout >> 32n), 0, 0, absolute, 0],
    ];
    rig.put(PATH, [...subscription(7, 1, 5_000_000_000n, 0), ...subscription(8, 0, 1_767_225_600_000_003_000n, 1)]);
    expect(rig.call('poll_oneoff', PATH, BUFFER, 2, RESULT)).toBe(0);
    expect(rig.u32(RESULT)).toBe(1);
    expect(rig.u64(BUFFER)).toBe(8n);
    expect(rig.nowNs).toBe(3000);
    expect(rig.ranges).toEqual([
      { address: PATH, bytes: 96, write: false },
      { address: BUFFER, bytes: 32, write: true },
      { address: RESULT, bytes: 4, write: true },
    ]);
    expect(rig.call('poll_oneoff', PATH, BUFFER, 0, RESULT)).toBe(Errno.INVAL);
  });

  it('polls files without waiting', () => {
    input = ['abc'];
    const subscription = (type: number, subject: number, timeout: number): number[] => [
      ...[type, 0, type, 0, subject, 0, timeout, 0, 0, 0, 0, 0],
    ];
    rig.put(PATH, [
      ...subscription(0, 1, 1000),
      ...subscription(1, 0, 0),
      ...subscription(2, 1, 0),
      ...subscription(1, 77, 0),
    ]);
    expect(rig.call('poll_oneoff', PATH, BUFFER, 4, RESULT)).toBe(0);
    expect(rig.u32(RESULT)).toBe(3);
    expect(rig.nowNs).toBe(0);
    expect([rig.u64(BUFFER), rig.u64(BUFFER + 16)]).toEqual([1n, 3n]);
    expect(rig.get(BUFFER + 64 + 8, 2).readUInt16LE()).toBe(Errno.BADF);
    expect(read(0, 100)).toBe('abc');
  });

  it('gets random bytes, all announced', () => {
    expect(rig.call('random_get', BUFFER, 70_000)).toBe(0);
    expect(rig.ranges.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(70_000);
    expect(new Set(rig.get(BUFFER, 70_000)).size).toBe(256);
  });

  it('ends with what a parent would see', () => {
    expect(() => rig.call('proc_exit', 3)).toThrow(new Exited(3));
    expect(() => rig.call('proc_exit', -1)).toThrow(new Exited(255));
  });

  it('lets a signal of an access through unchanged, after nothing of it was touched', () => {
    const signal = Object.assign(new Error('SIGSEGV'), { code: 'ENOENT', syscall: 'looks like an error of the host' });
    rig.onAccess = ({ address, write: writes }) => {
      if (writes && address === BUFFER + 4096) throw signal;
    };
    input = ['0123456789'];
    expect(() => read(0, 4, 4)).toThrow(signal);
    expect(rig.ranges.at(-1)).toEqual({ address: BUFFER, bytes: 4, write: true });
  });

  it('gets EFAULT for what lies behind the end of memory, unannounced', () => {
    expect(rig.call('clock_time_get', 1, 0n, 0xffff_fffe | 0)).toBe(Errno.FAULT);
    expect(rig.call('args_get', (1 << 17) - 4, BUFFER)).toBe(Errno.FAULT);
    expect(rig.ranges).toEqual([]);
  });
});

describe('standard streams', () => {
  it('are terminals to libc', () => {
    for (const fd of [0, 1, 2]) {
      expect(rig.call('fd_fdstat_get', fd, RESULT)).toBe(0);
      expect(rig.get(RESULT, 1)[0]).toBe(2);
      expect(rig.u64(RESULT + 8) & ((1n << 2n) | (1n << 5n))).toBe(0n);
      expect(rig.call('fd_filestat_get', fd, RESULT)).toBe(0);
      expect(rig.call('fd_seek', fd, 0n, 1, RESULT)).toBe(Errno.SPIPE);
    }
  });

  it('write one chunk a call, in order', () => {
    expect(write(1, 'a', '', 'bc\n')).toBe(4);
    expect(write(2, 'oops')).toBe(4);
    expect(write(1, 'd')).toBe(1);
    expect(rig.output).toEqual(['out:abc\n', 'err:oops', 'out:d']);
    expect(rig.ranges).toEqual([
      { address: IOVECS, bytes: 8, write: false },
      { address: BUFFER, bytes: 1, write: false },
      { address: RESULT, bytes: 4, write: true },
    ]);
    expect(write(0, 'x')).toBe(-Errno.BADF);
    expect(read(1, 1)).toBe(-Errno.BADF);
  });

  it('ask for input only when there is none left', () => {
    input = ['line\n', 'next', null, 'never'];
    expect(read(0, 2, 100)).toBe('line\n');
    expect(rig.ranges.filter(({ write: writes }) => writes)).toEqual([
      { address: BUFFER, bytes: 2, write: true },
      { address: BUFFER + 4096, bytes: 3, write: true },
      { address: RESULT, bytes: 4, write: true },
    ]);
    expect(read(0, 4, 100)).toBe('next');
    expect(read(0, 10)).toBe('');
    expect(read(0, 10)).toBe('');
  });
});

describe('files', () => {
  it('are read, written, sought and cut', () => {
    const fd = open(RW, 'new.txt', CREATE | EXCLUSIVE, READ | WRITE);
    expect(fd).toBe(5);
    expect(write(fd, 'hello ', 'world')).toBe(11);
    expect(rig.call('fd_seek', fd, -5n, 1, RESULT)).toBe(0);
    expect(rig.u64(RESULT)).toBe(6n);
    expect(read(fd, 3, 100)).toBe('world');
    expect(rig.call('fd_seek', fd, -1n, 0, RESULT)).toBe(Errno.INVAL);
    expect(rig.call('fd_seek', fd, -4n, 2, RESULT)).toBe(0);
    expect(rig.call('fd_tell', fd, RESULT)).toBe(0);
    expect(rig.u64(RESULT)).toBe(7n);

    rig.put(IOVECS, [BUFFER, 5]);
    rig.put(BUFFER, 'HELLO');
    expect(rig.call('fd_pwrite', fd, IOVECS, 1, 0n, RESULT)).toBe(0);
    expect(rig.call('fd_pread', fd, IOVECS, 1, 1n, RESULT)).toBe(0);
    expect(rig.get(BUFFER, 5).toString()).toBe('ELLO ');
    expect(read(fd, 100)).toBe('orld');

    expect(rig.call('fd_filestat_set_size', fd, 3n)).toBe(0);
    expect(rig.call('fd_allocate', fd, 0n, 8n)).toBe(0);
    expect(rig.call('fd_allocate', fd, 0n, 2n)).toBe(0);
    expect(rig.call('fd_sync', fd)).toBe(0);
    expect(rig.call('fd_datasync', fd)).toBe(0);
    expect(rig.call('fd_advise', fd, 0n, 0n, 0)).toBe(0);
    expect(rig.call('fd_close', fd)).toBe(0);
    expect(rig.call('fd_close', fd)).toBe(Errno.BADF);
    expect(readFileSync(join(directory.path, 'rw/new.txt'), 'latin1')).toBe('HEL\0\0\0\0\0');
    expect(open(RW, 'new.txt', CREATE | EXCLUSIVE, READ)).toBe(-Errno.EXIST);
    expect(open(RW, 'new.txt', TRUNCATE, WRITE)).toBe(5);
    expect(readFileSync(join(directory.path, 'rw/new.txt'), 'latin1')).toBe('');
  });

  it('append where they end', () => {
    const fd = open(RW, 'hello.txt', 0, READ | WRITE, 1);
    expect(write(fd, 'more')).toBe(4);
    expect(readFileSync(join(directory.path, 'rw/hello.txt'), 'utf8')).toBe('hello, world\nmore');
    expect(rig.call('fd_fdstat_get', fd, RESULT)).toBe(0);
    expect(rig.get(RESULT + 2, 1)[0]).toBe(1);
    expect(rig.call('fd_fdstat_set_flags', fd, 0)).toBe(0);
    expect(rig.call('fd_seek', fd, 0n, 0, RESULT)).toBe(0);
    expect(write(fd, 'H')).toBe(1);
    expect(readFileSync(join(directory.path, 'rw/hello.txt'), 'utf8')).toBe('Hello, world\nmore');
  });

  it('are larger than what the host holds at a time', () => {
    const fd = open(RW, 'large', CREATE, READ | WRITE);
    rig.put(IOVECS, Array.from({ length: 10 }, () => [0, 100_000]).flat());
    expect(rig.call('fd_write', fd, IOVECS, 10, RESULT)).toBe(0);
    expect(rig.u32(RESULT)).toBe(1_000_000);
    expect(rig.call('fd_pread', fd, IOVECS, 10, 400_000n, RESULT)).toBe(0);
    expect(rig.u32(RESULT)).toBe(600_000);
    rig.put(IOVECS, [0, 100, 0xffff_0000, 100]);
    expect(rig.call('fd_pread', fd, IOVECS, 2, 0n, RESULT)).toBe(Errno.FAULT);
    expect(rig.call('fd_read', fd, IOVECS, 1025, RESULT)).toBe(Errno.INVAL);
  });

  it('do only what they were opened for', () => {
    const readOnly = open(RW, 'hello.txt', 0, READ);
    expect(write(readOnly, 'x')).toBe(-Errno.BADF);
    expect(rig.call('fd_allocate', readOnly, 0n, 100n)).toBe(Errno.BADF);
    const writeOnly = open(RW, 'hello.txt', 0, WRITE);
    expect(read(writeOnly, 1)).toBe(-Errno.BADF);
    expect(rig.call('fd_fdstat_set_rights', readOnly, READ | WRITE, 0n)).toBe(Errno.NOTCAPABLE);
    expect(rig.call('fd_fdstat_set_rights', readOnly, 0n, 0n)).toBe(0);
    expect(read(readOnly, 1)).toBe(-Errno.BADF);
  });

  it('have numbers and times that do not depend on the host', () => {
    const status = (path: string, follow: number): bigint[] => {
      expect(rig.call('path_filestat_get', RW, follow, PATH, rig.put(PATH, path), RESULT)).toBe(0);
      return [0, 8, 24, 32, 40, 48, 56]
        .map((offset) => rig.u64(RESULT + offset))
        .concat(BigInt(rig.get(RESULT + 16, 1)[0]!));
    };
    const time = 1_700_000_000_000_000_000n;
    expect(status('hello.txt', 1)).toEqual([1n, 1n, 1n, 13n, time, time, time, 4n]);
    expect(status('link', 1)).toEqual([1n, 1n, 1n, 13n, time, time, time, 4n]);
    expect([...status('sub', 0).slice(0, 4), status('sub', 0)[7]]).toEqual([1n, 2n, 1n, 0n, 3n]);
    expect(status('link', 0).at(-1)).toBe(7n);
    const fd = open(RW, 'hello.txt', 0, READ | WRITE);
    expect(rig.call('fd_filestat_set_times', fd, 0n, 5_000_000_000n, 4)).toBe(0);
    expect(rig.call('fd_filestat_get', fd, RESULT)).toBe(0);
    expect(rig.u64(RESULT + 48)).toBe(5_000_000_000n);
    const now = rig.call('path_filestat_set_times', RW, 1, PATH, rig.put(PATH, 'link'), 0n, 0n, 8);
    expect([now, status('hello.txt', 1)[5]]).toEqual([0, 1_767_225_600_000_000_000n]);
    expect(rig.call('fd_filestat_set_times', fd, 0n, 0n, 12)).toBe(Errno.INVAL);
  });

  it('are at most 1024, with the lowest free number', () => {
    for (let fd = 5; fd < 1024; fd++) expect(open(RO, 'hello.txt', 0, READ)).toBe(fd);
    expect(open(RO, 'hello.txt', 0, READ)).toBe(-Errno.MFILE);
    expect(rig.call('fd_close', 500)).toBe(0);
    expect(open(RO, 'sub', DIRECTORY, READ)).toBe(500);
  });

  it('move to another number', () => {
    const fd = open(RO, 'hello.txt', 0, READ);
    expect(rig.call('fd_renumber', fd, 0)).toBe(0);
    expect(read(0, 5)).toBe('hello');
    expect(rig.call('fd_renumber', fd, 0)).toBe(Errno.BADF);
    expect(rig.call('fd_renumber', 0, 99)).toBe(Errno.BADF);
    expect(rig.call('fd_renumber', 0, 0)).toBe(0);
    expect(read(0, 1)).toBe(',');
  });
});

describe('directories', () => {
  it('are announced to libc by name', () => {
    for (const [fd, name] of [
      [RO, '.'],
      [RW, '/data'],
    ] as const) {
      expect(rig.call('fd_prestat_get', fd, RESULT)).toBe(0);
      expect([rig.u32(RESULT), rig.u32(RESULT + 4)]).toEqual([0, name.length]);
      expect(rig.call('fd_prestat_dir_name', fd, PATH, name.length)).toBe(0);
      expect(rig.get(PATH, name.length).toString()).toBe(name);
    }
    expect(rig.call('fd_prestat_get', 5, RESULT)).toBe(Errno.BADF);
    expect(rig.call('fd_prestat_get', 0, RESULT)).toBe(Errno.BADF);
    expect(rig.call('fd_prestat_dir_name', RW, PATH, 2)).toBe(Errno.NAMETOOLONG);
  });

  it('list their entries sorted, in pieces of any size', () => {
    for (const name of ['zeta', 'Beta', 'alpha']) writeFileSync(join(directory.path, 'rw', name), '');
    const names: string[] = [];
    let cookie = 0n;
    for (;;) {
      expect(rig.call('fd_readdir', RW, BUFFER, 70, cookie, RESULT)).toBe(0);
      const used = rig.u32(RESULT);
      let at = 0;
      while (at + 24 <= used) {
        const length = rig.u32(BUFFER + at + 16);
        if (at + 24 + length > used) break;
        names.push(`${rig.get(BUFFER + at + 24, length).toString()}:${rig.get(BUFFER + at + 20, 1)[0]!}`);
        cookie = rig.u64(BUFFER + at);
        at += 24 + length;
      }
      if (used < 70) break;
    }
    expect(names).toEqual(['.:3', '..:3', 'Beta:4', 'alpha:4', 'hello.txt:4', 'link:7', 'sub:3', 'zeta:4']);
    expect(rig.call('fd_readdir', 0, BUFFER, 70, 0n, RESULT)).toBe(Errno.NOTDIR);
  });

  it('are opened as files only without writing, and are not read', () => {
    expect(open(RW, 'sub', 0, READ | WRITE)).toBe(-Errno.ISDIR);
    const sub = open(RW, 'sub', DIRECTORY, READ | WRITE);
    expect(read(sub, 1)).toBe(-Errno.ISDIR);
    expect(open(RW, 'hello.txt', DIRECTORY, READ)).toBe(-Errno.NOTDIR);
    expect(open(sub, 'x', CREATE, WRITE)).toBe(sub + 1);
    expect(readdirSync(join(directory.path, 'rw/sub'))).toEqual(['x']);
    expect(open(sub, '../hello.txt', 0, READ)).toBe(sub + 2);
    expect(open(sub, '../../ro/hello.txt', 0, READ)).toBe(-Errno.NOTCAPABLE);
  });

  it('are changed', () => {
    expect(pathCall('path_create_directory', RW, 'made')).toBe(0);
    expect(pathCall('path_create_directory', RW, 'made')).toBe(Errno.EXIST);
    expect(pathCall('path_remove_directory', RW, 'hello.txt')).toBe(Errno.NOTDIR);
    expect(pathCall('path_unlink_file', RW, 'made')).toBe(Errno.ISDIR);
    expect(pathCall('path_unlink_file', RW, 'nothing')).toBe(Errno.NOENT);
    const from = rig.put(PATH, 'hello.txt');
    const to = rig.put(PATH + 100, 'made/moved');
    expect(rig.call('path_rename', RW, PATH, from, RW, PATH + 100, to)).toBe(0);
    expect(pathCall('path_remove_directory', RW, 'made')).toBe(Errno.NOTEMPTY);
    expect(pathCall('path_unlink_file', RW, 'made/moved')).toBe(0);
    expect(pathCall('path_remove_directory', RW, 'made')).toBe(0);
    expect(pathCall('path_unlink_file', RW, 'link')).toBe(0);
    expect(pathCall('path_remove_directory', RW, '.')).toBe(Errno.BUSY);
    expect(readdirSync(join(directory.path, 'rw'))).toEqual(['sub']);
  });

  it('tell where links lead', () => {
    const length = rig.put(PATH, 'link');
    expect(rig.call('path_readlink', RO, PATH, length, BUFFER, 5, RESULT)).toBe(0);
    expect([rig.u32(RESULT), rig.get(BUFFER, 5).toString()]).toEqual([5, 'hello']);
    expect(open(RO, 'link', 0, READ, 0, 0)).toBe(-Errno.LOOP);
    expect(open(RO, 'link', 0, READ)).toBe(5);
  });

  it('that are read-only stay as they are', () => {
    expect(open(RO, 'hello.txt', 0, WRITE)).toBe(-Errno.ROFS);
    expect(open(RO, 'hello.txt', TRUNCATE, READ)).toBe(-Errno.ROFS);
    expect(open(RO, 'new', CREATE, READ)).toBe(-Errno.ROFS);
    expect(pathCall('path_create_directory', RO, 'new')).toBe(Errno.ROFS);
    expect(pathCall('path_unlink_file', RO, 'hello.txt')).toBe(Errno.ROFS);
    expect(pathCall('path_remove_directory', RO, 'sub')).toBe(Errno.ROFS);
    const from = rig.put(PATH, 'hello.txt');
    const to = rig.put(PATH + 100, 'stolen');
    expect(rig.call('path_rename', RO, PATH, from, RW, PATH + 100, to)).toBe(Errno.ROFS);
    expect(rig.call('path_rename', RW, PATH, from, RO, PATH + 100, to)).toBe(Errno.ROFS);
    expect(rig.call('path_filestat_set_times', RO, 1, PATH, from, 0n, 0n, 8)).toBe(Errno.ROFS);
    const fd = open(RO, 'hello.txt', CREATE, READ);
    expect(rig.call('fd_filestat_set_times', fd, 0n, 0n, 8)).toBe(Errno.ROFS);
    expect(rig.call('fd_filestat_set_size', fd, 0n)).toBe(Errno.INVAL);
    const root = open(RO, '.', DIRECTORY, READ);
    expect(rig.call('fd_filestat_set_times', root, 0n, 0n, 8)).toBe(Errno.ROFS);
    expect(readFileSync(join(directory.path, 'ro/hello.txt'), 'utf8')).toBe('hello, world\n');
    expect(readdirSync(join(directory.path, 'ro'))).toEqual(['hello.txt', 'link', 'sub']);
  });

  it('keep even a link that leads out from being made', () => {
    expect(rig.call('path_symlink', PATH, 1, RW, PATH, 1)).toBe(Errno.NOTSUP);
    expect(rig.call('path_link', RW, 0, PATH, 1, RW, PATH, 1)).toBe(Errno.NOTSUP);
  });

  it('have names in UTF-8', () => {
    rig.put(PATH, [0xffff_ffff]);
    expect(rig.call('path_open', RW, 1, PATH, 4, CREATE, READ, 0n, 0, RESULT)).toBe(Errno.ILSEQ);
    expect(rig.call('path_open', RW, 1, PATH, 5000, CREATE, READ, 0n, 0, RESULT)).toBe(Errno.NAMETOOLONG);
  });
});

describe('what is offered', () => {
  it('is all of preview1, sockets only by name', () => {
    expect(rig.names).toHaveLength(46);
    for (const name of ['sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown']) {
      expect(rig.call(name, 0, 0, 0, 0, 0, 0)).toBe(Errno.NOTSUP);
    }
  });
});
