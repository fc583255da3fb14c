/**
 * What the extension host loads: runs every suite with mocha and writes the counts to a file, because a suite that ends its process
 * would look like one that has passed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import Mocha from 'mocha';
import * as vscode from 'vscode';
import { left } from './page-states.js';
import { noted, pictureOf } from './workbench.js';

/** The workbench says a lot; this is how the runner finds what we say: see `server/browser.ts`. */
const MARK = '│ ';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly noted: Readonly<Record<string, number>>;
  /** What pages looked like when the window was loaded again. */
  readonly left: typeof left;
}

/**
 * The window is loaded again in the middle, and this host with it: it finds what was so far in a file, and goes on.
 */
export async function run(): Promise<void> {
  const { FAULTLINE_WORKBENCH_RESULTS: results, FAULTLINE_WORKBENCH_GREP: grep } = process.env;
  if (results === undefined) throw new Error('FAULTLINE_WORKBENCH_RESULTS does not say where the results go.');
  const soFar = `${results}.so-far`;
  const before = existsSync(soFar) ? (JSON.parse(readFileSync(soFar, 'utf8')) as Outcome) : null;
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 60_000,
    slow: 5_000,
    color: false,
    bail: false,
    ...(grep !== undefined && before === null && { grep }),
  });
  Mocha.reporters.Base.consoleLog = (...said: unknown[]) => {
    for (const line of format(...said).split('\n')) console.log(`${MARK}${line}`);
  };
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  // After mocha has given out its functions.
  if (before) (await import('./reload.suite.js')).afterReload(before.left);
  else await importAll();
  const counts = await runAll(mocha);
  const passed = counts.passed + (before?.passed ?? 0);
  const failed = counts.failed + (before?.failed ?? 0);
  const figures = { ...before?.noted, ...Object.fromEntries(noted) };
  if (!before && Object.keys(left).length > 0) {
    writeFileSync(soFar, JSON.stringify({ passed, failed, noted: figures, left } satisfies Outcome));
    await vscode.commands.executeCommand('workbench.action.reloadWindow');
    // This host ends with the window.
    await new Promise(() => undefined);
  }
  writeFileSync(results, JSON.stringify({ passed, failed, ...figures }));
  if (failed > 0) throw new Error(`${failed} tests failed.`);
}

async function importAll(): Promise<void> {
  await import('./manifest.suite.js');
  await import('./debugging.suite.js');
  await import('./views.suite.js');
  await import('./busy.suite.js');
  await import('./reopening.suite.js');
  await import('./actions.suite.js');
  await import('./leaving.suite.js');
}

async function runAll(mocha: Mocha): Promise<{ readonly passed: number; readonly failed: number }> {
  return await new Promise((resolve) => {
    mocha.suite.afterEach(async function () {
      if (this.currentTest?.state === 'failed') await pictureOf(this.currentTest.fullTitle());
    });
    const runner = mocha.run(() => resolve({ passed: runner.stats?.passes ?? 0, failed: runner.stats?.failures ?? 1 }));
  });
}
