/**
 * A function's own stack frame is checked at entry and after whatever may have taken a permission away, not at each access.
 * Hand-made functions show where; random ones show that no access of a frame is ever without its permission; Clang's show
 * that frames are recognised at -O0 and -O2.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_VOID, Op, ValType } from '../../engine/toolchain/instrument/opcodes.js';
import { assemble, STACK_POINTER, type Code, type FunctionSource } from './assembler.js';
import { CompiledPrograms, instrumentImage, ProgramRig, STACK_TOP } from './compiled.js';
import { ALL, DATA, instrumented, PAGE, READ, Rig, WRITE, type HookEvent, type Running } from './rig.js';

const { i32 } = ValType;
const LOOK = [{ name: 'look', parameters: [], results: [] }];
const STACK = DATA + 8 * PAGE;
const FRAME = 1;

/** `(i32) -> ()` with a frame of `size` bytes in local 1. */
function framed(name: string, size: number, code: (code: Code) => void): FunctionSource {
  return {
    name,
    parameters: [i32],
    results: [],
    locals: [i32, i32, i32],
    code: (out) => {
      out.op(Op.globalGet, STACK_POINTER).i32(size).op(Op.i32Sub).mark().tee(FRAME).op(Op.globalSet, STACK_POINTER);
      code(out);
      out.get(FRAME).i32(size).op(Op.i32Add, Op.globalSet, STACK_POINTER);
    },
  };
}

const store = (code: Code, offset: number): Code => code.get(FRAME).i32(offset).memory(Op.i32Store, 4, offset);
const load = (code: Code, offset: number): Code => code.get(FRAME).memory(Op.i32Load, 4, offset).op(Op.drop);
const look = (code: Code): Code => code.mark().call('look');

class FrameRig {
  readonly rig = new Rig();
  private readonly running: Running;

  constructor(readonly source: ReturnType<typeof assemble>) {
    this.running = this.rig.instance(instrumented(source).wasm);
  }

  run(name: string, argument = 0, stack = STACK): readonly HookEvent[] {
    this.rig.events.length = 0;
    this.running.global('stackPointer').value = stack;
    this.running.call(name, argument);
    expect(this.running.global('stackPointer').value).toBe(stack);
    return this.rig.events.filter(({ kind }) => kind !== 'import');
  }

  counted(): { bytes: number; accesses: number } {
    return this.running.counted();
  }
}

