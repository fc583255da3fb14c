/** The debugger on real programs: what stops, what is seen, and that being watched changes nothing. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { DebugError, Engine, type CompletedRun, type Stop } from '../../engine/index.js';
import { Driven, eventLog, request, workload } from './rig.js';

const engine = new Engine();
afterAll(() => {
  engine[Symbol.dispose]();
});

const ADD = workload('cuda/add.cu');
const MATMUL = workload('cuda/matmul.cu');
/** Lines of add.cu: the loop's body in the kernel, and the statement that fills y. */
const KERNEL_BODY = 11;
const FILLS_Y = 25;

describe('breakpoints', () => {
  it('stop at a line with its variables, and at a kernel’s thread by its place in the grid', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    const [line] = await session.setBreakpoints(ADD, [{ line: FILLS_Y, hitCondition: '3' }]);
    expect(line).toMatchObject({ verified: true, line: FILLS_Y, path: ADD });
    await session.setFunctionBreakpoints([
      { name: 'add', condition: 'blockIdx.x == 3 && threadIdx.x == 17' },
      { name: 'nosuch' },
    ]);
    const first = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    expect(first).toMatchObject({ reason: 'breakpoint', breakpointIds: [line?.id] });
    const locals = await driven.variables(await driven.top(first));
    expect(locals.get('i')?.value).toBe('2');
    expect(locals.get('n')?.value).toBe('1048576');
    const inKernel = await driven.stop(() => {
      session.continue();
    });
    expect(inKernel.reason).toBe('function breakpoint');
    const frame = await driven.top(inKernel);
    expect(frame).toMatchObject({ kind: 'user', path: ADD });
    const grid = await driven.variables(frame);
    expect(grid.get('blockIdx')?.value).toBe('(3, 0, 0)');
    expect((await session.evaluate('threadIdx.x', frame.id)).value).toBe('17');
    expect((await session.evaluate('blockIdx.x * blockDim.x + threadIdx.x', frame.id)).value).toBe('785');
    expect(session.threads().map(({ name }) => name)).toEqual(['main', 'gpu0 · block (3,0,0) thread (17,0,0)']);
    // The host waits in the launch.
    const [host] = await session.stack(1);
    expect(host).toMatchObject({ name: 'main', path: ADD });
  });

  it('evaluate C++ conditions, log instead of stopping, and say why they cannot be set', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    const answers = await session.setBreakpoints(ADD, [
      { line: FILLS_Y, condition: 'i == 7' },
      { line: FILLS_Y, logMessage: 'i is {i}, {nope}', condition: 'i < 2' },
      { line: 10_000 },
      { line: 1, hitCondition: 'often' },
    ]);
    expect(answers.map(({ verified }) => verified)).toEqual([true, true, false, false]);
    expect(answers[2]?.message).toBe('There is no code at this line or after it.');
    expect(answers[3]?.message).toContain("'often' is no hit count");
    expect((await session.setBreakpoints('/elsewhere.c', [{ line: 1 }]))[0]?.message).toContain('no code');
    const stop = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    expect(stop.breakpointIds).toEqual([answers[0]?.id]);
    expect((await driven.variables(await driven.top(stop))).get('i')?.value).toBe('7');
    expect(driven.logged).toEqual([0, 1].map((i) => `i is ${i}, {use of undeclared identifier 'nope'}`));
  });

  it('change no event of the program', async () => {
    const plain = await engine.run(
      request(MATMUL),
      { stdout: () => undefined, stderr: () => undefined, progress: () => undefined },
      new AbortController().signal,
    );
    if (!plain.compiled) throw new Error('matmul does not compile');
    await using driven = await Driven.launch(engine, request(MATMUL));
    const { session } = driven;
    await session.setBreakpoints(MATMUL, [{ line: 20, condition: 'blockIdx.x == 1 && threadIdx.x == 3' }]);
    await session.setEventFilters([{ id: 'migrate', condition: 'bytes > 64K' }, { id: 'deviceFault' }]);
    let outcome = await driven.outcome(() => {
      session.start({ stopOnEntry: true });
    });
    for (let n = 0; n < 10 && 'stop' in outcome; n++)
      outcome = await driven.outcome(() => {
        session.step(n % 2 === 0 ? 'over' : 'in', 'line');
      });
    await session.setBreakpoints(MATMUL, []);
    await session.setEventFilters([]);
    const run = await driven.end(() => {
      session.continue();
    });
    expect(eventLog(run)).toEqual(eventLog(plain));
    expect(run.tables.simulatedNs).toBe(plain.tables.simulatedNs);
  });
});

