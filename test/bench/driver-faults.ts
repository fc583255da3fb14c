/** How many faults each driver services a second of real time, in the engine itself: without a program, and without a log. */
import { attachDriver } from '../../engine/drivers/attach.js';
import type { Device, Driver } from '../../engine/drivers/driver.js';
import { FaultEntries } from '../../engine/drivers/fault-batch.js';
import { createDriver, driverNames } from '../../engine/drivers/registry.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { AddressSpace } from '../../engine/memory/address-space.js';
import { Access, type EventSink } from '../../engine/memory/event.js';
import { PAGE_COUNT, PAGE_SIZE, type PageIndex } from '../../engine/memory/units.js';
import { atLeast, type Row, type Section } from './figures.js';

const LEAST = 500_000;
/** 512 MiB. */
const PAGES = 131_072;
const FIRST = 1024 as PageIndex;
const PASSES = 5;
const nobody: EventSink = { record: () => 0 };

interface Rig {
  readonly mm: AddressSpace;
  readonly driver: Driver;
  readonly device: Device;
}

export function measureDriverFaults(): Section {
  const rows = driverNames.map((name): Row => {
    const fits = fastest(() => sweep(name, PAGES));
    const evicts = fastest(() => sweep(name, PAGES / 2));
    return { name, figures: [fits, evicts], aim: atLeast(Math.min(fits, evicts), LEAST, '') };
  });
  return {
    title: 'Faults that each driver services, without a program',
    columns: [
      { title: 'all fits', unit: 'a second' },
      { title: 'half fits', unit: 'a second' },
    ],
    rows,
    notes: [
      'The CPU fills 512 MiB, a device faults on every page that it lacks, in order, the CPU faults on every page that it lacks.',
      'Counted are pages asked for that were not there, one at a time or, under a driver with a fault buffer, a batch at a time.',
    ],
  };
}

function fastest(run: () => number): number {
  let best = 0;
  for (let pass = 0; pass < PASSES; pass++) best = Math.max(best, run());
  return best;
}

/** @returns faults a second */
function sweep(name: string, devicePages: number): number {
  const rig = makeRig(name, devicePages);
  const began = performance.now();
  const faults = cpuSweep(rig) + deviceSweep(rig) + cpuSweep(rig);
  return (faults * 1000) / (performance.now() - began);
}

function makeRig(name: string, devicePages: number): Rig {
  const machine = loadMachine('t4-pcie3', { devices: 1, deviceMemoryBytes: devicePages * PAGE_SIZE });
  const permissions = Array.from({ length: 2 }, () => new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));
  const mm = new AddressSpace({ permissions, sink: nobody, systemFrames: 2 * PAGES });
  const driver = createDriver(name);
  const [device] = attachDriver({ driver, mm, machine, clock: new VirtualClock() });
  if (device === undefined) throw new Error('a machine has a device');
  mm.mmap({ start: FIRST, pageCount: PAGES, protection: 3, kind: 'managed', fixed: true });
  return { mm, driver, device };
}

function cpuSweep({ mm }: Rig): number {
  let faults = 0;
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    if (mm.pageTable.allows(page, true)) continue;
    faults++;
    if (!mm.handleCpuFault(page, Access.write).ok) throw new Error('a fault was not resolved');
  }
  return faults;
}

function deviceSweep({ driver, device }: Rig): number {
  const { faultBuffer } = driver;
  const batch = faultBuffer && new FaultEntries(faultBuffer.batchEntries, () => undefined);
  let faults = 0;
  const service = (): void => {
    if (batch === undefined || batch.count === 0) return;
    driver.serviceFaults?.(device, batch);
    if (batch.failure !== undefined) throw new Error('a fault was not resolved');
    batch.clear();
  };
  batch?.clear();
  for (let page = FIRST; page < FIRST + PAGES; page++) {
    if (device.mirror.allows(page, true)) continue;
    faults++;
    if (batch !== undefined) {
      batch.add(page, Access.write);
      if (batch.count === faultBuffer?.batchEntries) service();
    } else if (!driver.deviceFault(device, page, Access.write).ok) throw new Error('a fault was not resolved');
  }
  service();
  return faults;
}
