/** Accesses that lack a permission: which faults are resolved, in which order, and how an access ends the program. */
import { describe, expect, it } from 'vitest';
import type { Device, Driver } from '../../engine/drivers/driver.js';
import { AccessResolver } from '../../engine/execution/access.js';
import { ProgramSignal } from '../../engine/execution/signals.js';
import type { AddressSpace } from '../../engine/memory/address-space.js';
import { Access, EventKind, type MemoryEvent } from '../../engine/memory/event.js';
import { fatalFault, FAULT_RESOLVED, type FaultResult } from '../../engine/memory/fault.js';
import { CPU, PAGE_COUNT, type AgentId, type PageIndex } from '../../engine/memory/units.js';

const PAGE = 4096;
const READ = 1;
const WRITE = 2;
const ATOMIC = 4;
const GPU0 = 1 as AgentId;
const flags = (bytes: number, need: number): number => (bytes << 8) | need;

/** Faults as `agent page access`; by default each grants what was asked for. */
class Rig {
  readonly permissions = [new Uint8Array(PAGE_COUNT), new Uint8Array(PAGE_COUNT)];
  readonly faults: string[] = [];
  readonly events: MemoryEvent[] = [];
  agent: AgentId = CPU;
  resolver: AccessResolver;
  onFault: (table: Uint8Array, page: PageIndex, access: Access) => FaultResult = (table, page, access) => {
    table[page]! |= access === Access.read ? READ : READ | WRITE;
    return FAULT_RESOLVED;
  };

  constructor() {
    const fault = (agent: number, page: PageIndex, access: Access): FaultResult => {
      this.faults.push(`${agent === 0 ? 'cpu' : 'gpu'} ${String(page)} ${accessName(access)}`);
      return this.onFault(this.permissions[agent]!, page, access);
    };
    const mm: Pick<AddressSpace, 'handleCpuFault'> = { handleCpuFault: (page, access) => fault(0, page, access) };
    const driver: Pick<Driver, 'deviceFault'> = { deviceFault: (_, page, access) => fault(1, page, access) };
    this.resolver = new AccessResolver(
      mm as AddressSpace,
      [{} as Device],
      driver as Driver,
      this.permissions,
      { record: (event) => this.events.push({ ...event }) },
      {
        agent: () => this.agent,
        site: () => 0,
        where: () => ({ agent: this.agent, offsets: [42], block: null, thread: null }),
        waitForKernel: () => undefined,
        signal: () => undefined,
      },
    );
  }

  signal(body: () => void): ProgramSignal {
    try {
      body();
    } catch (error) {
      if (error instanceof ProgramSignal) return error;
      throw error;
    }
    throw new Error('the program went on');
  }
}

function accessName(access: Access): string {
  return Object.entries(Access).find(([, value]) => value === access)?.[0] ?? '?';
}

