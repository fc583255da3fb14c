/** A program is debugged as a person does it: F5, a checkbox, steps, a hover, and its end. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { Place, type Area } from '../../../media/messages.js';
import { commands, schemes } from '../../../extension/manifest.js';
import type { ProgramSession } from '../../../extension/session/program-session.js';
import {
  checkFilter,
  eventually,
  extension,
  inWindow,
  lineOf,
  openProgram,
  stopAll,
  topFrame,
  until,
} from './workbench.js';

const PAGE = 4096;

describe('debugging vector_add.cu', () => {
  let editor: vscode.TextEditor;
  let program: ProgramSession;

  before(async () => {
    await extension();
    editor = await openProgram('vector_add.cu');
  });
  after(stopAll);

  it('starts with F5, with no configuration, and stops at a breakpoint', async () => {
    const line = lineOf(editor, 'add<<<');
    vscode.debug.addBreakpoints([
      new vscode.SourceBreakpoint(new vscode.Location(editor.document.uri, new vscode.Position(line, 0))),
    ]);
    program = await until('stopped', () => vscode.commands.executeCommand('workbench.action.debug.start'));
    assert.equal(program.stop?.reason, 'breakpoint');
    assert.equal((await topFrame(program)).line, line + 1);
  });

  it('shows where the pages are before the kernel runs', async () => {
    const { residency } = await extension();
    await vscode.commands.executeCommand(commands.openMap);
    const shown = await eventually(
      () => residency.current,
      (now) => now?.areas.some(({ name }) => name === 'y') ?? false,
      'the map has no area y',
    );
    assert.ok(shown);
    assert.deepEqual(shown.nodes, ['cpu', 'gpu0']);
    for (const name of ['x', 'y']) {
      const area: Area | undefined = shown.areas.find((candidate) => candidate.name === name);
      assert.ok(area);
      assert.equal(area.pageCount, (256 * 1024 * 4) / PAGE);
      assert.match(area.source?.label ?? '', /^vector_add\.cu:\d+$/);
      const codes = shown.codes.subarray(area.firstPage, area.firstPage + area.pageCount);
      assert.ok(
        codes.every((code) => (code & 0x0f) === Place.firstNode),
        'every page is in the memory of the CPU',
      );
    }
    await eventually(() => inWindow({ do: 'pageText', page: 'residency-map' }), Boolean, 'the page shows nothing');
  });

  it('stops on a device fault that a checkbox asks for', async () => {
    await checkFilter('Device page fault', true);
    program = await until('stopped', () => vscode.commands.executeCommand('workbench.action.debug.continue'));
    assert.equal(program.stop?.reason, 'exception');
    const info = (await program.ask('exceptionInfo', { threadId: program.stop.threadId })) as { exceptionId: string };
    assert.equal(info.exceptionId, 'deviceFault');
    assert.equal((await topFrame(program)).line, lineOf(editor, 'y[i] = x[i] + y[i];') + 1);
  });

  it('steps through a migration', async () => {
    await checkFilter('Device page fault', false);
    await checkFilter('Migration', true);
    program = await until('stopped', () => vscode.commands.executeCommand('workbench.action.debug.continue'));
    const phases: string[] = [];
    for (let step = 0; step < 5; step += 1) {
      await until('stopped', () => vscode.commands.executeCommand('workbench.action.debug.stepInto'));
      phases.push((await topFrame(program)).name);
    }
    assert.ok(
      phases.some((name) => name.startsWith('migrate_vma_collect')),
      phases.join(', '),
    );
    assert.ok(
      phases.some((name) => name.startsWith('migrate_vma_finalize')),
      phases.join(', '),
    );
  });

  it('marks in the map what has moved', async () => {
    const { residency } = await extension();
    await checkFilter('Migration', false);
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    const line = lineOf(editor, 'float error');
    vscode.debug.addBreakpoints([
      new vscode.SourceBreakpoint(new vscode.Location(editor.document.uri, new vscode.Position(line, 0))),
    ]);
    program = await until('stopped', () => vscode.commands.executeCommand('workbench.action.debug.continue'));
    await vscode.commands.executeCommand(commands.openMap);
    const onDevice = await eventually(
      () => {
        const now = residency.current;
        const area = now?.areas.find(({ name }) => name === 'y');
        if (!now || !area) return -1;
        return now.codes
          .subarray(area.firstPage, area.firstPage + area.pageCount)
          .filter((code) => (code & 0x0f) === Place.firstNode + 1).length;
      },
      (count) => count === 256,
      'pages of y on the device',
    );
    assert.equal(onDevice, 256);
  });

  it('follows a hover to the memory behind a pointer', async () => {
    await vscode.window.showTextDocument(editor.document, vscode.ViewColumn.One);
    const line = lineOf(editor, 'fabs(y[i]');
    const at = new vscode.Position(line, editor.document.lineAt(line).text.indexOf('y[i]'));
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      editor.document.uri,
      at,
    );
    const text = hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''))
      .join('\n');
    assert.match(text, /\*\*y\*\*/);
    assert.match(text, /gpu0 .*256 of 256 pages/);
  });

  it('writes costs behind kernels', async () => {
    const lenses = await eventually(
      () => vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', editor.document.uri),
      (found) => found.length > 0,
      'there is no lens',
    );
    assert.match(lenses[0]?.command?.title ?? '', /^1 launch · 512 faults · 2\.0 MiB moved · /);
    assert.equal(lenses[0]?.range.start.line, lineOf(editor, '__global__'));
  });

  it('lists allocations with where they are', async () => {
    const { allocations } = await extension();
    const items = await allocations.getChildren();
    const labels = items.map((item) => allocations.getTreeItem(item));
    const y = labels.find(({ label }) => label === 'y');
    assert.match(String(y?.description), /1\.0 MiB · managed · gpu0 100 %/);
  });

  it('says in the status bar what the program runs on', async () => {
    const { status } = await extension();
    assert.match(status.text, /hmm · p100-pcie3 · 2\.0 MiB \/ 16\.0 GiB/);
  });

  it('answers the tools of an assistant', async () => {
    const result = await vscode.lm.invokeTool('faultline_residency', {
      input: { allocation: 'y' },
      toolInvocationToken: undefined,
    });
    const [part] = result.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    assert.match(part.value, /"gpu0":256/);
  });

  it('goes on looking when the program has ended, and sums it up', async () => {
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    program = await until('ended', () => vscode.commands.executeCommand('workbench.action.debug.continue'));
    assert.equal(program.exitCode, 0);
    const { rows } = await program.request('faultline/aggregate', { by: 'kind', kinds: ['migrate'] });
    assert.equal(rows[0]?.events, 768);
    const summary = await eventually(
      () => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === schemes.summary)?.getText() ?? '',
      (text) => text.includes('add('),
      'there is no summary',
    );
    assert.match(summary, /vector_add\.cu:\d+/);
  });
});

