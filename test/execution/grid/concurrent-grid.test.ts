/** Threads that fault together: what lands in one batch, in which steps, and what the seed decides. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device, Driver } from '../../../engine/drivers/driver.js';
import { FaultOutcome, type FaultBatch, type FaultBufferPolicy } from '../../../engine/drivers/fault-batch.js';
import { ConcurrentGrid, type GridCode } from '../../../engine/execution/grid/concurrent-grid.js';
import { PHASES_A_BARRIER } from '../../../engine/execution/block-threads.js';
import { ProgramPlace } from '../../../engine/execution/program-place.js';
import { Access, EventKind } from '../../../engine/memory/event.js';
import { fatalFault, type FaultResult } from '../../../engine/memory/fault.js';
import type { PageIndex } from '../../../engine/memory/units.js';
import { deviceRig, type DeviceRig } from '../../memory/rig.js';

/** Phases of a thread; each a list of touches. Without a site of its own, a touch depends on the one before. */
interface Touched {
  readonly page: number;
  readonly site?: number;
  readonly access?: Access;
}
type ThreadCode = readonly (readonly Touched[])[];
/** By block and thread. */
type Kernel = (block: number, thread: number) => ThreadCode;

const BASE = 0x1000;
/** Accesses at 10 and 20 go out together, and those at 50 to 70. */
const GROUPS = Uint32Array.of(10, 20, 50, 70, 60, 70);

class FakeCode implements GridCode {
  grid: ConcurrentGrid | undefined;
  hearsAll = false;
  /** Threads in the order in which they ran. */
  readonly ran: string[] = [];
  private at = 0;
  private barriers = 0;
  private left = Infinity;

  constructor(
    private readonly kernel: Kernel,
    private readonly blocks: number,
    readonly threadsPerBlock: number,
    private readonly device: Device,
    private readonly hasBarriers = false,
  ) {}

  run(threads: number): boolean {
    this.left = this.hasBarriers ? this.threadsPerBlock : threads;
    const end = this.blocks * this.threadsPerBlock;
    for (; this.left > 0 && this.at < end; this.left--) {
      this.ran.push(`${String(this.block())}.${String(this.thread())}`);
      this.runThread(this.kernel(this.block(), this.thread()));
      this.at++;
    }
    return this.at < end;
  }

  private runThread(phases: ThreadCode): void {
    this.grid?.switchTo(this.thread());
    phases.forEach((touches, barriers) => {
      this.barriers = barriers * PHASES_A_BARRIER;
      touches.forEach(({ page, site, access = Access.read }, n) => {
        const write = access !== Access.read;
        const index = (BASE + page) as PageIndex;
        const at = [index, access, index * 4096, site ?? 1000 - n] as const;
        if (this.device.mirror.allows(index, write) || this.grid?.holds(index, access)) {
          if (this.hearsAll) this.grid?.use(...at);
          return;
        }
        const result = this.grid?.touch(...at);
        if (result?.ok !== true) throw new Refused(result);
      });
    });
    this.barriers = 0;
  }

  stopAfter(threads: number): void {
    if (!this.hasBarriers) this.left = threads;
  }

  block(): number {
    return Math.floor(this.at / this.threadsPerBlock);
  }

  thread(): number {
    return this.at % this.threadsPerBlock;
  }

  ordersByWords(): boolean {
    return false;
  }

  phase(): number {
    return this.barriers;
  }

  isLast(): boolean {
    return !this.hasBarriers && this.at === this.blocks * this.threadsPerBlock - 1;
  }
}

class Refused extends Error {
  constructor(readonly result: FaultResult | undefined) {
    super('refused');
  }
}

type Service = (batch: FaultBatch, index: number, resolve: () => void) => void;

interface Run {
  readonly rig: DeviceRig;
  /** Pages of each batch, in the order of arrival. */
  readonly batches: number[][];
  readonly code: FakeCode;
  readonly faultedPages: number[];
}

