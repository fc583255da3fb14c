/**
 * What ended the program when it did not end by itself, and how that is told to a person: who did what, where, in which
 * thread, what lies at that address, the source line, and what to do.
 */
import { Access } from '../memory/event.js';
import { agentName, type AgentId } from '../memory/units.js';
import { formatAddress, formatBytes, formatCount } from './format.js';
import type { Painter } from './palette.js';
import type { AllocationRow, Dimensions, SourceLocation } from './tables.js';
import { wrapText } from './text-table.js';

interface FaultPlace {
  readonly agent: AgentId;
  /** Innermost first; the first is where it happened. Empty if the code has no symbols. */
  readonly stack: readonly SourceLocation[];
  /** Of the device thread; null on the CPU. */
  readonly block: Dimensions | null;
  readonly thread: Dimensions | null;
}

/** Why an access could not be made good; memory's own words. */
export type FatalReason =
  | 'unmapped'
  | 'null'
  | 'protection'
  | 'device-only'
  | 'host-only'
  | 'out-of-memory'
  | 'driver-failed'
  | 'beyond-file'
  | 'poisoned'
  | 'deadlock'
  | 'device-busy'
  | 'timeout';

/** An access that nobody could make good. */
export interface AccessFault extends FaultPlace {
  readonly kind: 'access';
  readonly signal: 'SIGSEGV' | 'SIGBUS';
  readonly reason: FatalReason;
  readonly access: Access;
  /** Of the first byte accessed. */
  readonly address: number;
  readonly bytes: number;
  /** Of `device-busy`: the kernel that may be using the memory. */
  readonly kernel?: string;
}

/** The program ended itself: `abort`, an assertion, or an instruction that traps (division by zero, unreachable code). */
export interface TrapFault extends FaultPlace {
  readonly kind: 'trap';
  readonly signal: 'SIGABRT' | 'SIGTRAP' | 'SIGFPE' | 'SIGILL';
  /** What happened, as a part of a sentence: `integer divide by zero`. */
  readonly message: string;
  /** The engine ended it, because every thread waits. */
  readonly isDeadlock?: boolean;
}

export type FaultReport = AccessFault | TrapFault;

/** Text of a source line (counted from 1), or null where it cannot be read. */
export type SourceText = (file: string, line: number) => string | null;

/** The one line that says it: `SIGSEGV: gpu0 read 4 bytes at 0x00000000 (NULL page) in scale(float*, int) at null.cu:9 …`. */
export function faultHeadline(fault: FaultReport): string {
  const agent = agentName(fault.agent);
  const what =
    fault.kind === 'access'
      ? `${agent} ${VERBS[fault.access]} ${fault.bytes} ${fault.bytes === 1 ? 'byte' : 'bytes'} at ${formatAddress(fault.address)} (${PLACES[fault.reason]})`
      : `${agent}: ${fault.message}`;
  const where = fault.stack[0];
  const name = where?.functionName ?? null;
  const inFunction = name === null ? '' : ` in ${name}`;
  const at = where === undefined ? '' : ` at ${where.file}:${where.line}`;
  const thread =
    fault.block === null || fault.thread === null
      ? ''
      : `, block (${fault.block.join(',')}) thread (${fault.thread.join(',')})`;
  return `${fault.signal}: ${what}${inFunction}${at}${thread}`;
}

/** The headline, the source around it, what lies at the address, who called, and what to do. Lines without newlines. */
export function renderFault(
  fault: FaultReport,
  allocations: readonly AllocationRow[],
  options: { readonly width: number; readonly paint: Painter; readonly sourceText: SourceText },
): string[] {
  const { paint, sourceText, width } = options;
  const [signal, ...rest] = wrapText(faultHeadline(fault), width);
  const lines = [paint('bold', paint('red', signal ?? '')), ...rest.map((line) => paint('bold', `  ${line}`))];
  const where = fault.stack[0];
  if (where !== undefined) lines.push(...excerpt(where, sourceText, paint, width));
  for (const caller of fault.stack.slice(1, 1 + MAX_CALLERS)) {
    lines.push(paint('dim', `  called from ${caller.functionName ?? '?'} at ${caller.file}:${caller.line}`));
  }
  const advice =
    fault.kind === 'access'
      ? [
          fault.reason === 'null' ? null : describeAddress(fault.address, allocations),
          busyWith(fault),
          ADVICE[fault.reason],
        ]
          .filter((text) => text !== null)
          .join(' ')
      : fault.isDeadlock === true
        ? DEADLOCK_ADVICE
        : TRAP_ADVICE[fault.signal];
  lines.push(...wrapText(advice, width - 2).map((line) => `  ${line}`));
  return lines;
}

function busyWith({ kernel }: AccessFault): string | null {
  return kernel === undefined ? null : `The program has launched ${kernel} and not waited for it.`;
}