describe('a program that does not compile', () => {
  after(stopAll);

  it('leaves what the compiler says among the problems', async () => {
    const editor = await openProgram('vector_add.hip');
    await editor.edit((edit) =>
      edit.insert(new vscode.Position(lineOf(editor, 'int wrong'), 0), '    int broken = undeclared;\n'),
    );
    await editor.document.save();
    void vscode.commands.executeCommand(commands.debugFile);
    const [problem] = await eventually(
      () => vscode.languages.getDiagnostics(editor.document.uri),
      (problems) => problems.length > 0,
      'there is no problem',
    );
    assert.match(problem?.message ?? '', /undeclared identifier 'undeclared'/);
    assert.equal(problem?.range.start.line, lineOf(editor, 'undeclared'));
    await inWindow({ do: 'press', keys: 'Escape' });
  });
});

describe('a file of a project', () => {
  after(stopAll);

  it('is debugged with the others, and with what the project says of machine and driver', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(folder);
    await mkdir(join(folder, 'two'), { recursive: true });
    const write = (name: string, text: string): Promise<void> => writeFile(join(folder, 'two', name), text);
    await write('faultline.json', '{ "sources": ["main.c", "three.c"], "machine": "v100-nvlink2", "args": ["x"] }');
    await write('main.c', 'int three(void);\nint main(int words, char **each)\n{\n    return three() + words;\n}\n');
    await write('three.c', 'int three(void)\n{\n    return 3;\n}\n');
    const editor = await openProgram('two/three.c');
    vscode.debug.addBreakpoints([
      new vscode.SourceBreakpoint(new vscode.Location(editor.document.uri, new vscode.Position(2, 0))),
    ]);
    const program = await until('stopped', () => vscode.commands.executeCommand('workbench.action.debug.start'));
    assert.equal((await topFrame(program)).name, 'three');
    assert.equal(program.configured('machine'), 'v100-nvlink2');
    vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
    const ended = await until('ended', () => vscode.commands.executeCommand('workbench.action.debug.continue'));
    assert.equal(ended.exitCode, 5);
  });
});
