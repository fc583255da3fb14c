/** The test device where the tables of hmm-tests do not look: arguments that are refused, allocations that fail, files that are shared. */
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CHUNK_PAGES } from '../../engine/drivers/dmirror/dmirror-device.js';
import { DmirrorCommand as Cmd, DmirrorProt as Prot, ioctlNumber } from '../../engine/drivers/dmirror/uapi.js';
import { Errno } from '../../engine/memory/errno.js';
import { HUGE_PAGES, nodeName, PAGE_SIZE, type PageIndex } from '../../engine/memory/units.js';
import { Protection } from '../../engine/memory/vma.js';
import { DmirrorMachine, done } from '../conformance/dmirror-rig.js';

const failed = (rc: Errno) => ({ rc, cpages: 0, faults: 0 });
const pattern = (index: number): number => index;

describe('arguments', () => {
  it('are checked before the command is', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const device = process.open(0);
    const data = BigInt(process.mmap(4) * PAGE_SIZE);
    const command = (addr: bigint, npages: bigint, request = ioctlNumber(Cmd.READ)) =>
      process.command(device, request, { addr, ptr: data, npages, cpages: 7n, faults: 7n });
    expect(command(data + 1n, 1n)).toEqual(failed(Errno.EINVAL));
    expect(command(data, 0n)).toEqual(failed(Errno.EINVAL));
    expect(command(data, 1n << 52n)).toEqual(failed(Errno.EINVAL));
    expect(command(2n ** 64n - 4096n, 1n)).toEqual(failed(Errno.EINVAL));
    expect(command(data, 1n, ioctlNumber(10))).toEqual(failed(Errno.EINVAL));
    expect(command(data, 1n << 40n)).toEqual(failed(Errno.ENOMEM));
    expect(command(data, 5n)).toEqual(failed(Errno.EFAULT));
    expect(command(data, 5n, ioctlNumber(Cmd.MIGRATE_TO_DEV))).toEqual(failed(Errno.EINVAL));
    expect(command(data, 4n, ioctlNumber(Cmd.READ_UNLOCKABLE)).rc).toBe(0);
    device.release();
  });

  it('have the numbers and the layout of the header', () => {
    const header = readFileSync(
      fileURLToPath(new URL('../../engine/toolchain/runtime/include/hmm_dmirror.h', import.meta.url)),
      'utf8',
    );
    for (const [name, number] of Object.entries(Cmd))
      expect(header).toMatch(new RegExp(`#define HMM_DMIRROR_${name} HMM_DMIRROR_COMMAND\\(0x0${String(number)}\\)`));
    for (const [name, value] of Object.entries(Prot))
      expect(header.toLowerCase()).toMatch(
        new RegExp(`hmm_dmirror_prot_${name.toLowerCase()} = 0x0*${value.toString(16)}\\b`),
      );
    expect(ioctlNumber(Cmd.READ)).toBe(0xc0284800);
  });

  it('name a buffer that is reached like any memory of the caller’s', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const device = process.open(0);
    const data = process.mmap(2);
    const buffer = process.mmap(2, { protection: Protection.read });
    expect(process.ioctl(device, Cmd.READ, data, 2, buffer)).toEqual(failed(Errno.EFAULT));
    process.mm.mprotect(buffer, 2, Protection.readWrite);
    process.fill(buffer, 2, pattern);
    // The buffer itself is on a device: writing to it brings it back.
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, buffer, 2, data)).toEqual(done(2));
    expect(process.ioctl(device, Cmd.READ, data, 2, buffer)).toEqual(done(2, 1));
    expect(process.mm.nodeOf(buffer)).toBe(0);
    expect(process.differs(buffer, 2, pattern)).toBe(-1);
    device.release();
  });
});

