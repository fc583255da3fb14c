/** `npm run fidelity`: runs the programs, prints what they give next to what is expected, and writes docs/fidelity.md. Status 1: something differs. */
import { writeFileSync } from 'node:fs';
import { ProgramRuns } from '../program-runs.js';
import { direction, DOCUMENT, fidelity, figure, PROGRAM_FOLDER } from './document.js';

using runs = new ProgramRuns(PROGRAM_FOLDER);
const { document, topics } = await fidelity(runs);
for (const { title, rows } of topics) {
  console.log(`\n${title} (copies: count · average · min · max · total, KiB)`);
  for (const { expectation, comparison, ok } of rows) {
    console.log(`${ok ? '✓' : '✗'} ${expectation.words}, ${expectation.machine}`);
    console.log(`    to the device ${direction(comparison.toDevice)}; to the CPU ${direction(comparison.toHost)}`);
    const { groups, cpuFaults, evicted } = comparison;
    console.log(`    groups ${figure(groups)}, CPU faults ${figure(cpuFaults)}, evicted ${figure(evicted)}`);
  }
}
writeFileSync(DOCUMENT, document);
process.exitCode = topics.every(({ rows }) => rows.every(({ ok }) => ok)) ? 0 : 1;
