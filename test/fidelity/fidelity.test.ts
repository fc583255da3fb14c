/** The figures of docs/fidelity.md are those of a new run, none differs from what is expected, and optimization changes none. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listDrivers } from '../../engine/index.js';
import { ProgramRuns } from '../program-runs.js';
import { DOCUMENT, fidelity, figure, PROGRAM_FOLDER, type Fidelity } from './document.js';
import { TOPICS } from './expectations.js';
import { matches } from './figures.js';
import { SHARES } from './oversubscription.js';
import { runExpectation } from './run-expectation.js';

let runs: ProgramRuns;
let done: Fidelity;

beforeAll(async () => {
  runs = new ProgramRuns(PROGRAM_FOLDER);
  done = await fidelity(runs);
}, 600_000);

afterAll(() => {
  runs[Symbol.dispose]();
});

it.each(TOPICS.map(({ title }, index) => ({ title, index })))('uvm gives what is expected: $title', ({ index }) => {
  const different = done.topics[index]?.rows.filter(({ ok }) => !ok);
  expect(different).toEqual([]);
});

it('the document says what a new run gives', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(done.document);
});

it('a difference is seen', () => {
  expect(matches({ got: 3, expected: 3 }) && matches({ got: 3, expected: [1, 3] })).toBe(true);
  expect(matches({ got: 4, expected: 3 }) || matches({ got: 4, expected: [1, 3] })).toBe(false);
  expect(figure({ got: 4, expected: 3 })).toBe('**4 ≠ 3**');
});

it('the figures without optimization are the same', async () => {
  const exact = TOPICS.flatMap(({ rows }) => rows).filter(({ words }) => !words.includes('4096 256'));
  const different = [];
  for (const row of exact) {
    const compared = await runExpectation(runs, row, ['-O0']);
    if (!compared.ok) different.push(compared);
  }
  expect(different).toEqual([]);
}, 600_000);

it.each(listDrivers().map(({ name }) => name))('computes right on a device that is too small (%s)', (driver) => {
  const all = done.oversubscribed.filter((run) => run.driver === driver);
  expect(all.map(({ program, share }) => `${program} ${share}`)).toEqual(
    ['passes.cu', 'scattered.cu'].flatMap((program) => SHARES.map((share) => `${program} ${share}`)),
  );
  for (const run of all) {
    const { hostToDevice, deviceToHost, evictedBytes } = run.summary.unifiedMemory;
    expect(run).toMatchObject({ ending: 'exit 0', output: ['0 wrong'] });
    // Whatever came has left again: what was not evicted, the CPU wanted back, and that is no more than fits.
    const stayed = hostToDevice.totalBytes - evictedBytes;
    expect(stayed).toBeGreaterThanOrEqual(0);
    expect(stayed).toBeLessThanOrEqual(run.deviceBytes);
    expect(deviceToHost.totalBytes).toBeGreaterThanOrEqual(evictedBytes);
    if (run.program === 'passes.cu' && hostToDevice.totalBytes > 0)
      expect(evictedBytes).toBeGreaterThanOrEqual(run.bytes - run.deviceBytes);
  }
});