function run(
  kernel: Kernel,
  options: {
    blocks?: number;
    threads?: number;
    slots?: number;
    seed?: number;
    policy?: Partial<FaultBufferPolicy>;
    barriers?: boolean;
    service?: Service;
    devicePages?: number;
    /** Pages that are on the device before. */
    resident?: readonly number[];
  } = {},
): Run {
  const { blocks = 1, threads = 1, slots = 1000, seed = 1, policy, barriers = false } = options;
  const rig = deviceRig({ devicePages: options.devicePages ?? 4096 });
  const { device, mm, sink } = rig;
  mm.mmap({ start: BASE as PageIndex, pageCount: 4096, protection: 3, kind: 'managed', name: 'x', fixed: true });
  const batches: number[][] = [];
  const inner = rig.driver;
  const service: Service =
    options.service ??
    ((_batch, _index, resolve) => {
      resolve();
    });
  const driver: Driver = {
    name: 'buffered',
    faultBuffer: { batchEntries: 256, replay: 'flush', ...policy },
    attach: () => undefined,
    deviceFault: (...fault) => inner.deviceFault(...fault),
    migrateToRam: (...fault) => inner.migrateToRam(...fault),
    makeRoom: (...room) => inner.makeRoom(...room),
    serviceFaults: (_device, batch) => {
      const pages: number[] = [];
      for (let index = 0; index < batch.count; index++) {
        pages.push(batch.pageAt(index) - BASE);
        batch.charge(index);
        service(batch, index, () => {
          inner.deviceFault(device, batch.pageAt(index), batch.accessAt(index));
          batch.setOutcome(index, FaultOutcome.resolved);
        });
      }
      batches.push(pages);
    },
  };
  const code = new FakeCode(kernel, blocks, threads, device, barriers);
  const place = new ProgramPlace(rig.clock);
  const context = {
    ...{ device, driver, mm, sink, place, warpSize: 32, slots, accessGroups: GROUPS, seed },
    forget: () => undefined,
    hearAll: () => {
      code.hearsAll = true;
    },
    fail: (_touch: unknown, why: FaultResult) => {
      throw new Refused(why);
    },
  };
  for (const page of options.resident ?? []) inner.deviceFault(device, (BASE + page) as PageIndex, Access.write);
  code.grid = new ConcurrentGrid(code, context);
  code.grid.run();
  const raised = sink.events.filter((event) => event.kind === EventKind.deviceFault && event.durationNs === 0);
  return { rig, batches, code, faultedPages: raised.map((event) => event.firstPage - BASE) };
}

const pages = (...list: number[]): Touched[] => list.map((page) => ({ page }));
const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

