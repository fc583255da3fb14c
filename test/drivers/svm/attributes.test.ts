/** What programs say: attributes as svm_range_set_attr applies them, hipMemAdvise as ROCm turns it into them, prefetches. */

import { describe, expect, it } from 'vitest';
import { MemoryAdvice, type Processor } from '../../../engine/drivers/advice.js';
import { adviceAttribute, applyAttribute, defaultAttributes, isSame } from '../../../engine/drivers/svm/attributes.js';
import { SvmFlag } from '../../../engine/drivers/svm/range.js';
import { Errno } from '../../../engine/memory/errno.js';
import { Access } from '../../../engine/memory/event.js';
import { VmaFlag } from '../../../engine/memory/vma.js';
import { page } from '../../memory/rig.js';
import { svmRig } from './svm-rig.js';

const AT = 1024;
const { HOST_ACCESS, COHERENT, GPU_READ_MOSTLY } = SvmFlag;

describe('svm_range_apply_attrs', () => {
  const { gpu0, gpu1 } = svmRig();
  const fresh = (xnack = true) => defaultAttributes([gpu0, gpu1], xnack, 9);

  it('begins with access for all devices that can fault, and for none that cannot', () => {
    expect(fresh()).toMatchObject({ access: 6, inPlace: 0, flags: HOST_ACCESS | COHERENT, granularity: 9 });
    expect(fresh(false).access).toBe(0);
  });

  it.each([
    ['access in place takes access', { type: 'accessInPlace', value: gpu0 }, { access: 4, inPlace: 2 }],
    ['no access takes both', { type: 'noAccess', value: gpu1 }, { access: 2, inPlace: 0 }],
    ['flags are added', { type: 'setFlags', value: 0x60 }, { flags: 0x63 }],
    ['flags are taken away', { type: 'clearFlags', value: 2 }, { flags: 1 }],
    ['granularity is at most 0x3f', { type: 'granularity', value: 100 }, { granularity: 0x3f }],
    ['granularity is what is said', { type: 'granularity', value: 0 }, { granularity: 0 }],
    ['preferred location', { type: 'preferredLocation', value: 'cpu' }, { preferred: 'cpu' }],
  ] as const)('%s', (_what, attribute, expected) => {
    const range = fresh();
    expect(isSame(range, attribute)).toBe(false);
    applyAttribute(range, attribute);
    expect(range).toMatchObject(expected);
    expect(isSame(range, attribute)).toBe(attribute.value !== 100);
  });

  it('a prefetch is never what was said before', () => {
    const range = fresh();
    applyAttribute(range, { type: 'prefetchLocation', value: gpu0 });
    expect([range.prefetched, isSame(range, { type: 'prefetchLocation', value: gpu0 })]).toEqual([gpu0, false]);
  });

  it.each<[keyof typeof MemoryAdvice, Processor | undefined, unknown]>([
    ['setReadMostly', undefined, { type: 'setFlags', value: GPU_READ_MOSTLY }],
    ['unsetReadMostly', undefined, { type: 'clearFlags', value: GPU_READ_MOSTLY }],
    ['setPreferredLocation', gpu1, { type: 'preferredLocation', value: gpu1 }],
    ['setPreferredLocation', 'cpu', { type: 'preferredLocation', value: 'cpu' }],
    ['unsetPreferredLocation', undefined, { type: 'preferredLocation', value: undefined }],
    ['setAccessedBy', gpu0, { type: 'accessInPlace', value: gpu0 }],
    ['setAccessedBy', 'cpu', { type: 'setFlags', value: HOST_ACCESS }],
    ['unsetAccessedBy', gpu0, { type: 'access', value: gpu0 }],
    ['unsetAccessedBy', 'cpu', undefined],
    ['setCoarseGrain', undefined, { type: 'clearFlags', value: COHERENT }],
    ['unsetCoarseGrain', undefined, { type: 'setFlags', value: COHERENT }],
  ])('hipMemAdvise %s', (advice, location, expected) => {
    expect(adviceAttribute(MemoryAdvice[advice], location)).toEqual(expected);
  });
});

describe('svm_range_is_valid', () => {
  it.each([
    ['-EFAULT: nothing is mapped', 0, 'managed', Errno.EFAULT],
    ['-EFAULT: a hole at the end', 4, 'managed', Errno.EFAULT],
    ['-EADDRINUSE: a buffer object', 8, 'pinned', Errno.EADDRINUSE],
    ['0: managed memory', 8, 'managed', 0],
  ] as const)('%s', (_what, mapped, kind, expected) => {
    const rig = svmRig();
    if (mapped > 0) rig.map(AT, mapped, kind);
    expect(rig.driver.setAttributes(page(AT), 8, [{ type: 'granularity', value: 1 }])).toBe(expected);
  });

  it.each(['IO', 'PFNMAP', 'MIXEDMAP'] as const)('-EFAULT: an area of kind %s', (flag) => {
    const rig = svmRig();
    rig.mm.mmap({
      start: page(AT),
      pageCount: 8,
      protection: 3,
      kind: 'anonymous',
      fixed: true,
      flags: VmaFlag[flag],
    });
    expect(rig.driver.prefetch(rig.gpu0, page(AT), 8)).toBe(Errno.EFAULT);
  });
});

