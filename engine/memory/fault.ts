/** What becomes of a fault: the access may now be done, or the program ends with a signal and a reason that a person understands. */

export type FatalReason =
  | 'unmapped' /** nothing is mapped there */
  | 'null' /** nothing is mapped there, and the address is a null pointer plus a small offset */
  | 'protection' /** the mapping does not allow this access */
  | 'device-only' /** device memory touched by the CPU or by another device */
  | 'host-only' /** host memory that this device cannot reach */
  | 'out-of-memory'
  | 'driver-failed' /** the driver could not resolve the fault */
  | 'beyond-file' /** a mapped file ends before the page */
  | 'poisoned' /** the page has a memory error */
  | 'deadlock' /** the CPU waits for a page that is pinned in a device's memory, and nobody is left who could unpin it */
  | 'device-busy' /** managed memory that a kernel may be using, and the CPU may not touch meanwhile */
  | 'timeout'; /** the page stayed pinned in a device's memory for longer than the program may wait */

export type FaultSignal = 'SIGSEGV' | 'SIGBUS';

export type FaultResult =
  { readonly ok: true } | { readonly ok: false; readonly signal: FaultSignal; readonly reason: FatalReason };

export const FAULT_RESOLVED: FaultResult = { ok: true };

const FAULTS: Readonly<Record<FatalReason, FaultResult>> = {
  unmapped: { ok: false, signal: 'SIGSEGV', reason: 'unmapped' },
  null: { ok: false, signal: 'SIGSEGV', reason: 'null' },
  protection: { ok: false, signal: 'SIGSEGV', reason: 'protection' },
  'device-only': { ok: false, signal: 'SIGSEGV', reason: 'device-only' },
  'host-only': { ok: false, signal: 'SIGSEGV', reason: 'host-only' },
  'out-of-memory': { ok: false, signal: 'SIGBUS', reason: 'out-of-memory' },
  'driver-failed': { ok: false, signal: 'SIGBUS', reason: 'driver-failed' },
  'beyond-file': { ok: false, signal: 'SIGBUS', reason: 'beyond-file' },
  poisoned: { ok: false, signal: 'SIGBUS', reason: 'poisoned' },
  deadlock: { ok: false, signal: 'SIGBUS', reason: 'deadlock' },
  'device-busy': { ok: false, signal: 'SIGSEGV', reason: 'device-busy' },
  timeout: { ok: false, signal: 'SIGBUS', reason: 'timeout' },
};

/** The failure with this reason; the signal follows from it (the kernel's VM_FAULT_SIGBUS and VM_FAULT_OOM end in SIGBUS here). */
export function fatalFault(reason: FatalReason): FaultResult {
  return FAULTS[reason];
}
