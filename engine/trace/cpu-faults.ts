/**
 * Which faults of the CPU are counted: those on memory that can move and, of these, those that somebody would have seen who looks where the
 * driver takes part.
 *
 * Invariant: a function of the event and of its allocation's kind, so that a log and what was folded of it count alike.
 */
import { NO_NODE, SYSTEM_NODE } from '../memory/units.js';
import type { CountsCpuFault } from './aggregate.js';
import type { AllocationKind, CpuFaultScope } from './tables.js';

/** @param kindOf undefined for what is no allocation: a mapping of the program's own */
export function countedCpuFaults(
  scope: CpuFaultScope,
  kindOf: (allocation: number) => AllocationKind | undefined,
): CountsCpuFault {
  return (allocation, source) => {
    const kind = kindOf(allocation);
    if (kind === 'device' || kind === 'pinned') return false;
    return scope === 'all' || kind === 'managed' || (source !== SYSTEM_NODE && source !== NO_NODE);
  };
}
