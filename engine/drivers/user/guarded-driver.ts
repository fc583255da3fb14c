/**
 * A driver that is not trusted: every call into it is watched. What it throws, returns or leaves behind that no driver may ends the run, with
 * its own file and line as the reason, so that no wrong driver can make the engine claim a wrong residency.
 *
 * Invariant: after each call that the engine makes, the rules of kit/page-rules.ts hold of the pages that the call is about, or a
 * DriverFailure is thrown. Calls within calls are the driver's own affair until the outer one returns.
 */

import type { AddressSpace } from '../../memory/address-space.js';
import { Errno } from '../../memory/errno.js';
import { isWrite, type Access } from '../../memory/event.js';
import { fatalFault, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteType, PteType } from '../../memory/page-table.js';
import type { PageIndex } from '../../memory/units.js';
import type { VmaKind } from '../../memory/vma.js';
import type { AdvisedRange, MemoryAdvice, Processor, RangeAttributes } from '../advice.js';
import type { FaultBufferPolicy } from '../fault-batch.js';
import { notAttached, type Device, type Driver, type DriverContext } from '../driver.js';
import { brokenPageRule } from '../kit/page-rules.js';
import { DeviceTools } from './device-tools.js';
import type { UserDriver } from './user-driver.js';

/** Methods by the numbers under which a watchdog hears of them. */
export const DRIVER_CALLS = [
  'create',
  'attach',
  'deviceFault',
  'serviceFaults',
  'managedFault',
  'migrateToRam',
  'makeRoom',
  'prefetch',
  'advise',
  'rangeAttributes',
  'allocated',
  'freed',
] as const;
export type DriverCall = (typeof DRIVER_CALLS)[number];

/** The user's driver did what no driver may. */
export class DriverFailure extends Error {
  override readonly name = 'DriverFailure';

  /**
   * @param what a part of a sentence: `threw TypeError: …`, `returned …`
   * @param cause what it threw, whose stack says where
   */
  constructor(
    readonly driver: string,
    readonly call: DriverCall,
    readonly what: string,
    cause?: unknown,
  ) {
    super(`the driver ${driver} ${what} in ${call}`, { cause });
  }
}

export interface GuardOptions {
  /** A call begins, or (undefined) the engine is on its own again. */
  readonly calling?: (call: DriverCall | undefined) => void;
  /** What the engine itself throws through a driver: the program ends. */
  readonly isOurs?: (error: unknown) => boolean;
}

const ERRORS: ReadonlySet<unknown> = new Set([0, ...Object.values(Errno)]);
const REASONS: ReadonlySet<unknown> = new Set([
  'unmapped',
  'null',
  'protection',
  'device-only',
  'host-only',
  'out-of-memory',
  'driver-failed',
  'beyond-file',
]);

interface Pages {
  readonly start: PageIndex;
  readonly count: number;
}

export class GuardedDriver implements Driver {
  readonly name: string;
  readonly #driver: UserDriver;
  readonly #options: GuardOptions;
  #context: DriverContext | undefined;
  #tools: DeviceTools | undefined;
  #depth = 0;
  readonly managedFault?: NonNullable<Driver['managedFault']>;
  readonly rangeAttributes?: NonNullable<Driver['rangeAttributes']>;
  readonly faultBuffer?: FaultBufferPolicy;
  readonly serviceFaults?: NonNullable<Driver['serviceFaults']>;

  constructor(name: string, driver: UserDriver, options: GuardOptions = {}) {
    this.name = name;
    this.#driver = driver;
    this.#options = options;
    // Present only if the driver has it: where there is none, memory is filled as anonymous memory is.
    if (driver.managedFault !== undefined) {
      this.managedFault = (page, access, mm) =>
        this.#fault('managedFault', page, () => driver.managedFault?.(page, access, mm));
    }
    if (driver.rangeAttributes !== undefined) {
      this.rangeAttributes = (range) => {
        const answer: unknown = this.#call('rangeAttributes', range, () => driver.rangeAttributes?.(range));
        if (isRangeAttributes(answer)) return answer;
        return this.#fail('rangeAttributes', `returned ${shown(answer)} where attributes are expected`);
      };
    }
    if (driver.faultBuffer !== undefined && driver.serviceFaults !== undefined) {
      this.faultBuffer = driver.faultBuffer;
      this.serviceFaults = (device, batch) => {
        this.#call('serviceFaults', undefined, () => driver.serviceFaults?.(device, batch));
        for (let index = 0; index < batch.count; index++)
          this.#check('serviceFaults', { start: batch.pageAt(index), count: 1 });
      };
    }
  }

