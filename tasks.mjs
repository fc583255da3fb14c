/**
 * What `npm start`, `npm test` and the other scripts do. Only Node's own modules are used, because on a fresh clone
 * this file runs before anything is installed.
 *
 *   node tasks.mjs start | test | build | lint | check | unit | workbench | screenshots | conformance | fidelity | questions | machines | bench [arguments passed on]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const inRoot = (...path) => join(root, ...path);
const windows = process.platform === 'win32';

/** Runs a program with our terminal; returns its exit status, 1 if a signal ended it. */
function run(program, args, options = {}) {
  const { error, status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) console.error(`${program}: ${error.message}`);
  return status ?? 1;
}

/** Runs a script of an installed package with this very Node. */
const runPackage = (script, ...args) => run(process.execPath, [inRoot('node_modules', script), ...args]);

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Whether `node_modules` holds exactly what the lock file says (optional packages may be of another platform). */
function installed() {
  const hidden = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = readJson(inRoot('package-lock.json')).packages;
  const present = readJson(hidden).packages;
  const same = (path) => present[path]?.version === wanted[path]?.version;
  return (
    Object.keys(present).every(same) &&
    Object.entries(wanted).every(([path, { optional }]) => path === '' || same(path) || optional === true)
  );
}

function install() {
  if (!installed()) {
    console.log('Installing the dependencies of the lock file …');
    // npm is a script on Windows, which only a shell starts.
    const status = run('npm', ['ci'], { shell: windows });
    if (status !== 0) throw new Error('The dependencies could not be installed; see the message of npm above.');
  }
}

/** npm links the commands of dependencies but not a project's own: this makes `npx faultline` work in the clone. */
function linkCommand() {
  const link = inRoot('node_modules', '.bin', windows ? 'faultline.cmd' : 'faultline');
  if (existsSync(link)) return;
  mkdirSync(inRoot('node_modules', '.bin'), { recursive: true });
  if (windows) {
    writeFileSync(link, '@node "%~dp0\\..\\..\\dist\\cli.js" %*\r\n');
  } else {
    rmSync(link, { force: true });
    symlinkSync('../../dist/cli.js', link);
  }
}

function build(...args) {
  linkCommand();
  return run(process.execPath, [inRoot('esbuild.config.mjs'), ...args]);
}

const rooms = ['engine', 'extension', 'media', 'test'];

/** What the compiler and the graph of imports tell. */
const checks = {
  types: () => runPackage('typescript/bin/tsc', '--build'),
  imports: () =>
    runPackage('dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', ...rooms),
  'dead exports': () => runPackage('knip/bin/knip.js'),
};

const lint = {
  lint: () => runPackage('eslint/bin/eslint.js', '.', '--max-warnings', '0'),
  format: () => runPackage('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
};

/** Runs every step, even after a failure, and returns how many failed. */
function runAll(steps) {
  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    console.log(`\n─── ${name}`);
    const started = performance.now();
    const ok = step() === 0;
    if (!ok) failed += 1;
    console.log(`${ok ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  }
  return failed;
}

/**
 * Runs vitest and returns its counts. A file that does not load, an error outside a test, and a run without any test
 * are failures, too.
 */
function runTests(args) {
  const resultPath = inRoot('out', 'test-results.json');
  rmSync(resultPath, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultPath}`];
  const status = runPackage('vitest/vitest.mjs', 'run', ...reporters, ...args);
  if (!existsSync(resultPath)) return { passed: 0, failed: 1 };
  const result = readJson(resultPath);
  const passed = result.numPassedTests;
  const unloaded = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = result.numFailedTests + unloaded.length;
  if (passed + failed === 0) console.error('No test was executed.');
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}

/**
 * Packages the extension, installs it in a real VS Code and runs the suite there; returns its counts. What it needs and is not there
 * (a browser, VS Code's server) is installed; if that cannot be had, this is one failure, and the runner has said why.
 */
function runWorkbench(args) {
  console.log('\n─── workbench');
  const resultPath = inRoot('out', 'workbench-results.json');
  rmSync(resultPath, { force: true });
  const status = runPackage('tsx/dist/cli.mjs', 'test/workbench/main.ts', ...args);
  if (!existsSync(resultPath)) return { passed: 0, failed: 1 };
  const { passed, failed } = readJson(resultPath);
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}

const tasks = {
  start(...args) {
    install();
    if (build() !== 0) return 1;
    const program = args.length > 0 ? args : ['test/workloads/cuda/add.cu'];
    return run(process.execPath, [inRoot('dist', 'cli.js'), 'run', ...program]);
  },
  /** The last line is `N passed, N failed`: the tests, and each of the steps before them. */
  test(...args) {
    install();
    const steps = { build, ...lint, ...checks };
    const failedSteps = runAll(steps);
    const tests = runTests(args);
    // Somebody who names files wants these alone.
    const workbench = args.length === 0 ? runWorkbench([]) : { passed: 0, failed: 0 };
    const passed = tests.passed + workbench.passed + Object.keys(steps).length - failedSteps;
    const failed = tests.failed + workbench.failed + failedSteps;
    console.log(`\n${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  },
  build,
  lint: () => (runAll(lint) === 0 ? 0 : 1),
  check: () => (runAll(checks) === 0 ? 0 : 1),
  unit: (...args) => (build() === 0 ? runPackage('vitest/vitest.mjs', 'run', ...args) : 1),
  workbench: (...args) => (build() === 0 && runWorkbench(args).failed === 0 ? 0 : 1),
  screenshots: (...args) =>
    build() === 0 ? runPackage('tsx/dist/cli.mjs', 'test/workbench/screenshots.ts', ...args) : 1,
  conformance: () => (build() === 0 ? runPackage('tsx/dist/cli.mjs', 'test/conformance/write-document.ts') : 1),
  fidelity: () => (build() === 0 ? runPackage('tsx/dist/cli.mjs', 'test/fidelity/write-document.ts') : 1),
  questions: () => (build() === 0 ? runPackage('tsx/dist/cli.mjs', 'test/house/open-questions/write-document.ts') : 1),
  machines: () => runPackage('tsx/dist/cli.mjs', 'test/machine/write-documents.ts'),
  bench: (...args) => (build() === 0 ? runPackage('tsx/dist/cli.mjs', 'test/bench/main.ts', ...args) : 1),
};

const [name, ...args] = process.argv.slice(2);
const nodeMajor = Number.parseInt(process.versions.node, 10);
const task = Object.hasOwn(tasks, name ?? '') ? tasks[name] : undefined;
if (nodeMajor < 20) {
  console.error(
    `Faultline needs Node 20 or newer and this is ${process.version}. Install a newer one from https://nodejs.org.`,
  );
  process.exitCode = 1;
} else if (task === undefined) {
  console.error(`Usage: node tasks.mjs ${Object.keys(tasks).join(' | ')}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = task(...args);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
