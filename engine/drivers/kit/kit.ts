/**
 * The conformance kit: what any driver must do right, as named cases that a driver is put through, on a machine of its own with little memory.
 * It says which cases fail and which rule is broken. Sequences are random and the same every time.
 */

import { VirtualClock } from '../../machine/clock.js';
import { loadMachine } from '../../machine/machine.js';
import { AddressSpace } from '../../memory/address-space.js';
import { Access, isWrite } from '../../memory/event.js';
import type { FaultResult } from '../../memory/fault.js';
import { PAGE_COUNT, PAGE_SIZE, type PageIndex } from '../../memory/units.js';
import type { VmaKind } from '../../memory/vma.js';
import { attachDriver } from '../attach.js';
import type { Device, Driver } from '../driver.js';
import { BrokenRule, checkInvariants } from './invariants.js';
import { brokenPageRule } from './page-rules.js';

export interface DriverCaseResult {
  readonly name: string;
  /** What went wrong, in words; null if nothing did. */
  readonly broken: string | null;
}

const FIRST = 256;
const PAGES = 32;
const SEQUENCES = 40;
const STEPS = 80;

const at = (index: number): PageIndex => (FIRST + index) as PageIndex;

/** A process of one area, devices, and the driver under test. */
class Rig {
  readonly mm: AddressSpace;
  readonly driver: Driver;
  readonly devices: readonly Device[];

  constructor(make: () => Driver, devicePages = 64, kind: VmaKind = 'managed', systemFrames = 512) {
    const machine = loadMachine('p100-pcie3', { devices: 2, deviceMemoryBytes: devicePages * PAGE_SIZE });
    const clock = new VirtualClock();
    const permissions = machine.devices.concat(machine.devices[0] ?? []).map(() => new Uint8Array(PAGE_COUNT));
    const { cpuFirstTouchNs, cpuFaultMigrationNs } = machine.costs;
    this.mm = new AddressSpace({
      permissions,
      sink: { record: () => 0 },
      systemFrames,
      timing: { advance: (ns) => clock.advance(ns), cpuFirstTouchNs, cpuFaultMigrationNs },
    });
    this.driver = make();
    this.devices = attachDriver({ driver: this.driver, mm: this.mm, machine, clock });
    this.map(0, PAGES, kind);
  }

  map(index: number, count: number, kind: VmaKind): void {
    this.mm.mmap({ start: at(index), pageCount: count, protection: 3, kind, fixed: true });
    const refused = this.driver.allocated?.(at(index), count, kind) ?? 0;
    if (refused !== 0) throw new BrokenRule(`an allocation of ${String(count)} pages is refused (${String(refused)})`);
  }

  unmap(index: number, count: number): void {
    this.driver.freed?.(at(index), count);
    this.mm.munmap(at(index), count);
  }

  get first(): Device {
    return this.device(0);
  }

  device(index: number): Device {
    const device = this.devices[index];
    if (device === undefined) throw new BrokenRule('the machine has no such device');
    return device;
  }

  cpu(index: number, access: Access): void {
    const result = this.mm.pageTable.allows(at(index), isWrite(access))
      ? undefined
      : this.mm.handleCpuFault(at(index), access);
    this.must(result, `the CPU's access to page ${String(index)}`);
    if (!this.mm.pageTable.allows(at(index), isWrite(access)))
      throw new BrokenRule(`the CPU may not access page ${String(index)} after its fault`);
    this.check();
  }

  gpu(device: Device, index: number, access: Access): void {
    const { mirror } = device;
    const result = mirror.allows(at(index), isWrite(access))
      ? undefined
      : this.driver.deviceFault(device, at(index), access);
    this.must(result, `the access of gpu${String(device.agent - 1)} to page ${String(index)}`);
    if (!mirror.allows(at(index), isWrite(access)))
      throw new BrokenRule(`the device may not access page ${String(index)} after its fault`);
    this.check();
  }

  /** A fault that must be refused, because the area does not allow the access. */
  refused(device: Device, index: number, access: Access): void {
    if (device.mirror.allows(at(index), isWrite(access)) || this.driver.deviceFault(device, at(index), access).ok)
      throw new BrokenRule(`the device may access page ${String(index)}, which its area forbids`);
    this.check();
  }

