/**
 * What the extension host loads: runs every suite with mocha and writes the counts to a file, because a suite that ends its process
 * would look like one that has passed.
 */
import { writeFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';
import { noted, pictureOf } from './workbench.js';

/** The workbench says a lot; this is how the runner finds what we say: see `server/browser.ts`. */
const MARK = '│ ';

export async function run(): Promise<void> {
  const { FAULTLINE_WORKBENCH_RESULTS: results, FAULTLINE_WORKBENCH_GREP: grep } = process.env;
  if (results === undefined) throw new Error('FAULTLINE_WORKBENCH_RESULTS does not say where the results go.');
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    slow: 5_000,
    color: false,
    bail: false,
    ...(grep !== undefined && { grep }),
  });
  Mocha.reporters.Base.consoleLog = (...said: unknown[]) => {
    for (const line of format(...said).split('\n')) console.log(`${MARK}${line}`);
  };
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  // After mocha has given out its functions.
  await import('./manifest.suite.js');
  await import('./debugging.suite.js');
  await import('./views.suite.js');
  const { passed, failed } = await new Promise<{ passed: number; failed: number }>((resolve) => {
    mocha.suite.afterEach(async function () {
      if (this.currentTest?.state === 'failed') await pictureOf(this.currentTest.fullTitle());
    });
    const runner = mocha.run(() => resolve({ passed: runner.stats?.passes ?? 0, failed: runner.stats?.failures ?? 1 }));
  });
  writeFileSync(results, JSON.stringify({ passed, failed, ...Object.fromEntries(noted) }));
  if (failed > 0) throw new Error(`${failed} tests failed.`);
}