  attach(context: DriverContext): void {
    this.#context = context;
    const tools = (this.#tools = new DeviceTools(context));
    this.#call('attach', undefined, () => {
      this.#driver.attach({ ...context, tools });
    });
  }

  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    const result = this.#fault('deviceFault', page, () => this.#driver.deviceFault(device, page, access));
    if (result.ok && !device.mirror.allows(page, isWrite(access)))
      this.#fail(
        'deviceFault',
        `said that a fault is resolved, and gpu${String(device.agent - 1)} still may not access page 0x${page.toString(16)},`,
      );
    return result;
  }

  migrateToRam(device: Device, page: PageIndex, access: Access, mm: Mm): FaultResult {
    const { migrateToRam } = this.#driver;
    const result = this.#fault('migrateToRam', page, () =>
      migrateToRam === undefined
        ? this.#attached().tools.bringBack(device, page, mm)
        : migrateToRam.call(this.#driver, device, page, access, mm),
    );
    if (result.ok && pteType(mm.pageTable.get(page)) === PteType.devicePrivate)
      this.#fail('migrateToRam', `said that it brought page 0x${page.toString(16)} back, which is still on a device,`);
    return result;
  }

  makeRoom(device: Device, pageCount: number): boolean {
    const free = device.memory.frames.freeFrames;
    const { makeRoom } = this.#driver;
    const done = this.#call('makeRoom', undefined, () =>
      makeRoom === undefined
        ? this.#attached().tools.evict(device, pageCount)
        : makeRoom.call(this.#driver, device, pageCount),
    );
    if (typeof done !== 'boolean') this.#fail('makeRoom', `returned ${shown(done)} where true or false is expected`);
    if (done && device.memory.frames.freeFrames <= free)
      this.#fail('makeRoom', 'said that it made room and freed no frame');
    return done;
  }

  prefetch(target: Device | undefined, start: PageIndex, count: number): 0 | Errno {
    const { prefetch } = this.#driver;
    if (prefetch !== undefined)
      return this.#error('prefetch', { start, count }, () => prefetch.call(this.#driver, target, start, count));
    const { tools, context } = this.#attached();
    for (const device of context.devices) if (device !== target) tools.moveToSystem(device, start, count, 'prefetch');
    if (target !== undefined) tools.moveToDevice(target, start, count, 'prefetch');
    return 0;
  }

  advise(advice: MemoryAdvice, range: AdvisedRange, location: Processor | undefined): 0 | Errno {
    const { advise } = this.#driver;
    return advise === undefined
      ? 0
      : this.#error('advise', range, () => advise.call(this.#driver, advice, range, location));
  }

  allocated(start: PageIndex, pageCount: number, kind: VmaKind): 0 | Errno {
    const { allocated } = this.#driver;
    if (allocated === undefined) return 0;
    return this.#error('allocated', { start, count: pageCount }, () =>
      allocated.call(this.#driver, start, pageCount, kind),
    );
  }

  freed(start: PageIndex, pageCount: number): void {
    this.#call('freed', { start, count: pageCount }, () => this.#driver.freed?.(start, pageCount));
  }

  #attached(): { readonly context: DriverContext; readonly tools: DeviceTools } {
    if (this.#context === undefined || this.#tools === undefined) return notAttached(this);
    return { context: this.#context, tools: this.#tools };
  }

  #fault(call: DriverCall, page: PageIndex, work: () => FaultResult | undefined): FaultResult {
    const result: unknown = this.#call(call, { start: page, count: 1 }, work);
    if (!isFaultResult(result)) this.#fail(call, `returned ${shown(result)} where the result of a fault is expected`);
    // Which signal follows from a reason is not the driver's to say.
    return result.ok ? result : fatalFault(result.reason);
  }

  #error(call: DriverCall, pages: Pages, work: () => 0 | Errno): 0 | Errno {
    const result = this.#call(call, pages, work);
    if (!ERRORS.has(result)) this.#fail(call, `returned ${shown(result)} where 0 or an errno is expected`);
    return result;
  }

  #call<T>(call: DriverCall, pages: Pages | undefined, work: () => T): T {
    const { calling, isOurs } = this.#options;
    if (this.#depth++ === 0) calling?.(call);
    let result: T;
    try {
      result = work();
    } catch (error) {
      if (error instanceof DriverFailure || isOurs?.(error) === true) throw error;
      throw new DriverFailure(this.name, call, `threw ${shown(error)}`, error);
    } finally {
      if (--this.#depth === 0) calling?.(undefined);
    }
    if (this.#depth === 0 && pages !== undefined) this.#check(call, pages);
    return result;
  }

  #check(call: DriverCall, { start, count }: Pages): void {
    const { mm, devices } = this.#attached().context;
    const broken = brokenPageRule(mm satisfies AddressSpace, devices, start, count);
    if (broken !== undefined) this.#fail(call, `broke a rule (${broken})`);
  }

  #fail(call: DriverCall, what: string): never {
    throw new DriverFailure(this.name, call, what);
  }
}

function isFaultResult(result: unknown): result is FaultResult {
  if (typeof result !== 'object' || result === null || !('ok' in result)) return false;
  return result.ok === true || (result.ok === false && 'reason' in result && REASONS.has(result.reason));
}

function isRangeAttributes(answer: unknown): answer is RangeAttributes {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'readMostly' in answer &&
    typeof answer.readMostly === 'boolean' &&
    'accessedBy' in answer &&
    Array.isArray(answer.accessedBy)
  );
}

function shown(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? String(value) : text.slice(0, 60);
}
