/** Under the debugger, too, the report says where bits are lost; a step over such a line ends at the next one. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Engine } from '../../engine/index.js';
import { Driven, request } from './rig.js';

const engine = new Engine();
afterAll(() => {
  engine[Symbol.dispose]();
});

const PROGRAM = fileURLToPath(new URL('programs/lost_bits.cu', import.meta.url));

it.each(['in', 'over'] as const)('a step %s the check of a product', async (how) => {
  await using driven = await Driven.launch(engine, request(PROGRAM));
  const { session } = driven;
  await session.setBreakpoints(PROGRAM, [{ line: 7 }, { line: 16 }]);
  await driven.stop(() => {
    session.start({ stopOnEntry: false });
  });
  const lines: number[] = [];
  const step = async (): Promise<void> => {
    const top = await driven.top(
      await driven.stop(() => {
        session.step(how, 'line');
      }),
    );
    lines.push(top.line);
  };
  await step();
  const kernel = await driven.top(
    await driven.stop(() => {
      session.continue();
    }),
  );
  await step();
  await session.setBreakpoints(PROGRAM, []);
  const run = await driven.end(() => {
    session.continue();
  });
  expect([kernel.line, ...lines]).toEqual([7, 17, 8]);
  expect(driven.output).toBe('0\n');
  expect(run.notes).toEqual([expect.stringContaining('lost_bits.cu:16, lost_bits.cu:7 does not fit')]);
});
