/** Above each kernel: how often it was launched, how it faulted, what it moved, and how long it took. */
import * as vscode from 'vscode';
import type { EventRow } from '../../engine/index.js';
import { formatBytes, formatCount, formatNs } from '../../engine/trace/format.js';
import type { AggregateRow } from '../adapter/custom-requests.js';
import { commands, section, settings } from '../manifest.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';

const { t } = vscode.l10n;

export interface KernelFigures {
  /** As the engine names it: `add(int, float const*)`, or `main, line 18`. */
  readonly kernel: string;
  launches: number;
  faults: number;
  migratedBytes: number;
  ns: number;
  /** Where it is launched. */
  readonly path: string | null;
}

export async function readKernelFigures(session: ProgramSession): Promise<KernelFigures[]> {
  const sums = async (kinds: string[]): Promise<readonly AggregateRow[]> =>
    (await session.request('faultline/aggregate', { by: 'launch', kinds })).rows;
  const now = session.stop?.position.event ?? 0;
  const [launches, faults, moved, { rows }, { rows: last }] = await Promise.all([
    sums(['launch']),
    sums(['deviceFault']),
    sums(['migrate']),
    session.request('faultline/events', { kinds: ['launch', 'complete'], limit: 100_000 }),
    session.request('faultline/events', { from: Math.max(0, now - 1), limit: 1 }),
  ]);
  return kernelFigures(launches, faults, moved, rows, (last[0]?.timeNs ?? 0) + (last[0]?.durationNs ?? 0));
}

export function kernelFigures(
  launches: readonly AggregateRow[],
  faults: readonly AggregateRow[],
  moved: readonly AggregateRow[],
  rows: readonly EventRow[],
  nowNs = 0,
): KernelFigures[] {
  const kernels = new Map<string, KernelFigures>();
  const byLaunch = new Map<string, KernelFigures>();
  const paths = new Map(rows.filter(({ kind }) => kind === 'launch').map(({ launch, path }) => [String(launch), path]));
  for (const { key, label } of launches) {
    const kernel = label.replace(/ \(launch \d+\)$/, '');
    let figures = kernels.get(kernel);
    if (figures === undefined) {
      figures = { kernel, launches: 0, faults: 0, migratedBytes: 0, ns: 0, path: paths.get(key) ?? null };
      kernels.set(kernel, figures);
    }
    figures.launches += 1;
    byLaunch.set(key, figures);
  }
  for (const { key, pages } of faults) {
    const figures = byLaunch.get(key);
    if (figures) figures.faults += pages;
  }
  for (const { key, bytes } of moved) {
    const figures = byLaunch.get(key);
    if (figures) figures.migratedBytes += bytes;
  }
  const begun = new Map<number, number>();
  for (const { kind, launch, timeNs } of rows) {
    const figures = byLaunch.get(String(launch));
    if (kind === 'launch') begun.set(launch, timeNs);
    else {
      if (figures) figures.ns += timeNs - (begun.get(launch) ?? timeNs);
      begun.delete(launch);
    }
  }
  // A kernel that has not ended has taken as long as until now.
  for (const [launch, startNs] of begun) {
    const figures = byLaunch.get(String(launch));
    if (figures) figures.ns += Math.max(0, nowNs - startNs);
  }
  return [...kernels.values()];
}

/** The line of a kernel, counted from 0, in the text of its file; -1 if it is not there. */
export function kernelLine(kernel: string, lines: readonly string[]): number {
  const region = /, line (\d+)$/.exec(kernel)?.[1];
  if (region !== undefined) return Number(region) <= lines.length ? Number(region) - 1 : -1;
  const name = /([A-Za-z_]\w*)(?:<.*>)?\s*\(/.exec(kernel.replace(/^.*::(?=[\w<>]+\()/, ''))?.[1] ?? kernel;
  const pattern = new RegExp(`(?<![\\w.>])${name}\\s*\\(`);
  const defined = lines.findIndex(
    (text, index) =>
      pattern.test(text) &&
      [lines[index - 2], lines[index - 1], text].join(' ').includes('__global__') &&
      !text.includes('<<<'),
  );
  return defined;
}

export class KernelLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  private figures: readonly KernelFigures[] = [];
  private readonly subscription: vscode.Disposable;

  constructor(
    sessions: Sessions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = sessions.onDidChange((session) => void this.sessionChanged(session));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!vscode.workspace.getConfiguration(section).get<boolean>(settings.kernelLenses, true)) return [];
    const lines = document.getText().split(/\r?\n/);
    return this.figures.flatMap((figures) => {
      // A kernel may be defined in another file than it is launched in.
      const line = kernelLine(figures.kernel, lines);
      const region = / line \d+$/.test(figures.kernel);
      if (line === -1 || (region && figures.path !== document.uri.fsPath)) return [];
      const title = lensTitle(figures);
      const tooltip = t('Show the events of {0}', figures.kernel);
      const argument = { filter: `kernel == "${figures.kernel.replaceAll('"', '\\"')}"` };
      return [
        new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
          title,
          tooltip,
          command: commands.openEvents,
          arguments: [argument],
        }),
      ];
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }

  private async sessionChanged(session: ProgramSession | null): Promise<void> {
    if (session?.state === 'starting') this.figures = [];
    else if (session?.state !== 'stopped' && session?.state !== 'ended') return;
    else {
      try {
        this.figures = await readKernelFigures(session);
      } catch (error) {
        this.log.debug(`kernels: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.changed.fire();
  }
}

export function lensTitle({ launches, faults, migratedBytes, ns }: KernelFigures): string {
  return [
    launches === 1 ? t('1 launch') : t('{0} launches', formatCount(launches)),
    faults === 1 ? t('1 fault') : t('{0} faults', formatCount(faults)),
    t('{0} moved', formatBytes(migratedBytes)),
    formatNs(ns),
  ].join(' · ');
}
