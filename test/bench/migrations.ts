/** What migrating costs in the engine itself, without a program: bulk moves, the round trip of one page, and how both grow with memory. */
import { DeviceMemory } from '../../engine/hmm/device-memory.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaSetup } from '../../engine/hmm/migrate.js';
import { allocateInSystem, allocateOnDevice, MigrateSelect, MigrateVma } from '../../engine/hmm/migrate-vma.js';
import { attachDriver } from '../../engine/drivers/attach.js';
import { createDriver } from '../../engine/drivers/registry.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { AddressSpace } from '../../engine/memory/address-space.js';
import { allocateFrame } from '../../engine/memory/entries.js';
import { Access, type EventSink } from '../../engine/memory/event.js';
import { FAULT_RESOLVED } from '../../engine/memory/fault.js';
import { PAGE_COUNT, PAGE_SIZE, type NodeId, type PageIndex } from '../../engine/memory/units.js';

const FIRST = 1024 as PageIndex;
const BATCH = 512;
const nobody: EventSink = { record: () => 0 };

const permissions = (agents: number): Uint8Array[] =>
  Array.from({ length: agents }, () => new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));

export interface Bulk {
  /** Pages moved a second, to the device and back. */
  readonly toDevice: number;
  readonly toSystem: number;
}

/** Moves `pages` pages to a device and back in batches of 512, several times; the fastest counts. */
export function measureBulk(pages: number, times: number): Bulk {
  const mm = new AddressSpace({ permissions: permissions(1), sink: nobody, systemFrames: pages });
  const memory = new DeviceMemory(1 as NodeId, pages, {
    migrateToRam: () => FAULT_RESOLVED,
    makeRoom: () => false,
  });
  mm.physical.addDevice(memory);
  mm.mmap({ start: FIRST, pageCount: pages, protection: 3, kind: 'anonymous', fixed: true });
  mm.populate(FIRST, pages, Access.write);
  const args = new MigrateVma(BATCH);
  args.owner = memory.owner;
  const move = (toDevice: boolean): number => {
    args.select = toDevice ? MigrateSelect.SYSTEM : MigrateSelect.DEVICE_PRIVATE;
    const began = performance.now();
    for (let done = 0; done < pages; done += BATCH) {
      args.start = (FIRST + done) as PageIndex;
      args.count = Math.min(BATCH, pages - done);
      migrateVmaSetup(mm, args);
      if (toDevice) allocateOnDevice(args, memory);
      else allocateInSystem(args, () => allocateFrame(mm), mm.physical.system);
      migrateVmaPages(mm, args);
      migrateVmaFinalize(mm, args);
    }
    return (pages / (performance.now() - began)) * 1000;
  };
  let toDevice = 0;
  let toSystem = 0;
  for (let time = 0; time < times; time++) {
    toDevice = Math.max(toDevice, move(true));
    toSystem = Math.max(toSystem, move(false));
  }
  if (memory.residentPages !== 0 || mm.physical.system.usedFrames !== pages) throw new Error('a page did not move');
  return { toDevice, toSystem };
}

/** Median real time, in ns, of a device's fault on one page of `pages`, which migrates it, and the CPU's fault, which brings it back. */
export function measureRoundTrip(pages: number, trips: number): number {
  const machine = loadMachine('p100-pcie3', { devices: 1, deviceMemoryBytes: pages * PAGE_SIZE });
  const mm = new AddressSpace({ permissions: permissions(2), sink: nobody, systemFrames: pages });
  const driver = createDriver('hmm');
  const [device] = attachDriver({ driver, mm, machine, clock: new VirtualClock() });
  if (device === undefined) throw new Error('a machine has a device');
  mm.mmap({ start: FIRST, pageCount: pages, protection: 3, kind: 'managed', fixed: true });
  mm.populate(FIRST, pages, Access.write);
  const took = new Float64Array(trips);
  for (let trip = 0; trip < trips; trip++) {
    // A stride that is prime to the number of pages visits all of them, out of order.
    const page = (FIRST + ((trip * 7919) % pages)) as PageIndex;
    const began = process.hrtime.bigint();
    const there = driver.deviceFault(device, page, Access.write);
    const back = mm.handleCpuFault(page, Access.write);
    took[trip] = Number(process.hrtime.bigint() - began);
    if (!there.ok || !back.ok) throw new Error('a fault was not resolved');
  }
  return took.sort()[trips >>> 1]!;
}
