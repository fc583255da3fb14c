/** The extension's composition root: VS Code calls `activate` when a command or the debugger is used for the first time. */
import * as vscode from 'vscode';
import { registerDebugger } from './debug.js';
import { commands } from './manifest.js';
import { runActiveFile } from './run-file.js';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    registerDebugger(context),
    vscode.commands.registerCommand(commands.runFile, () => runActiveFile(context.extensionPath)),
  );
}
