/** A workspace of its own for each run: programs, settings, extensions; nothing of the user's, and gone afterwards. */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where workbenches are kept; git ignores it. */
export const cache = join(root, '.cache', 'workbench');

/** What is downloaded where there is a screen: the oldest that `engines.vscode` allows. */
export const workbenchVersion = '1.100.3';

export interface Workspace extends AsyncDisposable {
  readonly folder: string;
  /** VS Code's user data; settings are in `User/settings.json`. */
  readonly userData: string;
  readonly extensions: string;
  /** What a workbench has to be told of it. */
  readonly arguments: readonly string[];
}

const settings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'chat.commandCenter.enabled': false,
  'debug.toolBarLocation': 'docked',
  'editor.minimap.enabled': false,
  'files.simpleDialog.enable': true,
  'git.enabled': false,
};

export async function newWorkspace(more: Readonly<Record<string, unknown>> = {}): Promise<Workspace> {
  const base = await mkdtemp(join(tmpdir(), 'faultline-workbench-'));
  const userData = join(base, 'data');
  const extensions = join(base, 'extensions');
  const workspace = {
    folder: join(base, 'programs'),
    userData,
    extensions,
    arguments: [`--extensions-dir=${extensions}`, `--user-data-dir=${userData}`],
    [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true, maxRetries: 5 }),
  };
  await cp(join(root, 'extension', 'samples'), workspace.folder, { recursive: true });
  await mkdir(join(workspace.userData, 'User'), { recursive: true });
  await mkdir(workspace.extensions);
  const text = JSON.stringify({ ...settings, ...more }, null, 2);
  await writeFile(join(workspace.userData, 'User', 'settings.json'), text);
  return workspace;
}
