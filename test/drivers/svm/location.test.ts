/** Where a range should be: svm_range_best_restore_location, svm_range_best_prefetch_location and who gets a mapping, case by case. */

import { describe, expect, it } from 'vitest';
import type { Processor } from '../../../engine/drivers/advice.js';
import { bestPrefetchLocation, bestRestoreLocation, devicesToMap } from '../../../engine/drivers/svm/location.js';
import { deviceBit, SvmRange } from '../../../engine/drivers/svm/range.js';
import { svmRig } from './svm-rig.js';

const { gpu0, gpu1 } = svmRig();
const places: Readonly<Record<string, Processor | undefined>> = { gpu0, gpu1, cpu: 'cpu', none: undefined };
const name = (place: Processor | undefined): string =>
  Object.keys(places).find((key) => places[key] === place) ?? 'unknown';

interface Said {
  readonly preferred?: string;
  readonly prefetched?: string;
  readonly access?: readonly string[];
  readonly inPlace?: readonly string[];
  readonly lives?: string;
  readonly mapped?: boolean;
}

function bits(names: readonly string[] = []): number {
  return names.reduce((sum, each) => sum | deviceBit(each === 'gpu0' ? gpu0.agent : gpu1.agent), 0);
}

function rangeOf({
  preferred = 'none',
  prefetched = 'none',
  access,
  inPlace,
  lives = 'cpu',
  mapped = false,
}: Said): SvmRange {
  const range = new SvmRange(0, 16, {
    preferred: places[preferred],
    prefetched: places[prefetched],
    access: bits(access),
    inPlace: bits(inPlace),
    flags: 0,
    granularity: 9,
  });
  const device = lives === 'gpu0' ? gpu0 : gpu1;
  if (lives !== 'cpu') range.buffer = { device, pages: 16, ranges: new Set([range]) };
  range.mapped = mapped;
  return range;
}

const BOTH = ['gpu0', 'gpu1'];

describe('a fault of gpu0 brings a range', () => {
  it.each<[string, Said, string]>([
    ['to the faulting device if that is preferred', { preferred: 'gpu0' }, 'gpu0'],
    ['to system memory if that is preferred, access or not', { preferred: 'cpu', access: BOTH }, 'cpu'],
    [
      'to itself where another device is preferred that is in no hive with it',
      { preferred: 'gpu1', access: BOTH },
      'gpu0',
    ],
    ['to itself with the attribute ACCESS', { access: ['gpu0'] }, 'gpu0'],
    ['nowhere with ACCESS_IN_PLACE, from the CPU', { inPlace: ['gpu0'] }, 'cpu'],
    ['nowhere with ACCESS_IN_PLACE, from its own memory', { inPlace: ['gpu0'], lives: 'gpu0' }, 'gpu0'],
    ['to system memory with ACCESS_IN_PLACE, from another device', { inPlace: ['gpu0'], lives: 'gpu1' }, 'cpu'],
    ['nowhere, and fails, without access', { access: ['gpu1'] }, 'none'],
  ])('%s', (_what, said, expected) => {
    expect(name(bestRestoreLocation(rangeOf(said), gpu0))).toBe(expected);
  });
});

describe('a prefetch brings a range', () => {
  it.each<[string, Said, boolean, string]>([
    ['nowhere if nobody asked', {}, true, 'none'],
    ['to system memory if asked', { prefetched: 'cpu' }, true, 'cpu'],
    ['to the device with xnack, though others have access', { prefetched: 'gpu0', access: BOTH }, true, 'gpu0'],
    ['to system memory if another accesses in place', { prefetched: 'gpu0', inPlace: ['gpu1'] }, true, 'cpu'],
    ['to the device without xnack, if it is the only one', { prefetched: 'gpu0', access: ['gpu0'] }, false, 'gpu0'],
    ['to system memory without xnack, if others have access', { prefetched: 'gpu0', access: BOTH }, false, 'cpu'],
  ])('%s', (_what, said, xnack, expected) => {
    expect(name(bestPrefetchLocation(rangeOf(said), xnack))).toBe(expected);
  });
});

describe('svm_range_validate_and_map maps a range on', () => {
  it.each<[string, Said, boolean, boolean, readonly string[]]>([
    ['everybody with any access, without xnack', { access: ['gpu0'], inPlace: ['gpu1'] }, false, false, BOTH],
    ['those that access in place, with xnack', { access: ['gpu0'], inPlace: ['gpu1'] }, true, false, ['gpu1']],
    ['the device that has it, if it may', { access: BOTH, lives: 'gpu0' }, true, false, ['gpu0']],
    ['nobody, if nobody had it', { access: BOTH }, true, false, []],
    ['those with access, if it was mapped', { access: BOTH, mapped: true }, true, false, BOTH],
    ['those with access, if it is always mapped', { access: BOTH }, true, true, BOTH],
  ])('%s', (_what, said, xnack, always, expected) => {
    expect(devicesToMap(rangeOf(said), xnack, always)).toBe(bits(expected));
  });
});
