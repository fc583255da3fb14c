/**
 * "Run Current File in Terminal": runs the packaged command on the file of the active editor, as a task, so that the
 * report stays readable when the program has ended. The command runs under the editor's own Node: a user needs none.
 */
import { basename, dirname, join } from 'node:path';
import { execPath } from 'node:process';
import * as vscode from 'vscode';
import { problemMatcher, section, settings } from './manifest.js';
import { programOf } from './program-of.js';

/** Runs `file` in a terminal. `extensionPath` is where the extension is installed. */
async function run(file: vscode.Uri, extensionPath: string): Promise<void> {
  const command = [join(extensionPath, 'dist', 'cli.js'), 'run', programOf(file.fsPath), ...options()];
  const execution = new vscode.ProcessExecution(execPath, command, {
    cwd: dirname(file.fsPath),
    // The editor's executable is Electron on a desktop and Node on a server; with this it is Node on both.
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  const folder = vscode.workspace.getWorkspaceFolder(file) ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task({ type: 'process' }, folder, basename(file.fsPath), 'Faultline', execution, [
    problemMatcher,
  ]);
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
  };
  await vscode.tasks.executeTask(task);
}

/** What the settings say of driver, machine and device memory. */
function options(): string[] {
  const configuration = vscode.workspace.getConfiguration(section);
  const named = [
    ['--driver', settings.driver],
    ['--machine', settings.machine],
    ['--device-memory', settings.deviceMemory],
  ] as const;
  return named.flatMap(([option, setting]) => {
    const value = configuration.get<string>(setting, '');
    return value === '' ? [] : [option, value];
  });
}

/** The handler of the command. Saves the file first, because the compiler reads it from the disk. */
export async function runActiveFile(extensionPath: string): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.uri.scheme !== 'file') {
    await vscode.window.showErrorMessage(
      vscode.l10n.t('No program file is open. Open a .c, .cpp, .cu or .hip file and run it again.'),
    );
    return;
  }
  if (document.isDirty && !(await document.save())) return;
  await run(document.uri, extensionPath);
}
