/** A summary of the run as a document: what it cost, by kind, by kernel, by line and by allocation, with links to the source. */
import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { AllocationInfo } from '../../engine/index.js';
import { formatBytes, formatCount, formatNs } from '../../engine/trace/format.js';
import type { AggregateRow } from '../adapter/custom-requests.js';
import { schemes, section, settings } from '../manifest.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { kindLabel } from '../views/event-text.js';
import { nameOf } from '../views/residency-codes.js';
import { placeLabel } from '../views/source-label.js';
import { readKernelFigures, type KernelFigures } from './kernel-lenses.js';
import { readLineFigures, type FiguresByFile } from './line-figures.js';

const { t } = vscode.l10n;
const MOST_LINES = 25;

export interface RunFigures {
  readonly title: string;
  readonly ending: string;
  readonly kinds: readonly AggregateRow[];
  readonly kernels: readonly KernelFigures[];
  readonly lines: FiguresByFile;
  readonly allocations: readonly AllocationInfo[];
  readonly perAllocation: readonly AggregateRow[];
}

export async function readRunFigures(session: ProgramSession): Promise<RunFigures> {
  const [{ rows: kinds }, kernels, lines, { allocations }, { rows: perAllocation }] = await Promise.all([
    session.request('faultline/aggregate', { by: 'kind' }),
    readKernelFigures(session),
    readLineFigures(session),
    session.request('faultline/allocations', {}),
    session.request('faultline/aggregate', { by: 'allocation', kinds: ['migrate'] }),
  ]);
  const ending =
    session.state === 'ended'
      ? t('The program has ended with status {0}.', session.exitCode ?? 0)
      : t('The program is stopped: {0}', session.stop?.text ?? session.stop?.description ?? '');
  return { title: session.debugSession.name, ending, kinds, kernels, lines, allocations, perAllocation };
}

/** @param link makes the address of a place in the source; null for one that a preview cannot open */
export function summaryText(figures: RunFigures, link: (path: string, line: number) => string | null): string {
  const { kinds, kernels, allocations, perAllocation } = figures;
  const moved = new Map(perAllocation.map(({ key, bytes }) => [key, bytes]));
  const lines = [...figures.lines].flatMap(([path, byLine]) =>
    [...byLine].map(([line, cost]) => ({ path, line, ...cost })),
  );
  lines.sort((a, b) => b.migratedBytes - a.migratedBytes || b.ns - a.ns);
  const place = (path: string, line: number): string => {
    const target = link(path, line);
    return target === null ? cell(placeLabel(path, line)) : `[${cell(placeLabel(path, line))}](${target})`;
  };
  return [
    `# ${figures.title}`,
    figures.ending,
    `## ${t('What happened')}`,
    table(
      [t('Event'), t('How often'), t('Pages'), t('Bytes'), t('Simulated time')],
      kinds.map(({ key, events, pages, bytes, durationNs }) => [
        kindLabel(key),
        formatCount(events),
        formatCount(pages),
        formatBytes(bytes),
        formatNs(durationNs),
      ]),
    ),
    `## ${t('Kernels')}`,
    table(
      [t('Kernel'), t('Launches'), t('Faults'), t('Moved'), t('Simulated time')],
      kernels.map(({ kernel, launches, faults, migratedBytes, ns }) => [
        `\`${cell(kernel)}\``,
        formatCount(launches),
        formatCount(faults),
        formatBytes(migratedBytes),
        formatNs(ns),
      ]),
    ),
    `## ${t('Hottest lines')}`,
    table(
      [t('Line'), t('CPU faults'), t('Device faults'), t('Moved'), t('Simulated time')],
      lines
        .slice(0, MOST_LINES)
        .map(({ path, line, cpuFaults, deviceFaults, migratedBytes, ns }) => [
          place(path, line),
          formatCount(cpuFaults),
          formatCount(deviceFaults),
          formatBytes(migratedBytes),
          formatNs(ns),
        ]),
    ),
    `## ${t('Allocations')}`,
    table(
      [t('Name'), t('Kind'), t('Size'), t('Moved'), t('Where'), t('Allocated at')],
      allocations.map((row) => [
        cell(nameOf(row)),
        row.kind,
        formatBytes(row.bytes),
        formatBytes(moved.get(String(row.id)) ?? 0),
        whereabouts(row),
        row.path === null || row.line === null ? '' : place(row.path, row.line),
      ]),
    ),
  ].join('\n\n');
}

/** A preview follows no `file:` link, but one from the first folder of the workspace. */
function linkTo(path: string, line: number): string | null {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const inside = folder === undefined ? '..' : relative(folder, path);
  if (inside.startsWith('..') || isAbsolute(inside)) return null;
  return `/${inside.split(sep).map(encodeURIComponent).join('/')}#L${line}`;
}

function whereabouts({ residency, freed }: AllocationInfo): string {
  const parts = Object.entries(residency)
    .filter(([, pages]) => pages > 0)
    .map(([node, pages]) => `${node} ${formatCount(pages)}`);
  return [freed ? t('freed') : '', ...parts].filter((part) => part !== '').join(' · ');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return t('None.');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** Written at the end of each run, and whenever it is asked for; it stays readable when the program has gone. */
export class SummaryDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private text = '';
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly sessions: Sessions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = sessions.onDidChange((session) => {
      if (session?.state !== 'ended') return;
      void this.write(session).then(async () => {
        if (vscode.workspace.getConfiguration(section).get<boolean>(settings.summaryAtEnd, true)) await this.show();
      });
    });
  }

  provideTextDocumentContent(): string {
    return this.text;
  }

  /** Of the shown program as it is now, or of the last one that ended. */
  async open(): Promise<void> {
    const session = this.sessions.current;
    if (session?.state === 'stopped' || session?.state === 'ended') await this.write(session);
    if (this.text === '') {
      await vscode.window.showInformationMessage(t('No program has been debugged yet. Start one with F5.'));
      return;
    }
    await this.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private get uri(): vscode.Uri {
    return vscode.Uri.from({ scheme: schemes.summary, path: `/${t('Summary')}.md` });
  }

  private async show(): Promise<void> {
    // Beside the source, which keeps the focus.
    await vscode.commands.executeCommand('markdown.showPreviewToSide', this.uri);
  }

  private async write(session: ProgramSession): Promise<void> {
    try {
      const figures = await readRunFigures(session);
      this.text = summaryText(figures, linkTo);
      this.changed.fire(this.uri);
    } catch (error) {
      this.log.warn(`summary: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
