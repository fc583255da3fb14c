/**
 * What each line cost, written behind it: faults and moved bytes, with a heat scale in the background and in the overview ruler. The
 * scale is logarithmic, from the program's own smallest to its largest cost, so that one hot line does not hide the others.
 */
import * as vscode from 'vscode';
import { formatBytes, formatCount, formatNs } from '../../engine/trace/format.js';
import { heatColors, section, settings } from '../manifest.js';
import type { LineFigures, LineFiguresSource } from './line-figures.js';

const { t } = vscode.l10n;

export class LineHeat implements vscode.Disposable {
  private readonly types: readonly vscode.TextEditorDecorationType[];
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly figures: LineFiguresSource) {
    this.types = heatColors.map((id) =>
      vscode.window.createTextEditorDecorationType({
        isWholeLine: true,
        backgroundColor: new vscode.ThemeColor(id),
        overviewRulerColor: new vscode.ThemeColor(id),
        overviewRulerLane: vscode.OverviewRulerLane.Left,
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      }),
    );
    this.subscriptions = vscode.Disposable.from(
      ...this.types,
      figures.onDidUpdate(() => this.drawAll()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.drawAll()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${section}.${settings.lineHeat}`)) this.drawAll();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        // Lines have moved: what was measured is not theirs any more.
        if (document.isDirty) for (const editor of editorsOf(document)) this.clear(editor);
      }),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  /** Switches the setting. */
  static async toggle(): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(section);
    const on = configuration.get<boolean>(settings.lineHeat, true);
    await configuration.update(settings.lineHeat, !on, vscode.ConfigurationTarget.Global);
  }

  private drawAll(): void {
    for (const editor of vscode.window.visibleTextEditors) this.draw(editor);
  }

  private draw(editor: vscode.TextEditor): void {
    const { document } = editor;
    const lines = document.uri.scheme === 'file' ? this.figures.of(document.uri.fsPath) : null;
    const on = vscode.workspace.getConfiguration(section).get<boolean>(settings.lineHeat, true);
    if (lines === null || !on || document.isDirty) {
      this.clear(editor);
      return;
    }
    const heats = heatOf(lines, this.types.length);
    const options: vscode.DecorationOptions[][] = this.types.map(() => []);
    for (const [line, figures] of lines) {
      if (line < 1 || line > document.lineCount) continue;
      const { range } = document.lineAt(line - 1);
      options[heats.get(line) ?? 0]?.push({
        range,
        hoverMessage: hover(figures),
        renderOptions: {
          after: {
            contentText: phrase(figures),
            color: new vscode.ThemeColor('editorInlayHint.foreground'),
            margin: '0 0 0 3em',
            fontStyle: 'normal',
          },
        },
      });
    }
    for (const [heat, type] of this.types.entries()) editor.setDecorations(type, options[heat] ?? []);
  }

  private clear(editor: vscode.TextEditor): void {
    for (const type of this.types) editor.setDecorations(type, []);
  }
}

function editorsOf(document: vscode.TextDocument): vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document === document);
}

/** By line, a step of the scale from 0 to `steps` - 1. */
export function heatOf(
  lines: ReadonlyMap<number, Pick<LineFigures, 'ns' | 'migratedBytes'>>,
  steps: number,
): Map<number, number> {
  const costs = [...lines].map(([line, { ns, migratedBytes }]) => [line, Math.log1p(ns + migratedBytes)] as const);
  const least = Math.min(...costs.map(([, cost]) => cost));
  const most = Math.max(...costs.map(([, cost]) => cost));
  const span = Math.max(most - least, Number.EPSILON);
  return new Map(
    costs.map(([line, cost]) => [
      line,
      most === least ? steps - 1 : Math.min(steps - 1, Math.floor(((cost - least) / span) * steps)),
    ]),
  );
}

/** `1,024 CPU faults · 2,048 device faults · 8.0 MiB moved` */
export function phrase({ cpuFaults, deviceFaults, migratedBytes }: LineFigures): string {
  return [
    cpuFaults > 0 && (cpuFaults === 1 ? t('1 CPU fault') : t('{0} CPU faults', formatCount(cpuFaults))),
    deviceFaults > 0 && (deviceFaults === 1 ? t('1 device fault') : t('{0} device faults', formatCount(deviceFaults))),
    migratedBytes > 0 && t('{0} moved', formatBytes(migratedBytes)),
  ]
    .filter((part) => part !== false)
    .join(' · ');
}

function hover(figures: LineFigures): vscode.MarkdownString {
  return new vscode.MarkdownString(`${phrase(figures)} · ${t('{0} simulated', formatNs(figures.ns))}`);
}
