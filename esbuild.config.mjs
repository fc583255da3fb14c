/**
 * Builds `dist/`: the command (`cli.js`), the debug adapter (`adapter.js`), the extension (`extension.cjs`), one bundle for
 * every `*.worker.ts` of the engine, the pages of webviews (`media/`), a copy of the C runtime (`runtime/`) and its compiled
 * objects (`objects/`).
 *
 *   node esbuild.config.mjs [--analyze]
 */
import { analyzeMetafile, build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constantLiterals } from './constant-literals.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const analyze = process.argv.includes('--analyze');

/**
 * Packages that carry WebAssembly find their files beside themselves, so they are not bundled but loaded from
 * `node_modules` at run time. `.vscodeignore` ships the same packages; a test compares the two lists.
 */
const runtimePackages = ['@yowasp/clang', 'binaryen', '@vscode/dwarf-debugging'];

/** CommonJS dependencies inside an ES module bundle call `require` for Node's own modules. */
const esmRequire = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

const esm = { format: 'esm', banner: { js: esmRequire } };

const workers = (await readdir(join(root, 'engine'), { recursive: true }))
  .filter((path) => path.endsWith('.worker.ts'))
  .map((path) => ({ in: `engine/${path.replaceAll('\\', '/')}`, out: basename(path).replace(/\.ts$/, '.js'), ...esm }));

const bundles = [
  { in: 'engine/cli/main.ts', out: 'cli.js', format: 'esm', banner: { js: `#!/usr/bin/env node\n${esmRequire}` } },
  { in: 'extension/adapter/main.ts', out: 'adapter.js', ...esm },
  { in: 'engine/prebuild.ts', out: 'prebuild.js', ...esm },
  { in: 'extension/extension.ts', out: 'extension.cjs', format: 'cjs' },
  ...workers,
];

const twice = bundles.map((bundle) => bundle.out).find((name, index, names) => names.indexOf(name) !== index);
if (twice !== undefined) throw new Error(`Two worker entry points would both become dist/${twice}; rename one.`);

await mkdir(join(root, 'dist'), { recursive: true });
for (const bundle of bundles) {
  if (!existsSync(join(root, bundle.in))) {
    console.warn(`build: ${bundle.in} does not exist, dist/${bundle.out} is left out`);
    continue;
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [bundle.in],
    outfile: `dist/${bundle.out}`,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: bundle.format,
    plugins: bundle.format === 'esm' ? [constantLiterals] : [],
    ...(bundle.banner && { banner: bundle.banner }),
    external: ['vscode', ...runtimePackages],
    sourcemap: true,
    sourcesContent: false,
    // No keepNames: it names each closure when it is made, which takes 0.6 µs; errors that are known by their names set them.
    legalComments: 'none',
    logLevel: 'warning',
    metafile: analyze,
  }).catch(() => {
    // esbuild has printed what is wrong and where.
    process.exitCode = 1;
    return {};
  });
  if (metafile) console.log(await analyzeMetafile(metafile));
}

// A page is `media/<page>/main.ts` and `media/<page>/<page>.css`; the icon font comes with the styles.
const pages = (await readdir(join(root, 'media'), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory() && existsSync(join(root, 'media', entry.name, 'main.ts')))
  .map(({ name }) => name);
const { metafile: pagesMetafile } = await build({
  absWorkingDir: root,
  entryPoints: pages.flatMap((name) => [
    { in: `media/${name}/main.ts`, out: name },
    { in: `media/${name}/${name}.css`, out: name },
  ]),
  outdir: 'dist/media',
  bundle: true,
  platform: 'browser',
  target: 'chrome128',
  format: 'iife',
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
}).catch(() => {
  process.exitCode = 1;
  return { metafile: undefined };
});
if (pagesMetafile) {
  if (analyze) console.log(await analyzeMetafile(pagesMetafile));
  const made = new Set(Object.keys(pagesMetafile.outputs).map((path) => basename(path)));
  for (const name of await readdir(join(root, 'dist/media'))) {
    if (!made.has(name)) await rm(join(root, 'dist/media', name), { recursive: true });
  }
}

if (existsSync(join(root, 'dist/cli.js'))) await chmod(join(root, 'dist/cli.js'), 0o755);

// Files are replaced in place and only the stale ones removed, so that a program which runs from dist/ survives a build.
const runtime = join(root, 'engine/toolchain/runtime');
if (existsSync(runtime)) {
  await cp(runtime, join(root, 'dist/runtime'), { recursive: true });
  for (const path of await readdir(join(root, 'dist/runtime'), { recursive: true })) {
    if (!existsSync(join(runtime, path))) await rm(join(root, 'dist/runtime', path), { recursive: true, force: true });
  }
}
const built = new Set(['runtime', 'objects', 'media', ...bundles.flatMap(({ out }) => [out, `${out}.map`])]);
for (const name of await readdir(join(root, 'dist'))) {
  if (!built.has(name)) await rm(join(root, 'dist', name), { recursive: true });
}

// Only what changed is compiled: objects are found by the content of their sources.
if (process.exitCode === undefined) {
  const { status } = spawnSync(process.execPath, [join(root, 'dist/prebuild.js')], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