/** What the program has, or had, at an address: a sentence, or null if nothing is near. */
export function describeAddress(address: number, allocations: readonly AllocationRow[]): string | null {
  let holder: AllocationRow | null = null;
  let before: AllocationRow | null = null;
  for (const allocation of allocations) {
    const offset = address - allocation.address;
    if (offset < 0) continue;
    if (offset < allocation.bytes) {
      // An address is used again after a free: the one that lives, or else the last that lived, is meant.
      if (holder?.freedAtEvent !== null) holder = allocation;
    } else if (offset - allocation.bytes < NEAR_BYTES && (before === null || end(allocation) >= end(before))) {
      before = allocation;
    }
  }
  if (holder !== null) {
    const offset = `${formatCount(address - holder.address)} bytes into ${nameOf(holder)}`;
    return holder.freedAtEvent === null
      ? `It is ${offset}.`
      : `It is ${offset}, freed at event ${formatCount(holder.freedAtEvent)}.`;
  }
  if (before !== null) {
    const past = address - end(before);
    return past === 0
      ? `It is the first byte past the end of ${nameOf(before)}.`
      : `It is ${formatCount(past)} bytes past the end of ${nameOf(before)}.`;
  }
  return null;
}

const MAX_CALLERS = 6;
/** Further past its end than this, an allocation explains nothing. */
const NEAR_BYTES = 1 << 20;

const VERBS: Readonly<Record<Access, string>> = {
  [Access.none]: 'touched',
  [Access.read]: 'read',
  [Access.write]: 'wrote',
  [Access.atomic]: 'updated atomically',
  [Access.exec]: 'executed',
  [Access.systemAtomic]: 'updated atomically for the whole system',
};

const PLACES: Readonly<Record<FatalReason, string>> = {
  null: 'NULL page',
  unmapped: 'not mapped',
  protection: 'access not permitted',
  'device-only': 'device memory',
  'host-only': 'host memory out of the device’s reach',
  'out-of-memory': 'no memory left',
  'driver-failed': 'the driver could not serve it',
  'beyond-file': 'beyond the end of the file',
  poisoned: 'a page with a memory error',
  deadlock: 'pinned in a device’s memory, and nobody is left to unpin it',
  'device-busy': 'managed memory while a kernel may use it',
  timeout: 'pinned in a device’s memory for too long',
};

const ADVICE: Readonly<Record<FatalReason, string>> = {
  null: 'A pointer is NULL, or nearly. Check what the allocation returned and that the pointer reached this place.',
  unmapped:
    'Nothing is mapped there. Look for an index past the end of an array, a pointer that was never set, or memory already freed.',
  protection:
    'The mapping does not permit this access. Look for a write to constant data or to a range made read-only by mprotect.',
  'device-only':
    'Memory of cudaMalloc, hipMalloc or omp_target_alloc belongs to its device. Copy it (cudaMemcpy), or allocate managed memory instead.',
  'host-only':
    'This device cannot reach that host memory. Choose a driver that shares it (--driver), map or copy it, or allocate managed memory.',
  'out-of-memory': 'No frame was left for the page. Free memory, or give the device more (--device-memory).',
  'driver-failed':
    'The driver gave up on this page. Try another driver (--driver) to see whether the program or the driver is at fault.',
  'beyond-file':
    'The mapping reaches further than the file. Compare the length given to mmap with the file’s size, and look for a truncate after it.',
  poisoned: 'The page was marked as having a memory error. Unmap it and restore its contents from elsewhere.',
  deadlock:
    'hmm_pin_device holds the page on a device, and no thread is left that could call hmm_unpin_device. Unpin it before the CPU touches it.',
  'device-busy':
    'On this machine (concurrentManagedAccess is 0) the CPU may touch no managed memory from a launch until it has waited for it, whatever the kernel uses. Wait first (cudaDeviceSynchronize), or attach the memory to another stream (cudaStreamAttachMemAsync).',
  timeout:
    'The CPU waited for a page that hmm_pin_device holds on a device. Unpin it before the CPU touches it, or let another thread do so.',
};

const TRAP_ADVICE: Readonly<Record<TrapFault['signal'], string>> = {
  SIGABRT:
    'The program ended itself. Its own output above says why; look for a failed assertion, or for a throw: nothing is unwound here, so make it a check that returns, or correct what led to it.',
  SIGTRAP:
    'The code cannot go on from here. Look for a function that ends without return, an unreachable branch, or a call through a wrong pointer.',
  SIGFPE: 'An integer operation has no result. Look for a divisor that is zero, or a quotient that does not fit.',
  SIGILL: 'The code cannot go on from here. Look for undefined behaviour just before.',
};

/** Linux would let it hang; the signal is ours, so what SIGABRT otherwise means is no help. */
const DEADLOCK_ADVICE =
  'Nobody is left who could end these waits. Look for locks that two threads take in opposite orders, and for an unlock, a signal or an unpin that is never reached.';

function excerpt(where: SourceLocation, sourceText: SourceText, paint: Painter, width: number): string[] {
  const text = sourceText(where.file, where.line);
  if (text === null) return [];
  const digits = String(where.line).length;
  const before = where.line > 1 ? sourceText(where.file, where.line - 1) : null;
  const row = (mark: string, line: number, source: string): string =>
    `${mark} ${String(line).padStart(digits)} | ${source.replaceAll('\t', '    ')}`.trimEnd().slice(0, width);
  return [...(before === null ? [] : [paint('dim', row(' ', where.line - 1, before))]), row('>', where.line, text)];
}

function end(allocation: AllocationRow): number {
  return allocation.address + allocation.bytes;
}

function nameOf(allocation: AllocationRow): string {
  const name = allocation.name ?? `allocation ${allocation.id}`;
  const site = allocation.file === null ? '' : `, ${allocation.file}:${allocation.line ?? '?'}`;
  return `${name} (${allocation.kind}, ${formatBytes(allocation.bytes)}${site})`;
}
