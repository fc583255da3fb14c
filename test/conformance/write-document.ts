/** `npm run conformance`: runs every conformance case and writes docs/conformance.md from what came of them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { conformanceDocument, type CaseResult } from './document.js';

interface VitestReport {
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly CaseResult[] }[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const report = join(root, 'out', 'conformance.json');
const page = join(root, 'docs', 'conformance.md');

mkdirSync(join(root, 'out'), { recursive: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [
  vitest,
  'run',
  'test/conformance',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
const files = testResults.toSorted((a, b) => (a.name < b.name ? -1 : 1));
const document = conformanceDocument(files.flatMap(({ assertionResults }) => assertionResults));
writeFileSync(page, await format(document, { ...(await resolveConfig(page)), parser: 'markdown' }));
process.exitCode = status ?? 1;
