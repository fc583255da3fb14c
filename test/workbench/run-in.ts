/**
 * Runs a script in the extension host of a workbench: desktop VS Code where it can be had (`FAULTLINE_VSCODE` names its executable, or
 * it can be downloaded and shown), otherwise the program that stands in for it. Only a download that fails falls back.
 */
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { chromium } from 'playwright-core';
import { Hands } from './server/hands.js';
import { cache, root, workbenchVersion, type Workspace } from './workspace.js';

export interface Workbench {
  readonly executable: string;
  readonly desktop: boolean;
}

/** @param out where the stand-in is */
export async function findWorkbench(out: string): Promise<Workbench> {
  const { FAULTLINE_VSCODE, DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (FAULTLINE_VSCODE !== undefined) return { executable: FAULTLINE_VSCODE, desktop: true };
  const screen = process.platform !== 'linux' || DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined;
  if (screen) {
    try {
      return {
        executable: await downloadAndUnzipVSCode({ version: workbenchVersion, cachePath: cache }),
        desktop: true,
      };
    } catch (error) {
      console.log(`Desktop VS Code cannot be had (${error instanceof Error ? error.message : String(error)}).`);
    }
  }
  return { executable: join(out, 'code.mjs'), desktop: false };
}

export interface HostScript {
  /** Folder of the extension under development. */
  readonly extension: string;
  /** Exports `run`. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @returns the exit status of the script */
export async function runIn(
  { executable, desktop }: Workbench,
  workspace: Workspace,
  { extension, script, env }: HostScript,
): Promise<number> {
  // The stand-in has hands of its own.
  await using hands = desktop ? await DesktopHands.open() : null;
  try {
    return await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: extension,
      extensionTestsPath: script,
      launchArgs: [workspace.folder, ...workspace.arguments, ...(hands?.arguments ?? [])],
      extensionTestsEnv: {
        FAULTLINE_WORKBENCH_CACHE: cache,
        FAULTLINE_WORKBENCH_ROOT: root,
        ...(hands && { FAULTLINE_WORKBENCH_HANDS: hands.url }),
        ...env,
      },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

/** Hands in the window of desktop VS Code, which is a Chromium, too: through its port for debugging. */
class DesktopHands implements AsyncDisposable {
  private over = false;

  private constructor(
    private readonly hands: Hands,
    private readonly port: number,
  ) {
    void this.reach();
  }

  static async open(): Promise<DesktopHands> {
    return new DesktopHands(await Hands.open(), await freePort());
  }

  get url(): string {
    return this.hands.url;
  }

  get arguments(): string[] {
    return [`--remote-debugging-port=${this.port}`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.over = true;
    await this.hands[Symbol.asyncDispose]();
  }

  /** The window opens when it opens. */
  private async reach(): Promise<void> {
    while (!this.over) {
      try {
        const browser = await chromium.connectOverCDP(`http://127.0.0.1:${this.port}`);
        const page = browser
          .contexts()
          .flatMap((context) => context.pages())
          .find((one) => one.url().includes('workbench'));
        if (page) {
          this.hands.on(page);
          return;
        }
        await browser.close();
      } catch {
        // Nothing listens there yet.
      }
      await pause(200);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