describe('frames of hand-made functions', () => {
  const source = assemble(
    [
      framed('straight', 32, (code) => load(store(store(code, 4), 8), 28)),
      framed('reads', 32, (code) => load(load(code, 4), 12)),
      framed('calls', 32, (code) => {
        load(look(store(look(store(code, 4)), 8)), 4);
        look(code);
      }),
      framed('branches', 32, (code) => {
        store(code, 0).get(0).op(Op.if, BLOCK_VOID);
        look(code).op(Op.else);
        load(code, 4).op(Op.end);
        load(load(code, 0), 4);
      }),
      framed('loops', 32, (code) => {
        store(code, 0).op(Op.loop, BLOCK_VOID);
        look(store(code, 4)).get(0).i32(1).op(Op.i32Sub).tee(0).op(Op.brIf, 0, Op.end);
        load(code, 4);
      }),
      framed('bulk', 64, (code) => {
        store(store(code, 0), 4);
        code.get(FRAME).i32(32).op(Op.i32Add).get(FRAME).i32(8).op(0xfc, 10, 0, 0);
        load(code, 32);
      }),
      framed('elsewhere', 32, (code) => {
        store(store(code, 0), 4).get(0).memory(Op.i32Load, 4).op(Op.drop);
        load(code, 4);
      }),
      framed('huge', 3 * PAGE, (code) => store(store(code, 0), 2 * PAGE)),
      framed('beyond', 32, (code) => store(store(store(code, 0), 4), 32)),
    ],
    LOOK,
  );
  const frames = new FrameRig(source);
  const page = (STACK >>> 12) - 1;
  const revokeAtLook = (bits: number): void => {
    frames.rig.onEvent = (event) => {
      if (event.kind === 'import') frames.rig.permissions[page]! &= ~bits;
    };
  };
  const fresh = (): void => {
    frames.rig.onEvent = () => undefined;
    frames.rig.permissions.fill(ALL);
  };

  it('are unseen where all is allowed, and not counted', () => {
    fresh();
    const before = frames.counted();
    for (const name of ['straight', 'reads', 'calls', 'branches', 'loops']) expect(frames.run(name, 1)).toEqual([]);
    const { accesses } = frames.counted();
    expect(accesses - before.accesses).toBe(0);
  });

  it('fault once at entry, for all that the function does to them', () => {
    fresh();
    frames.rig.permissions[page] = 0;
    const first = STACK - 32 + 4;
    expect(frames.run('straight')).toEqual([
      { kind: 'frame', first, last: STACK - 1, need: ALL, site: source.sites.get('straight')![0] },
    ]);
    frames.rig.permissions[page] = 0;
    expect(frames.run('reads')).toMatchObject([{ kind: 'frame', first, last: STACK - 17, need: READ }]);
    frames.rig.permissions[page] = READ;
    expect(frames.run('reads')).toEqual([]);
    expect(frames.run('straight')).toHaveLength(1);
  });

  it('fault again after a call that took the page away, if they are accessed once more', () => {
    fresh();
    for (const bits of [READ, WRITE, ALL]) {
      revokeAtLook(bits);
      frames.rig.permissions.fill(ALL);
      const sites = source.sites.get('calls')!;
      expect(frames.run('calls').map((event) => event.kind === 'frame' && event.site)).toEqual([sites[3], sites[5]]);
    }
  });

  it('fault after control flow joins, on the way that needs it only', () => {
    fresh();
    revokeAtLook(ALL);
    expect(frames.run('branches', 1)).toHaveLength(1);
    frames.rig.permissions.fill(ALL);
    expect(frames.run('branches', 0)).toEqual([]);
    frames.rig.permissions.fill(ALL);
    expect(frames.run('loops', 5)).toHaveLength(5);
  });

  it('are checked again after a bulk operator and after another access’s fault', () => {
    fresh();
    frames.rig.onEvent = (event) => {
      if (event.kind === 'copy' || event.kind === 'access') frames.rig.permissions[page] = 0;
    };
    expect(frames.run('bulk').map(({ kind }) => kind)).toEqual(['copy', 'frame']);
    frames.rig.permissions.fill(ALL);
    frames.rig.permissions[DATA >>> 12] = 0;
    expect(frames.run('elsewhere', DATA).map(({ kind }) => kind)).toEqual(['access', 'frame']);
  });

  it('that lie on two pages need both', () => {
    fresh();
    const stack = STACK + 16;
    expect(frames.run('straight', 0, stack)).toEqual([]);
    for (const missing of [[page], [page + 1], [page, page + 1]]) {
      for (const each of missing) frames.rig.permissions[each] = 0;
      expect(frames.run('straight', 0, stack)).toMatchObject([{ first: stack - 28, last: stack - 1, need: ALL }]);
      expect([frames.rig.permissions[page], frames.rig.permissions[page + 1]]).toEqual([ALL, ALL]);
    }
  });

  it('larger than a page, and what lies beyond them, are checked access by access', () => {
    fresh();
    frames.rig.permissions[page] = 0;
    expect(frames.run('huge')).toMatchObject([{ kind: 'access', address: STACK - PAGE }]);
    fresh();
    frames.rig.permissions[page + 1] = 0;
    expect(frames.run('beyond')).toMatchObject([{ kind: 'access', address: STACK }]);
  });
});

type Statement =
  | { kind: 'frame'; offset: number; write: boolean }
  | { kind: 'outside'; at: number; write: boolean }
  | { kind: 'call' }
  | { kind: 'loop'; times: number; body: Statement[] }
  | { kind: 'if'; then: Statement[]; otherwise: Statement[] }
  | { kind: 'leave'; when: number };

const PAGES = 3;
const SIZE = 64;

