/** An address space without devices, and one with a machine's devices and a driver, for tests. Everything recorded is kept. */

import { attachDriver } from '../../engine/drivers/attach.js';
import type { UpdateMode } from '../../engine/drivers/device-updates.js';
import type { Device, Driver, DriverContext } from '../../engine/drivers/driver.js';
import type { MigrationPhase } from '../../engine/drivers/migration-step.js';
import type { DriverParameters } from '../../engine/drivers/parameters.js';
import { createDriver } from '../../engine/drivers/registry.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { AddressSpace } from '../../engine/memory/address-space.js';
import type { PageContents } from '../../engine/memory/contents.js';
import { EVENT_KINDS, type MemoryEvent } from '../../engine/memory/event.js';
import { PAGE_COUNT, PAGE_SIZE, type PageIndex } from '../../engine/memory/units.js';

export const page = (index: number): PageIndex => index as PageIndex;

export class Recording {
  readonly events: MemoryEvent[] = [];

  record(event: Readonly<MemoryEvent>): number {
    return this.events.push({ ...event }) - 1;
  }

  /** Kinds of the events since `from`, in order. */
  kinds(from = 0): string[] {
    return this.events.slice(from).map(({ kind }) => EVENT_KINDS[kind]);
  }

  of(kind: (typeof EVENT_KINDS)[number]): MemoryEvent[] {
    return this.events.filter((event) => EVENT_KINDS[event.kind] === kind);
  }
}

/** Permission tables are large; the tests of one file take turns on the same ones (a page table clears its own). */
const tables: Uint8Array[] = [];

function permissionTables(agents: number): Uint8Array[] {
  while (tables.length < agents) tables.push(new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));
  return tables.slice(0, agents);
}

export interface MemoryRig {
  readonly mm: AddressSpace;
  readonly sink: Recording;
}

export function memoryRig(
  systemFrames = 4096,
  options: { swapFrames?: number; contents?: PageContents } = {},
): MemoryRig {
  const sink = new Recording();
  return { mm: new AddressSpace({ permissions: permissionTables(1), sink, systemFrames, ...options }), sink };
}

/** A child of a rig's process, with permission tables that nobody else uses. @param nth which child: the tables of one are used again */
export function forked(rig: Pick<MemoryRig, 'mm' | 'sink'>, nth = 1, contents?: PageContents): AddressSpace {
  const table = (childTables[nth] ??= new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));
  const child = rig.mm.fork({ permissions: [table], sink: rig.sink, ...(contents && { contents }) });
  if (typeof child === 'number') throw new Error(`fork: ${child}`);
  return child;
}

const childTables: Uint8Array[] = [];

/** One number a page instead of its bytes. */
export class PageValues implements PageContents {
  readonly values = new Map<number, number>();

  provide(start: PageIndex, count: number): boolean {
    this.zero(start, count);
    return true;
  }

  zero(start: PageIndex, count: number): void {
    for (let at = start; at < start + count; at++) this.values.delete(at);
  }

  move(from: PageIndex, to: PageIndex, count: number): void {
    for (let index = 0; index < count; index++) this.values.set(to + index, this.values.get(from + index) ?? 0);
  }

  bytes(at: PageIndex): Uint8Array {
    return new Uint8Array(PAGE_SIZE).fill(this.values.get(at) ?? 0);
  }
}

export interface DeviceRig extends MemoryRig {
  readonly driver: Driver;
  readonly devices: readonly Device[];
  readonly clock: VirtualClock;
  readonly phases: MigrationPhase[];
  readonly device: Device;
}

export interface DeviceRigOptions {
  readonly driver?: string;
  /** The driver's, where they are not the defaults. */
  readonly parameters?: DriverParameters;
  readonly devices?: number;
  readonly machine?: string;
  /** Pages of each device's memory. */
  readonly devicePages?: number;
  readonly systemFrames?: number;
  readonly swapFrames?: number;
  readonly contents?: PageContents;
  readonly updates?: UpdateMode;
  /** Null: nobody listens. */
  readonly onPhase?: DriverContext['onPhase'] | null;
}

export function deviceRig(options: DeviceRigOptions = {}): DeviceRig {
  const { driver: driverName = 'hmm', devices: count = 1, devicePages = 64, systemFrames = 4096 } = options;
  const machine = loadMachine(options.machine ?? 'p100-pcie3', {
    devices: count,
    deviceMemoryBytes: devicePages * PAGE_SIZE,
  });
  const sink = new Recording();
  const clock = new VirtualClock();
  const { cpuFirstTouchNs, cpuFaultMigrationNs } = machine.costs;
  const mm = new AddressSpace({
    permissions: permissionTables(count + 1),
    sink,
    systemFrames,
    ...(options.swapFrames !== undefined && { swapFrames: options.swapFrames }),
    ...(options.contents && { contents: options.contents }),
    timing: { advance: (ns) => clock.advance(ns), cpuFirstTouchNs, cpuFaultMigrationNs },
  });
  const driver = createDriver(driverName, options.parameters);
  const phases: MigrationPhase[] = [];
  const onPhase: DriverContext['onPhase'] & object = (step) => {
    phases.push(step.phase);
    options.onPhase?.(step);
  };
  const devices = attachDriver({
    driver,
    mm,
    machine,
    clock,
    ...(options.updates && { updates: options.updates }),
    ...(options.onPhase === null ? {} : { onPhase }),
  });
  const device = devices[0];
  if (device === undefined) throw new Error('a machine has a device');
  return { mm, sink, driver, devices, clock, phases, device };
}
