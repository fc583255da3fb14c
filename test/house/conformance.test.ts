/** The committed docs/conformance.md names the rows that the cases have, and says of each what the cases, which run here too, do. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { conformanceDocument, rowOf } from '../conformance/document.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Titles of the tests in test/conformance; rows that are not modelled are skipped and not among them. */
function listed(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-list-'));
  try {
    const file = join(folder, 'tests.json');
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    execFileSync(process.execPath, [vitest, 'list', 'test/conformance', `--json=${file}`], {
      cwd: root,
      stdio: 'pipe',
    });
    const tests = JSON.parse(readFileSync(file, 'utf8')) as { readonly name: string }[];
    return tests.map(({ name }) => name.split(' > ').at(-1) ?? '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** First column of the tables, unescaped. */
function documented(outcome: (text: string) => boolean): string[] {
  const page = readFileSync(join(root, 'docs', 'conformance.md'), 'utf8');
  const rows: string[] = [];
  let section = '';
  for (const line of page.split('\n')) {
    const heading = /^## (1\.\d) (.*)$/.exec(line);
    if (heading) section = heading[2]?.includes('as C programs') ? `${heading[1] ?? ''} in C` : (heading[1] ?? '');
    const cells = /^\| (.*?) +\| (.*?) +\|$/.exec(line);
    const [, row, result] = cells ?? [];
    if (section === '' || row === undefined || result === undefined || row === 'Row' || /^-+$/.test(row)) continue;
    if (outcome(result)) rows.push(`${section} · ${row.replaceAll('\\', '')}`);
  }
  return rows;
}

describe('docs/conformance.md', () => {
  it('has every row that is run, as passed, and no other', () => {
    const rows = listed().filter((title) => rowOf({ title, status: 'passed' }) !== undefined);
    const plain = rows.map((row) => row.replaceAll('\\', ''));
    expect(documented((result) => result === 'pass').toSorted()).toEqual(plain.toSorted());
    expect(documented((result) => result === 'fail')).toEqual([]);
  });

  it('says why, of a row that is not modelled', () => {
    const text = conformanceDocument([
      { title: '1.2 · zero page · read', status: 'passed' },
      { title: '1.7 · compound — there is no pool', status: 'pending' },
    ]);
    expect(text).toContain('| zero page · read | pass |');
    expect(text).toContain('| compound | there is no pool |');
  });
});
