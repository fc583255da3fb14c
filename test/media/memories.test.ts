/** The memories' page in a browser. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { TEXTS, type Texts } from '../../media/texts.js';
import type { OpenOptions } from './browser.js';
import { expectAccessible, expectGolden, THEMES, usePages } from './fixture.js';

const pages = usePages();

async function openMemories(sample: 'memories' | 'twoDevices', options: OpenOptions = {}): Promise<Page> {
  const page = await pages.open('memories', { width: 1100, height: 400, ...options });
  await page.evaluate((name) => window.fake.deliver(window.fake.samples[name]()), sample);
  return page;
}

describe('looks', () => {
  test.each(THEMES)('%s', async (theme) => {
    const page = await openMemories('memories', { theme });
    await expectGolden(page, `memories-${theme}`);
    await expectAccessible(page);
  });

  test('two devices in a narrow window', async () => {
    const page = await openMemories('twoDevices', { width: 640, height: 900 });
    await expectGolden(page, 'memories-two');
    await expectAccessible(page);
  });
});

test('what bars and arrows show is said in words, too', async () => {
  const page = await openMemories('memories');
  await page
    .getByRole('img', { name: 'pinned 1.5 MiB, in use, not evictable 1.0 MiB, evictable 12.1 MiB, free 1.4 MiB' })
    .waitFor();
  await page
    .getByRole('img', { name: 'CPU to gpu0: 21.4 MiB, 2,048 transfers, 1.2 MiB since the last stop' })
    .waitFor();
});

test('texts and numbers are those of the language that the host hands in', async () => {
  const texts: Texts = { ...TEXTS, 'memories.free': 'frei', 'memories.transfers': '{0} Übertragungen' };
  const page = await openMemories('memories', { language: 'de', texts });
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  await page.getByText('frei').waitFor();
  await page.getByText('2.048 Übertragungen').waitFor();
});

test('hidden, it draws nothing', async () => {
  const page = await openMemories('memories');
  const drawn = await page.evaluate(async () => {
    const { fake } = window;
    await fake.tell({ type: 'visibility', visible: false });
    let changes = 0;
    new MutationObserver(() => (changes += 1)).observe(document.body, { childList: true, subtree: true });
    await fake.deliver(fake.samples.twoDevices());
    await fake.drawn();
    return changes;
  });
  expect(drawn).toBe(0);
});
