/** Pages as a person leaves them: zoomed, with something selected, filtered; and what can be seen of that. */
import type { PageName } from './views-at-work.js';
import { read } from './views-at-work.js';
import { eventually, extension, inWindow } from './workbench.js';

/** What each page looked like when the window was about to be loaded again. */
export const left: Record<string, Readonly<Record<string, string>>> = {};

/** What of a page is to be the same when it is opened again. */
async function looksOf(page: PageName): Promise<Readonly<Record<string, string>>> {
  switch (page) {
    case 'residency-map':
      return {
        zoom: await read(page, '.summary'),
        selected: await read(page, '.selected'),
        data: await read(page, '.legend'),
      };
    case 'memories':
      return { data: await read(page, '.board') };
    case 'timeline':
      return {
        zoom: await read(page, '.overview', 'aria-valuetext'),
        selected: await read(page, '.details'),
        data: await read(page, '.summary'),
      };
    case 'events':
      return { data: await read(page, '.summary'), selected: await read(page, '.row.active') };
  }
}

const press = (page: PageName, selector: string, ...keys: readonly string[]): Promise<unknown> =>
  inWindow({ do: 'pressIn', page, selector, keys });

/** Zooms, selects and filters. @param variant another state each time */
export async function arrange(page: PageName, variant: number): Promise<void> {
  const { pages } = await extension();
  const before = JSON.stringify(pages.kept(page));
  switch (page) {
    case 'residency-map':
      await press(page, '.focus', '0', '+', ...Array<string>(variant).fill('+'), 'Control+End', 'Shift+ArrowLeft');
      break;
    case 'memories':
      // Nothing can be chosen there.
      return;
    case 'timeline':
      await press(
        page,
        '.lanes',
        '0',
        '+',
        ...Array<string>(variant).fill('+'),
        'ArrowDown',
        'ArrowRight',
        'ArrowRight',
      );
      await eventually(() => read(page, '.details'), Boolean, 'no event is selected');
      break;
    case 'events':
      await inWindow({
        do: 'fillIn',
        page,
        selector: '.toolbar input',
        text: ['kind == migrate', 'kind == cpuFault'][variant % 2]!,
      });
      await press(page, '.toolbar input', 'Enter');
      await eventually(
        () => read(page, '.row.active'),
        (row) => row.includes(variant % 2 === 0 ? 'migrate' : 'cpuFault'),
        'the list is not filtered',
      );
      await press(page, '.events-grid', 'End');
  }
  await eventually(
    () => JSON.stringify(pages.kept(page)),
    (now) => now !== before,
    `${page} keeps nothing`,
  );
}

/** Waits until a page looks as it did. */
export async function looksLike(page: PageName, expected: Readonly<Record<string, string>>): Promise<void> {
  const text = JSON.stringify(expected);
  await eventually(
    () => looksOf(page),
    (now) => JSON.stringify(now) === text,
    `${page} does not look as before, which was ${text}`,
  );
}

/** What a page looks like when it does not change any more: twice the same, and what it keeps with it. */
export async function settledLooks(page: PageName): Promise<Readonly<Record<string, string>>> {
  const { pages } = await extension();
  let last = '';
  return await eventually(
    () => looksOf(page),
    (now) => {
      const text = JSON.stringify([now, pages.kept(page)]);
      const same = text === last && Object.values(now).every((part) => part !== '');
      last = text;
      return same;
    },
    `${page} does not come to rest`,
  );
}