describe('events', () => {
  it('stop the program with the whole record; a migration is stepped through phase by phase', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    const answers = await session.setEventFilters([
      { id: 'deviceFault', condition: 'page in y' },
      { id: 'nope' },
      { id: 'migrate', condition: 'bytes >' },
    ]);
    expect(answers.map(({ verified }) => verified)).toEqual([true, false, false]);
    const stop = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    expect(stop.reason).toBe('exception');
    expect(stop.exception).toMatchObject({
      filter: 'deviceFault',
      data: { allocation: { name: 'y' }, from: 'cpu', to: 'gpu0' },
    });
    const { page, address } = stop.exception?.data as { page: number; address: number };
    const nodes: unknown[] = [];
    const names: string[] = [];
    for (let n = 0; n < 5; n++) {
      const phase = await driven.stop(() => {
        session.step('in', 'line');
      });
      const top = await driven.top(phase);
      names.push(top.name);
      expect(top.kind).toBe('engine');
      const seen = await driven.variables(top);
      expect(seen.get('npages')?.value).toBe('1');
      expect(seen.get(`page 0x${page.toString(16)}`)).toBeDefined();
      const [run] = session.residency(address, 1);
      nodes.push([run?.node, run?.state]);
    }
    expect(names).toEqual([
      'migrate_vma_collect',
      'migrate_vma_unmap',
      'driver: allocate at the target',
      'migrate_vma_pages, copy',
      'migrate_vma_finalize',
    ]);
    expect(nodes).toEqual([...Array.from({ length: 4 }, () => ['cpu', 'migrating']), ['gpu0', 'resident']]);
    const after = await driven.stop(() => {
      session.step('in', 'line');
    });
    expect((await driven.top(after)).kind).toBe('user');
    expect(session.pageHistory(page, 10).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['cpuFault', 'deviceFault', 'migrate']),
    );
  });

  it('step out of a migration finishes it', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    await session.setEventFilters([{ id: 'deviceFault' }]);
    const stop = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    await driven.stop(() => {
      session.step('in', 'line');
    });
    await session.setEventFilters([]);
    const after = await driven.stop(() => {
      session.step('out', 'line');
    });
    expect((await driven.top(after)).kind).toBe('user');
    const { address } = stop.exception?.data as { address: number };
    expect(session.residency(address, 1)[0]?.node).toBe('gpu0');
  });

  it('errors of the program stop it where they happen', async () => {
    for (const [source, headline] of [
      ['cuda/null_kernel.cu', 'SIGSEGV: gpu0 wrote 4 bytes'],
      ['c/null_cpu.c', 'SIGSEGV: cpu read 4 bytes'],
    ] as const) {
      await using driven = await Driven.launch(engine, request(workload(source)));
      const stop = await driven.stop(() => {
        driven.session.start({ stopOnEntry: false });
      });
      expect(stop.exception?.headline).toContain(headline);
      expect((await driven.top(stop)).kind).toBe('user');
      const run = await driven.end(() => {
        driven.session.continue();
      });
      expect(run.exit.signal).toBe('SIGSEGV');
    }
  });
});

