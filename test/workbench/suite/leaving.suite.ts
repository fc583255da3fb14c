/** The last suite before the window is loaded again, whose tabs `reload.suite.ts` then finds. */
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { settings } from '../../../extension/manifest.js';
import { arrange, left, settledLooks } from './page-states.js';
import { openTab, PAGE_NAMES } from './views-at-work.js';
import { configure, debugWorkload, stopAll, until } from './workbench.js';

describe('before the window is loaded again', () => {
  before(async () => {
    await stopAll();
    // It would come when it likes, over the tabs.
    await configure(settings.summaryAtEnd, false);
    await vscode.commands.executeCommand('workbench.action.closePanel');
    await until('ended', () => debugWorkload('cuda/sweeps.cu', { args: ['512', '3'] }));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('tabs show something', async () => {
    // Each beside the last, so that all are seen.
    for (const page of PAGE_NAMES) await openTab(page);
    for (const page of PAGE_NAMES) {
      await arrange(page, 0);
      left[page] = await settledLooks(page);
    }
  });
});
