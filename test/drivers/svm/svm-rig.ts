/** A rig with the driver svm, whose parameters and attributes tests can set, and what the tests of its rules say in few words. */

import { attachDriver } from '../../../engine/drivers/attach.js';
import type { Device, DriverContext } from '../../../engine/drivers/driver.js';
import { SVM_PARAMETERS, SvmDriver } from '../../../engine/drivers/svm/svm-driver.js';
import { driverParameters, type DriverParameters } from '../../../engine/drivers/parameters.js';
import { VirtualClock } from '../../../engine/machine/clock.js';
import { loadMachine } from '../../../engine/machine/machine.js';
import { AddressSpace } from '../../../engine/memory/address-space.js';
import { CAUSES, EVENT_KINDS } from '../../../engine/memory/event.js';
import { PAGE_COUNT, PAGE_SIZE } from '../../../engine/memory/units.js';
import type { VmaKind } from '../../../engine/memory/vma.js';
import { page, Recording } from '../../memory/rig.js';

const tables = Array.from({ length: 3 }, () => new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));

export interface SvmRig {
  readonly mm: AddressSpace;
  readonly sink: Recording;
  readonly clock: VirtualClock;
  readonly driver: SvmDriver;
  readonly gpu0: Device;
  readonly gpu1: Device;
  /** Makes an area. */
  map(start: number, pages: number, kind?: VmaKind, protection?: number): void;
  /** Pages of [start, start + pages) on the CPU, gpu0, gpu1. */
  where(start: number, pages: number): number[];
  /** Events since `from`, as `kind first+count`, with the cause where there is one. */
  story(from?: number): string[];
}

export interface SvmRigOptions {
  readonly parameters?: DriverParameters;
  readonly devicePages?: number;
  readonly systemFrames?: number;
  readonly onPhase?: DriverContext['onPhase'] & object;
}

export function svmRig(options: SvmRigOptions = {}): SvmRig {
  const { parameters = {}, devicePages = 8192, systemFrames = 65536, onPhase } = options;
  const machine = loadMachine('p100-pcie3', { devices: 2, deviceMemoryBytes: devicePages * PAGE_SIZE });
  const sink = new Recording();
  const clock = new VirtualClock();
  const { cpuFirstTouchNs, cpuFaultMigrationNs } = machine.costs;
  const timing = { advance: (ns: number) => clock.advance(ns), cpuFirstTouchNs, cpuFaultMigrationNs };
  const mm = new AddressSpace({ permissions: tables, sink, systemFrames, timing });
  const driver = new SvmDriver(driverParameters('svm', SVM_PARAMETERS, parameters));
  const [gpu0, gpu1] = attachDriver({ driver, mm, machine, clock, ...(onPhase && { onPhase }) });
  if (gpu0 === undefined || gpu1 === undefined) throw new Error('two devices');
  return {
    mm,
    sink,
    clock,
    driver,
    gpu0,
    gpu1,
    map: (start, pages, kind = 'managed', protection = 3) => {
      mm.mmap({ start: page(start), pageCount: pages, protection, kind, fixed: true });
    },
    where: (start, pages) => [...mm.residency(page(start), pages).subarray(0, 3)],
    story: (from = 0) =>
      sink.events.slice(from).map(({ kind, firstPage, pageCount, cause }) => {
        const why = cause === 0 ? '' : ` ${CAUSES[cause]}`;
        return `${EVENT_KINDS[kind]} ${firstPage}+${pageCount}${why}`;
      }),
  };
}
