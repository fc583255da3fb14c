/** Threads of a block that wait for each other, without WebAssembly: what each does is a list of steps. */
import { describe, expect, it } from 'vitest';
import { BlockThreads, StuckBlock } from '../../engine/execution/block-threads.js';
import { ThreadState, ThreadTable } from '../../engine/toolchain/thread-table.js';
import { Exchange } from '../../engine/execution/warp-exchange.js';

type Step =
  | { readonly kind: 'barrier'; readonly vote?: number }
  | { readonly kind: 'grid' }
  | {
      readonly kind: 'exchange';
      readonly operation: number;
      readonly low?: number;
      readonly mask?: number;
      readonly argument?: number;
      readonly width?: number;
      readonly line?: number;
    };

function tableOf(threads: number): ThreadTable {
  return new ThreadTable(new ArrayBuffer(ThreadTable.bytesFor(threads)), 0, threads);
}

/** Does what the code of threads does; `step` runs one until it says in its state what it waits for, or else returns. */
function running(
  table: ThreadTable,
  step: (thread: number, resumed: boolean) => void,
): (first: number, end: number, limit: number) => number {
  const { state } = table;
  return (first, end, limit) => {
    let states = 0;
    for (let thread = first; thread < end; thread++) {
      const before = state[thread]!;
      if (before <= limit) {
        state[thread] = ThreadState.running;
        step(thread, before !== ThreadState.fresh);
        if (state[thread] === ThreadState.running) state[thread] = ThreadState.done;
      }
      states |= 1 << state[thread]!;
    }
    return states;
  };
}

/** Runs the steps of each thread; gives the results, in the order of the steps. */
function run(steps: readonly (readonly Step[])[], lanes = 4): { readonly results: number[][]; readonly turns: number } {
  const table = tableOf(steps.length);
  const block = new BlockThreads(table, lanes);
  const next = steps.map(() => 0);
  const results: number[][] = steps.map(() => []);
  let turns = 1;
  const code = running(table, (thread, resumed) => {
    if (resumed) results[thread]!.push(table.resultLow[thread]!);
    const step = steps[thread]![next[thread]!++];
    if (!step) return;
    if (step.kind === 'barrier') {
      table.low[thread] = step.vote ?? 0;
      table.state[thread] = ThreadState.vote;
    } else if (step.kind === 'grid') table.state[thread] = ThreadState.grid;
    else {
      table.operation[thread] = step.operation;
      table.low[thread] = step.low ?? thread;
      table.maskLow[thread] = step.mask ?? 0;
      table.argument[thread] = step.argument ?? 0;
      table.width[thread] = step.width ?? lanes;
      table.line[thread] = step.line ?? 1;
      table.state[thread] = ThreadState.exchange;
    }
  });
  while (block.advance(code) === 'grid') turns++;
  return { results, turns };
}

const exchange = (operation: number, more: object = {}): Step => ({ kind: 'exchange', operation, ...more });

