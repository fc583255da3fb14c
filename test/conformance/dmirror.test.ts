/** The rows of section 1.7 at the engine's API: the device as an object, no program. Each runs on private and on coherent memory. */
import { describe, expect } from 'vitest';
import { DmirrorCommand as Cmd, DmirrorProt as Prot } from '../../engine/drivers/dmirror/uapi.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { HUGE_PAGES, PAGE_SIZE, type PageIndex } from '../../engine/memory/units.js';
import { Protection } from '../../engine/memory/vma.js';
import { conformanceCase, conformanceGap } from './case.js';
import { DmirrorMachine, done, NPAGES, type Process } from './dmirror-rig.js';

/** What the CPU writes, and what the device does. */
const pattern = (index: number): number => index;
const other = (index: number): number => -index;
const zero = (): number => 0;

const failed = (rc: Errno) => ({ rc, cpages: 0, faults: 0 });
const page = (start: PageIndex, offset: number): PageIndex => (start + offset) as PageIndex;

interface Fixture {
  readonly machine: DmirrorMachine;
  readonly process: Process;
  readonly device: ReturnType<Process['open']>;
  readonly coherent: boolean;
  /** A buffer of the program's, as large as the data. */
  readonly mirror: PageIndex;
}

function row(name: string, run: (fixture: Fixture) => void, bufferPages = NPAGES): void {
  conformanceCase('1.7', name, () => {
    for (const minor of [0, 2]) {
      using machine = new DmirrorMachine();
      const { process } = machine;
      const device = process.open(minor);
      run({ machine, process, device, coherent: minor === 2, mirror: process.mmap(bufferPages) });
      device.release();
    }
  });
}

