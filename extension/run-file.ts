/**
 * "Run Current File in Terminal": runs the packaged command on the file of the active editor, as a task, so that the
 * report stays readable when the program has ended. The command runs under the editor's own Node: a user needs none.
 */
import { basename, dirname, join } from 'node:path';
import { execPath } from 'node:process';
import * as vscode from 'vscode';

/** Runs `file` in a terminal. `extensionPath` is where the extension is installed. */
async function run(file: vscode.Uri, extensionPath: string): Promise<void> {
  const execution = new vscode.ProcessExecution(execPath, [join(extensionPath, 'dist', 'cli.js'), 'run', file.fsPath], {
    cwd: dirname(file.fsPath),
    // The editor's executable is Electron on a desktop and Node on a server; with this it is Node on both.
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  const folder = vscode.workspace.getWorkspaceFolder(file) ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task({ type: 'process' }, folder, basename(file.fsPath), 'Faultline', execution);
  task.presentationOptions = {
    reveal: vscode.TaskRevealKind.Always,
    panel: vscode.TaskPanelKind.Dedicated,
    clear: true,
  };
  await vscode.tasks.executeTask(task);
}

/** The handler of the command. Saves the file first, because the compiler reads it from the disk. */
export async function runActiveFile(extensionPath: string): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.uri.scheme !== 'file') {
    await vscode.window.showErrorMessage(
      'No program file is open. Open a .c, .cpp, .cu or .hip file and run it again.',
    );
    return;
  }
  if (document.isDirty && !(await document.save())) return;
  await run(document.uri, extensionPath);
}
