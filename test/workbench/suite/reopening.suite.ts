/** A view or tab that is closed and opened again shows what it showed, also after the program has ended. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { pageViews, settings } from '../../../extension/manifest.js';
import { arrange, looksLike, settledLooks } from './page-states.js';
import { openTab, PAGE_NAMES } from './views-at-work.js';
import { configure, debugWorkload, eventually, extension, fed, listening, stopAll, until } from './workbench.js';

describe('opened again when the program has ended', () => {
  before(async () => {
    // The summary would come when it likes, over the tabs.
    await configure(settings.summaryAtEnd, false);
    await until('ended', () => debugWorkload('cuda/sweeps.cu', { args: ['512', '3'] }));
  });
  after(async () => {
    await stopAll();
    await configure(settings.summaryAtEnd, undefined);
  });

  for (const page of PAGE_NAMES) {
    it(`the view of ${page} is as it was`, async () => {
      const focus = `${pageViews[page]}.focus`;
      await vscode.commands.executeCommand(focus);
      await fed(page);
      await arrange(page, 0);
      const looks = await settledLooks(page);
      await vscode.commands.executeCommand('workbench.action.closePanel');
      await eventually(listening, (open) => open.length === 0, 'a hidden page listens');
      await vscode.commands.executeCommand(focus);
      await fed(page);
      await looksLike(page, looks);
      await vscode.commands.executeCommand('workbench.action.closePanel');
    });
  }

  for (const page of PAGE_NAMES) {
    it(`the tab of ${page} is as it was`, async () => {
      const { pages } = await extension();
      await openTab(page);
      await arrange(page, 1);
      const looks = await settledLooks(page);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await eventually(
        () => pages.opened().filter(({ tab }) => tab),
        (tabs) => tabs.length === 0,
        'a tab is still there',
      );
      await openTab(page);
      await looksLike(page, looks);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      assert.deepEqual(
        pages.opened().filter(({ tab }) => tab),
        [],
      );
    });
  }
});
