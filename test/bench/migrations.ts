/** What migrating costs in the engine itself, without a program: bulk moves, the round trip of one page, and how both grow with memory. */
import { DeviceMemory } from '../../engine/hmm/device-memory.js';
import { DeviceMirror } from '../../engine/hmm/mirror.js';
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
import { PAGE_COUNT, PAGE_SIZE, type AgentId, type NodeId, type PageIndex } from '../../engine/memory/units.js';
import type { Row, Section } from './figures.js';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const LEAST_BULK = 20e6;
const MOST_TRIP_NS = 3000;
const TRIPS = 1_000_000;
/** Pages moved in all for each size, so that each is measured for as long. */
const BULK_PAGES = 8_000_000;

const FIRST = 1024 as PageIndex;
const BATCH = 512;
const nobody: EventSink = { record: () => 0 };

const permissions = (agents: number): Uint8Array[] =>
  Array.from({ length: agents }, () => new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));

/** The table of it, with cost per page against that of the smallest size, and against what the memory itself allows. */
export function measureMigrations(): Section {
  const rows: Row[] = [];
  const bulks = SIZES.map((pages) => measureBulk(pages, Math.max(4, BULK_PAGES / pages)));
  const bounds = SIZES.map((pages) => measureMemory(pages, Math.max(4, BULK_PAGES / pages)));
  const trips = SIZES.map((pages) => measureRoundTrip(pages, TRIPS));
  SIZES.forEach((pages, at) => {
    const [bulk, trip] = [bulks[at]!, trips[at]!];
    rows.push({
      name: `${pages.toLocaleString('en')} pages`,
      figures: [
        bulk.toDevice,
        bulk.toSystem,
        bulks[0]!.toDevice / bulk.toDevice,
        bounds[at]! / bulk.toDevice,
        trip,
        trip / trips[0]!,
      ],
      aim: {
        text: `≥ ${LEAST_BULK / 1e6} M each way, ≤ ${MOST_TRIP_NS} ns`,
        met: Math.min(bulk.toDevice, bulk.toSystem) >= LEAST_BULK && trip <= MOST_TRIP_NS,
      },
    });
  });
  return {
    title: 'Migration in the engine, without a program',
    columns: [
      { title: 'to device', unit: 'a second' },
      { title: 'to system', unit: 'a second' },
      { title: 'cost of a page', unit: '×' },
      { title: 'against plain writes', unit: '×' },
      { title: 'there and back', unit: 'ns' },
      { title: 'cost of a trip', unit: '×' },
    ],
    rows,
    notes: [
      'To device, to system: setup, frames, pages and finalize in batches of 512 pages, the fastest pass over all pages.',
      'Against plain writes: a loop that only writes the words which a page to the device changes, in arrays of the same size.',
      'There and back: a device’s fault on one page and the CPU’s fault on it, driver hmm, median of a million.',
    ],
  };
}

interface Bulk {
  /** Pages moved a second, to the device and back. */
  readonly toDevice: number;
  readonly toSystem: number;
}

/** Moves `pages` pages to a device and back in batches of 512, several times; the fastest counts. */
function measureBulk(pages: number, times: number): Bulk {
  const mm = new AddressSpace({ permissions: permissions(1), sink: nobody, systemFrames: pages });
  const memory = new DeviceMemory(1 as NodeId, pages, {
    migrateToRam: () => FAULT_RESOLVED,
    makeRoom: () => false,
  });
  mm.physical.addDevice(memory);
  new DeviceMirror(mm, 1 as AgentId, memory, new Uint8Array(new SharedArrayBuffer(PAGE_COUNT)));
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

/** Pages a second of a loop that does nothing but write the words that a page to the device changes; the fastest pass counts. */
function measureMemory(pages: number, times: number): number {
  const entries = new Uint32Array(new SharedArrayBuffer(PAGE_COUNT * 4));
  const bytes = new Uint8Array(new SharedArrayBuffer(PAGE_COUNT));
  const [from, to] = [new Int32Array(pages * 8), new Int32Array(pages * 8)];
  const [links, free, freed] = [new Int32Array(pages * 2), new Int32Array(pages), new Int32Array(pages)];
  let best = 0;
  for (let time = 0; time < times; time++) {
    const began = performance.now();
    for (let page = 0; page < pages; page++) {
      entries[FIRST + page] = page;
      bytes[FIRST + page] = time;
      for (let word = 0; word < 3; word++) from[page * 8 + word] = time;
      for (let word = 0; word < 6; word++) to[page * 8 + word] = time;
      links[page * 2] = links[page * 2 + 1] = page;
      free[page] = freed[page] = page;
    }
    best = Math.max(best, (pages / (performance.now() - began)) * 1000);
  }
  return best;
}

/** Median real time, in ns, of a device's fault on one page of `pages`, which migrates it, and the CPU's fault, which brings it back. */
function measureRoundTrip(pages: number, trips: number): number {
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
