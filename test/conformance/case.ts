/** One row of the conformance tables (hmm-semantics 1.2–1.5, 1.7) as a test. The document is generated from these names. */
import { it } from 'vitest';

/** @param section of the table. @param row what the row is about, as the table says it. */
export function conformanceCase(section: string, row: string, run: () => void | Promise<void>): void {
  it(`${section} | ${row}`, run);
}
