/** hmm_range_fault, one case a row of what a walk can meet: without a request, with a read and with a write request. */

import { describe, expect, it } from 'vitest';
import { makeHmmRange, mirrorFault } from '../../engine/hmm/mirror-fault.js';
import { hmmFrame, HmmPfn, hmmRangeFault, type HmmRange } from '../../engine/hmm/range-fault.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { makePte, pteFrame, PteType } from '../../engine/memory/page-table.js';
import { frameNode } from '../../engine/memory/units.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = 100;
const LOOK = 0;
const READ = HmmPfn.REQ_FAULT;
const WRITE = HmmPfn.REQ_FAULT | HmmPfn.REQ_WRITE;

function walk(
  { mm, device }: DeviceRig,
  request: number,
  count = 1,
): { result: number; words: string[]; range: HmmRange } {
  const range = makeHmmRange(device.mirror, 16);
  range.start = page(AT);
  range.count = count;
  range.defaultFlags = request;
  range.notifierSequence = mm.notifiers.readBegin(device.mirror.notifier) ?? -1;
  const result = hmmRangeFault(mm, range);
  return { result, words: [...range.words.subarray(0, count)].map(name), range };
}

function name(word: number): string {
  if (word === 0) return '0';
  const flags = Object.entries({ ERROR: HmmPfn.ERROR, VALID: HmmPfn.VALID, WRITE: HmmPfn.WRITE });
  const set = flags.filter(([, bit]) => (word & bit) !== 0).map(([flag]) => flag);
  const node = (word & HmmPfn.VALID) === 0 ? '' : ` on ${frameNode(hmmFrame(word))}`;
  return set.join('+') + node;
}

const readWrite = (rig: DeviceRig, protection = 3): unknown =>
  rig.mm.mmap({ start: page(AT), pageCount: 1, protection, kind: 'anonymous', fixed: true });

function onDevice(rig: DeviceRig, index: number): void {
  readWrite(rig);
  const device = rig.devices[index];
  if (device === undefined || !rig.driver.deviceFault(device, page(AT), Access.write).ok)
    throw new Error('the page migrates');
}

type Case = [state: string, set: (rig: DeviceRig) => unknown, look: string, read: string, write: string];

const cases: Case[] = [
  ['no area', () => 0, 'ERROR', 'EFAULT', 'EFAULT'],
  ['an area without read permission', (rig) => readWrite(rig, 0), 'ERROR', 'EFAULT', 'EFAULT'],
  ['an area that may only be written', (rig) => readWrite(rig, 2), 'ERROR', 'EFAULT', 'EFAULT'],
  [
    'device memory of cudaMalloc',
    ({ mm, device }) =>
      mm.mmap({ start: page(AT), pageCount: 1, protection: 3, kind: 'device', agent: device.agent, fixed: true }),
    'ERROR',
    'EFAULT',
    'EFAULT',
  ],
  ['a hole', (rig) => readWrite(rig), '0', 'VALID on 0', 'VALID+WRITE on 0'],
  ['a hole in a read-only area', (rig) => readWrite(rig, 1), '0', 'VALID on 0', 'EPERM'],
  [
    'a writable page',
    (rig) => {
      readWrite(rig);
      rig.mm.populate(page(AT), 1, Access.write);
    },
    'VALID+WRITE on 0',
    'VALID+WRITE on 0',
    'VALID+WRITE on 0',
  ],
  [
    'a read-only page',
    (rig) => {
      readWrite(rig);
      rig.mm.populate(page(AT), 1, Access.write);
      rig.mm.mprotect(page(AT), 1, 1);
    },
    'VALID on 0',
    'VALID on 0',
    'EPERM',
  ],
  [
    'a page of its own',
    (rig) => {
      onDevice(rig, 0);
    },
    'VALID+WRITE on 1',
    'VALID+WRITE on 1',
    'VALID+WRITE on 1',
  ],
  [
    'a read-only page of its own',
    (rig) => {
      onDevice(rig, 0);
      rig.mm.mprotect(page(AT), 1, 1);
    },
    'VALID on 1',
    'VALID on 1',
    'EPERM',
  ],
  [
    'a page of its own, read-only in an area that is writable again',
    (rig) => {
      onDevice(rig, 0);
      rig.mm.mprotect(page(AT), 1, 1);
      rig.mm.mprotect(page(AT), 1, 3);
    },
    'VALID on 1',
    'VALID on 1',
    'EBUSY',
  ],
  [
    'a page of another device',
    (rig) => {
      onDevice(rig, 1);
    },
    '0',
    'EBUSY',
    'EBUSY',
  ],
  [
    'a page on its way',
    (rig) => {
      readWrite(rig);
      rig.mm.populate(page(AT), 1, Access.write);
      rig.mm.pageTable.set(page(AT), makePte(PteType.migration, pteFrame(rig.mm.pageTable.get(page(AT))), true));
    },
    '0',
    'EBUSY',
    'EBUSY',
  ],
];