const { block } = fc.letrec<{ block: Statement[]; statement: Statement }>((tie) => ({
  block: fc.array(tie('statement'), { maxLength: 7 }),
  statement: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('frame'),
        offset: fc.nat(SIZE / 4 - 1).map((n) => n * 4),
        write: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('call') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('outside'),
        at: fc.nat(PAGES * 1024 - 1).map((n) => n * 4),
        write: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave'), when: fc.nat(3) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('loop'), times: fc.integer({ min: 1, max: 3 }), body: tie('block') }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('if'), then: tie('block'), otherwise: tie('block') }) },
  ),
}));

describe('frames of random functions', () => {
  const OTHER = DATA - PAGES * PAGE;
  const LAST_COUNTER = 3;
  /** Labels of an event, so that the replay says which one it did not expect. */
  const text = (event: HookEvent | undefined): string => JSON.stringify(event ?? 'nothing more');

  /** Writes the code; operators where a check may stand are marked, and `marks` tells which belong to a statement. */
  function generate(code: Code, list: readonly Statement[], depth: number, marks: Map<Statement, number[]>): void {
    const counter = LAST_COUNTER + depth;
    const at = (statement: Statement): void => {
      const known = marks.get(statement) ?? [];
      known.push(code.marks.length);
      marks.set(statement, known);
      code.mark();
    };
    const access = (statement: Statement, write: boolean, offset: number): void => {
      if (write) code.i32(7);
      at(statement);
      code.op(write ? Op.i32Store : Op.i32Load, 2).out.u32(offset);
      if (!write) code.op(Op.drop);
    };
    for (const statement of list) {
      switch (statement.kind) {
        case 'frame':
          code.get(FRAME);
          access(statement, statement.write, statement.offset);
          break;
        case 'outside':
          code.get(0).i32(statement.at).op(Op.i32Add);
          access(statement, statement.write, 0);
          break;
        case 'call':
          at(statement);
          code.call('look');
          break;
        case 'loop':
          code.i32(0).set(counter + 1);
          at(statement);
          code.op(Op.loop, BLOCK_VOID);
          generate(code, statement.body, depth + 1, marks);
          code
            .get(counter + 1)
            .i32(1)
            .op(Op.i32Add)
            .tee(counter + 1)
            .i32(statement.times)
            .op(Op.i32LtU);
          at(statement);
          code.op(Op.brIf, 0);
          at(statement);
          code.op(Op.end);
          break;
        case 'if':
          code.get(counter).i32(1).op(Op.i32And);
          at(statement);
          code.op(Op.if, BLOCK_VOID);
          generate(code, statement.then, depth, marks);
          at(statement);
          code.op(Op.else);
          generate(code, statement.otherwise, depth, marks);
          at(statement);
          code.op(Op.end);
          break;
        case 'leave':
          code.get(counter).i32(statement.when).op(Op.i32Sub, Op.i32Eqz);
          at(statement);
          code.op(Op.if, BLOCK_VOID);
          at(statement);
          code.op(Op.return);
          at(statement);
          code.op(Op.end);
          break;
      }
    }
  }

  function framedAccesses(list: readonly Statement[]): number {
    return list.reduce((sum, statement) => {
      if (statement.kind === 'loop') return sum + framedAccesses(statement.body);
      if (statement.kind === 'if') return sum + framedAccesses(statement.then) + framedAccesses(statement.otherwise);
      return sum + Number(statement.kind === 'frame');
    }, 0);
  }

  it('are accessed with permission, whatever calls and faults take away', () => {
    const rig = new Rig();
    fc.assert(
      fc.property(block, fc.integer(), fc.constantFrom(STACK, STACK + 32), (statements, seed, stack) => {
        const marks = new Map<Statement, number[]>();
        const source = assemble(
          [
            {
              ...framed('main', SIZE, (code) => generate(code, statements, 0, marks)),
              locals: Array.from({ length: 10 }, () => i32),
            },
          ],
          LOOK,
        );
        const sites = source.sites.get('main')!;
        const framePages = [(stack - SIZE) >>> 12, (stack - 1) >>> 12];
        const initial = seed & ALL;
        const watched = [...framePages, ...Array.from({ length: PAGES }, (_, n) => (OTHER >>> 12) + n)];
        const takeAway = (permissions: Uint8Array, kept: readonly number[], number: number): void => {
          for (const page of watched) {
            if (!kept.includes(page) && (Math.imul(number + page, 0x9e3779b1) >>> 29) & 1) permissions[page] = 0;
          }
        };
        rig.permissions.fill(ALL);
        for (const page of watched) rig.permissions[page] = initial;
        rig.events.length = 0;
        rig.onEvent = (event) => {
          const kept = event.kind === 'access' ? [event.address >>> 12] : [];
          if (event.kind !== 'frame') takeAway(rig.permissions, kept, seed + rig.events.length);
        };
        const running = rig.instance(instrumented(source).wasm);
        running.global('stackPointer').value = stack;
        running.call('main', OTHER);

        // The replay: each event where the program is when it happens, and at each access the permissions that it needs.
        const permissions = new Uint8Array(rig.permissions.length).fill(ALL);
        for (const page of watched) permissions[page] = initial;
        let next = 0;
        const frameChecks = (site: number): void => {
          for (let event = rig.events[next]; event?.kind === 'frame' && event.site === site; event = rig.events[++next])
            for (const address of [event.first, event.last]) permissions[address >>> 12]! |= event.need;
        };
        const counters = new Uint32Array(8);
        const siteOf = (statement: Statement, n: number): number => sites[marks.get(statement)![n]!]!;
        const demand = (address: number, write: boolean): void => {
          const need = write ? WRITE : READ;
          expect(permissions[address >>> 12]! & need, text(rig.events[next])).toBe(need);
        };
        const fault = (statement: Statement & { write: boolean }, address: number): void => {
          const need = statement.write ? WRITE : READ;
          if (permissions[address >>> 12]! & need) return;
          expect(rig.events[next++]).toMatchObject({ kind: 'access', address, need });
          permissions[address >>> 12]! |= need;
          takeAway(permissions, [address >>> 12], seed + next);
          frameChecks(siteOf(statement, 0));
        };
        /** False once the function has returned. */
        const replay = (list: readonly Statement[], depth: number): boolean => {
          for (const statement of list) {
            frameChecks(siteOf(statement, 0));
            switch (statement.kind) {
              case 'frame':
                // With less than two accesses there is no frame, and each is checked for itself.
                if (framedAccesses(statements) < 2) fault(statement, stack - SIZE + statement.offset);
                demand(stack - SIZE + statement.offset, statement.write);
                break;
              case 'outside':
                fault(statement, OTHER + statement.at);
                demand(OTHER + statement.at, statement.write);
                break;
              case 'call':
                expect(rig.events[next++]).toMatchObject({ kind: 'import' });
                takeAway(permissions, [], seed + next);
                break;
              case 'loop':
                for (counters[depth + 1] = 0; ;) {
                  if (!replay(statement.body, depth + 1)) return false;
                  frameChecks(siteOf(statement, 1));
                  if (++counters[depth + 1]! >= statement.times) break;
                }
                frameChecks(siteOf(statement, 2));
                break;
              case 'if':
                if (counters[depth]! & 1) {
                  if (!replay(statement.then, depth)) return false;
                  frameChecks(siteOf(statement, 1));
                } else {
                  if (!replay(statement.otherwise, depth)) return false;
                  frameChecks(siteOf(statement, 2));
                }
                break;
              case 'leave':
                if (counters[depth] === statement.when) {
                  frameChecks(siteOf(statement, 1));
                  return false;
                }
                frameChecks(siteOf(statement, 2));
                break;
            }
          }
          return true;
        };
        frameChecks(sites[0]!);
        replay(statements, 0);
        expect(next, text(rig.events[next])).toBe(rig.events.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe.each([0, 2] as const)('frames of Clang’s code at -O%i', (optimize) => {
  let rig: ProgramRig;
  let running: Running;
  let programs: CompiledPrograms;
  const page = (STACK_TOP >>> 12) - 1;

  beforeAll(async () => {
    programs = new CompiledPrograms();
    const image = await programs.image({ 'frame.c': PROGRAM }, { optimize });
    rig = new ProgramRig(image);
    running = rig.program(instrumentImage(image).wasm);
  });
  afterAll(() => programs[Symbol.dispose]());

  const run = (name: string, stack = STACK_TOP): readonly [unknown, readonly HookEvent[]] => {
    rig.events.length = 0;
    running.global('stackPointer').value = stack;
    return [running.call(name, 5), rig.events.slice()];
  };

  it('need nothing where the stack is accessible', () => {
    rig.permissions.fill(ALL);
    rig.onCall = () => undefined;
    expect(run('framed')).toEqual([12, []]);
  });

  it('fault at entry and after each call that took the page away', () => {
    let calls = 0;
    rig.onCall = () => {
      calls++;
      rig.permissions[page] = 0;
    };
    rig.permissions[page] = 0;
    const [result, events] = run('framed');
    expect([result, calls]).toEqual([12, 3]);
    expect(events.map(({ kind }) => kind)).toEqual(['frame', 'frame', 'frame', 'frame']);
  });

  it('that lie on two pages fault for either', () => {
    rig.onCall = () => undefined;
    for (const missing of [page, page + 1]) {
      rig.permissions.fill(ALL);
      rig.permissions[missing] = 0;
      const [result, events] = run('framed', STACK_TOP + 16);
      expect(result).toBe(12);
      expect(events).toMatchObject([{ kind: 'frame' }]);
      expect(rig.permissions[missing]).toBe(ALL);
    }
  });

  it('misaligned and straddling accesses ask the engine only where a page lacks the permission', () => {
    const at = (DATA >>> 12) + 1;
    rig.permissions.fill(ALL);
    rig.onCall = () => undefined;
    const unaligned = (address: number): readonly HookEvent[] => {
      rig.events.length = 0;
      running.call('unaligned', address);
      return rig.events.slice();
    };
    expect(unaligned(DATA + 1)).toEqual([]);
    expect(unaligned(DATA + PAGE - 2)).toEqual([]);
    rig.permissions[at] = 0;
    expect(unaligned(DATA + PAGE - 5)).toEqual([]);
    expect(unaligned(DATA + PAGE - 2)).toMatchObject([{ address: DATA + PAGE - 2, bytes: 4, need: READ }]);
    rig.permissions[at] = 0;
    expect(unaligned(DATA + PAGE + 1)).toMatchObject([{ address: DATA + PAGE + 1, bytes: 4, need: READ }]);
  });

  it('copies ask the engine for a range of which a page lacks the permission, and for no other', () => {
    rig.onCall = () => undefined;
    const [to, from, bytes] = [DATA, DATA + 4 * PAGE, 3 * PAGE - 8];
    const ranges = (): readonly HookEvent[] => {
      rig.events.length = 0;
      running.call('copy', to + 4, from + 4);
      return rig.events.filter(({ kind }) => kind === 'range');
    };
    const reads = { kind: 'range', address: from + 4, bytes, need: READ };
    const writes = { kind: 'range', address: to + 4, bytes, need: WRITE };
    rig.permissions.fill(ALL);
    expect(ranges()).toEqual([]);
    for (let page = 0; page < 3; page++) {
      rig.permissions.fill(ALL);
      rig.permissions[(from >>> 12) + page] = WRITE;
      expect(ranges()).toMatchObject([reads]);
      rig.permissions[(to >>> 12) + page] = READ;
      expect(ranges()).toMatchObject([reads, writes]);
    }
    rig.permissions.fill(ALL);
    for (const [neighbour, bits] of [
      [(from >>> 12) - 1, 0],
      [(from >>> 12) + 3, 0],
      [from >>> 12, READ],
      [to >>> 12, WRITE],
    ] as const)
      rig.permissions[neighbour] = bits;
    expect(ranges()).toEqual([]);
  });
});

const PROGRAM = `
#define TEST(name) __attribute__((import_module("test"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name), noinline))
TEST(touch) void touch(void);
EXPORT(framed) int framed(int x) {
  volatile int a[4];
  a[0] = x;
  a[1] = x + 1;
  touch();
  a[2] = a[0] + a[1];
  touch();
  for (int i = 0; i < 1; i++) {
    a[3] = a[2] + 1;
    touch();
  }
  return a[3];
}
EXPORT(unaligned) int unaligned(const char *p) {
  struct packed { int value; } __attribute__((packed));
  return ((const struct packed *)p)->value;
}
EXPORT(copy) void copy(char *to, const char *from) { __builtin_memcpy(to, from, 3 * 4096 - 8); }
int main(void) { return 0; }
`;
