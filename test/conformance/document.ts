/**
 * docs/conformance.md from the results of the conformance cases: every row of each section with what became of it. Pure; `write-document.ts`
 * runs the cases.
 */

export interface CaseResult {
  /** As case.ts makes it: `section · row`, for a row that is not modelled followed by ` — reason`. */
  readonly title: string;
  readonly status: string;
}

export interface Row {
  readonly section: string;
  readonly row: string;
  /** `pass`, `fail`, or why the engine does not do it. */
  readonly outcome: string;
}

const SECTIONS: Readonly<Record<string, string>> = {
  '1.2': '`hmm_range_fault`',
  '1.3': '`migrate_vma`',
  '1.4': 'The CPU’s side of device entries',
  '1.5': 'MMU notifier events',
  '1.7': 'The test device, at the engine’s API',
  '1.7 in C': 'The test device, as C programs through `open` and `ioctl`',
};

/** The row behind a test's title; undefined if the test is none of the tables'. */
export function rowOf({ title, status }: CaseResult): Row | undefined {
  const parts = /^(1\.\d(?: in C)?) · (.*)$/s.exec(title);
  const [, section, text] = parts ?? [];
  if (section === undefined || text === undefined || SECTIONS[section] === undefined) return undefined;
  const gap = text.indexOf(' — ');
  if (gap >= 0) return { section, row: text.slice(0, gap), outcome: text.slice(gap + 3) };
  return { section, row: text, outcome: status === 'passed' ? 'pass' : 'fail' };
}

export function conformanceDocument(results: readonly CaseResult[]): string {
  const rows = results.flatMap((result) => rowOf(result) ?? []);
  const lines = [
    '# Conformance',
    '',
    'What the engine does where Linux does it: one row for each case of the kernel’s behaviour, from a run of `npm run conformance`, which writes',
    'this page. The cases are in [test/conformance](../test/conformance); rows of the test device run twice, on the device as an object and as C',
    'programs, on private and on coherent memory.',
    '',
    '| Section | Rows | Pass | Not modelled |',
    '| --- | ---: | ---: | ---: |',
  ];
  const sections = Object.keys(SECTIONS).map((section) => ({
    section,
    rows: rows.filter((row) => row.section === section),
  }));
  for (const { section, rows: all } of sections) {
    const passed = all.filter(({ outcome }) => outcome === 'pass').length;
    const failed = all.filter(({ outcome }) => outcome === 'fail').length;
    lines.push(`| ${SECTIONS[section] ?? section} | ${all.length} | ${passed} | ${all.length - passed - failed} |`);
  }
  for (const { section, rows: all } of sections) {
    lines.push('', `## ${section.slice(0, 3)} ${SECTIONS[section] ?? ''}`, '', '| Row | Result |', '| --- | --- |');
    for (const { row, outcome } of all) lines.push(`| ${escaped(row)} | ${escaped(outcome)} |`);
  }
  return `${lines.join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('*', '\\*').replaceAll('_', '\\_');
}
