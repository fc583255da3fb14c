/**
 * Conformance cases: one for each row of the kernel's behaviour that the engine models. Each is a test with the name `section · row`, so that
 * a report of the test run is a list of what conforms; rows that are not modelled say why not.
 */

import { it } from 'vitest';

export interface ConformanceCase {
  /** Of the specification: 1.2 hmm_range_fault, 1.3 migrate_vma, 1.4 CPU side of device entries, 1.5 notifiers. */
  readonly section: string;
  /** What is met and what is asked for: "zero page · read". */
  readonly row: string;
  readonly run: () => void;
}

/** Makes a test of a case. */
export function conformanceCase(section: string, row: string, run: () => void): ConformanceCase {
  it(`${section} · ${row}`, run);
  return { section, row, run };
}

/** A row that the engine does not model. */
export function conformanceGap(section: string, row: string, reason: string): void {
  it.skip(`${section} · ${row} — ${reason}`, () => undefined);
}
