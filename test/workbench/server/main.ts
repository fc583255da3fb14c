/**
 * Stands in for VS Code's executable: takes the arguments that `@vscode/test-electron` starts it with and drives the server in a
 * browser instead. Its exit status is that of the tests. Whatever it started ends with it, also by a signal.
 */
import { parseArgs } from 'node:util';
import { chromiumPath } from '../../chromium.js';
import { openBrowser, remote, runTestsIn } from './browser.js';
import { Hands } from './hands.js';
import { installServer } from './install.js';
import { installExtension, WorkbenchServer } from './server.js';

const { values, positionals } = parseArgs({ allowPositionals: true, strict: false });

function argument(name: string): string {
  const value = values[name];
  if (typeof value !== 'string') throw new Error(`--${name}=… is missing.`);
  return value;
}

const options = {
  folder: await installServer(process.env.FAULTLINE_WORKBENCH_CACHE ?? '.cache/workbench'),
  dataFolder: argument('user-data-dir').replace(/\/data$/, ''),
  extensionsFolder: argument('extensions-dir'),
};

async function drive(): Promise<number> {
  const browserPath = chromiumPath();
  await using hands = await Hands.open();
  process.env.FAULTLINE_WORKBENCH_HANDS = hands.url;
  await using server = await WorkbenchServer.start(options);
  const { port } = server;
  const browser = await openBrowser(browserPath);
  const end = (): void => {
    server.kill();
    void browser.close().finally(() => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  try {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    hands.on(page);
    return await runTestsIn(page, {
      port,
      workspace: positionals[0] ?? process.cwd(),
      payload: [
        ['extensionDevelopmentPath', remote(port, argument('extensionDevelopmentPath'))],
        ['extensionTestsPath', remote(port, argument('extensionTestsPath'))],
      ],
    });
  } finally {
    await browser.close();
  }
}

if (typeof values['install-extension'] === 'string') installExtension(values['install-extension'], options);
else process.exitCode = await drive();
