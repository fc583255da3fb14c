/** What the compiler says when a program is built for the debugger, in the Problems view until it is built again. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import type { Sessions } from '../session/sessions.js';

const SEVERITIES: Readonly<Record<string, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  note: vscode.DiagnosticSeverity.Information,
};

export class CompilerDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('faultline');
  private readonly subscriptions: vscode.Disposable;

  constructor(sessions: Sessions) {
    this.subscriptions = vscode.Disposable.from(
      this.collection,
      sessions.onWillLaunch(() => this.collection.clear()),
      sessions.onDidDiagnose((output) => this.add(output)),
      // What is written anew may be right.
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.collection.delete(uri)),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private add({ output, source, line, column, category }: P.OutputEvent['body']): void {
    const said = parseDiagnostic(output);
    if (category !== 'stderr' || source?.path === undefined || line === undefined || said === null) return;
    const uri = vscode.Uri.file(source.path);
    const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, (column ?? 1) - 1));
    const word = vscode.workspace.textDocuments
      .find((document) => document.uri.fsPath === uri.fsPath)
      ?.getWordRangeAtPosition(at);
    const severity = SEVERITIES[said.severity] ?? vscode.DiagnosticSeverity.Error;
    const diagnostic = new vscode.Diagnostic(word ?? new vscode.Range(at, at.translate(0, 1)), said.message, severity);
    diagnostic.source = 'clang';
    this.collection.set(uri, [...(this.collection.get(uri) ?? []), diagnostic]);
  }
}

/** `add.cu:3:5: error: use of undeclared identifier 'x'`; null for what is no diagnostic. */
export function parseDiagnostic(line: string): { severity: string; message: string } | null {
  const [, severity, message] = /^.*?:\d+:\d+: (error|warning|note): ([^]*?)\s*$/.exec(line) ?? [];
  return severity === undefined || message === undefined ? null : { severity, message };
}
