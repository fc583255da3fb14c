/** Bundles what a workbench loads: the suite, for its extension host, and the program that stands in for its executable. */
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './workspace.js';

export async function bundle(out: string): Promise<void> {
  await rm(out, { recursive: true, force: true });
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
  } as const;
  await Promise.all([
    build({
      ...common,
      entryPoints: ['test/workbench/suite/index.ts', 'test/workbench/suite/screenshots.ts'],
      outdir: join(out, 'suite'),
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      external: ['vscode', 'mocha'],
    }),
    build({
      ...common,
      entryPoints: ['test/workbench/server/main.ts'],
      outfile: join(out, 'code.mjs'),
      format: 'esm',
      external: ['playwright-core'],
      banner: { js: '#!/usr/bin/env node' },
    }),
  ]);
  await chmod(join(out, 'code.mjs'), 0o755);
}
