/**
 * What a program and the test device say to each other: command numbers, the command's layout, snapshot bytes. Source: the kernel's
 * lib/test_hmm_uapi.h. The C side is `hmm_dmirror.h` of the runtime; a test compares the two.
 *
 * Invariant: every field has 64 bits, whatever the program's own word is, so that the layout is the kernel's.
 */

/** Sequence numbers of the ioctl commands. */
export const DmirrorCommand = {
  READ: 0,
  WRITE: 1,
  MIGRATE_TO_DEV: 2,
  MIGRATE_TO_SYS: 3,
  SNAPSHOT: 4,
  EXCLUSIVE: 5,
  CHECK_EXCLUSIVE: 6,
  RELEASE: 7,
  FLAGS: 8,
  READ_UNLOCKABLE: 9,
} as const;

/** Bytes of struct hmm_dmirror_cmd. */
export const COMMAND_BYTES = 40;

/** _IOWR('H', number, struct hmm_dmirror_cmd), unsigned. */
export function ioctlNumber(command: number): number {
  const READ_AND_WRITE = 3;
  return ((READ_AND_WRITE << 30) | (COMMAND_BYTES << 16) | (0x48 << 8) | command) >>> 0;
}

/** FLAGS: bits of `npages`. */
export const DmirrorFlag = {
  /** The next allocation of a huge page fails. */
  FAIL_ALLOC: 1n,
} as const;

/** A page in a snapshot: one of the places, READ or WRITE added to it, and PMD or PUD. WRITE alone means that it can be read, too. */
export const DmirrorProt = {
  ERROR: 0xff,
  NONE: 0x00,
  READ: 0x01,
  WRITE: 0x02,
  PMD: 0x04,
  PUD: 0x08,
  ZERO: 0x10,
  DEV_PRIVATE_LOCAL: 0x20,
  DEV_PRIVATE_REMOTE: 0x30,
  DEV_COHERENT_LOCAL: 0x40,
  DEV_COHERENT_REMOTE: 0x50,
} as const;

/** struct hmm_dmirror_cmd. */
export interface DmirrorCmd {
  readonly addr: bigint;
  readonly ptr: bigint;
  readonly npages: bigint;
  cpages: bigint;
  faults: bigint;
}

export function decodeCommand(bytes: Uint8Array): DmirrorCmd {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const field = (index: number): bigint => view.getBigUint64(index * 8, true);
  return { addr: field(0), ptr: field(1), npages: field(2), cpages: field(3), faults: field(4) };
}

export function encodeCommand({ addr, ptr, npages, cpages, faults }: DmirrorCmd): Uint8Array {
  const bytes = new Uint8Array(COMMAND_BYTES);
  const view = new DataView(bytes.buffer);
  [addr, ptr, npages, cpages, faults].forEach((value, index) => {
    view.setBigUint64(index * 8, value, true);
  });
  return bytes;
}
