/**
 * One open file of a test device: a mirror of the process that opened it, and the commands. Source: lib/test_hmm.c (struct dmirror and its
 * ioctl functions).
 *
 * Invariant: what a command answers, copies and counts is what the kernel's driver does; whoever makes the call, the pages are those of the
 * process that opened the file, and `ptr` is the caller's. A page's bytes lie at its address whatever memory it counts as being in, so a
 * device reads and writes them there, as long as its table has an entry.
 */

import { makeDeviceExclusive, putDeviceExclusive } from '../../hmm/exclusive.js';
import { makeHmmRange, mirrorFault } from '../../hmm/mirror-fault.js';
import { causeOf } from '../../hmm/mirror.js';
import { MirrorFlag, MirrorTable } from '../../hmm/mirror-table.js';
import type { HmmRange } from '../../hmm/range-fault.js';
import { Errno, isErrno } from '../../memory/errno.js';
import { Access } from '../../memory/event.js';
import type { AddressSpace, MmapRequest } from '../../memory/address-space.js';
import type { Mm } from '../../memory/mm.js';
import { MmuNotifyEvent, type MmuNotifierRange } from '../../memory/mmu-notifier.js';
import { PAGE_COUNT, PAGE_SHIFT, PAGE_SIZE, type PageIndex } from '../../memory/units.js';
import { VmaFlag } from '../../memory/vma.js';
import { migrateToDevice, migrateToSystem } from './migration.js';
import { snapshotBytes } from './snapshot.js';
import type { MirrorFile, TestDevice } from './test-device.js';
import { DmirrorCommand, DmirrorFlag, ioctlNumber, type DmirrorCmd } from './uapi.js';
import { DmirrorBuffer } from './buffer.js';

/** Pages of one range fault. */
const FAULT_PAGES = 64;

/** copy_from_user and copy_to_user, in the process that makes the call. Addresses are those of the command: 64 bits. */
export interface UserCopies {
  /** The bytes, or undefined: not all of them can be read. */
  fromUser(address: bigint, bytes: number): Uint8Array | undefined;
  /** False: not all of it can be written. */
  toUser(address: bigint, bytes: Uint8Array): boolean;
}

/** The pages that a command is about; they may lie beyond any address there is. */
interface Pages {
  readonly start: number;
  readonly count: number;
}

export class Dmirror implements MirrorFile {
  readonly device: TestDevice;
  /** The process that opened the file. */
  readonly mm: Mm;
  /** The device's page table. */
  readonly table: MirrorTable;
  readonly #range: HmmRange;
  readonly #closed: () => void;
  #flags = 0n;

  /** See DmirrorDevice.open. */
  constructor(device: TestDevice, mm: Mm, closed: () => void) {
    this.device = device;
    this.#closed = closed;
    this.mm = mm;
    this.table = new MirrorTable(mm, {
      owner: device.owner,
      onInvalidate: (range, dropped) => {
        this.#invalidated(range, dropped);
      },
    });
    this.#range = makeHmmRange(this.table, FAULT_PAGES);
  }

  /** The last descriptor is closed. */
  release(): void {
    this.table.close();
    this.#closed();
  }

  /**
   * One command. `cmd` gets its results; they count only if the answer is 0.
   * @returns 0; -EINVAL (unaligned, empty or overflowing range, unknown command, no readable area to migrate), -EFAULT, -EPERM, -ENOENT,
   * -EBUSY, -ENOMEM, -EOPNOTSUPP.
   */
  ioctl(request: number, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    const { addr, npages } = cmd;
    if ((addr & BigInt(PAGE_SIZE - 1)) !== 0n) return Errno.EINVAL;
    if (addr >= BigInt.asUintN(64, addr + BigInt.asUintN(64, npages << BigInt(PAGE_SHIFT)))) return Errno.EINVAL;
    cmd.cpages = 0n;
    cmd.faults = 0n;
    const pages = { start: Number(addr >> BigInt(PAGE_SHIFT)), count: Number(npages) };
    switch (request) {
      case ioctlNumber(DmirrorCommand.READ):
      case ioctlNumber(DmirrorCommand.READ_UNLOCKABLE):
        return this.#read(pages, cmd, user);
      case ioctlNumber(DmirrorCommand.WRITE):
        return this.#write(pages, cmd, user);
      case ioctlNumber(DmirrorCommand.MIGRATE_TO_DEV):
        return this.#isAlive() ? this.#migrateToDevice(pages, cmd, user) : Errno.EINVAL;
      case ioctlNumber(DmirrorCommand.MIGRATE_TO_SYS):
        return this.#isAlive() ? migrateToSystem(this, pages.start, pages.count, cmd) : Errno.EINVAL;
      case ioctlNumber(DmirrorCommand.SNAPSHOT):
        return this.#isAlive() ? this.#snapshot(pages, cmd, user) : Errno.EINVAL;
      case ioctlNumber(DmirrorCommand.EXCLUSIVE):
        return this.#isAlive() ? this.#exclusive(pages, cmd, user) : Errno.EINVAL;
      case ioctlNumber(DmirrorCommand.CHECK_EXCLUSIVE):
        return this.#checkExclusive(pages);
      case ioctlNumber(DmirrorCommand.RELEASE):
        this.device.removeChunks();
        return 0;
      case ioctlNumber(DmirrorCommand.FLAGS):
        this.#flags = npages;
        return 0;
      default:
        return Errno.EINVAL;
    }
  }

