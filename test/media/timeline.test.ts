/** The timeline in a browser: how it looks, what pointer and keys do, what it asks for and when. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { OpenOptions } from './browser.js';
import { expectAccessible, expectGolden, THEMES, usePages } from './fixture.js';

const pages = usePages();
const SIZE = { width: 1100, height: 600 };

async function openTimeline(options: OpenOptions = {}): Promise<Page> {
  const page = await pages.open('timeline', { ...SIZE, ...options });
  await page.evaluate(async () => {
    const { fake } = window;
    const run = fake.samples.smallTimeline();
    fake.answer = fake.samples.answerTimeline(run);
    await fake.deliver(run.reset);
  });
  await settled(page);
  return page;
}

/** Tiles that were asked for are there and drawn. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let n = 0; n < 6; n++) await new Promise(requestAnimationFrame);
  });
const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) {
    await page.keyboard.press(key);
    await settled(page);
  }
};
const shown = async (page: Page): Promise<string> =>
  (await page.getByRole('slider', { name: 'Part of the time that is shown' }).getAttribute('aria-valuetext')) ?? '';

describe('looks', () => {
  test.each(THEMES)('%s', async (theme) => {
    const page = await openTimeline({ theme });
    await expectGolden(page, `timeline-${theme}`);
    await expectAccessible(page);
  });

  test('a theme that changes is followed', async () => {
    const page = await openTimeline({ theme: 'light' });
    await page.evaluate(() => window.fake.theme('dark'));
    await settled(page);
    await expectGolden(page, 'timeline-dark');
  });
});

describe('keys alone', () => {
  test('to a lane, near, from event to event, to its source, its pages, and to run there', async () => {
    const page = await openTimeline();
    await page.getByRole('slider', { name: /^Lanes/ }).focus();
    await press(page, 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', '+', '+', '+', '+', '+', '+', 'ArrowRight');
    const lanes = page.getByRole('slider', { name: /^Lanes/ });
    expect(await lanes.getAttribute('aria-valuetext')).toContain('gpu0 page fault');
    await page.locator('.details').getByText('Allocated at').waitFor();
    await expectGolden(page, 'timeline-event');
    await expectAccessible(page);
    await press(page, 'Enter', 'm', 'r');
    expect(await page.evaluate(() => window.fake.asked.slice(-3))).toEqual([
      { type: 'openSource', path: '/work/add.cu', line: 11 },
      { type: 'showInMap', firstPage: 0x6a2, pageCount: 1 },
      { type: 'runToEvent', event: expect.any(Number) as number },
    ]);
    await press(page, 'Shift+F10');
    await page.getByRole('menuitem', { name: 'Page History' }).waitFor();
    await press(page, 'Escape', 'Escape');
    expect(await page.locator('.details').isHidden()).toBe(true);
  });

  test('the part that is shown is a slider', async () => {
    const page = await openTimeline();
    await page.getByRole('slider', { name: 'Part of the time that is shown' }).focus();
    expect(await shown(page)).toBe('0 ns to 166 ms');
    await press(page, '+', '+', 'Home');
    expect(await shown(page)).toBe('0 ns to 41.6 ms');
    await press(page, 'PageUp');
    expect(await shown(page)).toBe('41.6 ms to 83.1 ms');
    await press(page, 'End');
    expect(await shown(page)).toMatch(/^125 ms to 166 ms$/);
  });

  test('search: the hits come one after the other, and a wrong condition is said', async () => {
    const page = await openTimeline();
    const field = page.getByRole('textbox', { name: /^Search/ });
    await field.fill('kind == deviceFault');
    await field.press('Enter');
    await page.getByText('1 of 24').waitFor();
    await field.press('Enter');
    await page.getByText('2 of 24').waitFor();
    expect(await page.evaluate(() => window.fake.last('eventDetails')?.event)).toBe(801);
    await settled(page);
    await expectGolden(page, 'timeline-search');
    await field.fill('kind ??');
    await page.getByText("Expected a field, but found '?'.").waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
  });
});

describe('pointer', () => {
  test('a click on a bar tells the event; on a column the first one of it', async () => {
    const page = await openTimeline();
    await page.mouse.click(500, 114);
    await page.locator('.details').getByText('Allocated at').waitFor();
    expect(await page.evaluate(() => window.fake.last('eventDetails'))).toBeDefined();
    await page.mouse.click(500, 165);
    await page.waitForFunction(() => window.fake.count('pick') === 1);
    expect(await page.evaluate(() => window.fake.last('pick')?.lane)).toBe(3);
  });

  test('dragging chooses a part of the time: its sum, its events, nearer', async () => {
    const page = await openTimeline();
    await page.mouse.move(500, 150);
    await page.mouse.down();
    await page.mouse.move(700, 150, { steps: 4 });
    await page.mouse.up();
    await page.locator('.details').getByText('3.1 MiB to gpu0, 512 KiB back').waitFor();
    await settled(page);
    await expectGolden(page, 'timeline-range');
    await page.getByRole('button', { name: 'List Events' }).click();
    const range = await page.evaluate(() => window.fake.last('showEvents'));
    expect(range?.fromNs).toBeCloseTo(56e6, -7);
    await page.getByRole('button', { name: 'Zoom to Selection' }).click();
    await settled(page);
    expect(await shown(page)).toMatch(/^5\d\.\d ms to 9\d\.\d ms$/);
  });

  test('resting tells what is there', async () => {
    const page = await openTimeline();
    await page.mouse.move(500, 114);
    await page.locator('.card').getByText('add(int, float const*, float*)').waitFor();
    await page.mouse.move(500, 165);
    await page
      .locator('.card')
      .getByText(/\d+ events/)
      .waitFor();
  });
});

describe('messages', () => {
  test('a million events: few tiles are asked for, each once, and none of them is big', async () => {
    const page = await pages.open('timeline', SIZE);
    const { asked, bytes } = await page.evaluate(async () => {
      const { fake } = window;
      const run = fake.samples.bigTimeline(1_000_000);
      let bytes = 0;
      const answer = fake.samples.answerTimeline(run);
      fake.answer = (question) => {
        const reply = answer(question);
        if (reply?.type === 'tile') {
          bytes +=
            reply.counts.byteLength + reply.busyNs.byteLength + reply.plots.byteLength + reply.startsNs.byteLength;
        }
        return reply;
      };
      await fake.deliver(run.reset);
      for (let n = 0; n < 8; n++) await new Promise(requestAnimationFrame);
      const tiles = fake.sent.flatMap((sent) => (sent.type === 'tile' ? [`${sent.level}/${sent.index}`] : []));
      return { asked: tiles, bytes };
    });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(8);
    expect(bytes).toBeLessThan(500_000);
    await expectGolden(page, 'timeline-million');
  });

  test('a run that grows is shown whole, until a part of it is chosen', async () => {
    const page = await openTimeline();
    const grow = (endNs: number): Promise<number> =>
      page.evaluate(
        (end) =>
          window.fake.deliver({
            type: 'timelineGrown',
            seq: 0,
            endNs: end,
            validToNs: 163e6,
            events: 5000,
            overflow: 12,
            markers: [],
          }),
        endNs,
      );
    await grow(300e6);
    expect(await shown(page)).toBe('0 ns to 306 ms');
    expect(await page.locator('.summary').textContent()).toContain('12 events were not kept');
    await page.getByRole('button', { name: 'Zoom In' }).click();
    await settled(page);
    const before = await shown(page);
    await grow(600e6);
    expect(await shown(page)).toBe(before);
  });

  test('hidden, it draws nothing and asks for nothing', async () => {
    const page = await openTimeline();
    const asked = await page.evaluate(async () => {
      const { fake } = window;
      await fake.tell({ type: 'visibility', visible: false });
      const before = fake.sent.length;
      await fake.deliver({ ...fake.samples.smallTimeline().reset, generation: 2 });
      await fake.drawn();
      // What a person did last is kept a moment later, whether the page is still seen or not.
      return fake.sent.slice(before).flatMap(({ type }) => (type === 'keep' ? [] : [type]));
    });
    expect(asked).toEqual(['ack']);
  });

  test('what is shown is kept for the next time', async () => {
    const page = await openTimeline();
    await page.getByRole('button', { name: 'Zoom In' }).click();
    await settled(page);
    const before = await shown(page);
    await page.waitForFunction(() => !(sessionStorage.getItem('state') ?? '"span":null').includes('"span":null'));
    await page.reload();
    await page.waitForFunction(() => window.fake.count('ready') === 1);
    await page.evaluate(() => window.fake.deliver(window.fake.samples.smallTimeline().reset));
    expect(await shown(page)).toBe(before);
  });

  test('a tab that was closed leaves the selected event to the next one', async () => {
    const first = await openTimeline();
    await first.evaluate(() => window.fake.post({ type: 'revealEvent', event: 900, timeNs: 71e6 }));
    await first.locator('.details').getByText('Allocated at').waitFor();
    await first.waitForFunction(() => JSON.stringify(window.fake.last('keep')?.state ?? null).includes('"event":'));
    const state = await first.evaluate(() => window.fake.last('keep')?.state);
    const page = await openTimeline({ state });
    await page.locator('.details').getByText('Allocated at').waitFor();
    expect(await shown(page)).toBe(await shown(first));
  });

  test('the host reveals an event', async () => {
    const page = await openTimeline();
    await page.evaluate(() => window.fake.post({ type: 'revealEvent', event: 900, timeNs: 71e6 }));
    await page.locator('.details').getByText('Allocated at').waitFor();
  });
});