describe('attributes of part of a range', () => {
  it('split it there, and its pages keep their memory', () => {
    const rig = svmRig();
    rig.map(AT, 64);
    rig.driver.deviceFault(rig.gpu0, page(AT), Access.write);
    rig.driver.advise(MemoryAdvice.setPreferredLocation, { start: page(AT + 16), count: 16 }, 'cpu');
    expect(rig.where(AT, 64)).toEqual([0, 64, 0]);
    rig.mm.handleCpuFault(page(AT + 20), Access.read);
    expect([rig.where(AT, 64), rig.where(AT + 16, 16)]).toEqual([
      [16, 48, 0],
      [16, 0, 0],
    ]);
    expect(rig.driver.deviceFault(rig.gpu0, page(AT + 20), Access.read)).toEqual({ ok: true });
    expect(rig.where(AT + 16, 16)).toEqual([16, 0, 0]);
  });

  it('are asked back only where all pages agree', () => {
    const rig = svmRig();
    rig.map(AT, 64);
    rig.map(AT + 100, 8);
    const ask = (start: number, count: number) => rig.driver.rangeAttributes({ start: page(start), count });
    const half = { start: page(AT), count: 32 };
    rig.driver.advise(MemoryAdvice.setReadMostly, half, undefined);
    rig.driver.advise(MemoryAdvice.setPreferredLocation, half, rig.gpu0);
    rig.driver.advise(MemoryAdvice.setAccessedBy, half, rig.gpu1);
    rig.driver.prefetch(undefined, page(AT), 64);
    expect(ask(AT, 32)).toEqual({
      readMostly: true,
      preferredLocation: rig.gpu0,
      accessedBy: [rig.gpu1],
      lastPrefetchLocation: 'cpu',
    });
    expect(ask(AT, 64)).toEqual({
      readMostly: false,
      preferredLocation: undefined,
      accessedBy: [],
      lastPrefetchLocation: 'cpu',
    });
    expect(ask(AT + 100, 8)).toMatchObject({ readMostly: false, lastPrefetchLocation: undefined });
  });

  it('are gone with the area', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    rig.driver.advise(MemoryAdvice.setPreferredLocation, { start: page(AT), count: 16 }, 'cpu');
    rig.map(AT, 16);
    rig.driver.deviceFault(rig.gpu0, page(AT), Access.write);
    expect(rig.where(AT, 16)).toEqual([0, 16, 0]);
  });
});

describe('accessed-by', () => {
  it('maps in place, and migrates nothing on a fault', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    rig.mm.populate(page(AT), 16, Access.write);
    rig.driver.advise(MemoryAdvice.setAccessedBy, { start: page(AT), count: 16 }, rig.gpu0);
    expect(rig.driver.deviceFault(rig.gpu0, page(AT), Access.write)).toEqual({ ok: true });
    expect(rig.where(AT, 16)).toEqual([16, 0, 0]);
    rig.driver.advise(MemoryAdvice.unsetAccessedBy, { start: page(AT), count: 16 }, rig.gpu0);
    rig.mm.mprotect(page(AT), 16, 1);
    rig.driver.deviceFault(rig.gpu0, page(AT), Access.read);
    expect(rig.where(AT, 16)).toEqual([0, 16, 0]);
  });
});

describe('a prefetch', () => {
  it('migrates at once, maps, and says so; and back', () => {
    const rig = svmRig();
    rig.map(AT, 600);
    rig.mm.populate(page(AT), 600, Access.write);
    const from = rig.sink.events.length;
    expect(rig.driver.prefetch(rig.gpu0, page(AT), 600)).toBe(0);
    expect([rig.where(AT, 600), rig.gpu0.mirror.allows(page(AT + 599), true)]).toEqual([[0, 600, 0], true]);
    expect(rig.story(from)).toEqual([`migrate ${AT}+512 prefetch`, `migrate ${AT + 512}+88 prefetch`]);
    expect(rig.driver.prefetch(undefined, page(AT), 600)).toBe(0);
    expect(rig.where(AT, 600)).toEqual([600, 0, 0]);
  });

  it('leaves in system memory what the device has no room for', () => {
    const rig = svmRig({ devicePages: 64 });
    rig.map(AT, 100);
    expect(rig.driver.prefetch(rig.gpu0, page(AT), 100)).toBe(0);
    expect(rig.where(AT, 100)[1]).toBe(0);
  });

  it('splits what nobody registered into ranges of at most 1/32 of the memory', () => {
    const rig = svmRig({ devicePages: 600 });
    rig.map(AT, 1024);
    rig.driver.prefetch(rig.gpu0, page(AT), 1024);
    // Each of 512 pages: the second takes the first's place.
    expect([rig.where(AT, 512)[1], rig.where(AT + 512, 512)[1]]).toEqual([0, 512]);
  });

  it('is what a range goes back to whenever something new is said of it', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    rig.driver.prefetch(rig.gpu0, page(AT), 16);
    rig.mm.populate(page(AT), 16, Access.write);
    expect(rig.where(AT, 16)).toEqual([16, 0, 0]);
    rig.driver.advise(MemoryAdvice.setReadMostly, { start: page(AT), count: 16 }, undefined);
    expect(rig.where(AT, 16)).toEqual([0, 16, 0]);
  });
});