describe('data breakpoints', () => {
  const hits = async (driven: Driven, count: number): Promise<string[]> => {
    const found: string[] = [];
    for (let n = 0; n < count; n++) {
      const stop = await driven.stop(() => {
        driven.session.continue();
      });
      expect(stop.reason).toBe('data breakpoint');
      const top = await driven.top(stop);
      found.push(`${stop.description.replace(/ at .*/, '')} ${top.name.replace(/\(.*/, '')}:${top.line}`);
    }
    return found;
  };

  it('see the CPU’s and the device’s accesses alike, and change no event', async () => {
    const plain = await engine.run(
      request(ADD),
      { stdout: () => undefined, stderr: () => undefined, progress: () => undefined },
      new AbortController().signal,
    );
    if (!plain.compiled) throw new Error('add does not compile');
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    await session.setBreakpoints(ADD, [{ line: 23 }]);
    await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    await session.setBreakpoints(ADD, []);
    const y = await session.evaluate('y', null);
    const address = (y.memoryAddress ?? 0) + 4 * 70_000;
    const [answer] = await session.setDataBreakpoints([{ address, bytes: 4, access: 'readWrite' }]);
    expect(answer?.verified).toBe(true);
    expect(await hits(driven, 4)).toEqual([
      'About to be written main:25',
      'About to be read add:11',
      'About to be written add:11',
      'About to be read main:39',
    ]);
    // Back from the CPU's read to the device's write: the same access.
    const back = await driven.stop(() => {
      session.reverseContinue();
    });
    expect((await driven.top(back)).line).toBe(11);
    expect(session.threads()[1]?.name).toBe('gpu0 · block (17,0,0) thread (112,0,0)');
    const [migration] = await session.setDataBreakpoints([{ address, bytes: 4, access: 'migrate' }]);
    const migrates = await driven.stop(() => {
      session.continue();
    });
    expect(migrates.breakpointIds).toEqual([migration?.id]);
    await driven.stop(() => {
      session.step('over', 'line');
    });
    const again = await driven.stop(() => {
      session.reverseContinue();
    });
    expect(again.position).toEqual(migrates.position);
    await session.setDataBreakpoints([]);
    const run = await driven.end(() => {
      session.continue();
    });
    expect(eventLog(run)).toEqual(eventLog(plain));
  });

  it('see changes of a variable in a function’s frame', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    await session.setBreakpoints(ADD, [{ line: 24 }]);
    await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    await session.setBreakpoints(ADD, []);
    const i = await session.evaluate('i', null);
    const at = { address: i.address ?? 0, bytes: i.bytes ?? 0 };
    const answers = await session.setDataBreakpoints([
      { ...at, access: 'read' },
      { ...at, access: 'write', condition: 'i % 2 == 0' },
    ]);
    expect(answers.map(({ verified }) => verified)).toEqual([false, true]);
    // A condition on what LLDB does not know does not end the debugger: the program stops, and it is said why.
    await session.setBreakpoints(ADD, [{ line: FILLS_Y, condition: 'nope == 1 && i == 3' }]);
    expect(
      (
        await driven.stop(() => {
          session.continue();
        })
      ).reason,
    ).toBe('breakpoint');
    expect(driven.logged.at(-1)).toContain("use of undeclared identifier 'nope'");
    await session.setBreakpoints(ADD, []);
    for (const value of ['2', '4']) {
      expect(await hits(driven, 1)).toEqual(['Changed main:24']);
      expect((await session.evaluate('i', null)).value).toBe(value);
    }
  });
});

