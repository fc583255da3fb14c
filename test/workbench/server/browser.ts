/** A headless Chromium with the workbench of a server in it. */
import { chromium, type Browser, type Page } from 'playwright-core';

/** Without these, a Chromium that has no network asks for its maker's hosts, many at a time. */
const QUIET = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
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

export function workbenchUrl({ port, workspace, payload }: WorkbenchAddress): string {
  const query = new URLSearchParams({ folder: workspace, payload: JSON.stringify(payload) });
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

/** A path of this machine as the workbench in the browser names it. */
export const remote = (port: number, path: string): string => `vscode-remote://127.0.0.1:${port}${path}`;

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
  const closed = new Promise<number>((_, reject) => {
    page.on('crash', () => reject(new Error('The page with the workbench crashed.')));
    page.on('close', () => reject(new Error('The page with the workbench was closed.')));
  });
  await page.goto(workbenchUrl({ port, workspace, payload }));
  return await Promise.race([exited, closed]);
}
