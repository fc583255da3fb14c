/**
 * WASI's error numbers and how a host's errors become them.
 *
 * Invariant: only a WasiError becomes a result of a call; every other exception (a signal that `access` raises, the exit of the
 * program, a bug) passes through unchanged. So host calls, and only they, run inside `hostCall`.
 * Source: `errno` in WASI preview1's witx (wasi_snapshot_preview1).
 */

export const Errno = {
  success: 0,
  '2BIG': 1,
  ACCES: 2,
  AGAIN: 6,
  BADF: 8,
  BUSY: 10,
  DEADLK: 16,
  DQUOT: 19,
  EXIST: 20,
  FAULT: 21,
  FBIG: 22,
  ILSEQ: 25,
  INTR: 27,
  INVAL: 28,
  IO: 29,
  ISDIR: 31,
  LOOP: 32,
  MFILE: 33,
  MLINK: 34,
  NAMETOOLONG: 37,
  NFILE: 41,
  NODEV: 43,
  NOENT: 44,
  NOMEM: 48,
  NOSPC: 51,
  NOSYS: 52,
  NOTDIR: 54,
  NOTEMPTY: 55,
  NOTSUP: 58,
  NOTTY: 59,
  NXIO: 60,
  OVERFLOW: 61,
  PERM: 63,
  PIPE: 64,
  RANGE: 68,
  ROFS: 69,
  SPIPE: 70,
  STALE: 72,
  TIMEDOUT: 73,
  TXTBSY: 74,
  XDEV: 75,
  NOTCAPABLE: 76,
} as const;
export type Errno = (typeof Errno)[keyof typeof Errno];

/** Ends a call with an error number: what the program sees, not a failure of the engine. */
export class WasiError extends Error {
  override readonly name = 'WasiError';

  constructor(readonly errno: Errno) {
    super(`WASI errno ${errno}`);
  }
}

const byHostCode: ReadonlyMap<string, Errno> = new Map([
  ...Object.entries(Errno).map(([name, errno]) => [`E${name}`, errno] as const),
  ['EOPNOTSUPP', Errno.NOTSUP] as const,
]);

/** The error number of a host's code such as `ENOENT`; a code that WASI has no number for is an input/output error. */
export function errnoOf(hostCode: string): Errno {
  return byHostCode.get(hostCode) ?? Errno.IO;
}

/** Runs a call into the host's file system; what the operating system refuses becomes a WasiError. */
export function hostCall<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    // `syscall` is what tells an operating system's error from Node's complaint about an argument, which is a bug of ours.
    if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string') {
      throw new WasiError(errnoOf(error.code));
    }
    throw error;
  }
}
