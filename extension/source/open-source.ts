/** Opens a place in the source, where the person looks already. */
import * as vscode from 'vscode';

/** @param line counted from 1 */
export async function openSource(path: string, line: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  const uri = vscode.Uri.file(path);
  // In the column where the file is open already, or else beside nothing: pages stay where they are.
  const open = vscode.window.visibleTextEditors.find(({ document }) => document.uri.fsPath === uri.fsPath);
  await vscode.window.showTextDocument(uri, {
    selection: new vscode.Range(at, at),
    viewColumn: open?.viewColumn ?? vscode.ViewColumn.One,
  });
}
