/**
 * The classes of events that a program can be made to stop on, each with an optional condition (docs/conditions.md).
 * Invariant: ids are stable, users have them in their settings; every id but `error` is the name of a kind.
 */
import { EventKind } from '../memory/event.js';

/** A row of the debugger's exception filters. */
export interface ExceptionFilter {
  /** Stable: `cpuFault`, `deviceFault`, `migrate`, …, `error`. */
  readonly id: string;
  readonly label: string;
  /** When it happens and what the stop shows: one or two sentences. */
  readonly description: string;
  /** On unless the user says otherwise. */
  readonly default: boolean;
  /** An example of a condition. */
  readonly conditionExample: string;
}

/** With the events that belong to it. `error` has traps and failed API calls besides, which are no events. */
export interface EventExceptionFilter extends ExceptionFilter {
  readonly kinds: readonly EventKind[];
}

/**
 * In the order in which they are shown. On by default are the two that say the program is wrong: an error that ends it,
 * and an expectation that the program itself states in its source. `race` is not: it knows pages, and two
 * neighbours on one page are no race, so it stays silent until somebody asks.
 */
export const EVENT_FILTERS: readonly EventExceptionFilter[] = [
  {
    id: 'error',
    label: 'Program errors',
    description:
      'The program cannot go on (SIGSEGV, SIGBUS, abort, a trap, a failed device assert) or a CUDA or HIP call returns an error. The stop shows the access or the call, and what lies at the address.',
    default: true,
    conditionExample: 'agent == gpu0',
    kinds: [EventKind.fatalFault],
  },
  {
    id: 'expectFailed',
    label: 'Expectation failed',
    description:
      'hmm_expect_resident of <hmm.h> finds a byte of its range elsewhere. The stop shows the range and the node where it was expected.',
    default: true,
    conditionExample: 'page in y && to == gpu0',
    kinds: [EventKind.expectFailed],
  },
  {
    id: 'cpuFault',
    label: 'CPU page fault',
    description:
      'The CPU touches a page that it has no entry for: for the first time, or because a device has it. The stop shows the page, where it is and the line that touched it.',
    default: false,
    conditionExample: 'from == gpu0 && page in y',
    kinds: [EventKind.cpuFault],
  },
  {
    id: 'deviceFault',
    label: 'Device page fault',
    description:
      'A kernel touches a page that its device has no entry for. The stop is at the access, in the block and thread that made it, before the driver serves the fault.',
    default: false,
    conditionExample: 'access == write && blockIdx.x == 3',
    kinds: [EventKind.deviceFault],
  },
  {
    id: 'faultBatch',
    label: 'Fault batch',
    description:
      'A driver that collects device faults serves a batch of them. The stop shows the pages of the batch and what serving it costs.',
    default: false,
    conditionExample: 'pages > 16',
    kinds: [EventKind.faultBatch],
  },
  {
    id: 'migrate',
    label: 'Migration',
    description:
      'Pages move from one memory to another in one transfer. The stop shows the pages, both nodes, why they move and what it costs; step in to go through its phases.',
    default: false,
    conditionExample: 'bytes >= 64K && to == gpu0',
    kinds: [EventKind.migrate],
  },
  {
    id: 'evict',
    label: 'Eviction',
    description:
      'A device is full and sends pages back to system memory to make room. The stop shows the pages that have to go and the access that needs the room.',
    default: false,
    conditionExample: 'allocation == "y"',
    kinds: [EventKind.evict],
  },
  {
    id: 'invalidate',
    label: 'Invalidation',
    description:
      'A device loses page-table entries because the CPU side changes (an MMU notifier runs). The stop shows the range, the number of entries and the change behind it.',
    default: false,
    conditionExample: 'cause == unmap',
    kinds: [EventKind.invalidate],
  },
  {
    id: 'prefetch',
    label: 'Prefetch',
    description:
      'The program or the driver asks for pages to be moved before they are touched. The stop shows the range and where it is to go.',
    default: false,
    conditionExample: 'to == gpu0 && bytes > 1M',
    kinds: [EventKind.prefetch],
  },
  {
    id: 'thrash',
    label: 'Thrashing',
    description:
      'Pages go back and forth between memories, and the driver has noticed. The stop shows the pages and the access that moved them last.',
    default: false,
    conditionExample: 'page in x',
    kinds: [EventKind.thrash],
  },
  {
    id: 'pinWait',
    label: 'Wait for pinned pages',
    description: 'A migration has to wait because pages are pinned. The stop shows the pages and who wants them.',
    default: false,
    conditionExample: 'page in x',
    kinds: [EventKind.pinWait],
  },
  {
    id: 'exclusive',
    label: 'Exclusive access',
    description:
      'A device takes pages for itself to make an atomic operation on system memory; the CPU is shut out meanwhile. The stop shows the page and the access.',
    default: false,
    conditionExample: 'access == atomic',
    kinds: [EventKind.exclusive],
  },
  {
    id: 'cow',
    label: 'Copy on write',
    description:
      'A write to a page that is shared gives the writer a copy of its own. The stop shows the page and the write.',
    default: false,
    conditionExample: 'agent == cpu',
    kinds: [EventKind.cow],
  },
  {
    id: 'writeback',
    label: 'Write-back',
    description:
      'Pages that were changed are written to the file or the memory behind them. The stop shows the pages and why they are written now.',
    default: false,
    conditionExample: 'bytes > 64K',
    kinds: [EventKind.writeback],
  },
  {
    id: 'race',
    label: 'Race',
    description:
      'The CPU touches a page that a kernel touched, with no synchronisation between them (pages are compared, not bytes: neighbours on one page are reported, too), or threads of a block race for shared memory.',
    default: false,
    conditionExample: 'page in y && access == write',
    kinds: [EventKind.race],
  },
];

/** The filters' ids by kind of event; kinds that nobody can stop on are missing. */
export function filtersByKind(): ReadonlyMap<EventKind, string> {
  return new Map(EVENT_FILTERS.flatMap(({ id, kinds }) => kinds.map((kind) => [kind, id] as const)));
}
