/** The extension's composition root: VS Code calls `activate` when one of the commands is used for the first time. */
import * as vscode from 'vscode';
import { commands } from './manifest.js';
import { runActiveFile } from './run-file.js';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand(commands.runFile, () => runActiveFile(context.extensionPath)),
  );
}
