/**
 * A page of ours in a headless Chromium, as VS Code would show it: the generated HTML with its content security policy, the bundles
 * of `dist/media/`, a fake host, a theme.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { pageHtml, type PageName } from '../../media/page-html.js';
import { TEXTS, type Texts } from '../../media/texts.js';
import { chromiumPath } from '../chromium.js';
import type { ThemeName } from './fake/themes.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Headless, quiet, and the same picture on every machine. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
  '--disable-lcd-text',
  '--force-color-profile=srgb',
  '--hide-scrollbars',
];

const UNPACED = ['--disable-frame-rate-limit', '--disable-gpu-vsync'];

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** Device pixels of a CSS pixel. */
  readonly scale?: number;
  /** Who draws the map; without, the page decides. */
  readonly renderer?: 'webgl' | 'software';
  readonly reducedMotion?: boolean;
  readonly texts?: Texts;
  readonly language?: string;
  /** What an earlier one wanted to be kept. */
  readonly state?: unknown;
}

/** One browser and the server of its pages. */
export class PageBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #fakeHost: string;
  readonly #contexts: BrowserContext[] = [];
  #options: OpenOptions = {};

  private constructor(browser: Browser, server: Server, fakeHost: string) {
    this.#browser = browser;
    this.#server = server;
    this.#fakeHost = fakeHost;
    server.on('request', (request, response) => {
      void this.#serve(request.url ?? '/').then(
        ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
        () => response.writeHead(404).end(),
      );
    });
  }

  /** @param unpaced frames follow each other as fast as they can, to be measured */
  static async start(unpaced = false): Promise<PageBrowser> {
    const executablePath = chromiumPath();
    const fakeHost = await build({
      absWorkingDir: root,
      entryPoints: ['test/media/fake/fake-host.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      target: 'chrome128',
    });
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      args: unpaced ? [...FLAGS, ...UNPACED] : FLAGS,
    });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageBrowser(browser, server, fakeHost.outputFiles[0]?.text ?? '');
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  html(page: PageName): string {
    return pageHtml({
      page,
      nonce: 'bm9uY2U',
      cspSource: this.origin,
      scriptUri: `${this.origin}/dist/media/${page}.js`,
      styleUri: `${this.origin}/dist/media/${page}.css`,
      language: this.#options.language ?? 'en',
      texts: this.#options.texts ?? TEXTS,
      state: this.#options.state ?? null,
    });
  }

  /** A page of its own, which has said that it is ready. What it does wrong makes {@link errorsOf} longer. */
  async open(name: PageName, options: OpenOptions = {}): Promise<Page> {
    this.#options = options;
    const { width = 1000, height = 560, scale = 1, theme = 'dark', renderer } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      reducedMotion: options.reducedMotion === false ? 'no-preference' : 'reduce',
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    const errors: string[] = [];
    this.#errors.set(page, errors);
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.addInitScript(this.#fakeHost);
    await page.goto(`${this.origin}/${name}?theme=${theme}${renderer === undefined ? '' : `&renderer=${renderer}`}`);
    await page.waitForFunction(`window.fake.count('ready') === 1`);
    return page;
  }

  readonly #errors = new WeakMap<Page, string[]>();

  /** Errors of script and console, breaches of the content security policy among them, and what the fake host did not understand. */
  async errorsOf(page: Page): Promise<string[]> {
    return [...(this.#errors.get(page) ?? []), ...(await page.evaluate<string[]>('window.fake.complaints'))];
  }

  /** Closes what a test opened. */
  async closePages(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }

  async #serve(url: string): Promise<{ readonly type: string; readonly body: string | Buffer }> {
    const { pathname } = new URL(url, this.origin);
    if (pathname === '/favicon.ico') return { type: 'image/png', body: '' };
    if (!pathname.startsWith('/dist/media/'))
      return { type: 'text/html', body: this.html(pathname.slice(1) as PageName) };
    const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
    const type = types[extname(pathname)] ?? 'application/octet-stream';
    return { type, body: await readFile(join(root, pathname)) };
  }
}
