/** How a row of the expectations is run. */
import { matches, type Comparison, compare, figuresOf } from './figures.js';
import type { ProgramRuns } from '../program-runs.js';
import type { Expectation } from './expectations.js';

export interface Compared {
  readonly expectation: Expectation;
  readonly comparison: Comparison;
  /** Every figure is as expected, and the program found its own results right. */
  readonly ok: boolean;
  readonly ending: string;
}

/** @param options further ones of the command */
export async function runExpectation(
  runs: ProgramRuns,
  expectation: Expectation,
  options: readonly string[] = [],
): Promise<Compared> {
  const [program = '', ...rest] = expectation.words.split(' ');
  const words = [program, '--driver', 'uvm', '--machine', expectation.machine, ...options, ...rest];
  const { summary, ending } = await runs.run(words.join(' '));
  const comparison = compare(summary.unifiedMemory, expectation);
  return { expectation, comparison, ending, ok: ending === 'exit 0' && figuresOf(comparison).every(matches) };
}
