/** The extension: how long VS Code waits for it, and how large it is; both of the package, in a real workbench. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { atMost, type Section } from './figures.js';

const MOST_MS = 100;
const MOST_MIB = 60;

/** @param root the project's folder */
export function measureExtension(root: URL, progress: (what: string) => void): Section[] {
  progress('extension');
  const inRoot = (path: string): string => fileURLToPath(new URL(path, root));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [inRoot('node_modules/tsx/dist/cli.mjs'), inRoot('test/workbench/main.ts'), '--grep', 'activates'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The extension could not be measured:\n${stdout}${stderr}`);
  const { activationMs } = JSON.parse(readFileSync(inRoot('out/workbench-results.json'), 'utf8')) as {
    activationMs: number;
  };
  const mib = statSync(inRoot('out/faultline.vsix')).size / 2 ** 20;
  return [
    {
      title: 'Extension',
      columns: [{ title: 'time', unit: 'ms' }],
      rows: [{ name: 'activation, with loading', figures: [activationMs], aim: atMost(activationMs, MOST_MS, ' ms') }],
      notes: [],
    },
    {
      title: 'Package',
      columns: [{ title: 'size', unit: 'MiB' }],
      rows: [{ name: 'faultline.vsix', figures: [mib], aim: atMost(mib, MOST_MIB, ' MiB') }],
      notes: [],
    },
  ];
}