describe('the threads of a block', () => {
  it('pass a barrier together and learn how many voted', () => {
    const votes = [1, 0, 1, 1, 0];
    const { results } = run(votes.map((vote) => [{ kind: 'barrier', vote }]));
    expect(results).toEqual(votes.map(() => [3]));
  });

  it.each([
    ['shuffle', { argument: 2 }, [2, 2, 2, 2]],
    ['shuffleUp', { argument: 1 }, [0, 0, 1, 2]],
    ['shuffleDown', { argument: 1 }, [1, 2, 3, 3]],
    ['shuffleDown', { argument: 1, width: 2 }, [1, 1, 3, 3]],
    ['shuffleXor', { argument: 1 }, [1, 0, 3, 2]],
    ['ballot', {}, [0b1110, 0b1110, 0b1110, 0b1110]],
    ['reduceAdd', {}, [6, 6, 6, 6]],
    ['reduceMax', {}, [3, 3, 3, 3]],
    ['matchAny', {}, [1, 2, 4, 8]],
  ] as const)('of a warp exchange by %s %j', (name, more, expected) => {
    const { results } = run(Array.from({ length: 4 }, () => [exchange(Exchange[name], { mask: 0b1111, ...more })]));
    expect(results.map(([value]) => value)).toEqual(expected);
  });

  it('do not wait for lanes that have returned', () => {
    const { results } = run([
      [exchange(Exchange.active, { mask: 0b1111 })],
      [],
      [exchange(Exchange.active, { mask: 0b1111 })],
    ]);
    expect(results).toEqual([[0b101], [], [0b101]]);
  });

  it('converge at one place when nobody else of the warp can go on', () => {
    const early = [exchange(Exchange.active, { line: 5 }), exchange(Exchange.active, { line: 9 })];
    const late = [exchange(Exchange.active, { line: 9 })];
    expect(run([early, late, early, late]).results).toEqual([[0b101, 0b1111], [0b1111], [0b101, 0b1111], [0b1111]]);
  });

  it('are told of when they wait for each other for ever', () => {
    const steps: Step[][] = [[exchange(Exchange.shuffleDown, { mask: 3, line: 7 })], [{ kind: 'barrier' }]];
    expect(() => run(steps)).toThrow(StuckBlock);
    expect(() => run(steps)).toThrow(/0 at a warp's shuffleDown on line 7 with mask 0x3, 1 at __syncthreads\(\)/);
  });

  /** Threads that look at a flag until it has changed, and others that change it after some looks of their own. */
  function lookFor(lookers: readonly number[], threads: number, looks: number): number {
    const table = tableOf(threads);
    const look = (thread: number, line: number): void => {
      table.operation[thread] = Exchange.volatileAccess;
      table.line[thread] = line;
      table.state[thread] = ThreadState.exchange;
    };
    let [flag, looked] = [false, 0];
    const left = Array.from({ length: threads }, () => looks);
    const block = new BlockThreads(table, 4);
    const code = running(table, (thread) => {
      if (!lookers.includes(thread)) {
        if (left[thread]!-- > 0) look(thread, 9);
        else flag = true;
      } else if (!flag) {
        looked++;
        look(thread, 5);
      }
    });
    while (block.advance(code) === 'looks');
    return looked;
  }

  it('that look at a flag again and again leave turns to other warps', () => {
    expect(lookFor([0, 1, 2, 3], 8, 3)).toBeGreaterThan(4);
  });

  it('that look at a flag again and again leave turns to lanes of their warp that are further on', () => {
    expect(lookFor([0, 2], 4, 3)).toBeGreaterThan(4);
  });

  it('leave turns to other blocks, also if they pass barriers in between', () => {
    for (const barriers of [false, true]) {
      const table = tableOf(4);
      const block = new BlockThreads(table, 4);
      let [turns, steps] = [0, 0];
      const code = running(table, (thread) => {
        // The flag is another block's, which sets it when this one has had three turns.
        if (turns >= 3) return;
        table.operation[thread] = Exchange.volatileAccess;
        table.state[thread] = barriers && steps++ % 8 >= 4 ? ThreadState.barrier : ThreadState.exchange;
      });
      while (block.advance(code) === 'looks') turns++;
      expect(turns).toBeGreaterThanOrEqual(3);
    }
  });

  it('wait for other blocks where the grid does', () => {
    expect(run([[{ kind: 'grid' }], [{ kind: 'grid' }, { kind: 'grid' }]]).turns).toBe(3);
  });
});

describe('a thread that waits for a word', () => {
  /** Thread 0 waits for a word that thread 1 changes after `delay` turns of its own, or never. */
  function handOver(delay: number): string[] {
    const words = new Map([[4, 7]]);
    const seen: string[] = [];
    const table = tableOf(2);
    const block = new BlockThreads(table, 4, (address) => words.get(address) ?? 0, 'a barrier');
    const wait = (thread: number, address: number, value: number): void => {
      table.word[thread] = address;
      table.value[thread] = value;
      table.state[thread] = ThreadState.word;
    };
    let turns = 0;
    block.advance(
      running(table, (thread, resumed) => {
        seen.push(`${thread}${resumed ? '+' : ''}`);
        if (thread === 0 && !resumed) wait(0, 4, 7);
        else if (thread === 1 && turns++ < delay) wait(1, 0, 0);
        else if (thread === 1 && delay < 5) words.set(4, 8);
      }),
    );
    return seen;
  }

  it('goes on when it has changed, and others take turns meanwhile', () => {
    expect(handOver(0)).toEqual(['0', '1', '0+']);
    expect(handOver(2)).toEqual(['0', '1', '1+', '1+', '0+']);
  });

  it('is told of if nobody is left to change it', () => {
    expect(() => handOver(5)).toThrow(/for ever: 0 for a lock, or for an iteration before theirs/);
  });
});