describe('hmm-tests', () => {
  row('open_close', ({ device }) => {
    expect(device.table.mappedPages).toBe(0);
  });

  row('anon_read', ({ process, device, mirror }) => {
    const data = process.mmap(NPAGES);
    process.fill(page(data, 2), NPAGES - 2, (index) => pattern(index));
    expect(process.mm.mprotect(data, NPAGES, Protection.read)).toBe(0);
    process.touch(page(data, 1));
    expect(process.ioctl(device, Cmd.READ, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
    expect(process.differs(mirror, 2, zero)).toBe(-1);
    expect(process.differs(page(mirror, 2), NPAGES - 2, pattern)).toBe(-1);
    expect(process.ioctl(device, Cmd.READ, data, NPAGES, mirror)).toEqual(done(NPAGES, 0));
  });

  row('anon_read_prot', ({ process, device, mirror }) => {
    const data = process.mmap(NPAGES);
    process.fill(data, NPAGES, pattern);
    process.fill(mirror, NPAGES, other);
    process.mm.mprotect(data, NPAGES, Protection.none);
    expect(process.ioctl(device, Cmd.READ, data, NPAGES, mirror)).toEqual(failed(Errno.EFAULT));
    process.mm.mprotect(data, NPAGES, Protection.read);
    expect(process.differs(data, NPAGES, pattern)).toBe(-1);
    expect(process.differs(mirror, NPAGES, other)).toBe(-1);
  });

  row('anon_write', ({ process, device, mirror }) => {
    const data = process.mmap(NPAGES);
    process.fill(mirror, NPAGES, other);
    expect(process.ioctl(device, Cmd.WRITE, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
    expect(process.differs(data, NPAGES, other)).toBe(-1);
  });

  row('anon_write_prot', ({ process, device, mirror }) => {
    const data = process.mmap(NPAGES, { protection: Protection.read });
    expect(process.ioctl(device, Cmd.READ, data, 1, mirror)).toEqual(done(1, 1));
    process.fill(mirror, NPAGES, other);
    expect(process.ioctl(device, Cmd.WRITE, data, NPAGES, mirror)).toEqual(failed(Errno.EPERM));
    expect(process.differs(data, NPAGES, zero)).toBe(-1);
    process.mm.mprotect(data, NPAGES, Protection.readWrite);
    expect(process.ioctl(device, Cmd.WRITE, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
    expect(process.differs(data, NPAGES, other)).toBe(-1);
  });

  row('anon_write_child_shared', ({ process, device, mirror }) => {
    const data = process.mmapShared(NPAGES);
    process.fill(data, NPAGES, pattern);
    process.fill(mirror, NPAGES, other);
    const child = process.fork();
    expect(child.differs(data, NPAGES, pattern)).toBe(-1);
    const file = child.open(device.device.minor);
    expect(child.ioctl(file, Cmd.WRITE, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
    file.release();
    child.exit(process);
    expect(process.differs(data, NPAGES, other)).toBe(-1);
  });

  row('anon_write_huge', ({ process, device, mirror }) => {
    const data = process.mmapHuge(HUGE_PAGES);
    process.fill(mirror, HUGE_PAGES, other);
    expect(process.ioctl(device, Cmd.WRITE, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES, 1));
    expect(process.mm.pageTable.isHuge(data)).toBe(true);
    expect(process.differs(data, HUGE_PAGES, other)).toBe(-1);
  });

  row('file_read', ({ machine, process, device, mirror }) => {
    const bytes = new Uint8Array(NPAGES * PAGE_SIZE);
    new Int32Array(bytes.buffer).forEach((_, index, ints) => (ints[index] = pattern(index)));
    const { cache } = machine.file(bytes);
    const data = process.mmap(NPAGES, {
      kind: 'file',
      protection: Protection.read,
      flags: 1,
      backing: cache,
      pageOffset: 0,
    });
    expect(process.ioctl(device, Cmd.READ, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
    expect(process.differs(mirror, NPAGES, pattern)).toBe(-1);
  });

  row('file_write', ({ machine, process, device, mirror }) => {
    const file = machine.file(new Uint8Array(NPAGES * PAGE_SIZE));
    const data = process.mmap(NPAGES, { kind: 'file', flags: 1, backing: file.cache, pageOffset: 0 });
    process.fill(mirror, NPAGES, other);
    expect(process.ioctl(device, Cmd.WRITE, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
    expect(process.differs(data, NPAGES, other)).toBe(-1);
    const read = file.read(0, NPAGES * PAGE_SIZE);
    expect(typeof read === 'object' && Buffer.compare(read, process.bytes(mirror, NPAGES * PAGE_SIZE))).toBe(0);
  });

  row('migrate', ({ process, device, mirror, coherent }) => {
    const data = process.mmap(NPAGES);
    process.fill(data, NPAGES, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, NPAGES, mirror)).toEqual(done(NPAGES));
    expect(process.differs(mirror, NPAGES, pattern)).toBe(-1);
    expect(process.mm.nodeOf(data)).toBe(device.device.node);
    expect(process.mm.pageTable.allows(data, true)).toBe(coherent);
  });

  row('migrate_fault', ({ process, device, mirror, coherent }) => {
    const data = process.mmap(NPAGES);
    process.fill(data, NPAGES, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, NPAGES, mirror)).toEqual(done(NPAGES));
    expect(process.differs(data, NPAGES / 2, pattern)).toBe(-1);
    expect(process.mm.nodeOf(data)).toBe(coherent ? device.device.node : 0);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, NPAGES, mirror)).toEqual(done(NPAGES));
    expect(process.differs(mirror, NPAGES, pattern)).toBe(-1);
  });

  row('migrate_release', ({ process, device, mirror }) => {
    const data = process.mmap(NPAGES);
    process.fill(data, NPAGES, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, NPAGES, mirror)).toEqual(done(NPAGES));
    expect(process.ioctl(device, Cmd.RELEASE, data, NPAGES).rc).toBe(0);
    expect(device.device.memory.frames.usedFrames).toBe(0);
    expect(process.mm.nodeOf(data)).toBe(0);
    expect(process.differs(data, NPAGES, pattern)).toBe(-1);
  });

  row('migrate_shared', ({ process, device, mirror }) => {
    const data = process.mmapShared(NPAGES);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, NPAGES, mirror)).toEqual(failed(Errno.ENOENT));
  });

  row('migrate_multiple', ({ process, device, mirror, coherent }) => {
    for (let round = 0; round < 10; round++) {
      const data = process.mmap(NPAGES);
      process.fill(data, NPAGES, pattern);
      expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, NPAGES, mirror)).toEqual(done(NPAGES));
      expect(process.differs(mirror, NPAGES, pattern)).toBe(-1);
      if (coherent) expect(process.ioctl(device, Cmd.MIGRATE_TO_SYS, data, NPAGES)).toEqual(done(NPAGES));
      expect(process.differs(data, NPAGES, pattern)).toBe(-1);
      process.mm.munmap(data, NPAGES);
    }
  });

  row('anon_read_multiple', ({ process, device, mirror }) => {
    for (let round = 0; round < 10; round++) {
      const data = process.mmap(NPAGES);
      process.fill(data, NPAGES, (index) => index + round);
      expect(process.ioctl(device, Cmd.READ, data, NPAGES, mirror)).toEqual(done(NPAGES, 1));
      expect(process.differs(mirror, NPAGES, (index) => index + round)).toBe(-1);
      process.mm.munmap(data, NPAGES);
    }
  });

  // Another thread can get in at every event: the munmap comes a little later in each round.
  row('anon_teardown', ({ machine, process, device, mirror }) => {
    for (let round = 0; round < 10; round++) {
      const data = process.mmap(NPAGES);
      process.fill(data, NPAGES, (index) => index + round);
      let events = 0;
      machine.onEvent = () => {
        if (events++ === round) process.mm.munmap(page(data, NPAGES / 2), NPAGES / 2);
      };
      const answer = process.ioctl(device, Cmd.READ, data, NPAGES, mirror);
      machine.onEvent = undefined;
      expect([done(NPAGES, 1), failed(Errno.EFAULT)]).toContainEqual(answer);
      if (answer.rc === 0) expect(process.differs(mirror, NPAGES, (index) => index + round)).toBe(-1);
      process.mm.munmap(data, NPAGES);
    }
  });

  row('mixedmap', ({ process, device, mirror }) => {
    const data = device.mmap(process.mm, { pageCount: 1, protection: Protection.readWrite });
    expect(data).toBeGreaterThan(0);
    expect(process.ioctl(device, Cmd.SNAPSHOT, data as PageIndex, 1, mirror)).toEqual(done(1));
    expect(process.bytes(mirror, 1)[0]).toBe(Prot.READ);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data as PageIndex, 1, mirror)).toEqual(failed(Errno.EINVAL));
  });

  row('snapshot', ({ process, device, mirror, coherent }) => {
    const second = process.open(device.device.minor + 1);
    const data = process.mmap(7);
    process.fill(page(data, 3), 4, pattern);
    process.mm.mprotect(data, 1, Protection.none);
    process.mm.munmap(page(data, 1), 1);
    process.mm.mprotect(page(data, 2), 1, Protection.read);
    process.touch(page(data, 2));
    process.mm.mprotect(page(data, 3), 1, Protection.read);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, page(data, 5), 1, mirror)).toEqual(done(1));
    expect(process.ioctl(second, Cmd.MIGRATE_TO_DEV, page(data, 6), 1, mirror)).toEqual(done(1));
    expect(process.ioctl(device, Cmd.SNAPSHOT, data, 7, mirror)).toEqual(done(7));
    const own = coherent ? Prot.DEV_COHERENT_LOCAL : Prot.DEV_PRIVATE_LOCAL;
    const others = coherent ? Prot.DEV_COHERENT_REMOTE | Prot.WRITE : Prot.NONE;
    expect([...process.bytes(mirror, 7)]).toEqual([
      ...[Prot.ERROR, Prot.ERROR, Prot.ZERO | Prot.READ, Prot.READ, Prot.WRITE],
      ...[own | Prot.WRITE, others],
    ]);
    second.release();
  });

  row('exclusive', ({ process, device, mirror }) => {
    const data = process.mmap(NPAGES);
    process.fill(data, NPAGES, pattern);
    expect(process.ioctl(device, Cmd.EXCLUSIVE, data, NPAGES, mirror)).toEqual(done(NPAGES));
    expect(process.differs(mirror, NPAGES, pattern)).toBe(-1);
    expect(process.ioctl(device, Cmd.CHECK_EXCLUSIVE, data, NPAGES)).toEqual(failed(Errno.EPERM));
    expect(process.differs(data, NPAGES, pattern)).toBe(-1);
    process.fill(data, NPAGES, (index) => index + 1);
    expect(process.differs(data, NPAGES, (index) => index + 1)).toBe(-1);
    expect(process.ioctl(device, Cmd.CHECK_EXCLUSIVE, data, NPAGES).rc).toBe(0);
  });

  row('migrate_anon_huge_empty', ({ process, device, mirror, coherent }) => {
    const data = process.mmapHuge(HUGE_PAGES, Protection.read);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES));
    expect(process.differs(mirror, HUGE_PAGES, zero)).toBe(-1);
    expect(process.mm.pageTable.isHuge(data)).toBe(!coherent);
  });

  row('migrate_anon_huge_zero', ({ process, device, mirror }) => {
    const data = process.mmapHuge(HUGE_PAGES, Protection.read);
    process.touch(data);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES));
    expect(process.differs(mirror, HUGE_PAGES, zero)).toBe(-1);
    expect(process.differs(data, HUGE_PAGES, zero)).toBe(-1);
  });

  row('migrate_anon_huge_free', ({ process, device, mirror }) => {
    const data = process.mmapHuge(HUGE_PAGES);
    process.fill(data, HUGE_PAGES, pattern);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES));
    expect(process.differs(mirror, HUGE_PAGES, pattern)).toBe(-1);
    const MADV_FREE = 8;
    expect(process.mm.madvise(data, HUGE_PAGES, MADV_FREE)).toBe(0);
  });

  row('migrate_anon_huge_fault', ({ process, device, mirror, coherent }) => {
    const data = process.mmapHuge(HUGE_PAGES);
    process.fill(data, HUGE_PAGES, pattern);
    const MADV_COLLAPSE = 25;
    expect(process.mm.madvise(data, HUGE_PAGES, MADV_COLLAPSE)).toBe(0);
    expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES));
    expect(process.ioctl(device, Cmd.SNAPSHOT, data, HUGE_PAGES, mirror)).toEqual(done(HUGE_PAGES));
    const expected = coherent ? Prot.DEV_COHERENT_LOCAL | Prot.WRITE : Prot.DEV_PRIVATE_LOCAL | Prot.WRITE | Prot.PMD;
    expect(new Set(process.bytes(mirror, HUGE_PAGES))).toEqual(new Set([expected]));
    expect(process.differs(data, HUGE_PAGES, pattern)).toBe(-1);
    expect(process.mm.nodeOf(data)).toBe(coherent ? device.device.node : 0);
  });

  for (const name of ['anon_write_hugetlbfs', 'compound'])
    conformanceGap('1.7', name, 'there is no pool of huge pages (MAP_HUGETLB)');

  conformanceCase('1.7', 'benchmark_thp_migration', () => {
    for (const minor of [0, 2]) {
      // A quarter of a huge page up to 256 MiB; nobody looks at bytes.
      for (const pages of [128, 256, 512, 1024, 2048, 4096, 65536]) {
        using machine = new DmirrorMachine({ bytes: false });
        const { process } = machine;
        const device = process.open(minor);
        const data = process.mmapHuge(pages);
        const mirror = process.mmap(pages);
        process.mm.populate(data, pages, Access.write);
        for (let round = 0; round < 2; round++) {
          expect(process.ioctl(device, Cmd.MIGRATE_TO_DEV, data, pages, mirror)).toEqual(done(pages));
          expect(process.ioctl(device, Cmd.MIGRATE_TO_SYS, data, pages, mirror).rc).toBe(0);
        }
        device.release();
      }
    }
  });
});
