/** What tests of pages share: the browser of a test file, pictures that are compared, and the check for accessibility. */
import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { PageBrowser, type OpenOptions } from './browser.js';
import type { PageName } from '../../media/page-html.js';

export interface Pages {
  open(name: PageName, options?: OpenOptions): Promise<Page>;
  html(name: PageName): string;
  readonly origin: string;
}

/** A browser for the file; each page that a test opens is closed after it, and must not have complained. */
export function usePages(): Pages {
  let browser: PageBrowser | undefined;
  const opened: Page[] = [];
  const get = (): PageBrowser => {
    if (browser === undefined) throw new Error('The browser is not there yet.');
    return browser;
  };
  beforeAll(async () => {
    browser = await PageBrowser.start();
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) expect(await get().errorsOf(page)).toEqual([]);
    await get().closePages();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
  });
  return {
    async open(name, options) {
      const page = await get().open(name, options);
      opened.push(page);
      return page;
    },
    html: (name) => get().html(name),
    get origin() {
      return get().origin;
    },
  };
}

const GOLDENS = fileURLToPath(new URL('goldens/', import.meta.url));
const FAILED = fileURLToPath(new URL('../../out/goldens/', import.meta.url));
/** Share of the pixels that may differ: letters are drawn a little differently by each version of Chromium. */
const MOST_DIFFERENT = 0.006;

/** Compares with `goldens/<name>.png`; `GOLDENS=renew` writes it instead. Fonts are those of Debian: elsewhere nothing is compared. */
export async function expectGolden(page: Page, name: string): Promise<void> {
  const path = `${GOLDENS}${name}.png`;
  const shot = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  if (process.env.GOLDENS === 'renew') {
    mkdirSync(GOLDENS, { recursive: true });
    writeFileSync(path, shot);
    return;
  }
  if (process.platform !== 'linux') return;
  if (!existsSync(path)) throw new Error(`There is no ${path}. GOLDENS=renew makes it.`);
  const actual = PNG.sync.read(shot);
  const golden = PNG.sync.read(readFileSync(path));
  const { width, height } = golden;
  expect([actual.width, actual.height]).toEqual([width, height]);
  const difference = new PNG({ width, height });
  const different = pixelmatch(golden.data, actual.data, difference.data, width, height, { threshold: 0.2 });
  if (different > width * height * MOST_DIFFERENT) {
    mkdirSync(FAILED, { recursive: true });
    writeFileSync(`${FAILED}${name}.actual.png`, shot);
    writeFileSync(`${FAILED}${name}.difference.png`, PNG.sync.write(difference));
    throw new Error(`${different} pixels differ from goldens/${name}.png; see out/goldens/${name}.*.png.`);
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** No rule of axe-core is broken. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate<Violation[]>('axe.run(document).then(({ violations }) => violations)');
  expect(
    violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]) })),
  ).toEqual([]);
}

export const THEMES = ['dark', 'light', 'contrast'] as const;
