/**
 * VS Code's own server, as npm carries it inside `code-server`: a real workbench where the desktop one cannot be had.
 * Everything goes into a cache folder that git ignores, a version each, and is taken from there the next time. No install script of
 * any package runs: the server is started directly and needs none of the native modules.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** VS Code 1.100.3: what our `engines.vscode` asks for, and the last one that runs on Node 20. */
const CODE_SERVER = '4.100.3';
/** For searching files; the one that the server would download. */
const RIPGREP = '1.18.0';

/** The folder of VS Code's server (with `out/server-main.js`). @throws if the registry cannot be reached */
export async function installServer(cache: string): Promise<string> {
  const folder = join(cache, `code-server-${CODE_SERVER}`);
  const server = (base: string): string => join(base, 'node_modules', 'code-server', 'lib', 'vscode');
  if (existsSync(join(folder, 'complete'))) return server(folder);
  console.log(`Installing code-server ${CODE_SERVER} into ${folder} …`);
  // Beside its place until it is complete: what was interrupted is not taken for whole.
  const fresh = `${folder}.installing`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await writeFile(join(fresh, 'package.json'), '{"private":true}\n');
  npm(fresh, 'install', `code-server@${CODE_SERVER}`, `@vscode/ripgrep-linux-x64@${RIPGREP}`);
  const inside = server(fresh);
  npm(inside, 'install', '--no-save', '--omit=dev');
  npm(join(inside, 'extensions'), 'install', '--no-save', '--omit=dev');
  await symlink('node_modules', join(inside, 'node_modules.asar'));
  await installRipgrep(fresh, inside);
  await writeFile(join(fresh, 'complete'), '');
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return server(folder);
}

async function installRipgrep(folder: string, server: string): Promise<void> {
  const from = join(folder, 'node_modules', '@vscode', 'ripgrep-linux-x64', 'bin', 'rg');
  const to = join(server, 'node_modules', '@vscode', 'ripgrep', 'bin');
  // Search is a convenience here; on another platform the tests do without.
  if (!existsSync(from)) return;
  await mkdir(to, { recursive: true });
  await copyFile(from, join(to, 'rg'));
}

function npm(cwd: string, ...args: string[]): void {
  const { status, error } = spawnSync(
    'npm',
    [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (status !== 0) throw new Error(`npm could not install the workbench${error ? `: ${error.message}` : ''}.`);
}