  check(): void {
    checkInvariants(this.mm, this.devices, FIRST, PAGES);
  }

  /** The program ends. */
  end(): void {
    this.unmap(0, PAGES);
    this.mm.exit();
    this.check();
  }

  must(result: FaultResult | undefined, what: string): void {
    if (result?.ok === false) throw new BrokenRule(`${what} is refused (${result.reason})`);
  }
}

type Make = () => Driver;

const CASES: readonly { readonly name: string; readonly run: (make: Make) => void }[] = [
  ...(['managed', 'anonymous'] as const).map((kind) => ({
    name: `a fault on ${kind} memory is resolved, whether it is new or the CPU's`,
    run: (make: Make) => {
      const rig = new Rig(make, 64, kind);
      for (const access of [Access.read, Access.write, Access.atomic]) {
        rig.gpu(rig.first, access, access);
        rig.cpu(8 + access, Access.write);
        rig.gpu(rig.first, 8 + access, access);
      }
      rig.end();
    },
  })),
  {
    name: 'migrateToRam brings a page back',
    run: (make) => {
      const rig = new Rig(make);
      for (let round = 0; round < 3; round++) {
        for (let index = 0; index < 8; index++) rig.gpu(rig.first, index, Access.write);
        for (let index = 7; index >= 0; index--) rig.cpu(index, index % 2 === 0 ? Access.read : Access.write);
      }
      rig.end();
    },
  },
  {
    name: 'makeRoom frees what the device holds',
    run: (make) => {
      const rig = new Rig(make, 8);
      for (let index = 0; index < 4; index++) rig.gpu(rig.first, index, Access.write);
      const { frames } = rig.first.memory;
      while (frames.usedFrames > 0) {
        const free = frames.freeFrames;
        if (!rig.driver.makeRoom(rig.first, 1)) throw new BrokenRule('the device holds pages and makeRoom frees none');
        if (frames.freeFrames <= free) throw new BrokenRule('makeRoom says that it freed a frame, and there is none');
        rig.check();
      }
      rig.end();
    },
  },
  {
    name: 'a prefetch moves what it can, and harms nothing',
    run: (make) => {
      const rig = new Rig(make, 16);
      for (let index = 0; index < 8; index++) rig.cpu(index, Access.write);
      for (const target of [rig.first, undefined, rig.device(1), rig.first]) {
        const error = rig.driver.prefetch?.(target, at(0), 12) ?? 0;
        if (error !== 0) throw new BrokenRule(`a prefetch is refused (${String(error)})`);
        rig.check();
        for (let index = 0; index < 12; index += 5) rig.gpu(rig.first, index, Access.read);
      }
      for (let index = 0; index < 12; index++) rig.cpu(index, Access.write);
      rig.end();
    },
  },
  {
    name: 'memory is unmapped, and mapped again, while the device has it',
    run: (make) => {
      const rig = new Rig(make);
      for (let index = 0; index < 16; index++) rig.gpu(rig.first, index, Access.write);
      rig.unmap(4, 8);
      rig.check();
      rig.refused(rig.first, 6, Access.read);
      rig.map(4, 8, 'managed');
      for (let index = 0; index < 16; index++) rig.gpu(rig.device(index % 2), index, Access.write);
      rig.end();
    },
  },
  {
    name: 'memory is made read-only while the device has it',
    run: (make) => {
      const rig = new Rig(make);
      for (let index = 0; index < 8; index++) rig.gpu(rig.first, index, Access.write);
      rig.mm.mprotect(at(0), 4, 1);
      rig.check();
      rig.refused(rig.first, 2, Access.write);
      rig.gpu(rig.first, 2, Access.read);
      rig.mm.mprotect(at(0), 4, 3);
      rig.gpu(rig.first, 2, Access.write);
      rig.end();
    },
  },
  {
    name: 'the process forks while the device has its memory',
    run: (make) => {
      const rig = new Rig(make, 64, 'anonymous');
      for (let index = 0; index < 8; index++) rig.gpu(rig.first, index, Access.write);
      const child = rig.mm.fork({ permissions: [new Uint8Array(PAGE_COUNT)], sink: rig.mm.sink });
      if (typeof child === 'number') throw new BrokenRule(`the process cannot fork (${String(child)})`);
      for (let index = 0; index < 8; index += 2) {
        rig.must(child.handleCpuFault(at(index), Access.write), `the child's access to page ${String(index)}`);
        const { mirror } = rig.first;
        if (!mirror.allows(at(index + 1), true))
          rig.must(rig.driver.deviceFault(rig.first, at(index + 1), Access.write), 'the parent’s device');
        const broken = brokenPageRule(rig.mm, rig.devices, at(0), 8);
        if (broken !== undefined) throw new BrokenRule(broken);
      }
      child.exit();
      rig.check();
      rig.end();
    },
  },
  {
    name: 'more memory is used than the device has',
    run: (make) => {
      const rig = new Rig(make, 4);
      for (let round = 0; round < 2; round++) {
        for (let index = 0; index < PAGES; index++)
          rig.gpu(rig.first, index, index % 3 === 0 ? Access.read : Access.write);
        for (let index = 0; index < PAGES; index += 3) rig.cpu(index, Access.read);
      }
      rig.end();
    },
  },
  {
    name: 'two devices take turns on the same pages',
    run: (make) => {
      const rig = new Rig(make, 8);
      for (let index = 0; index < 40; index++) rig.gpu(rig.device(index % 2), (index * 3) % 7, Access.write);
      rig.end();
    },
  },
  {
    name: 'a page that is pinned in system memory stays there',
    run: (make) => {
      const rig = new Rig(make);
      rig.cpu(0, Access.write);
      const frame = rig.mm.pinUserPage(at(0), true);
      if (frame < 0) throw new BrokenRule('a page of system memory cannot be pinned');
      rig.must(rig.driver.deviceFault(rig.first, at(0), Access.write), 'the device’s access to a pinned page');
      rig.driver.prefetch?.(rig.first, at(0), 1);
      if (rig.mm.nodeOf(at(0)) !== 0) throw new BrokenRule('a pinned page has moved');
      rig.mm.unpinUserPage(frame as Parameters<AddressSpace['unpinUserPage']>[0]);
      rig.check();
      rig.end();
    },
  },
  {
    name: 'random sequences of all that leave everything consistent',
    run: (make) => {
      for (let seed = 1; seed <= SEQUENCES; seed++)
        randomSequence(new Rig(make, seed % 2 === 0 ? 4 : 24), randomOf(seed));
    },
  },
];

