/** What a page, a quick pick or an assistant makes the editor do. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, pageViews, schemes, section, settings, tools } from '../../../extension/manifest.js';
import type { ProgramSession } from '../../../extension/session/program-session.js';
import { read } from './views-at-work.js';
import {
  configure,
  copyWorkload,
  debugWorkload,
  eventually,
  extension,
  fed,
  inWindow,
  lineShown,
  stopAll,
  until,
} from './workbench.js';

describe('from a page', () => {
  let program: ProgramSession;
  before(async () => {
    // It would come when it likes, and take the focus from what is asked.
    await configure(settings.summaryAtEnd, false);
    program = await until('ended', () => debugWorkload('cuda/sweeps.cu', { args: ['64', '1'] }));
  });
  after(async () => {
    await stopAll();
    await configure(settings.summaryAtEnd, undefined);
  });

  it('the bytes of selected pages open as text', async () => {
    await vscode.commands.executeCommand(`${pageViews['residency-map']}.focus`);
    await fed('residency-map');
    await inWindow({ do: 'fillIn', page: 'residency-map', selector: '.toolbar input', text: 'words' });
    await inWindow({ do: 'pressIn', page: 'residency-map', selector: '.toolbar input', keys: ['Enter'] });
    await eventually(
      () => read('residency-map', '.selected'),
      (text) => text.includes('words'),
      'words is not selected',
    );
    await inWindow({
      do: 'pressIn',
      page: 'residency-map',
      selector: '.actions [aria-label="Open in Hex Editor"]',
      keys: ['Enter'],
    });
    const document = await eventually(
      () => vscode.window.activeTextEditor?.document ?? null,
      (active) => active?.uri.scheme === schemes.memory,
      'no bytes are shown',
    );
    const { allocations } = await program.request('faultline/allocations', {});
    const words = allocations.find(({ name }) => name === 'words')!;
    // The first page began with 0, and has been touched once by each of two sweeps.
    const [first = ''] = document!.getText().split('\n');
    assert.ok(first.startsWith(`${words.address.toString(16).padStart(8, '0')}  02 00 00 00 00`), first);
    assert.equal(document!.getText().trimEnd().split('\n').length, 4096 / 16);
  });

  it('events are exported to a file', async () => {
    await vscode.commands.executeCommand(`${pageViews.events}.focus`);
    await fed('events');
    await inWindow({ do: 'fillIn', page: 'events', selector: '.toolbar input', text: 'kind == migrate' });
    await inWindow({ do: 'pressIn', page: 'events', selector: '.toolbar input', keys: ['Enter'] });
    await eventually(
      () => read('events', '.row.active'),
      (row) => row.includes('migrate'),
      'the list is not filtered',
    );
    await inWindow({ do: 'pressIn', page: 'events', selector: '[aria-label="Export as CSV"]', keys: ['Enter'] });
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder);
    const path = join(folder, 'moves.csv');
    await inWindow({ do: 'answer', text: path });
    const text = await eventually(
      () => readFile(path, 'utf8').catch(() => ''),
      (found) => found.endsWith('\n'),
      'there is no file',
    );
    const [header, ...lines] = text.trimEnd().split('\n');
    assert.match(header!, /^number,timeNs,durationNs,kind,/);
    // 64 pages there and back, and half of them there again.
    assert.equal(lines.length, 64 + 64 + 32);
    assert.ok(lines.every((line) => line.split(',')[3] === 'migrate'));
  });
});

describe('a choice of what to run on', () => {
  after(async () => {
    await stopAll();
    await configure(settings.deviceMemory, undefined);
  });

  it('starts the program that stands again, with it', async () => {
    const { status } = await extension();
    const first = await until('stopped', () =>
      debugWorkload('cuda/sweeps.cu', { args: ['64', '1'], stopOnEntry: true }),
    );
    await lineShown();
    const again = await until('stopped', async () => {
      void vscode.commands.executeCommand(commands.chooseDeviceMemory);
      await inWindow({ do: 'answer', text: '16MiB' });
    });
    assert.notEqual(again.id, first.id);
    assert.equal(again.debugSession.configuration.deviceMemory, '16MiB');
    assert.deepEqual(again.debugSession.configuration.args, ['64', '1']);
    assert.equal(vscode.workspace.getConfiguration(section).get(settings.deviceMemory), '16MiB');
    await eventually(
      () => status.text,
      (text) => text.includes('/ 16.0 MiB'),
      'the status bar says something else',
    );
  });
});

describe('the tool that runs a program', () => {
  it('runs it and gives its report', async () => {
    await copyWorkload('cuda/sweeps.cu');
    // Where suites run, the editor answers its own question whether that may be with yes.
    const { content } = await vscode.lm.invokeTool(tools.run, {
      input: { program: 'sweeps.cu', args: ['64', '1'], deviceMemory: '1MiB' },
      toolInvocationToken: undefined,
    });
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    assert.match(part.value, /PASS: 64/);
    assert.match(part.value, /"exit": \{\s+"status": 0/);
  });
});
