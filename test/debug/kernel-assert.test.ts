/** A failed assertion of a kernel is an exception; a CUDA program goes on with an error, and the report says which kernel ended. */
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Engine } from '../../engine/index.js';
import { Driven, request } from './rig.js';

const engine = new Engine();
afterAll(() => {
  engine[Symbol.dispose]();
});

const PROGRAM = fileURLToPath(new URL('../workloads/cuda/asserts.cu', import.meta.url));

it('stops at the assertion and at what comes of it, and goes on', async () => {
  await using driven = await Driven.launch(engine, request(PROGRAM));
  const { session } = driven;
  const stops: string[] = [];
  const lines: number[] = [];
  let outcome = await driven.outcome(() => {
    session.start({ stopOnEntry: false });
  });
  while ('stop' in outcome) {
    stops.push(outcome.stop.description);
    lines.push((await driven.top(outcome.stop)).line);
    outcome = await driven.outcome(() => {
      session.continue();
    });
  }
  const says = (what: string): unknown => expect.stringContaining(what);
  expect(stops).toEqual([
    says('value <= most` at asserts.cu:13 failed'),
    says('cudaDeviceSynchronize returned cudaErrorAssert (710)'),
    says('cudaMalloc returned cudaErrorAssert (710)'),
    says('cudaLaunchKernel returned cudaErrorAssert (710)'),
    says('least` at asserts.cu:19 failed'),
    says('cudaStreamCreate returned cudaErrorAssert (710)'),
  ]);
  expect([lines[0], lines[4]]).toEqual([13, 19]);
  expect(driven.output).toContain('asserts: passed\n');
  expect(outcome.ended.exit).toMatchObject({ status: 0, signal: null });
  expect(outcome.ended.notes).toEqual([
    expect.stringMatching(/asserts\.cu:13 failed .* reverse\(int\*, int\) ended there/),
  ]);
});