describe('memory of the device', () => {
  it('grows in chunks where it is private, and ends with one where it is coherent', () => {
    using machine = new DmirrorMachine({ bytes: false });
    const { process } = machine;
    const files = [process.open(0), process.open(2)];
    const data = process.mmap(CHUNK_PAGES + 1);
    const mirror = process.mmap(CHUNK_PAGES + 1);
    const [first, second] = files;
    expect(process.ioctl(first!, Cmd.MIGRATE_TO_DEV, data, CHUNK_PAGES + 1, mirror)).toEqual(done(CHUNK_PAGES + 1));
    expect(first!.device.chunks).toBe(2);
    expect(process.ioctl(first!, Cmd.RELEASE, data, 1).rc).toBe(0);
    expect(first!.device.chunks).toBe(0);
    expect(first!.device.counters.freed).toBe(first!.device.counters.allocated);
    expect(process.ioctl(second!, Cmd.MIGRATE_TO_DEV, data, CHUNK_PAGES + 1, mirror)).toEqual(failed(Errno.ENOENT));
    for (const file of files) file.release();
  });

  it('falls back to single pages when a huge one cannot be had, once', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const device = process.open(0);
    const data = process.mmapHuge(HUGE_PAGES);
    const mirror = process.mmap(HUGE_PAGES);
    process.fill(data, HUGE_PAGES, pattern);
    expect(process.ioctl(device, Cmd.FLAGS, data, 1).rc).toBe(0);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES));
    expect(process.mm.pageTable.isHuge(data)).toBe(false);
    expect(process.differs(mirror, HUGE_PAGES, pattern)).toBe(-1);
    // Only the page that is touched comes back then.
    process.touch(data);
    expect(process.mm.nodeOf(data)).toBe(0);
    expect(nodeName(process.mm.nodeOf((data + 1) as PageIndex))).toBe('dmirror0');
    expect(process.differs(data, HUGE_PAGES, pattern)).toBe(-1);
    device.release();
  });

  it('is empty when the last descriptor of a file is closed', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const device = process.open(0);
    const data = process.mmap(64);
    process.fill(data, 64, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, 64, process.mmap(64))).toEqual(done(64));
    device.release();
    expect(process.mm.nodeOf(data)).toBe(0);
    expect(machine.of('evict').reduce((sum, { pageCount }) => sum + pageCount, 0)).toBe(64);
    expect(process.differs(data, 64, pattern)).toBe(-1);
  });

  it('gives nothing up when system memory runs out', () => {
    using machine = new DmirrorMachine({ systemFrames: 80 });
    const { process } = machine;
    const device = process.open(0);
    const [data, mirror, other] = [process.mmap(64), process.mmap(64), process.mmap(16)];
    process.fill(data, 64, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, 64, mirror)).toEqual(done(64));
    process.fill(other, 16, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_SYS, data, 64)).toEqual(failed(Errno.ENOMEM));
    process.mm.munmap(mirror, 64);
    expect(process.differs(data, 64, pattern)).toBe(-1);
    device.release();
  });
});

describe('mirrors', () => {
  it('belong to the process that opened the file, whoever calls', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const device = process.open(0);
    const data = process.mmap(4);
    const buffer = process.mmap(4);
    process.fill(data, 4, pattern);
    const child = process.fork();
    child.fill(data, 4, (index) => index + 1);
    expect(child.ioctl(device, Cmd.READ, data, 4, buffer)).toEqual(done(4, 1));
    expect(child.differs(buffer, 4, pattern)).toBe(-1);
    child.exit(process);
    expect(process.differs(buffer, 4, () => 0)).toBe(-1);
    device.release();
  });

  it('of the same device keep nothing of what another one has moved', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const [first, second] = [process.open(0), process.open(0)];
    const data = process.mmap(4);
    expect(process.ioctl(second, Cmd.READ, data, 4, process.mmap(4))).toEqual(done(4, 1));
    expect(process.ioctl(first, Cmd.MIGRATE_TO_DEV, data, 4, process.mmap(4))).toEqual(done(4));
    expect(second.table.mappedPages).toBe(0);
    expect(process.ioctl(second, Cmd.READ, data, 4, process.mmap(4))).toEqual(done(4, 1));
    first.release();
    second.release();
  });

  it('tell of what they lose and of what moves, by the name of their memory', () => {
    using machine = new DmirrorMachine();
    const { process } = machine;
    const device = process.open(1);
    const data = process.mmap(4);
    process.fill(data, 4, pattern);
    process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, 4, process.mmap(4));
    process.mm.mprotect(data, 4, Protection.read);
    const [move] = machine.of('migrate');
    const [loss] = machine.of('invalidate');
    expect([nodeName(move!.source), nodeName(move!.target), move!.extra]).toEqual(['cpu', 'dmirror1', 4 * PAGE_SIZE]);
    expect([nodeName(loss!.target), loss!.extra]).toEqual(['dmirror1', 4]);
    device.release();
  });
});