const outcome = (result: number, words: string[]): string =>
  result === 0
    ? (words[0] ?? '')
    : (Object.entries(Errno).find(([, value]) => value === result)?.[0] ?? String(result));

describe.each(cases)('hmm_range_fault on %s', (_state, set, look, read, write) => {
  it.each([
    ['looking', LOOK, look],
    ['reading', READ, read],
    ['writing', WRITE, write],
  ] as const)('%s', (_what, request, expected) => {
    const rig = deviceRig({ devices: 2 });
    set(rig);
    const { result, words } = walk(rig, request);
    expect(outcome(result, words)).toBe(expected);
  });
});

describe('hmm_range_fault', () => {
  it('faults in a run of pages and stops at the first that cannot be had', () => {
    const rig = deviceRig();
    rig.mm.mmap({ start: page(AT), pageCount: 3, protection: 3, kind: 'anonymous', fixed: true });
    expect(walk(rig, READ, 3).words).toEqual(['VALID on 0', 'VALID on 0', 'VALID on 0']);
    expect(walk(rig, READ, 4).result).toBe(Errno.EFAULT);
    expect(walk(rig, LOOK, 4).words[3]).toBe('ERROR');
    expect(rig.sink.of('cpuFault')).toEqual([]);
  });

  it('heeds each page’s own request, under the mask, and keeps sticky bits', () => {
    const rig = deviceRig();
    rig.mm.mmap({ start: page(AT), pageCount: 2, protection: 3, kind: 'anonymous', fixed: true });
    const range = makeHmmRange(rig.device.mirror, 2);
    Object.assign(range, {
      start: page(AT),
      count: 2,
      pfnFlagsMask: READ,
      notifierSequence: rig.mm.notifiers.readBegin(rig.device.mirror.notifier),
    });
    range.words.set([0x0400_0000, READ]);
    expect(hmmRangeFault(rig.mm, range)).toBe(0);
    expect(range.words[0]).toBe(0x0400_0000);
    expect(name(range.words[1] ?? 0)).toBe('VALID on 0');
  });

  it('says -EBUSY when the table moved since the sequence was read', () => {
    const rig = deviceRig();
    readWrite(rig);
    const range = makeHmmRange(rig.device.mirror, 1);
    Object.assign(range, {
      start: page(AT),
      count: 1,
      notifierSequence: rig.mm.notifiers.readBegin(rig.device.mirror.notifier),
    });
    rig.mm.munmap(page(AT), 1);
    expect(hmmRangeFault(rig.mm, range)).toBe(Errno.EBUSY);
  });

  it('says -EINVAL for a range that is empty, or longer than its words', () => {
    const rig = deviceRig();
    expect(walk(rig, READ, 0).result).toBe(Errno.EINVAL);
    expect(walk(rig, READ, 17).result).toBe(Errno.EINVAL);
  });

  it('by the driver protocol gets through where another device’s page has to come home first', () => {
    const rig = deviceRig({ devices: 2 });
    onDevice(rig, 1);
    expect(mirrorFault(rig.mm, rig.device.mirror, makeHmmRange(rig.device.mirror, 1), page(AT), 1, true)).toBe(0);
    expect(rig.mm.nodeOf(page(AT))).toBe(0);
    expect([0, 1, 2].map((agent) => rig.mm.permissions[agent]?.[AT])).toEqual([3, 3, 0]);
  });
});
