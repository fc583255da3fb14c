/**
 * Runs the suite in a real workbench: desktop VS Code where it can be had (`FAULTLINE_VSCODE` names its executable, or it can be
 * downloaded and shown), and VS Code's own server with Chromium where not. Only a download that fails falls back, never a test.
 *
 *   tsx test/workbench/main.ts [--source] [--grep text]
 *
 * What is tested is the package that a user would install; with `--source` it is this folder. Results go to
 * `out/workbench-results.json`; a run that leaves none has failed, whatever its exit status.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveCliArgsFromVSCodeExecutablePath } from '@vscode/test-electron';
import { bundle } from './bundle.js';
import { findWorkbench, runIn } from './run-in.js';
import { newWorkspace, root } from './workspace.js';

const { values } = parseArgs({ options: { source: { type: 'boolean' }, grep: { type: 'string' } } });

const out = join(root, 'out', 'workbench');
const results = join(root, 'out', 'workbench-results.json');
const vsix = join(root, 'out', 'faultline.vsix');

interface Results {
  readonly passed: number;
  readonly failed: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  for (const file of [results, `${results}.so-far`]) rmSync(file, { force: true });
  const [workbench] = await Promise.all([findWorkbench(out), bundle(out)]);
  const { executable, desktop } = workbench;
  console.log(`Workbench: ${executable}`);
  const packaged = values.source !== true;
  if (packaged) makePackage();
  await using workspace = await newWorkspace();
  if (packaged) {
    const [command = executable, ...args] = desktop
      ? resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true })
      : [executable];
    const { status } = spawnSync(command, [...args, ...workspace.arguments, `--install-extension=${vsix}`], {
      stdio: 'inherit',
    });
    if (status !== 0) return 1;
  }
  const exit = await runIn(workbench, workspace, {
    // An extension that does nothing, so that ours is the one that is installed.
    extension: packaged ? join(root, 'test', 'workbench', 'extension') : root,
    script: join(out, 'suite', 'index.cjs'),
    env: {
      FAULTLINE_WORKBENCH_RESULTS: results,
      ...(values.grep !== undefined && { FAULTLINE_WORKBENCH_GREP: values.grep }),
    },
  });
  if (!existsSync(results)) {
    console.error('The workbench ended without a result.');
    return 1;
  }
  const { passed, failed } = JSON.parse(readFileSync(results, 'utf8')) as Results;
  console.log(`${passed} passed, ${failed} failed in the workbench`);
  return exit === 0 && failed === 0 && passed > 0 ? 0 : 1;
}

function makePackage(): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'package', '--', '--out', vsix], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`The extension could not be packaged:\n${stdout}${stderr}`);
}
