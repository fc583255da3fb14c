/** The one line that says what an event is: `16 pages (64.0 KiB) from 0x20000 of y migrate from cpu to gpu0: a device fault`. */
import { ACCESSES, CAUSES, Cause, EVENT_KINDS, EventKind, isWrite, type Access } from '../memory/event.js';
import { CPU, NO_NODE } from '../memory/units.js';
import { NO_LAUNCH } from './columns.js';
import { nameOfNode, type ConditionEvent, type EventScope } from './condition-scope.js';
import { eventBytes, launchOf } from './event-values.js';
import { formatAddress, formatBytes, formatCount } from './format.js';

export function headlineOf(event: ConditionEvent, scope: EventScope): string {
  const agent = nameOfNode(event.agent, scope) ?? 'nobody';
  const from = nameOfNode(event.source, scope);
  const to = nameOfNode(event.target, scope);
  const pages = pagesText(event, scope);
  const access = ACCESSES[event.access] ?? 'access';
  const many = event.pageCount !== 1;
  const because = BECAUSE[event.cause] ?? `: ${CAUSES[event.cause] ?? 'cause unknown'}`;
  switch (event.kind as EventKind) {
    case EventKind.map:
      return `${pages} mapped into the address space`;
    case EventKind.unmap:
      return `${pages} unmapped${because}`;
    case EventKind.protect:
      return `protection of ${pages} changed to ${protectionText(event.extra)}`;
    case EventKind.cpuFault:
    case EventKind.deviceFault:
      return `${agent} page fault: ${access} at ${pages}${whereItWas(event, agent, from)}`;
    case EventKind.faultBatch:
      return `${agent} fault batch: ${pages}`;
    case EventKind.migrate:
      return `${withBytes(event, pages)} ${many ? 'migrate' : 'migrates'} from ${from ?? 'nowhere'} to ${to ?? 'nowhere'}${because}`;
    case EventKind.replicate:
      return `${pages} copied from ${from ?? 'nowhere'} to ${to ?? 'nowhere'} for reading, both stay valid`;
    case EventKind.invalidate:
      return `${agent} drops ${count(event.extra, 'page-table entry', 'page-table entries')} for ${pages}${because}`;
    case EventKind.evict:
      return `${from ?? agent} evicts ${withBytes(event, pages)} to ${to ?? 'cpu'} to make room`;
    case EventKind.prefetch:
      return `prefetch of ${withBytes(event, pages)} to ${to ?? 'nowhere'}`;
    case EventKind.pin:
      return `${pages} pinned in ${from ?? 'cpu'} memory${because}`;
    case EventKind.unpin:
      return `${pages} unpinned${because}`;
    case EventKind.pinWait:
      return `${agent} waits for ${pages}, which ${many ? 'are' : 'is'} pinned`;
    case EventKind.exclusive:
      return `${to ?? agent} takes ${pages} for itself: ${access}`;
    case EventKind.cow:
      return `copy on write: ${agent} gets its own copy of ${pages}`;
    case EventKind.writeback:
      return `${pages} written back${because}`;
    case EventKind.truncate:
      return `${pages} cut off their file`;
    case EventKind.thrash:
      return `${pages} ${many ? 'thrash' : 'thrashes'}${from === null || to === null ? '' : ` between ${from} and ${to}`}`;
    case EventKind.throttle:
      return `${agent} is held back from ${pages}, which ${many ? 'thrash' : 'thrashes'}`;
    case EventKind.accessCounter:
      return `${agent} access counter for ${pages} reached its limit`;
    case EventKind.race:
      return event.agent === CPU
        ? `race: ${agent} ${access} at ${pages}, which ${kernelText(event, scope)} touched without synchronisation`
        : `race: ${agent} ${access} of shared memory at ${pages}, which another thread of ${kernelText(event, scope)} touched with no barrier in between`;
    case EventKind.launch:
      return `${agent} starts ${kernelText(event, scope)}`;
    case EventKind.complete:
      return `${agent} completes ${kernelText(event, scope)}`;
    case EventKind.sync:
      return `${agent} synchronises with the devices`;
    case EventKind.allocate:
    case EventKind.free:
      return allocationHeadline(event, scope);
    case EventKind.note: {
      const name = scope.phaseName?.(event.extra) ?? null;
      return name === null ? `phase ${event.extra} begins` : `phase "${name}" begins`;
    }
    case EventKind.expectFailed:
      return `expectation failed: ${pages} ${many ? 'are' : 'is'} not all in ${to ?? 'any'} memory`;
    case EventKind.copy:
      return `explicit copy of ${formatBytes(event.extra)} from ${from ?? 'nowhere'} to ${to ?? 'nowhere'}, ${pages}`;
    case EventKind.fatalFault:
      return `${agent} ${access} at ${formatAddress(event.extra)} cannot be served, the program ends`;
    case EventKind.remoteMap:
      return `${agent} maps ${pages} in ${from ?? 'another'} memory`;
    case EventKind.fork:
      return `fork: process ${event.extra} gets a copy of the address space, ${count(event.pageCount, 'mapped page', 'mapped pages')}`;
    case EventKind.remap:
      return `${pages} moved here from page 0x${event.extra.toString(16)} of the address space`;
    case EventKind.swapOut:
      return `${pages} swapped out${because}`;
    case EventKind.swapIn:
      return `${pages} swapped in${because}`;
    case EventKind.hugeSplit:
      return `huge page at ${pages} split into base pages${because}`;
    case EventKind.hugeCollapse:
      return `${pages} collapsed into a huge page${because}`;
    case EventKind.queueEvict:
      return `${agent} queues stopped, ${pages} ${many ? 'change' : 'changes'} on the CPU’s side${because}`;
    case EventKind.queueRestore:
      return `${agent} queues start again, ${pages} mapped again${event.extra > 0 ? `, attempt ${event.extra + 1}` : ''}`;
    case EventKind.advise:
      return `advice on ${pages}: ${ADVICE[event.extra] ?? `number ${event.extra}`}${to === null ? '' : ` ${to}`}`;
    default:
      return `${EVENT_KINDS[event.kind] ?? `event of kind ${event.kind}`}: ${pages}`;
  }
}

