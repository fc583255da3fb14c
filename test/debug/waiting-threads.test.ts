/** Threads that wait for each other, under the debugger: each has its own frames after a barrier, whoever ran meanwhile. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Engine } from '../../engine/index.js';
import { Driven, request } from './rig.js';

const engine = new Engine();
afterAll(() => {
  engine[Symbol.dispose]();
});

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url));
const TWO_WAYS = program('two_ways.cu');
/** What each function returns behind the barrier. */
const [EVEN, ODD] = [9, 16] as const;

it('frames of blocks that have waited are their own', async () => {
  await using driven = await Driven.launch(engine, request(TWO_WAYS));
  const { session } = driven;
  await session.setBreakpoints(TWO_WAYS, [{ line: EVEN }, { line: ODD }]);
  const seen: string[] = [];
  let act = (): void => {
    session.start({ stopOnEntry: false });
  };
  for (let block = 0; block < 4; block++) {
    const stop = await driven.stop(act);
    act = () => {
      session.continue();
    };
    const [top] = await session.stack(stop.threadId);
    const value = async (name: string): Promise<string> => (await session.evaluate(name, top!.id)).value;
    const mine = top!.line === EVEN ? await value('mine') : await value('theirs');
    seen.push(`${top!.name}:${String(top!.line)} ${await value('block')} ${mine}`);
  }
  expect(seen).toEqual([
    'even(int):9 0 0',
    'odd(int, long long):16 1 1001',
    'even(int):9 2 20',
    'odd(int, long long):16 3 1003',
  ]);
  const { exit } = await driven.end(act);
  expect(exit).toMatchObject({ status: 0 });
});

it('a team’s thread stands on the frames of the code that runs the team', async () => {
  const source = program('nested.c');
  await using driven = await Driven.launch(engine, request(source));
  const { session } = driven;
  // Behind the call in which another team's threads used the same places.
  await session.setBreakpoints(source, [{ line: 20 }]);
  const seen: string[] = [];
  let act = (): void => {
    session.start({ stopOnEntry: false });
  };
  for (let thread = 0; thread < 3; thread++) {
    const stop = await driven.stop(act);
    act = () => {
      session.continue();
    };
    const stack = await session.stack(stop.threadId);
    const names = stack.flatMap(({ kind, name, line }) => (kind === 'user' ? [`${name}:${String(line)}`] : []));
    seen.push(`${names.join(' < ')} ${(await session.evaluate('kept', stack[0]!.id)).value}`);
  }
  expect(seen).toEqual([0, 100, 200].map((kept) => `deep:20 < main, parallel region:31 < main:27 ${kept}`));
  const { exit } = await driven.end(act);
  expect(exit).toMatchObject({ status: 0 });
});
