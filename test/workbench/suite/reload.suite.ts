/** The window has been loaded again: the editor gives the tabs back through our serializers, and they show what they did. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { pageViews } from '../../../extension/manifest.js';
import { looksLike } from './page-states.js';
import { PAGE_NAMES } from './views-at-work.js';
import { debugWorkload, eventually, extension, listening, stopAll, until } from './workbench.js';

/** @param left what each page looked like before */
export function afterReload(left: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
  describe('when the window has been loaded again', () => {
    after(stopAll);

    it('tabs are there, and listen', async () => {
      const viewTypes = vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .flatMap(({ input }) => (input instanceof vscode.TabInputWebview ? [input.viewType] : []));
      for (const page of PAGE_NAMES)
        assert.ok(
          viewTypes.some((type) => type.endsWith(pageViews[page])),
          page,
        );
      const open = await eventually(listening, (pages) => pages.length === PAGE_NAMES.length, 'a tab does not listen');
      assert.ok(open.every(({ tab }) => tab));
    });

    it('tabs show what they did, as soon as the program has run again', async () => {
      const { sessions } = await extension();
      assert.equal(sessions.current, null);
      await until('ended', () => debugWorkload('cuda/sweeps.cu', { args: ['512', '3'] }));
      for (const page of PAGE_NAMES) await looksLike(page, left[page]!);
    });
  });
}
