/** Which accesses of the CPU race with kernels: against a model that remembers everything, under both drivers; and what waits for what. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { driverNames } from '../../engine/drivers/registry.js';
import { AccessResolver } from '../../engine/execution/access.js';
import { PendingLaunches } from '../../engine/execution/pending-launches.js';
import { RaceDetector } from '../../engine/execution/race-detector.js';
import { TouchHistory } from '../../engine/execution/touch-history.js';
import { Access } from '../../engine/memory/event.js';
import { CPU, NO_FRAME, PAGE_COUNT, PAGE_SIZE, type AgentId, type FrameNumber } from '../../engine/memory/units.js';
import { checkInvariants } from '../../engine/drivers/kit/invariants.js';
import { deviceRig, page, type DeviceRig } from '../memory/rig.js';

const AT = 100;
const PAGES = 6;
const READ = 1;
const WRITE = 2;
const GPU0 = 1 as AgentId;
const GPU1 = 2 as AgentId;
const NON_BLOCKING = 17;
const EVERYTHING = { agent: undefined, stream: undefined, until: Infinity };

/** A program without code: launches, accesses and calls that wait. */
class Program {
  readonly rig: DeviceRig;
  readonly launchTable = new Uint8Array(PAGE_COUNT);
  readonly races: RaceDetector;
  private readonly resolver: AccessResolver;
  private agent: AgentId = CPU;
  private launches = 0;
  /** Whose kernel ran last. */
  device: AgentId = GPU0;

  constructor(driver: string, logged = 5) {
    this.rig = deviceRig({ driver, devices: 2, devicePages: 4 });
    const { mm, sink, devices } = this.rig;
    // A log that is full after a few touches.
    const tables = { launch: this.launchTable, log: new Uint32Array(2 + logged), nothing: 0, addressOf: () => 0 };
    this.races = new RaceDetector(mm, tables, sink);
    const context = {
      agent: () => this.agent,
      site: () => 0,
      where: () => ({ agent: this.agent, offsets: [], block: null, thread: null }),
      waitForKernel: () => undefined,
      signal: () => undefined,
    };
    this.resolver = new AccessResolver(mm, devices, this.rig.driver, mm.permissions, sink, context, this.races);
    mm.mmap({ start: page(AT), pageCount: PAGES, protection: 3, kind: 'managed', fixed: true });
    this.rig.driver.allocated?.(page(AT), PAGES, 'managed');
  }

  /** @param touches page and bits needed */
  launch(device: number, stream: number, touches: readonly (readonly [number, number])[]): number {
    const target = this.rig.devices[device] ?? this.rig.device;
    this.races.begin(++this.launches, target, stream);
    this.agent = this.device = target.agent;
    for (const [at, need] of touches) this.access(this.launchTable, at, need);
    this.races.end();
    this.agent = CPU;
    return this.launches;
  }

  cpu(at: number, need: number): void {
    this.access(this.rig.mm.permissions[0], at, need);
  }

  /** As generated code does it. */
  private access(table: Uint8Array | undefined, at: number, need: number): void {
    if (((table?.[AT + at] ?? 0) & need) !== need) this.resolver.access((AT + at) * PAGE_SIZE, (4 << 8) | need);
  }

  /** Page, access and launch of each race so far. */
  get found(): string[] {
    return this.rig.sink
      .of('race')
      .map(({ firstPage, access, extra }) => `${firstPage - AT} ${access === Access.write ? 'w' : 'r'} of ${extra}`);
  }
}

