/** Values beside the lines that were executed: which names on a line are variables. The editor looks them up in the frame's scopes. */
import * as vscode from 'vscode';
import { section, settings } from '../manifest.js';

export class InlineValues implements vscode.InlineValuesProvider {
  provideInlineValues(
    document: vscode.TextDocument,
    viewport: vscode.Range,
    { stoppedLocation }: vscode.InlineValueContext,
  ): vscode.InlineValue[] {
    if (!vscode.workspace.getConfiguration(section).get<boolean>(settings.inlineValues, true)) return [];
    const last = stoppedLocation.end.line;
    const first = Math.max(functionStart(document, last), viewport.start.line);
    const values: vscode.InlineValue[] = [];
    for (let line = first; line <= Math.min(last, viewport.end.line); line += 1) {
      for (const { name, column } of namesOn(document.lineAt(line).text)) {
        const range = new vscode.Range(line, column, line, column + name.length);
        values.push(new vscode.InlineValueVariableLookup(range, name, true));
      }
    }
    return values;
  }
}

/** Where the function begins that a line is in: with a line that is not indented, under an opening brace. */
function functionStart(document: vscode.TextDocument, line: number): number {
  for (let at = line; at > 0; at -= 1) if (/^[A-Za-z_].*\(/.test(document.lineAt(at).text)) return at;
  return 0;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  `alignas alignof auto bool break case catch char class const constexpr continue default delete do double else enum extern false
   float for goto if inline int long namespace new nullptr operator private public register return short signed sizeof static struct
   switch template this throw true try typedef typename union unsigned using virtual void volatile while size_t NULL
   __global__ __device__ __host__ __shared__ __managed__ __constant__ __restrict__ std`.split(/\s+/),
);

/** Names on a line that may be variables: not in texts and comments, not called, no members, none twice. */
export function namesOn(line: string): { name: string; column: number }[] {
  const code = line
    .replace(/\/\/.*$|\/\*.*?\*\//g, (comment) => ' '.repeat(comment.length))
    .replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (text) => ' '.repeat(text.length));
  if (/^\s*#/.test(code)) return [];
  const seen = new Set<string>();
  const names: { name: string; column: number }[] = [];
  for (const match of code.matchAll(/(?<![\w.>:])[A-Za-z_]\w*(?!\w|\s*\(|\s*::|\s*<<<)/g)) {
    const [name] = match;
    if (KEYWORDS.has(name) || seen.has(name)) continue;
    seen.add(name);
    names.push({ name, column: match.index });
  }
  return names;
}