/** cudaMemoryAdvise, and HIP's own. */
const ADVICE: Readonly<Partial<Record<number, string>>> = {
  1: 'mostly read',
  2: 'no longer mostly read',
  3: 'best placed in the memory of',
  4: 'nowhere placed best',
  5: 'will be used by',
  6: 'will not be used by',
  100: 'coarse-grained',
  101: 'fine-grained',
};

/** Behind the headline; nothing where the cause says nothing. */
const BECAUSE: Readonly<Partial<Record<number, string>>> = {
  [Cause.none]: '',
  [Cause.fault]: ', because of a fault',
  [Cause.prefetch]: ', because of a prefetch',
  [Cause.evict]: ', evicted',
  [Cause.advise]: ', as advised by the program',
  [Cause.pin]: ', to be pinned',
  [Cause.unmap]: ', because the range is unmapped',
  [Cause.protect]: ', because its protection changes',
  [Cause.fork]: ', because of a fork',
  [Cause.accessCounter]: ', because of an access counter',
  [Cause.user]: ' by the program',
  [Cause.api]: ' by an API call',
  [Cause.exit]: ', because the program ends',
  [Cause.reclaim]: ', because memory is short',
  [Cause.truncate]: ', because the file was truncated',
  [Cause.exclusive]: ', for exclusive access',
  [Cause.writeback]: ', because they are written back',
};

function whereItWas(event: ConditionEvent, agent: string, from: string | null): string {
  if (event.source === NO_NODE || from === null) return ', its first touch';
  if (from !== agent) return `, which is in ${from} memory`;
  return isWrite(event.access as Access) ? ', which is not writable' : ', which is not mapped';
}

/** `page 0x20000 of y`, `16 pages from 0x20000 of y`. */
function pagesText(event: ConditionEvent, scope: EventScope): string {
  const name = scope.allocationName(event.allocation);
  const of = name === null ? '' : ` of ${name}`;
  if (event.pageCount === 0) return `no page${of}`;
  const first = `0x${event.firstPage.toString(16)}`;
  return event.pageCount === 1 ? `page ${first}${of}` : `${formatCount(event.pageCount)} pages from ${first}${of}`;
}

function withBytes(event: ConditionEvent, pages: string): string {
  const bytes = formatBytes(eventBytes(event.kind, event.pageCount, event.extra));
  return event.pageCount > 1 ? `${bytes} in ${pages}` : pages;
}

function allocationHeadline(event: ConditionEvent, scope: EventScope): string {
  const done = (event.kind as EventKind) === EventKind.allocate ? 'allocated' : 'freed';
  const row = scope.allocationOf(event.extra);
  if (row === null) return `allocation ${event.extra} ${done}, ${pagesText(event, scope)}`;
  return `${row.name ?? `allocation ${row.id}`} ${done}: ${formatBytes(row.bytes)} of ${row.kind} memory at ${formatAddress(row.address)}`;
}

/** `add(int, float*) (launch 3)` */
function kernelText(event: ConditionEvent, scope: EventScope): string {
  const launch = launchOf(event.kind, event.launch, event.extra);
  if (launch === NO_LAUNCH) return 'a kernel';
  const kernel = scope.kernelOf(launch);
  return kernel === null ? `launch ${launch}` : `${kernel} (launch ${launch})`;
}

function protectionText(protection: number): string {
  if (protection === 0) return 'none';
  return [
    [1, 'read'],
    [2, 'write'],
    [4, 'execute'],
  ]
    .filter(([bit]) => (protection & Number(bit)) !== 0)
    .map(([, name]) => name)
    .join(', ');
}

function count(value: number, one: string, many: string): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}