describe.each(driverNames)('under the driver %s', (driver) => {
  it.each([
    ['reads what a kernel wrote', WRITE, READ, ['0 r of 1']],
    ['writes what a kernel wrote', WRITE, WRITE, ['0 w of 1']],
    ['writes what a kernel read', READ, WRITE, ['0 w of 1']],
    ['reads what a kernel read', READ, READ, []],
  ])('a CPU that %s', (_what, kernel, cpu, races) => {
    const program = new Program(driver);
    program.launch(0, 0, [[0, kernel]]);
    program.cpu(1, WRITE);
    program.cpu(0, cpu);
    program.cpu(0, cpu);
    expect(program.found).toEqual(races);
  });

  it('names node, page and access of the race', () => {
    const program = new Program(driver);
    program.launch(0, 0, [[2, WRITE]]);
    program.cpu(2, READ);
    expect(program.rig.sink.of('race')).toEqual([
      {
        kind: 21,
        agent: 0,
        source: driver === 'hmm' || driver === 'uvm' ? 1 : 0,
        target: 255,
        firstPage: AT + 2,
        pageCount: 1,
        access: Access.read,
        cause: 0,
        durationNs: 0,
        extra: 1,
      },
    ]);
  });

  it('reports once a page until everything has been waited for, and anew for the next kernel', () => {
    const program = new Program(driver);
    program.launch(0, 0, [[0, WRITE]]);
    program.cpu(0, READ);
    program.launch(0, 0, [[0, WRITE]]);
    program.cpu(0, READ);
    expect(program.found).toEqual(['0 r of 1']);
    program.races.synchronize(EVERYTHING);
    program.cpu(0, WRITE);
    program.launch(0, 0, [[0, WRITE]]);
    program.cpu(0, WRITE);
    expect(program.found).toEqual(['0 r of 1', '0 w of 3']);
  });

  it('knows a touch whose page has left the device by itself', () => {
    const program = new Program(driver);
    // Four frames, five pages: the first is evicted before the CPU reads it.
    program.launch(
      0,
      0,
      [0, 1, 2, 3, 4].map((at) => [at, WRITE] as const),
    );
    program.cpu(0, READ);
    expect(program.found).toEqual(['0 r of 1']);
  });

  it('does not blame a kernel for what it did not touch this time', () => {
    const program = new Program(driver);
    program.launch(0, 0, [[0, WRITE]]);
    program.races.synchronize(EVERYTHING);
    program.launch(0, 0, [[1, WRITE]]);
    program.cpu(0, WRITE);
    expect(program.found).toEqual([]);
  });

  it('tells kernels before an event from those behind it', () => {
    const program = new Program(driver);
    const first = program.launch(0, 0, [
      [0, WRITE],
      [1, WRITE],
    ]);
    expect(program.races.mark()).toBe(first);
    program.launch(0, 0, [[1, WRITE]]);
    program.races.synchronize({ agent: GPU0, stream: 0, until: first });
    program.cpu(0, READ);
    program.cpu(1, READ);
    expect(program.found).toEqual(['1 r of 2']);
  });

  it('sees the next kernel of a stream touch what the one before has touched, when only that has been waited for', () => {
    const program = new Program(driver);
    program.launch(0, 0, [[1, READ]]);
    program.launch(1, 0, [[0, WRITE]]);
    program.races.synchronize({ agent: GPU1, stream: undefined, until: Infinity });
    program.launch(1, 0, [[0, WRITE]]);
    program.cpu(0, READ);
    expect(program.found).toEqual(['0 r of 3']);
  });

  it('lets a kernel fault on what it has lost since it touched it', () => {
    const program = new Program(driver);
    program.launch(0, 0, [[0, WRITE]]);
    program.rig.mm.mprotect(page(AT), 1, READ);
    expect(() => program.launch(0, 0, [[0, WRITE]])).toThrow(/SIGSEGV/);
  });

  const touches = fc.array(
    fc.tuple(fc.integer({ min: 0, max: PAGES - 1 }), fc.constantFrom(READ, WRITE, READ | WRITE)),
    { maxLength: 8 },
  );
  const at = fc.integer({ min: 0, max: PAGES - 1 });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('launch' as const), device: fc.constantFrom(0, 1), touches }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('cpu' as const), at, need: fc.constantFrom(READ, WRITE) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), agent: fc.constantFrom(GPU0, GPU1) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('everything' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('prefetch' as const), device: fc.constantFrom(0, 1, 2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('mark' as const) }) },
  );

  it('finds what a model finds that remembers each page’s last writer and reader, and leaves the tables as they were', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const program = new Program(driver);
        const { rig } = program;
        /** By page: the device whose kernel wrote last, and read last. */
        const wrote = new Map<number, number>();
        const read = new Map<number, number>();
        const reported = new Set<number>();
        const expected: string[] = [];
        const pending = new Set<number>();
        const done = (devices: readonly number[]): void => {
          for (const device of devices) pending.delete(device);
          for (const last of [wrote, read])
            for (const [where, device] of last) if (devices.includes(device)) last.delete(where);
          if (pending.size === 0) reported.clear();
        };
        for (const action of steps) {
          if (action.do === 'launch') {
            pending.add(action.device);
            for (const [where, need] of action.touches) {
              if (need & WRITE) wrote.set(where, action.device);
              if (need & READ) read.set(where, action.device);
            }
            program.launch(action.device, 0, action.touches);
          } else if (action.do === 'cpu') {
            const races = wrote.has(action.at) || (action.need === WRITE && read.has(action.at));
            if (races && !reported.has(action.at)) {
              reported.add(action.at);
              expected.push(`${action.at} ${action.need === WRITE ? 'w' : 'r'}`);
            }
            // What the kernel touched and the CPU too, has been told: the kernel's next touch counts.
            program.cpu(action.at, action.need);
          } else if (action.do === 'wait') {
            program.races.synchronize({ agent: action.agent, stream: undefined, until: Infinity });
            done([action.agent - 1]);
          } else if (action.do === 'everything') {
            program.races.synchronize(EVERYTHING);
            done([0, 1]);
          } else if (action.do === 'prefetch') {
            rig.driver.prefetch?.(rig.devices[action.device], page(AT), PAGES);
          } else program.races.mark();
          expect(program.found.map((race) => race.slice(0, 3))).toEqual(expected);
          for (let where = AT; where < AT + PAGES; where++) {
            const device = rig.mm.permissions[program.device]?.[where] ?? 0;
            expect((program.launchTable[where] ?? 0) & 3 & ~device).toBe(0);
            const real = rig.mm.pageTable.permission(page(where));
            expect((rig.mm.permissions[0]?.[where] ?? 0) & ~real).toBe(0);
          }
          if (pending.size === 0) checkInvariants(rig.mm, rig.devices, AT, PAGES, pinned(rig));
        }
        program.races.synchronize(EVERYTHING);
        checkInvariants(rig.mm, rig.devices, AT, PAGES, pinned(rig));
      }),
      { numRuns: 500 },
    );
  });
});

