/** What the package contributes is there once it is installed, and costs nothing before it is used. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, pageViews, settings, section, tools, treeViews } from '../../../extension/manifest.js';
import { extension, noted } from './workbench.js';

describe('the extension', () => {
  it('activates and loads nothing heavy', async () => {
    const found = vscode.extensions.getExtension('faultline.faultline');
    assert.equal(found?.isActive, false, 'something has activated it already');
    const started = performance.now();
    const { engine } = await extension();
    // With the loading of its code, as a person waits for it. `npm run bench` has the aim: a busy computer proves nothing.
    noted.set('activationMs', performance.now() - started);
    assert.equal(engine.loaded, null);
  });

  it('registers every command', async () => {
    await extension();
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      Object.values(commands).filter((name) => !known.has(name)),
      [],
    );
  });

  it('registers every view', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    const views = [...Object.values(pageViews), ...Object.values(treeViews)];
    assert.deepEqual(
      views.filter((name) => !known.has(`${name}.focus`)),
      [],
    );
  });

  it('registers every tool for language models', () => {
    const known = vscode.lm.tools.map(({ name }) => name);
    assert.deepEqual(
      Object.values(tools).filter((name) => !known.includes(name)),
      [],
    );
  });

  it('has a default for every setting', () => {
    const configuration = vscode.workspace.getConfiguration(section);
    for (const name of Object.values(settings)) assert.notEqual(configuration.get(name), undefined, name);
  });

  it('knows the languages', async () => {
    const languages = await vscode.languages.getLanguages();
    for (const language of ['c', 'cpp', 'cuda-cpp', 'hip']) assert.ok(languages.includes(language), language);
  });

  it('opens a sample with one command', async () => {
    await vscode.commands.executeCommand(commands.openSample, 'ping_pong.cu');
    const editor = vscode.window.activeTextEditor;
    assert.match(editor?.document.fileName ?? '', /ping_pong\.cu$/);
    assert.equal(editor?.document.languageId, 'cuda-cpp');
  });
});
