/** Every program of this folder: optimized under every driver, and unoptimized under two. */
import { describe, expect, it } from 'vitest';
import { listDrivers } from '../../engine/index.js';
import { documented, endOf, keepEngine, run, SPECIAL } from './program.js';

const drivers = listDrivers().map(({ name }) => name);
/** At -O0 the code is another one, and runs in the two ways there are: threads that fault one after the other, and together. */
const UNOPTIMIZED = ['hmm', 'uvm'];

/** In several files, because files run side by side. @param isWanted by the path in this folder */
export function testPrograms(isWanted: (program: string) => boolean): void {
  keepEngine();
  describe.each(documented.filter(isWanted))('%s', (program) => {
    const { end = 0, ...options } = SPECIAL[program] ?? {};

    it('ends as documented, with the same output under every driver, optimized or not', async () => {
      const results = [];
      for (const optimize of [0, 2] as const) {
        for (const driver of optimize === 0 ? UNOPTIMIZED : drivers) {
          const { outcome, stdout, stderr } = await run(program, { ...options, optimize, driver });
          results.push({ optimize, driver, end: endOf(outcome), stdout, stderr });
        }
      }
      const { stdout, stderr } = results[0]!;
      expect(stdout).not.toBe('');
      expect(results).toEqual(results.map(({ optimize, driver }) => ({ optimize, driver, end, stdout, stderr })));
    });
  });
}