describe('time travel', () => {
  const places = async (driven: Driven, stop: Stop): Promise<readonly unknown[]> => {
    const top = await driven.top(stop);
    return [stop.position.event, stop.position.step, top.name, top.line];
  };

  it('a step back undoes a step', async () => {
    await using driven = await Driven.launch(engine, request(MATMUL));
    const { session } = driven;
    await session.setBreakpoints(MATMUL, [{ line: 20 }]);
    const there: (readonly unknown[])[] = [];
    there.push(
      await places(
        driven,
        await driven.stop(() => {
          session.start({ stopOnEntry: false });
        }),
      ),
    );
    await session.setBreakpoints(MATMUL, []);
    for (let n = 0; n < 4; n++)
      there.push(
        await places(
          driven,
          await driven.stop(() => {
            session.step('over', 'line');
          }),
        ),
      );
    const back = [there.pop()];
    for (let n = 0; n < 4; n++)
      back.push(
        await places(
          driven,
          await driven.stop(() => {
            session.stepBack('line');
          }),
        ),
      );
    expect(back.slice(1)).toEqual(there.reverse());
  });

  it('goes to an event and on from it, back to the last breakpoint, and to the beginning', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    await session.setBreakpoints(ADD, [{ line: FILLS_Y, condition: 'i == 5' }]);
    const first = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    const event = await driven.stop(() => {
      session.runToEvent(3000);
    });
    expect(event.position.event).toBe(3000);
    const back = await driven.stop(() => {
      session.reverseContinue();
    });
    expect(back.position).toEqual(first.position);
    expect((await driven.variables(await driven.top(back))).get('i')?.value).toBe('5');
    const entry = await driven.stop(() => {
      session.reverseContinue();
    });
    expect(entry.reason).toBe('entry');
    await session.setBreakpoints(ADD, []);
    const run = await driven.end(() => {
      session.continue();
    });
    expect(run.exit).toMatchObject({ status: 0, reason: 'exited' });
    // Printed once, however often the program ran.
    expect(driven.output).toBe('add: max error 0\n');
  });

  it('looks at another thread of a grid, restarts a frame, steps single operators', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    await session.setBreakpoints(ADD, [{ line: KERNEL_BODY }]);
    await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    const focused = await driven.stop(() => {
      void session.focus({ block: [2, 0, 0], thread: [5, 0, 0] });
    });
    expect(session.threads()[1]?.name).toBe('gpu0 · block (2,0,0) thread (5,0,0)');
    const entry = await driven.top(focused);
    await session.setBreakpoints(ADD, []);
    await driven.stop(() => {
      session.step('over', 'line');
    });
    const stop = await driven.stop(() => {
      session.step('over', 'line');
    });
    const frame = await driven.top(stop);
    const restarted = await driven.stop(() => {
      session.restartFrame(frame.id);
    });
    expect((await driven.top(restarted)).codeOffset).toBe(entry.codeOffset);
    const offsets: (number | null)[] = [entry.codeOffset];
    for (let n = 0; n < 3; n++)
      offsets.push(
        (
          await driven.top(
            await driven.stop(() => {
              session.step('over', 'instruction');
            }),
          )
        ).codeOffset,
      );
    const listed = await session.disassemble(entry.codeOffset ?? 0, 0, 4);
    expect(offsets).toEqual(listed.map(({ codeOffset }) => codeOffset));
    await expect(session.focus({ block: [64, 0, 0], thread: [0, 0, 0] })).rejects.toThrow(DebugError);
  });
});

describe('a running program', () => {
  it('that is travelling is over when its session is', async () => {
    await using driven = await Driven.launch(engine, request(ADD));
    const { session } = driven;
    await session.setBreakpoints(ADD, [{ line: FILLS_Y }]);
    await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    const heard: string[] = [];
    void driven
      .outcome(() => {
        session.reverseContinue();
      })
      .then(
        () => heard.push('outcome'),
        () => heard.push('failure'),
      );
    await session.dispose();
    // Whatever was on its way has had its turn.
    await driven.session.dispose();
    expect(heard).toEqual([]);
    expect(session.stopped).toBe(false);
  });

  it('can be paused in a kernel’s endless loop, and leaves no thread behind', async () => {
    await using driven = await Driven.launch(engine, request(workload('cuda/endless.cu')));
    const { session } = driven;
    const pausedAfter = (action: () => void): Promise<Stop> =>
      driven.stop(() => {
        action();
        setTimeout(() => {
          session.pause();
        }, 100);
      });
    let paused = await pausedAfter(() => {
      session.start({ stopOnEntry: false });
    });
    // It may not have come to its kernel yet.
    for (let n = 0; n < 100 && paused.threadId === 1; n++)
      paused = await pausedAfter(() => {
        session.continue();
      });
    expect(paused.reason).toBe('pause');
    expect((await driven.top(paused)).name).toContain('waitForFlag');
    session.continue();
    expect(() => {
      session.step('over', 'line');
    }).toThrow('The program is running');
  });
});

