/**
 * What advice and prefetches have made of a range of pages: what is true of all ranges in it, and of what no range covers.
 * Sources: kfd_svm.c (svm_range_get_attr), ROCm/clr rocdevice.cpp (GetSvmAttributes).
 */

import type { Processor, RangeAttributes } from '../advice.js';
import type { Device } from '../driver.js';
import { deviceBit, SvmFlag, type SvmAttributes } from './range.js';

/** @param parts at least one */
export function summarize(parts: readonly SvmAttributes[], devices: readonly Device[]): RangeAttributes {
  const inPlace = parts.reduce((bits, part) => bits & part.inPlace, -1);
  return {
    readMostly: parts.every(({ flags }) => (flags & SvmFlag.GPU_READ_MOSTLY) !== 0),
    preferredLocation: common(parts.map(({ preferred }) => preferred)),
    accessedBy: devices.filter(({ agent }) => (inPlace & deviceBit(agent)) !== 0),
    lastPrefetchLocation: common(parts.map(({ prefetched }) => prefetched)),
  };
}

function common(places: readonly (Processor | undefined)[]): Processor | undefined {
  const [first] = places;
  return places.every((place) => place === first) ? first : undefined;
}
