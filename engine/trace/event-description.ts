/**
 * An event told to a person, and the same as data: the record that a stop on it shows.
 * Invariant: a function of its arguments; any row of a trace has a description, known names or not.
 */
import { ACCESSES, CAUSES, Cause, EVENT_KINDS, EventKind, isWrite, type Access } from '../memory/event.js';
import { NO_NODE, PAGE_SIZE } from '../memory/units.js';
import { NO_BLOCK, NO_CODE_OFFSET, NO_LAUNCH, NO_THREAD } from './columns.js';
import { coordinate } from './condition-numbers.js';
import { nameOfNode, type ConditionEvent, type EventScope } from './condition-scope.js';
import { eventBytes, launchOf } from './event-values.js';
import { faultHeadline, describeAddress, type FaultReport } from './fault-report.js';
import { formatAddress, formatBytes, formatCount, formatNs } from './format.js';
import { headlineOf } from './event-headline.js';
import type { AllocationRow, Dimensions } from './tables.js';

export interface EventDescription {
  /** One line: `gpu0 page fault: write at page 0x20000 of y, which is in cpu memory`. */
  readonly headline: string;
  /** Label and value, in the order in which a person wants them; what is not known or does not apply is left out. */
  readonly fields: readonly (readonly [label: string, value: string])[];
  /** The same for programs: JSON values, with the names of `EventData`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Of an event's `data`. Addresses and sizes in bytes, times in simulated ns; null for what is not known. */
export interface EventData {
  readonly event: number;
  readonly kind: string;
  readonly timeNs: number;
  readonly durationNs: number;
  readonly agent: string;
  readonly access: string;
  readonly cause: string;
  readonly page: number | null;
  readonly address: number | null;
  readonly pages: number;
  readonly bytes: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly driver: string | null;
  readonly allocation: Pick<AllocationRow, 'id' | 'name' | 'kind' | 'address' | 'bytes' | 'file' | 'line'> | null;
  readonly codeOffset: number | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly function: string | null;
  readonly launch: number | null;
  readonly kernel: string | null;
  readonly grid: Dimensions | null;
  readonly blockDim: Dimensions | null;
  /** Of a device's thread. */
  readonly block: Dimensions | null;
  readonly thread: Dimensions | null;
  /** Of the CPU. */
  readonly hostThread: number | null;
  readonly extra: number;
}

export function describeEvent(event: ConditionEvent, scope: EventScope): EventDescription {
  const data = eventData(event, scope);
  return { headline: headlineOf(event, scope), fields: fieldsOf(event, data), data: { ...data } };
}

/** What ends a program that is no event: an access with its address, `abort`, a failed assertion, a trap. */
export function describeProgramError(fault: FaultReport, allocations: readonly AllocationRow[]): EventDescription {
  const where = fault.stack[0];
  const access = fault.kind === 'access' ? fault : null;
  const thread =
    fault.block === null || fault.thread === null
      ? null
      : `block ${vector(fault.block)} thread ${vector(fault.thread)}`;
  const fields: [string, string | null][] = [
    ['What', fault.kind === 'access' ? `${fault.signal}, ${fault.reason}` : `${fault.signal}, ${fault.message}`],
    ['Address', access === null ? null : formatAddress(access.address)],
    ['Access', access === null ? null : `${ACCESSES[access.access]} of ${formatCount(access.bytes)} bytes`],
    ['There', access === null ? null : describeAddress(access.address, allocations)],
    ['Code', where === undefined ? null : place(where.file, where.line, where.functionName)],
    ['Thread', thread],
  ];
  return { headline: faultHeadline(fault), fields: known(fields), data: { ...fault } };
}

/** A call of a device API that returns an error. */
export interface FailedCall {
  /** `cudaMemcpy` */
  readonly call: string;
  /** `cudaErrorInvalidValue` and its number */
  readonly error: string;
  readonly code: number;
  /** What the API says about it: `invalid argument`. */
  readonly message: string;
  readonly codeOffset: number;
}

export function describeFailedCall(failed: FailedCall, scope: EventScope): EventDescription {
  const { call, error, code, message, codeOffset } = failed;
  const file = scope.fileOf(codeOffset);
  const line = scope.lineOf(codeOffset);
  const name = scope.functionOf(codeOffset);
  const fields: [string, string | null][] = [
    ['What', `${call} returned ${error} (${code})`],
    ['Why', message],
    ['Code', place(file, line, name)],
  ];
  return {
    headline: `${call} returned ${error} (${code}): ${message}`,
    fields: known(fields),
    data: { ...failed, file, line, function: name },
  };
}

function eventData(event: ConditionEvent, scope: EventScope): EventData {
  const { codeOffset } = event;
  const launch = launchOf(event.kind, event.launch, event.extra);
  const hasCode = codeOffset !== NO_CODE_OFFSET;
  const shape = launch === NO_LAUNCH ? null : scope.gridOf(launch);
  const inGrid = shape !== null && event.block !== NO_BLOCK;
  const row = scope.allocationOf(event.allocation);
  return {
    event: event.number,
    kind: EVENT_KINDS[event.kind] ?? String(event.kind),
    timeNs: event.timeNs,
    durationNs: event.durationNs,
    agent: nameOfNode(event.agent, scope) ?? 'none',
    access: ACCESSES[event.access] ?? String(event.access),
    cause: CAUSES[event.cause] ?? String(event.cause),
    page: event.pageCount === 0 ? null : event.firstPage,
    address: addressOf(event),
    pages: event.pageCount,
    bytes: eventBytes(event.kind, event.pageCount, event.extra),
    from: nameOfNode(event.source, scope),
    to: nameOfNode(event.target, scope),
    driver: scope.driverNames[event.driver] ?? null,
    allocation: row === null ? null : pick(row),
    codeOffset: hasCode ? codeOffset : null,
    file: hasCode ? scope.fileOf(codeOffset) : null,
    line: hasCode ? scope.lineOf(codeOffset) : null,
    function: hasCode ? scope.functionOf(codeOffset) : null,
    launch: launch === NO_LAUNCH ? null : launch,
    kernel: launch === NO_LAUNCH ? null : scope.kernelOf(launch),
    grid: shape?.grid ?? null,
    blockDim: shape?.block ?? null,
    block: inGrid ? position(event.block, shape.grid) : null,
    thread: inGrid && event.thread !== NO_THREAD ? position(event.thread, shape.block) : null,
    hostThread: event.block === NO_BLOCK && event.thread !== NO_THREAD ? event.thread : null,
    extra: event.extra,
  };
}

function fieldsOf(event: ConditionEvent, data: EventData): [string, string][] {
  const { allocation } = data;
  const pages = data.page === null ? null : `0x${data.page.toString(16)}`;
  return known([
    ['What', [WHAT[event.kind] ?? data.kind, data.access === 'none' ? null : data.access].filter(isText).join(', ')],
    [
      data.pages > 1 ? 'Pages' : 'Page',
      data.pages > 1 ? `${formatCount(data.pages)} from ${pages ?? ''} (${formatBytes(data.bytes)})` : pages,
    ],
    ['Address', data.address === null ? null : formatAddress(data.address)],
    ['From', data.from],
    ['To', data.to],
    ['Why', whyOf(event, data)],
    ['Cost', data.durationNs === 0 ? null : `${formatNs(data.durationNs)} of simulated time`],
    ['Allocation', allocation === null ? null : allocationText(allocation)],
    ['Allocated at', allocation === null ? null : place(allocation.file, allocation.line, null)],
    ['Code', place(data.file, data.line, data.function)],
    ['Thread', threadText(data)],
    ['Kernel', kernelText(data)],
    ['Driver', data.driver],
    ['Time', formatNs(data.timeNs)],
    ['Event', formatCount(data.event)],
  ]);
}

const WHAT: Readonly<Partial<Record<number, string>>> = {
  [EventKind.cpuFault]: 'CPU page fault',
  [EventKind.deviceFault]: 'device page fault',
  [EventKind.faultBatch]: 'fault batch',
  [EventKind.migrate]: 'migration',
  [EventKind.evict]: 'eviction',
  [EventKind.invalidate]: 'invalidation of device page-table entries',
  [EventKind.pinWait]: 'wait for pinned pages',
  [EventKind.exclusive]: 'exclusive access',
  [EventKind.cow]: 'copy on write',
  [EventKind.writeback]: 'write-back',
  [EventKind.thrash]: 'thrashing',
  [EventKind.race]: 'race',
  [EventKind.expectFailed]: 'failed expectation',
  [EventKind.fatalFault]: 'access that ends the program',
  [EventKind.advise]: 'advice',
  [EventKind.remoteMap]: 'mapping of another node’s memory',
  [EventKind.queueEvict]: 'stop of a device’s queues',
  [EventKind.queueRestore]: 'restart of a device’s queues',
};

const WHY: Readonly<Partial<Record<number, string>>> = {
  [Cause.fault]: 'a page fault',
  [Cause.prefetch]: 'a prefetch',
  [Cause.evict]: 'an eviction: the device is full',
  [Cause.advise]: 'the program’s advice on how the memory is used',
  [Cause.pin]: 'the pages are pinned',
  [Cause.unmap]: 'the range is unmapped',
  [Cause.protect]: 'the protection changes',
  [Cause.fork]: 'fork',
  [Cause.accessCounter]: 'an access counter reached its limit',
  [Cause.user]: 'the program’s own code',
  [Cause.api]: 'an API call of the program',
  [Cause.exit]: 'the program ends',
  [Cause.reclaim]: 'memory is short',
  [Cause.truncate]: 'the file was truncated',
  [Cause.exclusive]: 'a device wants the page for itself',
  [Cause.writeback]: 'the pages are written back',
};

/** A fault has no cause but the access: what matters is why the access found no entry. */
function whyOf(event: ConditionEvent, data: EventData): string | null {
  const cause = WHY[event.cause] ?? null;
  if (event.kind !== EventKind.cpuFault && event.kind !== EventKind.deviceFault) return cause;
  if (event.source === NO_NODE) return 'first touch: the page has no memory yet';
  if (data.from !== data.agent) return `the page is in ${data.from ?? 'another'} memory`;
  return isWrite(event.access as Access) ? 'the page is there, but not writable' : 'the page is there, but not mapped';
}

function addressOf(event: ConditionEvent): number | null {
  if (event.kind === EventKind.fatalFault) return event.extra;
  return event.pageCount === 0 ? null : event.firstPage * PAGE_SIZE;
}

function allocationText({ id, name, kind, address, bytes }: NonNullable<EventData['allocation']>): string {
  return `${name ?? `allocation ${id}`} (${kind}, ${formatBytes(bytes)} at ${formatAddress(address)})`;
}

function kernelText({ kernel, launch, grid, blockDim }: EventData): string | null {
  if (launch === null) return null;
  const shape = grid === null || blockDim === null ? '' : `, grid ${vector(grid)} of blocks ${vector(blockDim)}`;
  return `${kernel ?? 'kernel'}, launch ${launch}${shape}`;
}

/** As processes number their threads. */
const MAIN_THREAD = 1;

function threadText({ agent, block, thread, hostThread }: EventData): string | null {
  // As the debugger names them.
  if (hostThread !== null) return hostThread === MAIN_THREAD ? 'main' : `thread ${hostThread}`;
  if (block === null) return null;
  return `${agent} · block ${vector(block)}${thread === null ? '' : ` thread ${vector(thread)}`}`;
}

function place(file: string | null, line: number | null, functionName: string | null): string | null {
  if (file === null) return null;
  const inFunction = functionName === null ? '' : `, in ${functionName}`;
  return `${line === null ? file : `${file}:${line}`}${inFunction}`;
}

function position(linear: number, size: Dimensions): Dimensions {
  return [coordinate(linear, size, 0), coordinate(linear, size, 1), coordinate(linear, size, 2)];
}

function vector(dimensions: Dimensions): string {
  return `(${dimensions.join(',')})`;
}

function pick({ id, name, kind, address, bytes, file, line }: AllocationRow): NonNullable<EventData['allocation']> {
  return { id, name, kind, address, bytes, file, line };
}

function known(fields: readonly (readonly [string, string | null])[]): [string, string][] {
  return fields.flatMap(([label, value]): [string, string][] => (isText(value) ? [[label, value]] : []));
}

function isText(value: string | null): value is string {
  return value !== null && value !== '';
}
