/**
 * Hands for a suite that runs inside the extension host: what no interface of the editor can do is done in its window. A small server
 * on this machine takes one order at a time.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FrameLocator, Page } from 'playwright-core';

export type Order =
  /** Checks or unchecks a breakpoint, or an event filter, by its label. */
  | { readonly do: 'check'; readonly label: string; readonly on: boolean }
  /** Text of a page of ours, by a part of its title; empty if it is not shown. */
  | { readonly do: 'pageText'; readonly page: string }
  | { readonly do: 'press'; readonly keys: string }
  | { readonly do: 'screenshot'; readonly path: string };

const PATIENCE_MS = 10_000;

/** The page comes later than the server: its address has to be known to whatever the workbench starts. */
export class Hands implements AsyncDisposable {
  private constructor(
    private readonly server: Server,
    readonly url: string,
    private readonly workbench: { page: Page | null },
  ) {}

  static async open(): Promise<Hands> {
    const workbench: { page: Page | null } = { page: null };
    const server = createServer((request, response) => {
      void obey(request, workbench.page).then(
        (result) => response.end(JSON.stringify({ result })),
        (error: unknown) => {
          response.statusCode = 500;
          response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
        },
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new Hands(server, `http://127.0.0.1:${port}/`, workbench);
  }

  on(page: Page): void {
    this.workbench.page = page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function obey(request: IncomingMessage, page: Page | null): Promise<unknown> {
  if (page === null) throw new Error('The workbench has no window yet.');
  const order = JSON.parse(await text(request)) as Order;
  switch (order.do) {
    case 'check':
      await check(page, order.label, order.on);
      return null;
    case 'pageText':
      return await pageText(page, order.page);
    case 'press':
      await page.keyboard.press(order.keys);
      return null;
    case 'screenshot':
      await page.screenshot({ path: order.path });
      return null;
  }
}

async function check(page: Page, label: string, on: boolean): Promise<void> {
  const row = page.locator('.debug-breakpoints .monaco-list-row').filter({ hasText: label }).first();
  await row.waitFor({ timeout: PATIENCE_MS });
  const box = row.locator('input[type=checkbox]');
  if ((await box.isChecked()) !== on) await box.click({ timeout: PATIENCE_MS });
}

/** Every webview is a frame in a frame. */
function webviews(page: Page): FrameLocator[] {
  return Array.from({ length: 8 }, (_, index) =>
    page.frameLocator(`iframe.webview.ready >> nth=${index}`).frameLocator('iframe#active-frame'),
  );
}

async function pageText(page: Page, name: string): Promise<string> {
  const count = await page.locator('iframe.webview.ready').count();
  for (const frame of webviews(page).slice(0, count)) {
    const main = frame.locator(`main#page.${name}`);
    if ((await main.count()) > 0) return await main.innerText({ timeout: PATIENCE_MS });
  }
  return '';
}