/** The frames that the driver `pinned` holds. */
function pinned({ mm, driver }: DeviceRig): FrameNumber[] {
  if (driver.name !== 'pinned') return [];
  return Array.from({ length: PAGES }, (_, n) => mm.pageState(page(AT + n)).frame ?? NO_FRAME);
}

describe('launches that are pending', () => {
  const after = (until: number, waited: { stream?: number | undefined; agent?: AgentId | undefined }): number[] => {
    const pending = new PendingLaunches();
    // Two streams that wait for the legacy one, one that does not, another device.
    [
      [GPU0, 16],
      [GPU0, 0],
      [GPU0, 32],
      [GPU0, NON_BLOCKING],
      [GPU1, 0],
      [GPU0, 16],
    ].forEach(([agent, stream], n) => {
      pending.add(n + 1, agent as AgentId, stream ?? 0);
    });
    pending.complete({ agent: GPU0, stream: undefined, until, ...waited });
    return [1, 2, 3, 4, 5, 6].filter((launch) => pending.has(launch));
  };

  it.each([
    ['everything of a device', Infinity, {}, [5]],
    ['everything', Infinity, { agent: undefined }, []],
    ['another device', Infinity, { agent: GPU1 }, [1, 2, 3, 4, 6]],
    ['the legacy stream, so the streams that wait for it', Infinity, { stream: 0 }, [4, 5]],
    ['a stream that the legacy one waits for, and what this waited for', Infinity, { stream: 32 }, [4, 5, 6]],
    ['a stream that stands apart', Infinity, { stream: NON_BLOCKING }, [1, 2, 3, 5, 6]],
    ['an event behind the first launch of a stream', 1, { stream: 16 }, [2, 3, 4, 5, 6]],
    ['a stream without work', Infinity, { stream: 48 }, [1, 2, 3, 4, 5, 6]],
  ])('after waiting for %s', (_what, until, waited, left) => {
    expect(after(until, waited)).toEqual(left);
  });

  it('are split by an event within a run of one stream', () => {
    const pending = new PendingLaunches();
    for (let launch = 1; launch <= 5; launch++) pending.add(launch, GPU0, 0);
    expect(pending.complete({ agent: GPU0, stream: 0, until: 3 })).toBe(true);
    expect([1, 2, 3, 4, 5, 6].filter((launch) => pending.has(launch))).toEqual([4, 5]);
    expect(pending.complete({ agent: GPU0, stream: 0, until: 3 })).toBe(false);
    expect(pending.isEmpty()).toBe(false);
    pending.complete(EVERYTHING);
    expect(pending.isEmpty()).toBe(true);
  });
});

describe('launches of one stream', () => {
  it('do not include what was launched between them and is done', () => {
    const pending = new PendingLaunches();
    pending.add(1, GPU1, 0);
    pending.add(2, GPU0, 0);
    pending.complete({ agent: GPU0, stream: undefined, until: Infinity });
    pending.add(3, GPU1, 0);
    expect([1, 2, 3].map((launch) => pending.has(launch))).toEqual([true, false, true]);
  });
});

describe('the history of touches', () => {
  it('stays as long as there are pages, and knows the last of each', () => {
    const history = new TouchHistory();
    const all = Uint32Array.from({ length: 2 ** 19 }, (_, n) => (n << 2) | READ);
    for (let launch = 1; launch <= 6; launch++) history.append(all, launch);
    history.append(Uint32Array.of((7 << 2) | WRITE), 7);
    expect(history.length).toBeLessThanOrEqual(2 ** 20 + all.length);
    expect([7, 8].map((at) => [history.writerOf(page(at)), history.readerOf(page(at))])).toEqual([
      [7, 6],
      [0, 6],
    ]);
    const seen = new Set(Array.from({ length: history.length }, (_, n) => history.pageAt(n)));
    expect(seen.size).toBe(all.length);
  });
});
