/** A stop in words: why, and for events and errors the whole record. */
import type { EventScope } from '../trace/condition-scope.js';
import { describeEvent, describeFailedCall, describeProgramError } from '../trace/event-description.js';
import { filtersByKind } from '../trace/event-filters.js';
import type { FaultReport } from '../trace/fault-report.js';
import type { TraceReader } from '../trace/reader.js';
import type { AllocationRow, SourceLocation } from '../trace/tables.js';
import type { BreakpointEntry } from './breakpoints.js';
import { ERROR_FILTER } from './event-stops.js';
import { threadOf } from './thread-numbers.js';
import type { ProgramCode } from './program-code.js';
import type { StoppedNotice } from './program-run.js';
import type { ExceptionRecord, Stop, StopReason } from './types.js';

export interface StopContext {
  /** What the end of a journey is called. */
  readonly arrival: { readonly reason: StopReason; readonly description: string } | undefined;
  readonly kindOf: (breakpointId: number) => BreakpointEntry['kind'];
  readonly scope: EventScope & { readonly allocations: readonly AllocationRow[] };
  readonly trace: TraceReader | undefined;
  readonly code: ProgramCode;
}

const DESCRIPTIONS: Readonly<Record<'entry' | 'step' | 'pause' | 'goto', string>> = {
  entry: 'Entry',
  step: 'Step',
  pause: 'Paused',
  goto: 'Arrived',
};

const WATCHED = {
  read: 'About to be read',
  write: 'About to be written',
  change: 'Changed',
  migrate: 'Migrates',
} as const;

export function describeStop({ cause, state, migration }: StoppedNotice, context: StopContext): Stop {
  const at = {
    position: { event: state.moment.events, step: state.moment.rounds },
    threadId: threadOf(state),
    breakpointIds: [],
    exception: null,
  };
  const { arrival } = context;
  switch (cause.kind) {
    case 'breakpoint': {
      const [first = 0] = cause.ids;
      const reason = context.kindOf(first);
      return { ...at, reason, breakpointIds: cause.ids, description: `Hit ${reason}` };
    }
    case 'watch': {
      const place = cause.address === null ? '' : ` at 0x${cause.address.toString(16)}`;
      const description = `${WATCHED[cause.what]}${place}`;
      return { ...at, reason: 'data breakpoint', breakpointIds: cause.ids, description };
    }
    case 'event': {
      const exception = eventRecord(cause.filter, cause.number, context);
      return { ...at, reason: 'exception', description: exception?.headline ?? 'Event', exception };
    }
    case 'signal': {
      const described = describeProgramError(faultReport(cause.details, context.code), context.scope.allocations);
      const exception = { filter: ERROR_FILTER, ...described };
      return { ...at, reason: 'exception', description: exception.headline, exception };
    }
    case 'apiError': {
      const { functionName, errorName, code, message } = cause;
      const described = describeFailedCall(
        { call: functionName, error: errorName, code, message, codeOffset: cause.codeOffset },
        context.scope,
      );
      const exception = { filter: ERROR_FILTER, ...described };
      return { ...at, reason: 'exception', description: exception.headline, exception };
    }
    case 'phase':
      return { ...at, reason: 'step', description: `Migration: ${migration[0]?.phase ?? ''}` };
    case 'goto': {
      // A journey to an event ends where a stop at the event would be.
      const { events, site } = state.moment;
      const exception =
        site < 0 && migration.length === 0 && events > 0 ? eventRecord(null, events - 1, context) : null;
      const reason = exception && arrival?.reason !== 'goto' ? 'exception' : (arrival?.reason ?? 'goto');
      return {
        ...at,
        reason,
        description: exception?.headline ?? arrival?.description ?? DESCRIPTIONS.goto,
        exception,
      };
    }
    default:
      return { ...at, reason: cause.kind, description: DESCRIPTIONS[cause.kind] };
  }
}

function eventRecord(filter: string | null, number: number, { trace, scope }: StopContext): ExceptionRecord | null {
  if (!trace || number >= trace.length) return null;
  const event = trace.event(number);
  const id = filter ?? filtersByKind().get(event.kind);
  return id === undefined ? null : { filter: id, ...describeEvent(event, scope) };
}

function faultReport(
  details: Extract<StoppedNotice['cause'], { kind: 'signal' }>['details'],
  code: ProgramCode,
): FaultReport {
  const { offsets, agent, block, thread } = details;
  const stack = offsets.flatMap((offset): SourceLocation[] => {
    const at = code.index.at(offset);
    return at ? [{ functionName: code.index.functionAt(offset) ?? null, ...at }] : [];
  });
  const place = { agent, stack, block, thread };
  return details.kind === 'trap'
    ? { kind: 'trap', signal: details.signal, message: details.message, ...place }
    : {
        kind: 'access',
        signal: details.signal,
        reason: details.reason,
        access: details.access,
        address: details.address,
        bytes: details.bytes,
        ...place,
      };
}
