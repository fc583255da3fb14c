/**
 * What a program says of ranges (KFD_IOCTL_SVM_ATTR_*), and what advice of HIP's becomes of it.
 *
 * Sources: include/uapi/linux/kfd_ioctl.h; kfd_svm.c (svm_range_apply_attrs, svm_range_is_same_attrs, svm_range_set_default_attributes);
 * for advice ROCm/clr rocdevice.cpp (SetSvmAttributesInt) and ROCR runtime.cpp (SetSvmAttrib).
 */

import { MemoryAdvice, type Processor } from '../advice.js';
import type { Device } from '../driver.js';
import { deviceBit, MAX_GRANULARITY, SvmFlag, type SvmAttributes } from './range.js';

export type SvmAttribute =
  | { readonly type: 'preferredLocation'; readonly value: Processor | undefined }
  /** Migrates at once. */
  | { readonly type: 'prefetchLocation'; readonly value: Processor }
  | { readonly type: 'access' | 'accessInPlace' | 'noAccess'; readonly value: Device }
  | { readonly type: 'setFlags' | 'clearFlags' | 'granularity'; readonly value: number };

/** @param devices all devices, which may access what nobody registered, if they can fault */
export function defaultAttributes(devices: readonly Device[], xnack: boolean, granularity: number): SvmAttributes {
  return {
    preferred: undefined,
    prefetched: undefined,
    access: xnack ? devices.reduce((bits, { agent }) => bits | deviceBit(agent), 0) : 0,
    inPlace: 0,
    flags: SvmFlag.HOST_ACCESS | SvmFlag.COHERENT,
    granularity: Math.min(granularity, MAX_GRANULARITY),
  };
}

export function applyAttribute(range: SvmAttributes, attribute: SvmAttribute): void {
  switch (attribute.type) {
    case 'preferredLocation':
      range.preferred = attribute.value;
      break;
    case 'prefetchLocation':
      range.prefetched = attribute.value;
      break;
    case 'access':
    case 'accessInPlace':
    case 'noAccess': {
      const bit = deviceBit(attribute.value.agent);
      range.access = attribute.type === 'access' ? range.access | bit : range.access & ~bit;
      range.inPlace = attribute.type === 'accessInPlace' ? range.inPlace | bit : range.inPlace & ~bit;
      break;
    }
    case 'setFlags':
      range.flags |= attribute.value;
      break;
    case 'clearFlags':
      range.flags &= ~attribute.value;
      break;
    case 'granularity':
      range.granularity = Math.min(attribute.value, MAX_GRANULARITY);
  }
}

/** Whether the attribute would change nothing. A prefetch always does something. */
export function isSame(range: SvmAttributes, attribute: SvmAttribute): boolean {
  switch (attribute.type) {
    case 'preferredLocation':
      return range.preferred === attribute.value;
    case 'prefetchLocation':
      return false;
    case 'access':
      return (range.access & deviceBit(attribute.value.agent)) !== 0;
    case 'accessInPlace':
      return (range.inPlace & deviceBit(attribute.value.agent)) !== 0;
    case 'noAccess':
      return ((range.access | range.inPlace) & deviceBit(attribute.value.agent)) === 0;
    case 'setFlags':
      return (range.flags & attribute.value) === attribute.value;
    case 'clearFlags':
      return (range.flags & attribute.value) === 0;
    case 'granularity':
      return range.granularity === attribute.value;
  }
}

/** Whether devices' mappings have to follow the attribute. */
export function changesMapping({ type }: SvmAttribute, xnack: boolean): boolean {
  if (type === 'setFlags' || type === 'clearFlags') return true;
  return !xnack && (type === 'access' || type === 'accessInPlace' || type === 'noAccess');
}

/**
 * The attribute that a piece of advice sets; undefined: none. Read-mostly and coarse grain are flags that change no placement: KFD copies
 * nothing for reading. A device that is no longer told of goes back to access with migration, not to none.
 */
export function adviceAttribute(advice: MemoryAdvice, location: Processor | undefined): SvmAttribute | undefined {
  const device = location === undefined || location === 'cpu' ? undefined : location;
  switch (advice) {
    case MemoryAdvice.setReadMostly:
      return { type: 'setFlags', value: SvmFlag.GPU_READ_MOSTLY };
    case MemoryAdvice.unsetReadMostly:
      return { type: 'clearFlags', value: SvmFlag.GPU_READ_MOSTLY };
    case MemoryAdvice.setPreferredLocation:
      return { type: 'preferredLocation', value: location };
    case MemoryAdvice.unsetPreferredLocation:
      return { type: 'preferredLocation', value: undefined };
    case MemoryAdvice.setAccessedBy:
      if (device === undefined) return { type: 'setFlags', value: SvmFlag.HOST_ACCESS };
      return { type: 'accessInPlace', value: device };
    case MemoryAdvice.unsetAccessedBy:
      return device === undefined ? undefined : { type: 'access', value: device };
    case MemoryAdvice.setCoarseGrain:
      return { type: 'clearFlags', value: SvmFlag.COHERENT };
    case MemoryAdvice.unsetCoarseGrain:
      return { type: 'setFlags', value: SvmFlag.COHERENT };
  }
}