  /**
   * Maps the device's file into a process: zeroed pages of its own, whatever the offset.
   * @param request where, how much, protection and VmaFlag bits, as for mm.mmap. @returns the first page, or what mmap answers, or -ENOMEM.
   */
  mmap(mm: AddressSpace, request: Omit<MmapRequest, 'kind' | 'backing'>): PageIndex | Errno {
    const backing = DmirrorBuffer.create(mm.physical, `hmm_dmirror${String(this.device.minor)}`);
    const flags = (request.flags ?? 0) | VmaFlag.MIXEDMAP;
    const start = mm.mmap({ ...request, kind: 'special', flags, backing });
    const vma = isErrno(start) ? undefined : mm.findVma(start);
    if (isErrno(start) || vma === undefined) {
      mm.physical.backings.remove(backing);
      return start;
    }
    const inserted = backing.insertPages(mm, vma);
    if (inserted === 0) return start;
    mm.munmap(start, request.pageCount);
    return inserted;
  }

  /** Whether the next allocation for a huge page is to fail; true only once. */
  takeFailAlloc(): boolean {
    const fails = (this.#flags & DmirrorFlag.FAIL_ALLOC) !== 0n;
    this.#flags &= ~DmirrorFlag.FAIL_ALLOC;
    return fails;
  }

  #read(pages: Pages, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    const bounce = this.#bounce(pages);
    if (bounce === undefined) return Errno.ENOMEM;
    const result = this.#access(pages, cmd, Access.read, (done) => this.#copyOut(pages, done, bounce));
    if (result !== 0) return result;
    return user.toUser(cmd.ptr, bounce) ? 0 : Errno.EFAULT;
  }

