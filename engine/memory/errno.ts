/** The kernel's error numbers that memory management returns: negative, so that a result is a value or an error. Source: errno-base.h. */

export const Errno = {
  EPERM: -1,
  ENOENT: -2,
  EINTR: -4,
  EIO: -5,
  ENXIO: -6,
  EBADF: -9,
  EAGAIN: -11,
  ENOMEM: -12,
  EACCES: -13,
  EFAULT: -14,
  EBUSY: -16,
  EEXIST: -17,
  ENODEV: -19,
  EINVAL: -22,
  ENOTTY: -25,
  EFBIG: -27,
  ENOSPC: -28,
  EDEADLK: -35,
  ENOSYS: -38,
  EOPNOTSUPP: -95,
  EADDRINUSE: -98,
  ETIMEDOUT: -110,
} as const;
export type Errno = (typeof Errno)[keyof typeof Errno];

export function isErrno(result: number): result is Errno {
  return result < 0;
}