describe('an access', () => {
  it('of a page that allows it is no fault', () => {
    const rig = new Rig();
    rig.permissions[0]![2] = READ | WRITE;
    rig.resolver.access(2 * PAGE + 1, flags(8, READ | WRITE));
    expect(rig.faults).toEqual([]);
  });

  it.each([
    [READ, 'read'],
    [WRITE, 'write'],
    [READ | WRITE | ATOMIC, 'atomic'],
    [READ | ATOMIC, 'atomic'],
  ])('with the flags %i is resolved as %s', (need, name) => {
    const rig = new Rig();
    rig.resolver.access(2 * PAGE, flags(4, need));
    expect(rig.faults).toEqual([`cpu 2 ${name}`]);
  });

  it('of a device goes to its driver', () => {
    const rig = new Rig();
    rig.agent = GPU0;
    rig.resolver.access(2 * PAGE, flags(4, READ));
    expect(rig.faults).toEqual(['gpu 2 read']);
  });

  it('that straddles two pages resolves those that lack the permission, first one first', () => {
    const rig = new Rig();
    rig.resolver.access(3 * PAGE - 1, flags(2, WRITE));
    expect(rig.faults).toEqual(['cpu 2 write', 'cpu 3 write']);
    rig.permissions[0]![2] = 0;
    rig.resolver.access(3 * PAGE - 1, flags(2, WRITE));
    expect(rig.faults.slice(2)).toEqual(['cpu 2 write']);
  });

  it('holds both pages at once, even if the second takes the first one’s place at first', () => {
    const rig = new Rig();
    rig.agent = GPU0;
    let evictions = 3;
    rig.onFault = (table, page) => {
      table[page] = READ | WRITE;
      if (evictions-- > 0) table[page === 2 ? 3 : 2] = 0;
      return FAULT_RESOLVED;
    };
    rig.resolver.access(3 * PAGE - 4, flags(8, READ));
    const table = rig.permissions[1]!;
    expect([table[2]! & READ, table[3]! & READ]).toEqual([READ, READ]);
    expect(rig.faults.length).toBeLessThan(6);
  });

  it('that can never hold both ends the program instead of looping', () => {
    const rig = new Rig();
    rig.agent = GPU0;
    rig.onFault = (table, page) => {
      table.fill(0);
      table[page] = READ;
      return FAULT_RESOLVED;
    };
    const { cause } = describeSignal(rig.signal(() => rig.resolver.access(3 * PAGE - 4, flags(8, READ))));
    expect(cause).toMatchObject({ signal: 'SIGBUS', reason: 'driver-failed' });
    expect(rig.faults.length).toBeLessThan(40);
  });

  it('that cannot be resolved is a signal with address, reason and place, and an event', () => {
    const rig = new Rig();
    rig.onFault = () => fatalFault('null');
    const { cause } = describeSignal(rig.signal(() => rig.resolver.access(8, flags(4, WRITE))));
    expect(cause).toMatchObject({
      kind: 'access',
      signal: 'SIGSEGV',
      reason: 'null',
      address: 8,
      bytes: 4,
      access: Access.write,
      offsets: [42],
    });
    expect(rig.events).toMatchObject([{ kind: EventKind.fatalFault, firstPage: 0, extra: 8, access: Access.write }]);
  });

  it('whose second page cannot be resolved names that page', () => {
    const rig = new Rig();
    const base = 0x9000_0000;
    rig.onFault = (table, page) => {
      if (page !== base / PAGE) return fatalFault('unmapped');
      table[page] = READ;
      return FAULT_RESOLVED;
    };
    const { cause } = describeSignal(rig.signal(() => rig.resolver.access(base + PAGE - 2, flags(4, READ))));
    expect(cause).toMatchObject({ address: base + PAGE });
  });

  it('that runs past 2^32 is unmapped and not page 0', () => {
    const rig = new Rig();
    const { cause } = describeSignal(rig.signal(() => rig.resolver.access(0xffff_fffe, flags(4, READ))));
    expect(cause).toMatchObject({ reason: 'unmapped', address: 0xffff_fffe });
    expect(rig.faults).toEqual([]);
  });

  it('of a frame needs what the function does with it', () => {
    const rig = new Rig();
    rig.resolver.frame(3 * PAGE - 16, 32, READ);
    rig.resolver.frame(3 * PAGE - 16, 32, READ | WRITE);
    expect(rig.faults).toEqual(['cpu 2 read', 'cpu 3 read', 'cpu 2 write', 'cpu 3 write']);
  });
});

describe('a range', () => {
  it('resolves each page that lacks the permission, once, in order', () => {
    const rig = new Rig();
    rig.permissions[0]![4] = READ;
    rig.resolver.range(3 * PAGE - 1, 2 * PAGE + 2, false);
    expect(rig.faults).toEqual(['cpu 2 read', 'cpu 3 read', 'cpu 5 read']);
    rig.faults.length = 0;
    rig.resolver.range(4 * PAGE, 1, true);
    expect(rig.faults).toEqual(['cpu 4 write']);
  });

  it('of nothing is nothing, wherever it is', () => {
    const rig = new Rig();
    rig.resolver.range(0, 0, true);
    rig.resolver.range(0xffff_ffff, 0, true);
    expect(rig.faults).toEqual([]);
  });

  it('may end at 2^32 but not behind it', () => {
    const rig = new Rig();
    rig.resolver.range(0xffff_f000, PAGE, false);
    expect(rig.faults).toEqual(['cpu 1048575 read']);
    const { cause } = describeSignal(rig.signal(() => rig.resolver.range(0xffff_f000, PAGE + 1, false)));
    expect(cause).toMatchObject({ reason: 'unmapped' });
    expect(rig.faults).toHaveLength(1);
  });

  it('may be another agent’s than the one that runs', () => {
    const rig = new Rig();
    rig.resolver.service(PAGE, 1, false, GPU0);
    expect(rig.faults).toEqual(['gpu 1 read']);
  });

  it('that cannot be resolved names the first byte that cannot', () => {
    const rig = new Rig();
    const base = 0x8000_0000;
    rig.onFault = (table, page) => {
      if (page >= base / PAGE + 2) return fatalFault('unmapped');
      table[page] = READ;
      return FAULT_RESOLVED;
    };
    const { cause } = describeSignal(rig.signal(() => rig.resolver.range(base + 100, 4 * PAGE, false)));
    expect(cause).toMatchObject({ address: base + 2 * PAGE });
    const first = describeSignal(rig.signal(() => rig.resolver.range(base + 3 * PAGE + 7, 10, false)));
    expect(first.cause).toMatchObject({ address: base + 3 * PAGE + 7 });
  });
});

function describeSignal(signal: ProgramSignal): { cause: unknown } {
  return { cause: signal.details };
}