  #write(pages: Pages, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    if (!this.#hasMemoryFor(pages)) return Errno.ENOMEM;
    const bounce = user.fromUser(cmd.ptr, pages.count * PAGE_SIZE);
    if (bounce === undefined) return Errno.EFAULT;
    return this.#access(pages, cmd, Access.write, (done) => this.#copyIn(pages, done, bounce));
  }

  /**
   * Copies page after page as far as the table has entries; where one is missing, one fault for all that is left.
   * @param copy takes the pages done before, @returns those done now.
   */
  #access(pages: Pages, cmd: DmirrorCmd, access: Access, copy: (done: number) => number): 0 | Errno {
    for (let done = copy(0); done < pages.count; done = copy(done)) {
      // Nobody's pages any more: the kernel's driver would try for ever.
      if (!this.#isAlive()) return Errno.EBUSY;
      const page = pages.start + done;
      if (page >= PAGE_COUNT) return Errno.EFAULT;
      this.device.events.fault(page as PageIndex, this.mm.nodeOf(page as PageIndex), access);
      const result = this.#fault(page, pages.start + pages.count, access === Access.write);
      if (result !== 0) return result;
      cmd.faults++;
    }
    cmd.cpages = BigInt(pages.count);
    this.device.events.copied(pages.count * PAGE_SIZE);
    return 0;
  }

  /** dmirror_fault: makes [start, end) part of the table, in ranges of FAULT_PAGES. */
  #fault(start: number, end: number, write: boolean): 0 | Errno {
    for (let page = start; page < end; page += FAULT_PAGES) {
      const count = Math.min(FAULT_PAGES, end - page, PAGE_COUNT - page);
      if (count <= 0) return Errno.EFAULT;
      const result = mirrorFault(this.mm, this.table, this.#range, page as PageIndex, count, write);
      if (result !== 0) return result;
    }
    return 0;
  }

  /** dmirror_do_read: into the bounce buffer, up to the first page without an entry. @returns pages done altogether. */
  #copyOut({ start, count }: Pages, done: number, bounce: Uint8Array): number {
    for (; done < count && this.table.flags((start + done) as PageIndex) !== 0; done++) {
      const bytes = this.mm.contents?.bytes((start + done) as PageIndex);
      if (bytes !== undefined) bounce.set(bytes, done * PAGE_SIZE);
    }
    return done;
  }

  /** dmirror_do_write: likewise, where the entry allows writing and is no exclusive one. */
  #copyIn({ start, count }: Pages, done: number, bounce: Uint8Array): number {
    const mayWrite = (page: number): boolean => {
      const flags = this.table.flags(page as PageIndex);
      return (flags & MirrorFlag.WRITE) !== 0 && (flags & MirrorFlag.ATOMIC) === 0;
    };
    for (; done < count && mayWrite(start + done); done++) {
      const bytes = this.mm.contents?.bytes((start + done) as PageIndex);
      bytes?.set(bounce.subarray(done * PAGE_SIZE, (done + 1) * PAGE_SIZE));
    }
    return done;
  }

  #migrateToDevice(pages: Pages, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    const result = migrateToDevice(this, pages.start, pages.count);
    return result === 0 ? this.#readBack(pages, cmd, user) : result;
  }

  /** What migrating and taking exclusively answer with: the range as the device's table has it, without a fault. */
  #readBack(pages: Pages, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    const bounce = this.#bounce(pages);
    if (bounce === undefined) return Errno.ENOMEM;
    const done = this.#copyOut(pages, 0, bounce);
    cmd.cpages = BigInt(done);
    if (done < pages.count) return Errno.ENOENT;
    this.device.events.copied(pages.count * PAGE_SIZE);
    return user.toUser(cmd.ptr, bounce) ? 0 : Errno.EFAULT;
  }

  #exclusive(pages: Pages, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    for (let page = pages.start; page < pages.start + pages.count; page++) {
      if (page >= PAGE_COUNT) return Errno.EFAULT;
      // No owner, as in the kernel: every file that mirrors the process hears of it.
      const frame = makeDeviceExclusive(this.mm, page as PageIndex, undefined, this.device.node);
      if (isErrno(frame)) return frame;
      this.table.set(page as PageIndex, frame, MirrorFlag.ATOMIC);
      putDeviceExclusive(this.mm.physical, frame);
    }
    return this.#readBack(pages, cmd, user);
  }

  #checkExclusive({ start, count }: Pages): 0 | Errno {
    const end = Math.min(start + count, PAGE_COUNT);
    for (let page = start; page < end; page++) {
      if ((this.table.flags(page as PageIndex) & MirrorFlag.ATOMIC) !== 0) return Errno.EPERM;
    }
    return 0;
  }

  #snapshot(pages: Pages, cmd: DmirrorCmd, user: UserCopies): 0 | Errno {
    for (let done = 0; done < pages.count; done += FAULT_PAGES) {
      const count = Math.min(FAULT_PAGES, pages.count - done);
      const bytes = snapshotBytes(this, this.#range, pages.start + done, count);
      if (typeof bytes === 'number') return bytes;
      if (!user.toUser(cmd.ptr + BigInt(done), bytes)) return Errno.EFAULT;
      cmd.cpages += BigInt(count);
    }
    return 0;
  }

  #isAlive(): boolean {
    return this.mm.physical.spaces().includes(this.mm);
  }

  /** The kernel's driver copies through memory of its own, which has to be there. */
  #hasMemoryFor({ count }: Pages): boolean {
    return count <= this.mm.physical.system.capacity && count <= PAGE_COUNT;
  }

  #bounce(pages: Pages): Uint8Array | undefined {
    return this.#hasMemoryFor(pages) ? new Uint8Array(pages.count * PAGE_SIZE) : undefined;
  }

  #invalidated(range: MmuNotifierRange, dropped: number): void {
    if (dropped === 0 || range.event === MmuNotifyEvent.RELEASE) return;
    this.device.events.invalidated(range.start, range.count, causeOf(range.event), dropped);
  }
}
