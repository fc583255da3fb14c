/** The session behind the pictures of the README. Runs in the extension host. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commands, pageViews } from '../../../extension/manifest.js';
import { extension, fed, inWindow, lineOf, openProgram, until } from './workbench.js';

/** A picture is taken when all has been drawn; nothing tells when that is. */
const DRAWN_MS = 1500;

const execute = (command: string, ...args: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(command, ...args);

async function picture(name: string): Promise<void> {
  const images = process.env.FAULTLINE_WORKBENCH_IMAGES;
  assert.ok(images, 'nobody says where pictures go');
  await execute('notifications.clearAll');
  await pause(DRAWN_MS);
  await inWindow({ do: 'screenshot', path: join(images, `${name}.png`) });
  console.log(`│ ${name}.png`);
}

export async function run(): Promise<void> {
  try {
    await takeAll();
  } catch (error) {
    console.log(`│ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    await picture('failed').catch(() => undefined);
    throw error;
  }
}

async function takeAll(): Promise<void> {
  await extension();
  await vscode.workspace
    .getConfiguration('faultline')
    .update('summaryAtEnd', false, vscode.ConfigurationTarget.Workspace);
  const editor = await openProgram('vector_add.cu');

  // In the middle of a kernel, on a page fault of the device.
  await until('stopped', () =>
    vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
      type: 'faultline',
      request: 'launch',
      name: 'vector_add.cu',
      program: editor.document.uri.fsPath,
      breakOn: [{ filter: 'deviceFault', condition: 'page in y && number > 1350' }],
    }),
  );
  await execute('workbench.view.debug');
  await execute(commands.openMap);
  await fed('residency-map');
  await execute(`${pageViews.timeline}.focus`);
  await fed('timeline');
  await vscode.window.showTextDocument(editor.document, vscode.ViewColumn.One);
  await picture('overview');

  // The same moment in the panel, as large as it gets: map and memories side by side.
  await execute('workbench.action.closeSidebar');
  await execute('workbench.action.closeEditorsInOtherGroups');
  await execute(`${pageViews['residency-map']}.focus`);
  await fed('residency-map');
  await execute('workbench.action.toggleMaximizedPanel');
  await fed('memories');
  await picture('memory');
  await execute('workbench.action.toggleMaximizedPanel');

  // The whole run of a program that is too large for its device.
  await until('closed', () => vscode.debug.stopDebugging());
  const large = await openProgram('too_large.cu');
  await until('ended', () =>
    vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
      type: 'faultline',
      request: 'launch',
      name: 'too_large.cu',
      program: large.document.uri.fsPath,
      deviceMemory: '4MiB',
    }),
  );
  await execute(`${pageViews.timeline}.focus`);
  await execute('workbench.action.toggleMaximizedPanel');
  await fed('timeline');
  await fed('events');
  await picture('timeline');

  // What the lines cost.
  await execute('workbench.action.closePanel');
  await vscode.window.showTextDocument(large.document, {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(lineOf(large, 'addToAll'), 0, lineOf(large, 'addToAll'), 0),
  });
  await execute(commands.showSummary);
  // The preview is the editor's own: it loads when it likes.
  await pause(4 * DRAWN_MS);
  await picture('source');
}
