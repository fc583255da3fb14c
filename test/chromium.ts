/**
 * The Chromium of the tests: `CHROMIUM`, or one on the path, or the one of the system's packages, which is installed. Shared by the tests
 * of pages and by the workbench.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Its path. @throws if there is none and none can be installed */
export function chromiumPath(): string {
  return found() ?? install();
}

function found(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== '') {
    if (!existsSync(CHROMIUM)) throw new Error(`CHROMIUM names ${CHROMIUM}, which does not exist.`);
    return CHROMIUM;
  }
  return PATH.split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

function install(): string {
  console.log('Installing chromium from the packages of the system …');
  const apt = 'apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2';
  const wanted = `${apt} install --yes --no-install-recommends chromium`;
  // Files of tests run side by side: one installs, the others wait and find it there. Lists of packages may be missing, or be old.
  const script = `command -v chromium || ${wanted} || { ${apt} update && ${wanted}; }`;
  spawnSync('flock', [join(tmpdir(), 'faultline-chromium.lock'), 'sh', '-c', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const path = found();
  if (path === undefined) {
    throw new Error('There is no Chromium, and apt-get could not install one. Install it, or name one in CHROMIUM.');
  }
  return path;
}
