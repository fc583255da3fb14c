/** The kernel's error numbers that memory management returns: negative, so that a result is a value or an error. Source: errno-base.h. */

export const Errno = {
  EPERM: -1,
  ENOENT: -2,
  ENOMEM: -12,
  EACCES: -13,
  EFAULT: -14,
  EBUSY: -16,
  EEXIST: -17,
  EINVAL: -22,
} as const;
export type Errno = (typeof Errno)[keyof typeof Errno];

export function isErrno(result: number): result is Errno {
  return result < 0;
}