describe('host threads', () => {
  const THREADS = workload('c/threads.c');
  const lineWith = (text: string): number =>
    readFileSync(THREADS, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1;

  it('are listed with what they wait for, each with its own frames and variables', async () => {
    await using driven = await Driven.launch(engine, request(THREADS));
    const { session } = driven;
    await session.setBreakpoints(THREADS, [{ line: lineWith('total += value;'), hitCondition: '3' }]);
    const stop = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    const threads = session.threads();
    expect(threads.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^main/),
      expect.stringMatching(/^thread 2/),
      expect.stringMatching(/^thread 3/),
    ]);
    expect(threads[0]?.name).toBe('main · waits for a condition');
    expect(threads.map(({ id }) => id)).toContain(stop.threadId);
    expect(stop.threadId).not.toBe(1);
    const frames = (await session.stack(1)).filter(({ kind }) => kind === 'user');
    expect(frames.map(({ name }) => name)).toEqual(['give', 'main']);
    const host = frames[1];
    expect(host).toMatchObject({ name: 'main', line: lineWith('give(value);') });
    const locals = await driven.variables(host!);
    expect(locals.get('count')?.value).toBe('100');
    expect((await driven.top(stop)).name).toBe('consume');
  });

  it('are stepped one at a time: another thread’s lines end no step', async () => {
    await using driven = await Driven.launch(engine, request(THREADS));
    const { session } = driven;
    await session.setBreakpoints(THREADS, [{ line: lineWith('while (filled == 0)'), hitCondition: '5' }]);
    let stop = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    await session.setBreakpoints(THREADS, []);
    const { threadId } = stop;
    for (let step = 0; step < 12; step++) {
      stop = await driven.stop(() => {
        session.step('over', 'line');
      });
      expect(stop.threadId).toBe(threadId);
      expect((await driven.top(stop)).name).toBe('consume');
    }
  });

  it('are where they were after going back', async () => {
    await using driven = await Driven.launch(engine, request(THREADS));
    const { session } = driven;
    await session.setBreakpoints(THREADS, [{ line: lineWith('total += value;'), hitCondition: '>= 20' }]);
    const first = await driven.stop(() => {
      session.start({ stopOnEntry: false });
    });
    const before = [session.threads(), (await driven.top(first)).line, (await session.evaluate('total', null)).value];
    await driven.stop(() => {
      session.continue();
    });
    const again = await driven.stop(() => {
      session.reverseContinue();
    });
    expect([session.threads(), (await driven.top(again)).line, (await session.evaluate('total', null)).value]).toEqual(
      before,
    );
  });

  it('record the same events under a debugger', async () => {
    await using driven = await Driven.launch(engine, request(THREADS));
    const ended = await driven.end(() => {
      driven.session.start({ stopOnEntry: false });
    });
    const plain = await engine.run(
      request(THREADS),
      { stdout: () => undefined, stderr: () => undefined, progress: () => undefined },
      new AbortController().signal,
    );
    if (!plain.compiled) throw new Error('it does not compile');
    const kinds = (run: CompletedRun): string[] => eventLog(run);
    expect(kinds(ended)).toEqual(kinds(plain));
  });
});
