/** The events of a query as a file: comma-separated, or one JSON object a line of a list. */
import { setImmediate as turn } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { EventRow } from '../../engine/index.js';
import type { CustomArguments } from '../adapter/custom-requests.js';
import type { ProgramSession } from '../session/program-session.js';

const CHUNK = 10_000;

const COLUMNS = [
  'number',
  'timeNs',
  'durationNs',
  'kind',
  'agent',
  'source',
  'target',
  'firstPage',
  'pageCount',
  'access',
  'cause',
  'path',
  'line',
  'launch',
  'block',
  'thread',
  'allocation',
  'extra',
] as const satisfies readonly (keyof EventRow)[];

export async function exportRows(
  session: ProgramSession,
  query: CustomArguments<'faultline/events'>,
  format: 'csv' | 'json',
  title: string,
): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title,
    filters: format === 'csv' ? { CSV: ['csv'] } : { JSON: ['json'] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, `events.${format}`) }),
  });
  if (!target) return;
  const lines: string[] = format === 'csv' ? [COLUMNS.join(',')] : [];
  for (let from = 0, more = true; more;) {
    const found = await session.request('faultline/events', { ...query, from, limit: CHUNK });
    for (const row of found.rows) lines.push(format === 'csv' ? csvOf(row) : JSON.stringify(row));
    from = (found.rows.at(-1)?.number ?? 0) + 1;
    more = found.more;
    await turn();
  }
  const text = format === 'csv' ? `${lines.join('\n')}\n` : `[\n${lines.join(',\n')}\n]\n`;
  await vscode.workspace.fs.writeFile(target, Buffer.from(text));
}

export function csvOf(row: EventRow): string {
  return COLUMNS.map((column) => {
    const text = String(row[column] ?? '');
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(',');
}