function randomSequence(rig: Rig, random: (below: number) => number): void {
  const readable = new Uint8Array(PAGES).fill(3);
  for (let step = 0; step < STEPS; step++) {
    const index = random(PAGES);
    const count = 1 + random(Math.min(8, PAGES - index));
    const write = random(2) === 1 && readable[index] === 3;
    const device = rig.device(random(2));
    switch (random(12)) {
      case 0:
        rig.unmap(index, count);
        rig.map(index, count, random(2) === 0 ? 'managed' : 'anonymous');
        readable.fill(3, index, index + count);
        break;
      case 1: {
        const protection = random(2) === 0 ? 1 : 3;
        rig.mm.mprotect(at(index), count, protection);
        readable.fill(protection, index, index + count);
        break;
      }
      case 2:
        rig.driver.prefetch?.(random(3) === 0 ? undefined : device, at(index), count);
        break;
      case 3:
        if (device.memory.frames.usedFrames > 0) rig.driver.makeRoom(device, 1 + random(4));
        break;
      case 4:
      case 5:
      case 6:
        rig.cpu(index, write ? Access.write : Access.read);
        break;
      default:
        rig.gpu(device, index, write ? Access.write : Access.read);
    }
    rig.check();
  }
  rig.end();
}

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** @param make a new driver each time; what it throws is a failure of the case */
export function checkDriver(make: () => Driver, onCase?: (result: DriverCaseResult) => void): DriverCaseResult[] {
  return CASES.map(({ name, run }) => {
    let broken: string | null = null;
    try {
      run(make);
    } catch (error) {
      broken = error instanceof Error ? error.message : String(error);
    }
    const result = { name, broken };
    onCase?.(result);
    return result;
  });
}
