/**
 * Where a range should be: for a fault of a device's, and after a prefetch. Pure functions of its attributes.
 *
 * Devices of one XGMI hive may reach each other's memory; a machine here has no such links, so a device's memory is reached by that device
 * only. Source: kfd_svm.c (svm_range_best_restore_location, svm_range_best_prefetch_location).
 */

import type { Device } from '../driver.js';
import type { Processor } from '../advice.js';
import { deviceBit, type SvmRange } from './range.js';

/** @returns where the pages should be for a fault of this device's, or undefined: it has no access to the range */
export function bestRestoreLocation(range: SvmRange, device: Device): Processor | undefined {
  if (range.preferred === 'cpu' || range.preferred === device) return range.preferred;
  const bit = deviceBit(device.agent);
  if ((range.access & bit) !== 0) return device;
  if ((range.inPlace & bit) === 0) return undefined;
  return range.buffer?.device === device ? device : 'cpu';
}

/**
 * @param xnack whether devices can fault: then only those that access in place need it where they all reach it
 * @returns where a prefetch brings the range, or undefined: nobody asked for one
 */
export function bestPrefetchLocation(range: SvmRange, xnack: boolean): Processor | undefined {
  const wanted = range.prefetched;
  if (wanted === undefined || wanted === 'cpu') return wanted;
  const users = xnack ? range.inPlace : range.access | range.inPlace;
  return (users & ~deviceBit(wanted.agent)) === 0 ? wanted : 'cpu';
}

/** Which devices get a mapping when a range was migrated or its attributes changed, by {@link deviceBit} (svm_range_validate_and_map). */
export function devicesToMap(range: SvmRange, xnack: boolean, alwaysMapped: boolean): number {
  if (!xnack) return range.access | range.inPlace;
  const holder = range.buffer === undefined ? 0 : deviceBit(range.buffer.device.agent) & range.access;
  const wanted = range.inPlace | holder;
  if (wanted !== 0) return wanted;
  return range.mapped || alwaysMapped ? range.access : 0;
}
