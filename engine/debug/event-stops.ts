/** Which events stop the program: filters with their conditions, decided in the program's thread at each event. */
import type { Allocation } from '../execution/allocations.js';
import type { LaunchRecord } from '../execution/launcher.js';
import type { AccessSignal, TrapSignal } from '../execution/signals.js';
import { Access, Cause, EventKind, type MemoryEvent } from '../memory/event.js';
import { CPU, NO_NODE, PAGE_SHIFT, type PageIndex } from '../memory/units.js';
import { compileCondition, type Condition } from '../trace/condition.js';
import type { ConditionEvent, ConditionScope, PageRange } from '../trace/condition-scope.js';
import { NO_EVENT, pagesOf } from '../trace/condition-scope.js';
import { EVENT_FILTERS } from '../trace/event-filters.js';
import type { EventContext } from '../trace/recorder.js';
import { CodeIndex } from './code-index.js';
import type { CodeTables } from './messages.js';
import type { EventFilterSetting } from './types.js';

/** The filter that means errors of the program instead of a kind of event. */
export const ERROR_FILTER = 'error';

interface Armed {
  readonly id: string;
  readonly condition: Condition | null;
}

export class EventStops {
  private readonly byKind: (Armed | undefined)[] = [];
  private errors: Armed | undefined;
  private readonly scope: ProgramNames;
  /** One object, filled for each event that a condition is asked about. */
  private readonly event: { -readonly [Key in keyof ConditionEvent]: ConditionEvent[Key] } = { ...NO_EVENT };

  constructor(code: CodeTables, nodeNames: readonly string[], driverName: string) {
    this.scope = new ProgramNames(new CodeIndex(code), nodeNames, [driverName]);
  }

  /** @throws ConditionError */
  set(filters: readonly EventFilterSetting[]): void {
    this.byKind.length = 0;
    this.errors = undefined;
    for (const { id, condition = '' } of filters) {
      const armed = { id, condition: condition.trim() === '' ? null : compileCondition(condition, this.scope) };
      if (id === ERROR_FILTER) this.errors = armed;
      // An access that ends the program is told as a signal, with its call stack.
      else for (const kind of EVENT_FILTERS.find((known) => known.id === id)?.kinds ?? []) this.byKind[kind] = armed;
    }
  }

  /** Whether an error of the program stops it. */
  wantsError(details: AccessSignal | TrapSignal | undefined, context: EventContext): boolean {
    const condition = this.errors?.condition;
    if (!condition) return this.errors !== undefined;
    const access = details?.kind === 'access' ? details : undefined;
    this.fill(
      {
        kind: EventKind.fatalFault,
        agent: details?.agent ?? CPU,
        source: NO_NODE,
        target: NO_NODE,
        firstPage: ((access?.address ?? 0) >>> PAGE_SHIFT) as PageIndex,
        pageCount: access ? 1 : 0,
        access: access?.access ?? Access.none,
        cause: Cause.fault,
        durationNs: 0,
        extra: access?.address ?? 0,
      },
      0,
      context,
    );
    return condition.matches(this.event, this.scope);
  }

  allocated(allocation: Allocation, codeOffset: number, name: string | null): void {
    this.scope.allocated(allocation, codeOffset, name);
  }

  launched(record: LaunchRecord): void {
    this.scope.launched(record);
  }

  named(address: number, bytes: number, name: string): void {
    this.scope.named(address, bytes, name);
  }

  /** The filter that wants this event, or null. */
  match(event: Readonly<MemoryEvent>, number: number, context: EventContext): string | null {
    const armed = this.byKind[event.kind];
    if (!armed) return null;
    if (!armed.condition) return armed.id;
    this.fill(event, number, context);
    return armed.condition.matches(this.event, this.scope) ? armed.id : null;
  }

  private fill(event: Readonly<MemoryEvent>, number: number, context: EventContext): void {
    const filled = this.event;
    filled.number = number;
    filled.timeNs = context.nowNs;
    filled.durationNs = event.durationNs;
    filled.kind = event.kind;
    filled.agent = event.agent;
    filled.source = event.source;
    filled.target = event.target;
    filled.firstPage = event.firstPage;
    filled.pageCount = event.pageCount;
    filled.access = event.access;
    filled.cause = event.cause;
    filled.driver = context.driver;
    filled.codeOffset = context.codeOffset;
    filled.launch = context.launch;
    filled.block = context.block;
    filled.thread = context.thread;
    filled.allocation = context.allocationOf(event.firstPage);
    filled.extra = event.extra;
  }
}

const NO_RANGES: readonly PageRange[] = [];

/** What the program has named so far. */
class ProgramNames implements ConditionScope {
  revision = 0;
  private readonly names = new Map<number, string>();
  private readonly ranges = new Map<string, PageRange[]>();
  private readonly launches = new Map<number, LaunchRecord>();

  constructor(
    private readonly code: CodeIndex,
    readonly nodeNames: readonly string[],
    readonly driverNames: readonly string[],
  ) {}

  allocated(allocation: Allocation, codeOffset: number, name: string | null): void {
    this.name(allocation.id, name ?? this.code.allocationName(codeOffset), allocation.address, allocation.bytes);
  }

  named(address: number, bytes: number, name: string): void {
    this.name(-1, name, address, bytes);
  }

  launched(record: LaunchRecord): void {
    this.launches.set(record.id, record);
    this.revision++;
  }

  allocationName(id: number): string | null {
    return this.names.get(id) ?? null;
  }

  allocationRange(name: string): readonly PageRange[] {
    return this.ranges.get(name) ?? NO_RANGES;
  }

  lineOf(codeOffset: number): number | null {
    return this.code.at(codeOffset)?.line ?? null;
  }

  fileOf(codeOffset: number): string | null {
    return this.code.at(codeOffset)?.file ?? null;
  }

  functionOf(codeOffset: number): string | null {
    return this.code.functionAt(codeOffset) ?? null;
  }

  kernelOf(launch: number): string | null {
    return this.launches.get(launch)?.kernel ?? null;
  }

  gridOf(launch: number): LaunchRecord | null {
    return this.launches.get(launch) ?? null;
  }

  private name(id: number, name: string | null, address: number, bytes: number): void {
    if (name === null || bytes === 0) return;
    this.revision++;
    if (id >= 0) this.names.set(id, name);
    const range = pagesOf(address, bytes);
    const known = this.ranges.get(name);
    if (known) known.push(range);
    else this.ranges.set(name, [range]);
  }
}
