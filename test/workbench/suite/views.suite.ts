/** Pages in the panel and in tabs: fed when they are seen, and only then, and never so that the editor stands still. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, pageViews } from '../../../extension/manifest.js';
import type { ProgramSession } from '../../../extension/session/program-session.js';
import { eventually, fed, inWindow, listening, openProgram, stopAll, until } from './workbench.js';

const pages = ['residency-map', 'memories', 'timeline', 'events'] as const;

describe('views', () => {
  let program: ProgramSession;
  before(async () => {
    await openProgram('ping_pong.cu');
    program = await until('ended', () => vscode.commands.executeCommand(commands.debugFile));
  });
  after(stopAll);

  for (const page of pages) {
    it(`shows ${page} in the panel`, async () => {
      await vscode.commands.executeCommand(`${pageViews[page]}.focus`);
      await fed(page);
      const text = (await eventually(
        () => inWindow({ do: 'pageText', page }),
        (shown) => shown !== '',
        `${page} shows nothing`,
      )) as string;
      assert.doesNotMatch(text, /No program is being debugged/);
    });
  }

  it('shows nothing on a page that is hidden', async () => {
    await vscode.commands.executeCommand('workbench.action.closePanel');
    await eventually(listening, (open) => open.length === 0, 'hidden pages listen');
  });

  it('opens each page as an editor tab', async () => {
    for (const command of [commands.openMap, commands.openMemories, commands.openTimeline, commands.openEvents]) {
      await vscode.commands.executeCommand(command);
    }
    await eventually(
      () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label)),
      (labels) => ['Residency Map', 'Memories', 'Timeline', 'Events'].every((title) => labels.includes(title)),
      'a tab is missing',
    );
    await fed('events');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('counts the same moves that the program made', async () => {
    const { rows } = await program.request('faultline/aggregate', { by: 'kind', kinds: ['migrate'] });
    // Five rounds, 64 pages there and back.
    assert.equal(rows[0]?.events, 640);
  });
});
