/** A headless Chromium with the workbench of a server in it. */
import { chromium, type Browser, type Page } from 'playwright-core';

/** Without these, a Chromium that has no network asks for its maker's hosts, many at a time. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that was changed on its way counts as one from elsewhere, which may not ask this machine for anything.
  '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessChecks',
];

export async function openBrowser(executablePath: string): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--enable-unsafe-swiftshader', ...QUIET],
    // The runner decides when it ends.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

/** In front of what the suite prints: see `suite/index.ts`. */
const MARK = '│ ';

export interface WorkbenchAddress {
  readonly port: number;
  readonly workspace: string;
  /** What the workbench is told when it starts, by name. */
  readonly payload: readonly (readonly [name: string, value: string])[];
}

function workbenchUrl({ port, workspace, payload }: WorkbenchAddress): string {
  const query = new URLSearchParams({ folder: workspace, payload: JSON.stringify(payload) });
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

/** A path of this machine as the workbench in the browser names it. */
export const remote = (port: number, path: string): string => `vscode-remote://127.0.0.1:${port}${path}`;

/**
 * Gives every webview an origin of its own, as every VS Code but this server does. On one origin, webviews that open at the same time
 * take each other's service worker away, and those that lose stay empty.
 */
async function separateWebviews(page: Page, port: number): Promise<void> {
  await page.route(
    (url) => url.port === String(port) && url.pathname === '/',
    async (route) => {
      const response = await route.fetch();
      const headers = response.headers();
      const policy = headers['content-security-policy'];
      if (policy !== undefined)
        headers['content-security-policy'] = policy.replace('frame-src ', `frame-src http://*.localhost:${port} `);
      const html = await response.text();
      const body = html.replace(
        /(webviewEndpoint&quot;:&quot;)\/?(?!http)/,
        (_, name: string) => `${name}http://{{uuid}}.localhost:${port}/`,
      );
      await route.fulfill({ response, headers, body });
    },
  );
}

/** Runs what `extensionTestsPath` exports inside the extension host. @returns its exit code */
export async function runTestsIn(page: Page, { port, workspace, payload }: WorkbenchAddress): Promise<number> {
  let exit = (_code: number): void => undefined;
  const exited = new Promise<number>((resolve) => {
    exit = resolve;
  });
  // The workbench has a lot to say; what the suite says is marked.
  await page.exposeFunction('codeAutomationLog', (_type: string, [said, ...rest]: unknown[]) => {
    const line = typeof said === 'string' ? said : '';
    if (line.startsWith(MARK)) console.log(line.slice(MARK.length), ...rest);
    else if (process.env.FAULTLINE_WORKBENCH_VERBOSE !== undefined) console.log(said, ...rest);
  });
  await page.exposeFunction('codeAutomationExit', (code: number) => exit(code));
  if (process.env.FAULTLINE_WORKBENCH_VERBOSE !== undefined) {
    page.on('pageerror', (error) => console.log('page error:', error.message));
    page.on('console', (message) => console.log('console:', message.text()));
    page.on('requestfailed', (request) => console.log('failed:', request.url()));
  }
  const closed = new Promise<number>((_, reject) => {
    page.on('crash', () => reject(new Error('The page with the workbench crashed.')));
    page.on('close', () => reject(new Error('The page with the workbench was closed.')));
  });
  await separateWebviews(page, port);
  await page.goto(workbenchUrl({ port, workspace, payload }));
  return await Promise.race([exited, closed]);
}
