/**
 * Hands for a suite that runs inside the extension host: what no interface of the editor can do is done in its window. A small server
 * on this machine takes one order at a time.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Frame, Page } from 'playwright-core';

export type Order =
  /** Checks or unchecks a breakpoint, or an event filter, by its label. */
  | { readonly do: 'check'; readonly label: string; readonly on: boolean }
  /** Text of a page of ours, by a part of its title; empty if it is not shown. */
  | { readonly do: 'pageText'; readonly page: string }
  /** Text of an element of a page of ours, or one of its attributes; null if it is not there. */
  | { readonly do: 'read'; readonly page: string; readonly selector: string; readonly attribute?: string }
  /** Keys, one after the other, to an element of a page of ours. */
  | { readonly do: 'pressIn'; readonly page: string; readonly selector: string; readonly keys: readonly string[] }
  | { readonly do: 'fillIn'; readonly page: string; readonly selector: string; readonly text: string }
  /** Answers the question that the editor asks at its top: a list to choose from, a path. */
  | { readonly do: 'answer'; readonly text: string }
  /** From now on, how long the window and the pages of ours in it go without a frame is noted. */
  | { readonly do: 'watchFrames' }
  /** ms, the longest so far. */
  | { readonly do: 'longestFrame' }
  | { readonly do: 'press'; readonly keys: string }
  | { readonly do: 'screenshot'; readonly path: string };

const PATIENCE_MS = 10_000;
/** How long a dialog may take to replace what was typed, or to go away. */
const SETTLES_MS = 500;

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
    case 'read': {
      const element = (await frameOf(page, order.page))?.locator(order.selector).first();
      if (element === undefined || (await element.count()) === 0) return null;
      const { attribute } = order;
      return await (attribute === undefined ? element.textContent() : element.getAttribute(attribute));
    }
    case 'pressIn': {
      const element = (await openFrame(page, order.page)).locator(order.selector).first();
      for (const key of order.keys) await element.press(key, { timeout: PATIENCE_MS });
      return null;
    }
    case 'fillIn':
      await (await openFrame(page, order.page)).locator(order.selector).first().fill(order.text);
      return null;
    case 'answer':
      await answer(page, order.text);
      return null;
    case 'watchFrames':
      for (const frame of await framesOf(page)) await frame.evaluate(WATCH_FRAMES);
      return null;
    case 'longestFrame': {
      const gaps = await Promise.all((await framesOf(page)).map((frame) => frame.evaluate<number>(LONGEST_FRAME)));
      return Math.max(...gaps);
    }
    case 'press':
      await page.keyboard.press(order.keys);
      return null;
    case 'screenshot':
      await page.screenshot({ path: order.path });
      return null;
  }
}

/**
 * A dialog for files writes a name of its own into its box, once or twice and whenever it has looked at the disk: what was typed counts only
 * if it still stands when the dialog goes away.
 */
async function answer(page: Page, text: string): Promise<void> {
  const input = page.locator('.quick-input-widget:visible .quick-input-box input');
  await input.waitFor({ timeout: PATIENCE_MS });
  const deadline = Date.now() + PATIENCE_MS;
  do {
    if ((await input.inputValue({ timeout: PATIENCE_MS })) !== text) {
      await input.fill(text, { timeout: PATIENCE_MS });
      await page.waitForTimeout(SETTLES_MS);
      continue;
    }
    await input.press('Enter', { timeout: PATIENCE_MS });
    const gone = await input.waitFor({ state: 'hidden', timeout: SETTLES_MS }).then(
      () => true,
      () => false,
    );
    if (gone) return;
  } while (Date.now() < deadline);
  throw new Error(`The editor does not take the answer ${JSON.stringify(text)}.`);
}

async function check(page: Page, label: string, on: boolean): Promise<void> {
  const row = page.locator('.debug-breakpoints .monaco-list-row').filter({ hasText: label }).first();
  await row.waitFor({ timeout: PATIENCE_MS });
  const box = row.locator('input[type=checkbox]');
  if ((await box.isChecked()) !== on) await box.click({ timeout: PATIENCE_MS });
}

/** The pages of ours that are shown: each is a frame in the frame of a webview. */
async function pagesOf(page: Page): Promise<Map<string, Frame>> {
  const found = new Map<string, Frame>();
  for (const frame of page.frames()) {
    if (frame === page.mainFrame()) continue;
    try {
      const element = await frame.frameElement();
      const name = await frame.evaluate<string | null>("document.querySelector('main#page')?.className ?? null");
      const outer = await frame.parentFrame()?.frameElement();
      if (name !== null && (await element.isVisible()) && (await outer?.isVisible()) === true) found.set(name, frame);
    } catch {
      // It went away while it was looked at.
    }
  }
  return found;
}

async function frameOf(page: Page, name: string): Promise<Frame | undefined> {
  return (await pagesOf(page)).get(name);
}

async function openFrame(page: Page, name: string): Promise<Frame> {
  const frame = await frameOf(page, name);
  if (frame === undefined) throw new Error(`The page ${name} is not shown.`);
  return frame;
}

async function pageText(page: Page, name: string): Promise<string> {
  return (await (await frameOf(page, name))?.locator('main#page').innerText({ timeout: PATIENCE_MS })) ?? '';
}

async function framesOf(page: Page): Promise<Frame[]> {
  return [page.mainFrame(), ...(await pagesOf(page)).values()];
}

/** Expressions that run in a page. */
const WATCH_FRAMES = `{
  let last = performance.now();
  globalThis.longestFrameMs = 0;
  const frame = () => {
    const now = performance.now();
    globalThis.longestFrameMs = Math.max(globalThis.longestFrameMs, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}`;
const LONGEST_FRAME = 'globalThis.longestFrameMs ?? 0';
