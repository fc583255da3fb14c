/** The residency map in a browser: how it looks, what pointer and keys do, and that it does nothing when it need not. */
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import type { OpenOptions } from './browser.js';
import { expectAccessible, expectGolden, THEMES, usePages } from './fixture.js';

const pages = usePages();

async function openMap(sample: 'map' | 'zoo' | 'million' = 'map', options: OpenOptions = {}): Promise<Page> {
  const page = await pages.open('residency-map', { renderer: 'webgl', ...options });
  await page.evaluate(async (name) => {
    const { fake } = window;
    fake.answer = fake.samples.answerMap;
    await fake.deliver(fake.samples[name]());
  }, sample);
  return page;
}

const focusCell = (page: Page): Promise<void> => page.locator('.focus').focus();
const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
  await settled(page);
};
/** What was to be drawn is drawn. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
  });

describe('looks', () => {
  test.each(THEMES)('%s', async (theme) => {
    const page = await openMap('map', { theme });
    await expectGolden(page, `map-${theme}`);
    await expectAccessible(page);
  });

  test.each(THEMES)('%s: a page in each state', async (theme) => {
    const page = await openMap('zoo', { theme, width: 700, height: 420 });
    await expectGolden(page, `map-states-${theme}`);
  });

  // A golden may differ by a few letters, which is more than a cell has pixels.
  test('no two states look alike', async () => {
    const page = await openMap('zoo', { width: 700, height: 420 });
    const zoo = await page.evaluate(() => [...window.fake.samples.zoo().ranges]);
    const cells: { x: number; y: number; side: number }[] = [];
    for (let at = 0; at < zoo.length; at += 2) {
      const first = await cellAt(page, zoo[at]!);
      const pitch = (await cellAt(page, zoo[at]! + 1)).x - first.x;
      for (let n = 0; n < zoo[at + 1]!; n++) cells.push({ ...first, x: first.x + n * pitch });
    }
    const { data, width } = PNG.sync.read(await page.screenshot());
    const pictures = cells.map(({ x, y, side }) => {
      const rows: string[] = [];
      const [left, top] = [Math.round(x - side / 2), Math.round(y - side / 2)];
      for (let row = top; row < top + Math.floor(side); row++) {
        rows.push(data.toString('base64', (row * width + left) * 4, (row * width + left + Math.floor(side)) * 4));
      }
      return rows.join();
    });
    expect(pictures).toHaveLength(64);
    expect(new Set(pictures).size).toBe(64);
  });

  test('without WebGL it is the same picture', async () => {
    const page = await openMap('zoo', { renderer: 'software', width: 700, height: 420 });
    expect(await page.locator('.summary').textContent()).toContain('Drawn without WebGL');
    await page.locator('.summary').evaluate((element) => (element.textContent = '64 pages · 256 KiB · 1 page a cell'));
    await expectGolden(page, 'map-states-dark');
  });

  test('a million pages, all at once', async () => {
    const page = await openMap('million');
    await press(page, '0');
    await expectGolden(page, 'map-million');
  });

  test('a change of theme is followed', async () => {
    const page = await openMap('map', { theme: 'light' });
    await page.evaluate(() => window.fake.theme('dark'));
    await settled(page);
    await expectGolden(page, 'map-dark');
  });

  test('nothing to show says so', async () => {
    const page = await pages.open('residency-map');
    expect(await page.locator('.notice').textContent()).toContain('F5');
    await expectGolden(page, 'map-empty');
    await expectAccessible(page);
  });
});

describe('pointer', () => {
  test('resting on a page tells its state at once, and its last fault when the host has answered', async () => {
    const page = await openMap();
    const cell = await cellAt(page, 0x600 + 20);
    await page.mouse.move(cell.x, cell.y);
    const card = page.locator('#card');
    await card.getByText('Page 0x614').waitFor();
    expect(await card.textContent()).toContain('gpu0');
    await card.getByText('add.cu:11').first().waitFor();
    expect(await page.evaluate(() => window.fake.last('pageDetails')?.page)).toBe(0x614);
    await expectGolden(page, 'map-card');
    await expectAccessible(page);
    await page.mouse.move(cell.x, 5);
    await card.waitFor({ state: 'hidden' });
  });

  test('dragging selects pages, and what can be done with them goes to the host', async () => {
    const page = await openMap();
    const [from, to] = [await cellAt(page, 0x600 + 2), await cellAt(page, 0x600 + 230)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
    await settled(page);
    expect(await page.locator('.selected').textContent()).toContain('0x00602000 – 0x006e6fff');
    await page.mouse.move(2, 2);
    await expectGolden(page, 'map-selection');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Open in Hex Editor' }).click();
    await page.getByRole('button', { name: 'Add Data Breakpoint' }).click();
    await page.getByRole('button', { name: 'Go to Allocating Line' }).click();
    await page.getByRole('button', { name: 'Go to Line of Last Move' }).click();
    const bytes = { address: 0x602000, bytes: 229 * 4096 };
    expect(await page.evaluate(() => window.fake.asked.slice(-4))).toEqual([
      { type: 'openHex', ...bytes },
      { type: 'addDataBreakpoint', ...bytes },
      { type: 'openSource', path: '/work/add.cu', line: 19 },
      { type: 'openLastMove', firstPage: 0x602, pageCount: 229 },
    ]);
  });

  test('the context menu offers the same', async () => {
    const page = await openMap();
    const cell = await cellAt(page, 0x600 + 20);
    await page.mouse.click(cell.x, cell.y, { button: 'right' });
    await page.getByRole('menuitem', { name: 'Page History' }).click();
    expect(await page.evaluate(() => window.fake.last('showHistory'))).toEqual({
      type: 'showHistory',
      firstPage: 0x614,
      pageCount: 1,
    });
    await page.getByRole('menu').waitFor({ state: 'detached' });
  });

  test('the wheel with Ctrl zooms around the pointer', async () => {
    const page = await openMap();
    const cell = await cellAt(page, 0x600 + 400);
    await page.mouse.move(cell.x, cell.y);
    await page.keyboard.down('Control');
    for (let n = 0; n < 4; n++) await page.mouse.wheel(0, -100);
    await page.keyboard.up('Control');
    await settled(page);
    const now = await cellAt(page, 0x600 + 400);
    expect(now.side).toBeGreaterThan(cell.side);
    expect(Math.abs(now.y - cell.y)).toBeLessThan(now.side);
  });
});

describe('keys alone', () => {
  test('Tab reaches the map; arrows move, Shift selects, the menu key offers, Escape lets go', async () => {
    const page = await openMap();
    for (
      let n = 0;
      n < 12 && !(await page.locator('.focus').evaluate((cell) => cell === document.activeElement));
      n++
    ) {
      await page.keyboard.press('Tab');
    }
    await press(page, 'ArrowRight', 'ArrowRight');
    const cell = page.locator('.focus');
    expect(await cell.getAttribute('aria-colindex')).toBe('3');
    expect(await cell.getAttribute('aria-label')).toContain('0x00003000');
    await press(page, 'Shift+ArrowRight', 'Shift+ArrowRight');
    expect(await page.locator('.selected').textContent()).toContain('0x00003000 – 0x00005fff');
    expect(await page.getByRole('status').last().textContent()).toContain('3 pages');
    await press(page, 'Shift+F10', 'ArrowDown', 'Enter');
    expect(await page.evaluate(() => window.fake.last('openHex'))).toEqual({
      type: 'openHex',
      address: 0x3000,
      bytes: 3 * 4096,
    });
    expect(await cell.evaluate((element) => element === document.activeElement)).toBe(true);
    await press(page, 'Escape');
    expect(await page.locator('.actions').isHidden()).toBe(true);
    await press(page, 'i');
    await page.locator('#card').getByText('add.cu:11').first().waitFor();
  });

  test('n goes to what changed, + and - zoom, 0 shows everything', async () => {
    const page = await openMap();
    await focusCell(page);
    await press(page, 'n');
    expect(await page.locator('.selected').textContent()).toContain('0x003e0000 – 0x00457fff');
    const before = (await cellAt(page, 0x3e0)).side;
    await press(page, '+', '+');
    expect((await cellAt(page, 0x3e0)).side).toBeGreaterThan(before);
    await press(page, '-', '-', '-', '0');
    expect((await cellAt(page, 0x3e0)).side).toBe(before);
  });

  test('the address field finds an address and a name', async () => {
    const page = await openMap();
    const field = page.getByRole('textbox', { name: 'Go to address or name' });
    await field.fill('0x00a10000');
    await field.press('Enter');
    await settled(page);
    expect(await page.locator('.selected').textContent()).toContain('staging + 64.0 KiB');
    await field.fill('nobody');
    await field.press('Enter');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
  });
});

describe('messages', () => {
  test('a delta changes its pages and is acknowledged when they are drawn', async () => {
    const page = await openMap();
    await page.evaluate(() => window.fake.deliver(window.fake.samples.delta(0x200, 1024, 1, 'plain')));
    await settled(page);
    expect(await page.locator('.legend').textContent()).toContain('changed since the last stop 1,024');
    await expectGolden(page, 'map-delta');
  });

  test('a hundred deltas of ten thousand pages each keep the page going', async () => {
    const page = await openMap('million');
    const longest = await page.evaluate(async () => {
      const { fake } = window;
      let slowest = 0;
      for (let n = 0; n < 100; n++) {
        slowest = Math.max(slowest, await fake.deliver(fake.samples.delta(n * 10_000, 10_000, n % 2, 'plain')));
      }
      return slowest;
    });
    // Ten times what it takes here; without bounds on the work it would be seconds.
    expect(longest).toBeLessThan(1500);
  });

  test('hidden, it draws nothing and asks for nothing; shown again, it draws once', async () => {
    const page = await openMap();
    await page.evaluate(() => window.fake.post({ type: 'visibility', visible: false }));
    const frames = await page.evaluate(async () => {
      const { fake } = window;
      await new Promise(requestAnimationFrame);
      const real = window.requestAnimationFrame.bind(window);
      let asked = 0;
      window.requestAnimationFrame = (callback) => {
        asked += 1;
        return real(callback);
      };
      await fake.deliver(fake.samples.delta(0x200, 512, 1, 'plain'));
      const hidden = asked;
      await fake.tell({ type: 'visibility', visible: true });
      await fake.drawn(real);
      return [hidden, asked];
    });
    expect(frames).toEqual([0, 1]);
    await settled(page);
    expect(await page.locator('.legend').textContent()).toContain('changed since the last stop 512');
  });

  test('a lost WebGL context is given back, and the picture with it', async () => {
    const page = await openMap();
    await page.evaluate(async () => {
      const canvas = document.querySelector<HTMLCanvasElement>('.stage canvas')!;
      const lose = canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context')!;
      const restored = new Promise((resolve) => canvas.addEventListener('webglcontextrestored', resolve));
      const lost = new Promise((resolve) => canvas.addEventListener('webglcontextlost', resolve));
      lose.loseContext();
      await lost;
      await new Promise((resolve) => setTimeout(resolve, 0));
      lose.restoreContext();
      await restored;
    });
    await settled(page);
    await expectGolden(page, 'map-dark');
  });

  test('what is shown is kept for the next time', async () => {
    const page = await openMap();
    await focusCell(page);
    await press(page, '+', '+', '+', 'n');
    const before = await focused(page);
    await page.waitForFunction(() => sessionStorage.getItem('state')?.includes('"first":992'));
    await page.reload();
    await page.waitForFunction(() => window.fake.count('ready') === 1);
    await page.evaluate(() => window.fake.deliver(window.fake.samples.map()));
    await settled(page);
    expect(await focused(page)).toEqual(before);
    expect(await page.locator('.selected').textContent()).toContain('0x003e0000 – 0x00457fff');
  });

  test('the host reveals pages', async () => {
    const page = await openMap();
    await page.evaluate(() => window.fake.post({ type: 'reveal', firstPage: 0xa00, pageCount: 4 }));
    await page.locator('.selected').getByText('0x00a00000 – 0x00a03fff').waitFor();
  });

  test('what is no message is reported, not obeyed', async () => {
    const page = await openMap();
    await page.evaluate(() => window.postMessage({ type: 'mapDelta', seq: 1 }, '*'));
    await page.waitForFunction(() => window.fake.complaints.length > 0);
    expect(await page.evaluate(() => window.fake.complaints.splice(0))).toHaveLength(1);
  });
});

/** The middle of a page's cell in the window, found by going there. */
async function cellAt(page: Page, firstPage: number): Promise<{ x: number; y: number; side: number }> {
  await page.evaluate((at) => window.fake.post({ type: 'reveal', firstPage: at, pageCount: 1 }), firstPage);
  await settled(page);
  const cell = await focused(page);
  await press(page, 'Escape');
  return cell;
}

async function focused(page: Page): Promise<{ x: number; y: number; side: number }> {
  const { x, y, width } = (await page.locator('.focus').boundingBox())!;
  return { x: x + width / 2, y: y + width / 2, side: width };
}