describe('one thread', () => {
  it('faults page by page where each access waits for the one before', () => {
    const { batches, faultedPages } = run(() => [pages(0, 1, 2)]);
    expect(batches).toEqual([[0], [1], [2]]);
    expect(faultedPages).toEqual([0, 1, 2]);
  });

  it('faults on what goes out together in one batch', () => {
    const { batches } = run(() => [
      [
        { page: 0, site: 10 },
        { page: 5, site: 20 },
        { page: 1, site: 10 },
        { page: 6, site: 20 },
      ],
    ]);
    expect(batches).toEqual([
      [0, 5],
      [1, 6],
    ]);
  });

  it('does not wait for an access that needs no fault', () => {
    const { batches } = run(() => [
      [
        { page: 0, site: 50 },
        { page: 1, site: 70 },
        { page: 0, site: 50 },
        { page: 2, site: 60 },
        { page: 3, site: 70 },
      ],
    ]);
    expect(batches).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('takes no batch where everything is there', () => {
    const { batches } = run(() => [[...pages(0), ...pages(0, 0)]]);
    expect(batches).toEqual([[0]]);
  });
});

describe('a warp', () => {
  it('faults together: the first pages of all its lanes, then the second ones', () => {
    const { batches } = run((_, thread) => [pages(thread, 100 + thread)], { threads: 4 });
    expect(batches.map(sorted)).toEqual([
      [0, 1, 2, 3],
      [100, 101, 102, 103],
    ]);
  });

  it('writes one entry for a page that several of its lanes touch', () => {
    const { batches } = run(() => [pages(7)], { threads: 32 });
    expect(batches).toEqual([[7]]);
  });
});

describe('warps of blocks that are on the device at once', () => {
  it('write an entry each for the same page, which is one fault', () => {
    const { batches, faultedPages } = run(() => [pages(7)], { blocks: 3, threads: 64 });
    expect(batches).toEqual([[7, 7, 7, 7, 7, 7]]);
    expect(faultedPages).toEqual([7]);
  });

  it('are no more than fit: the next block begins when one has all its pages', () => {
    const { batches } = run((block) => [pages(block)], { blocks: 4, threads: 1, slots: 2 });
    expect(batches.map(sorted)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('fill no more than one batch, and fault again for what the flush dropped', () => {
    const { batches } = run((block) => [pages(block)], { blocks: 10, policy: { batchEntries: 4 } });
    expect(batches.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(sorted(batches.flat())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('arrive in an order that is a function of the seed', () => {
    const order = (seed: number): number[] => run((block) => [pages(block)], { blocks: 40, seed }).batches.flat();
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(sorted(order(1))).toEqual(sorted(order(2)));
  });

  it('cost nothing where nobody faults: threads run in one go', () => {
    const { code } = run((block) => (block === 0 ? [pages(0)] : [[]]), { blocks: 3, threads: 2 });
    expect(code.ran).toEqual(['0.0', '0.1', '1.0', '1.1', '2.0', '2.1']);
  });
});

describe('a page that was there when the code ran', () => {
  /** Of two blocks, so that this thread is not the last, whose code waits. */
  const kernel: Kernel = (block) => (block === 0 ? [pages(4, 5, 0, 5)] : [[]]);

  it('is faulted on if it has left before time gets there', () => {
    const { batches } = run(kernel, { blocks: 2, devicePages: 4, resident: [0, 1, 2, 3] });
    expect(batches).toEqual([[4], [5], [0]]);
  });

  it('is not faulted on if it has stayed', () => {
    const { batches } = run(kernel, { blocks: 2, devicePages: 6, resident: [0, 1, 2, 3] });
    expect(batches).toEqual([[4], [5]]);
  });

  it('is nobody’s business where all that there is fits', () => {
    const { code } = run(kernel, { blocks: 2, resident: [0, 1, 2, 3] });
    expect(code.hearsAll).toBe(false);
  });
});

describe('barriers', () => {
  it('hold a warp back until the others of its block have their pages', () => {
    const kernel: Kernel = (_, thread) => (thread < 32 ? [pages(0), pages(1)] : [pages(10, 11), pages(12)]);
    const { batches } = run(kernel, { threads: 64, barriers: true });
    expect(batches.map(sorted)).toEqual([[0, 10], [11], [1, 12]]);
  });
});

describe('a driver', () => {
  it('that throttles an entry gets it again after the replay', () => {
    let times = 0;
    const { batches } = run(() => [pages(3)], {
      service: (batch, index, resolve) => {
        if (++times < 3) batch.setOutcome(index, FaultOutcome.throttled);
        else resolve();
      },
    });
    expect(batches).toEqual([[3], [3], [3]]);
  });

  it('that resolves nothing for ever ends the program', () => {
    expect(() => run(() => [pages(3)], { service: () => undefined })).toThrow(Refused);
  });

  it('that fails an entry ends the program for that reason', () => {
    const failing = (): Run =>
      run(() => [pages(3)], {
        service: (batch, index) => {
          batch.fail(index, fatalFault('out-of-memory'));
        },
      });
    expect(failing).toThrow(expect.objectContaining({ result: fatalFault('out-of-memory') }));
  });

  it('with policy once replays when the buffer is empty', () => {
    const { batches } = run((block) => [pages(block, 100 + block)], {
      blocks: 4,
      policy: { batchEntries: 4, replay: 'once' },
    });
    expect(batches.map(sorted)).toEqual([
      [0, 1, 2, 3],
      [100, 101, 102, 103],
    ]);
  });

  it('with policy block replays after each 2 MiB of a batch: who has its page goes on before the next is serviced', () => {
    const { batches } = run((block) => [pages(block * 512, 2048)], {
      blocks: 3,
      policy: { batchEntries: 256, replay: 'block' },
    });
    // Each replay makes whoever still waits fault again, so page 512 is serviced once in vain; all get page 2048 at once.
    expect(batches.slice(0, 4)).toEqual([[0], [512], [1024], [512]]);
    expect(batches.slice(4).map((batch) => new Set(batch))).toEqual([new Set([2048])]);
  });
});

describe('warps that try again all the time', () => {
  it('go on before the next batch where they have what they need, and write no second entry for what they miss', () => {
    const { batches } = run((block) => [pages(block % 2, 10)], {
      blocks: 4,
      policy: { batchEntries: 1, replay: 'always' },
    });
    // Whoever has page 0 or 1 asks for page 10 at once, behind those that wait; one batch serves everybody.
    expect(sorted(batches.flat())).toEqual([0, 1, 10]);
  });
});

describe('warps that try again all the time on a small device', () => {
  it('go through a page together, so that it has been used by all when it leaves', () => {
    const { batches } = run(() => [pages(0, 1, 2, 3)], {
      ...{ blocks: 4, devicePages: 2 },
      policy: { batchEntries: 1, replay: 'always' },
    });
    expect(batches.flat()).toEqual([0, 1, 2, 3]);
  });
});

describe('any grid', () => {
  it('has all its pages in the end, whatever the order', () => {
    const touches = fc.array(fc.nat(60), { maxLength: 6 });
    const grids = fc.record({
      threads: fc.array(touches, { minLength: 1, maxLength: 80 }),
      perBlock: fc.integer({ min: 1, max: 70 }),
      slots: fc.integer({ min: 1, max: 4 }),
      seed: fc.nat(),
      replay: fc.constantFrom('block' as const, 'batch' as const, 'flush' as const, 'once' as const, 'always' as const),
      batchEntries: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(grids, ({ threads, perBlock, slots, seed, replay, batchEntries }) => {
        const blocks = Math.ceil(threads.length / perBlock);
        const kernel: Kernel = (block, thread) => [pages(...(threads[block * perBlock + thread] ?? []))];
        const { rig, faultedPages, batches } = run(kernel, {
          ...{ blocks, threads: perBlock, slots, seed },
          policy: { replay, batchEntries },
        });
        const touched = new Set(threads.flat());
        for (const page of touched) expect(rig.device.mirror.allows((BASE + page) as PageIndex, false)).toBe(true);
        expect(sorted(faultedPages)).toEqual(sorted([...touched]));
        expect(new Set(batches.flat())).toEqual(touched);
      }),
      { numRuns: 200 },
    );
  });
});
