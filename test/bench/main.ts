/**
 * `npm run bench [-- --json FILE]`: bundles the suite as the product is bundled, runs it and prints its tables. An aim that
 * is missed is marked; the exit status does not depend on it, because a busy computer proves nothing.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
// @ts-expect-error The configuration of a tool is plain JavaScript without types.
import { constantLiterals } from '../../constant-literals.mjs';
import { renderSection, type Section } from './figures.js';
import type * as suite from './suite.js';
import { measureExtension } from './extension.js';
import { measureViews } from './views.js';

const root = new URL('../../', import.meta.url);
const bundles = new URL('out/bench/', root);
const { values } = parseArgs({ options: { json: { type: 'string' } } });

await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ['test/bench/suite.ts', 'test/bench/program.worker.ts', 'test/bench/section.worker.ts'],
  outdir: fileURLToPath(bundles),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['@yowasp/clang', 'binaryen', '@vscode/dwarf-debugging'],
  logLevel: 'warning',
  plugins: [constantLiterals as Plugin],
});

const { measure } = (await import(new URL('suite.js', bundles).href)) as typeof suite;
const progress = (what: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${what} …\r`);
};
console.log(`Node ${process.version} on ${cpus().length} × ${cpus()[0]?.model ?? 'an unknown processor'}\n`);
const sections: Section[] = [];
const add = (section: Section): void => {
  progress('');
  sections.push(section);
  console.log(renderSection(section));
};
for await (const section of measure({ root, bundles, progress })) add(section);
add(await measureViews(progress));
for (const section of measureExtension(root, progress)) add(section);
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ node: process.version, sections }, null, 2)}\n`);
}
