/** The events list in a browser: a million rows of which few exist, filter, kinds, history of pages, keys. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { OpenOptions } from './browser.js';
import { expectAccessible, expectGolden, THEMES, usePages } from './fixture.js';

const pages = usePages();
const MILLION = 1_000_000;

async function openEvents(total = MILLION, options: OpenOptions = {}): Promise<Page> {
  const page = await pages.open('events', { width: 1200, height: 420, ...options });
  await page.evaluate(async (count) => {
    const { fake } = window;
    fake.answer = fake.samples.answerEvents(count);
    await fake.deliver(fake.samples.events(count));
  }, total);
  await settled(page);
  return page;
}

const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let n = 0; n < 6; n++) await new Promise(requestAnimationFrame);
  });
const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
  await settled(page);
};
const active = (page: Page): Promise<string | null> => page.locator('.row.active').textContent();

describe('looks', () => {
  test.each(THEMES)('%s', async (theme) => {
    const page = await openEvents(MILLION, { theme });
    await page.getByRole('grid').focus();
    await press(page, 'ArrowDown', 'ArrowDown', 'ArrowDown');
    await expectGolden(page, `events-${theme}`);
    await expectAccessible(page);
  });

  test('the history of a page', async () => {
    const page = await openEvents(7);
    await page.evaluate(() => window.fake.deliver(window.fake.samples.pageHistory()));
    await settled(page);
    await page.getByText('History of page 0x6a2 of y').waitFor();
    await expectGolden(page, 'events-history');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show All Events' }).click();
    expect(await page.evaluate(() => window.fake.count('clearScope'))).toBe(1);
  });
});

describe('a million rows', () => {
  test('few elements exist, wherever one is, and only blocks that show are asked for', async () => {
    const page = await openEvents();
    await page.getByRole('grid').focus();
    await press(page, 'End');
    expect(await active(page)).toContain('999,999');
    expect(await page.getByRole('row').count()).toBeLessThan(40);
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('1000001');
    expect(await page.locator('.row.active').getAttribute('aria-rowindex')).toBe('1000001');
    await press(page, 'Home', 'PageDown');
    const asked = await page.evaluate(() =>
      window.fake.sent.flatMap((message) => (message.type === 'rows' ? [message.from] : [])),
    );
    expect(asked).toEqual([0, 999_800]);
  });

  test('every row can be reached when there are more than a browser can lay out', async () => {
    const page = await openEvents(20_000_000);
    await page.getByRole('grid').focus();
    await press(page, 'End');
    expect(await active(page)).toContain('19,999,999');
    await press(page, 'ArrowUp', 'ArrowUp');
    expect(await active(page)).toContain('19,999,997');
  });

  test('a log that grows leaves rows where they are', async () => {
    const page = await openEvents(300);
    await page.getByRole('grid').focus();
    await press(page, 'ArrowDown', 'ArrowDown');
    await page.evaluate(async () => {
      const { fake } = window;
      fake.answer = fake.samples.answerEvents(500);
      await fake.deliver(fake.samples.events(500, { generation: 2, grown: true }));
    });
    await settled(page);
    expect(await active(page)).toMatch(/^2/);
    await press(page, 'End');
    expect(await active(page)).toMatch(/^499/);
  });
});

describe('what can be done', () => {
  test('Enter opens the source, r runs there, the menu key offers the rest', async () => {
    const page = await openEvents();
    await page.getByRole('grid').focus();
    await press(page, 'ArrowDown', 'ArrowDown', 'Enter', 'r', 'Shift+F10');
    await page.getByRole('menuitem', { name: 'Show Pages in Map' }).click();
    expect(await page.evaluate(() => window.fake.asked.slice(-3))).toEqual([
      { type: 'openEventSource', event: 2 },
      { type: 'runToEvent', event: 2 },
      { type: 'showInMap', firstPage: 0x60a, pageCount: 3 },
    ]);
  });

  test('a filter goes to the host as it is; what is wrong with it is said', async () => {
    const page = await openEvents();
    const field = page.getByRole('textbox', { name: /^Filter/ });
    await field.fill('page in y && bytes > 64K');
    await field.press('Enter');
    expect(await page.evaluate(() => window.fake.last('filter'))).toEqual({
      type: 'filter',
      filter: 'page in y && bytes > 64K',
      kinds: null,
    });
    const error = "Expected a value after '>'.";
    await page.evaluate(
      (wrong) => window.fake.deliver(window.fake.samples.events(10, { generation: 3, error: wrong })),
      error,
    );
    await page.getByRole('alert').getByText(error).waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await expectAccessible(page);
  });

  test('kinds are chosen from a menu that stays open', async () => {
    const page = await openEvents();
    await page.getByRole('button', { name: 'All kinds' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'cpuFault' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'launch' }).click();
    await page.keyboard.press('Escape');
    const filter = await page.evaluate(() => window.fake.last('filter'));
    expect(filter?.kinds).toEqual(['deviceFault', 'faultBatch', 'migrate', 'invalidate', 'evict', 'prefetch']);
    await page.getByRole('button', { name: '6 kinds' }).waitFor();
  });

  test('exports', async () => {
    const page = await openEvents();
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    await page.getByRole('button', { name: 'Export as JSON' }).click();
    expect(await page.evaluate(() => window.fake.sent.filter(({ type }) => type === 'export'))).toEqual([
      { type: 'export', format: 'csv' },
      { type: 'export', format: 'json' },
    ]);
  });

  test('filter and place are kept for the next time', async () => {
    const page = await openEvents();
    const field = page.getByRole('textbox', { name: /^Filter/ });
    await field.fill('page in y');
    await field.press('ArrowDown');
    await press(page, 'End');
    await page.waitForFunction(() => sessionStorage.getItem('state')?.includes('999999'));
    await page.reload();
    await page.waitForFunction(() => window.fake.count('filter') === 1);
    await page.evaluate(async (count) => {
      const { fake } = window;
      fake.answer = fake.samples.answerEvents(count);
      await fake.deliver(fake.samples.events(count, { filter: 'page in y' }));
    }, MILLION);
    await settled(page);
    expect(await active(page)).toContain('999,999');
    expect(await field.inputValue()).toBe('page in y');
  });

  test('a tab that was closed leaves filter and place to the next one', async () => {
    const first = await openEvents();
    await first.getByRole('textbox', { name: /^Filter/ }).fill('page in y');
    await first.getByRole('grid').focus();
    await press(first, 'End');
    await first.waitForFunction(() => JSON.stringify(window.fake.last('keep')?.state ?? null).includes('999999'));
    const state = await first.evaluate(() => window.fake.last('keep')?.state);
    const page = await pages.open('events', { state });
    await page.waitForFunction(() => window.fake.last('filter')?.filter === 'page in y');
    await page.evaluate(async (count) => {
      const { fake } = window;
      fake.answer = fake.samples.answerEvents(count);
      await fake.deliver(fake.samples.events(count, { filter: 'page in y' }));
    }, MILLION);
    await settled(page);
    expect(await active(page)).toContain('999,999');
  });

  test('hidden, it asks for nothing', async () => {
    const page = await openEvents();
    const asked = await page.evaluate(async () => {
      const { fake } = window;
      await fake.tell({ type: 'visibility', visible: false });
      const before = fake.sent.length;
      await fake.deliver(fake.samples.events(500, { generation: 4 }));
      await fake.drawn();
      // What a person did last is kept a moment later, whether the page is still seen or not.
      return fake.sent.slice(before).flatMap(({ type }) => (type === 'keep' ? [] : [type]));
    });
    expect(asked).toEqual(['ack']);
  });
});
