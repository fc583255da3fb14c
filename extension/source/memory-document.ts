/**
 * The bytes of the program: in the hex editor if one is installed, otherwise as a text of our own, which is read again whenever it is
 * opened.
 */
import * as vscode from 'vscode';
import { schemes } from '../manifest.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';

const HEX_EDITOR = { extension: 'ms-vscode.hexeditor', viewType: 'hexEditor.hexedit' };
/** What the editor itself makes of memory. */
const EDITORS_SCHEME = 'vscode-debug-memory';
const MOST_BYTES = 64 * 1024;
const PER_LINE = 16;

export async function openMemory(session: ProgramSession, address: number, bytes: number): Promise<void> {
  const reference = `0x${address.toString(16)}`;
  if (session.state === 'stopped' && vscode.extensions.getExtension(HEX_EDITOR.extension)) {
    const uri = vscode.Uri.from({
      scheme: EDITORS_SCHEME,
      authority: session.id,
      path: `/${encodeURIComponent(reference)}/memory.bin`,
      query: `?range=0:${bytes}`,
    });
    await vscode.commands.executeCommand('vscode.openWith', uri, HEX_EDITOR.viewType);
    return;
  }
  const uri = vscode.Uri.from({ scheme: schemes.memory, path: `/${reference}.hex`, query: `${reference}:${bytes}` });
  await vscode.window.showTextDocument(uri, { preview: true, viewColumn: vscode.ViewColumn.One });
}

export class MemoryDocuments implements vscode.TextDocumentContentProvider {
  constructor(private readonly sessions: Sessions) {}

  async provideTextDocumentContent({ query }: vscode.Uri): Promise<string> {
    const [reference = '0x0', bytes = '0'] = query.split(':');
    const session = this.sessions.current;
    if (session?.readable !== true) return vscode.l10n.t('The program is not there any more.');
    const count = Math.min(MOST_BYTES, Number(bytes));
    try {
      const body = (await session.ask('readMemory', { memoryReference: reference, count })) as
        { data?: string } | undefined;
      return hexText(Number(reference), Buffer.from(body?.data ?? '', 'base64'));
    } catch (error) {
      // The adapter's sentence says what to do.
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** As `hexdump -C` writes it. */
export function hexText(address: number, data: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < data.length; at += PER_LINE) {
    const part = [...data.subarray(at, at + PER_LINE)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${(address + at).toString(16).padStart(8, '0')}  ${hex.padEnd(PER_LINE * 3)} ${text}`);
  }
  return `${lines.join('\n')}\n`;
}
