/** Faults and moved bytes by line of the source, at each stop and at the end; for decorations, and for whoever else asks. */
import * as vscode from 'vscode';
import type { AggregateRow } from '../adapter/custom-requests.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';

export interface LineFigures {
  cpuFaults: number;
  deviceFaults: number;
  migratedBytes: number;
  ns: number;
}

/** By path, by line counted from 1. */
export type FiguresByFile = ReadonlyMap<string, ReadonlyMap<number, LineFigures>>;

export async function readLineFigures(session: ProgramSession): Promise<FiguresByFile> {
  const of = async (kinds: string[]): Promise<readonly AggregateRow[]> =>
    (await session.request('faultline/aggregate', { by: 'line', kinds })).rows;
  const [cpu, device, moved] = await Promise.all([of(['cpuFault']), of(['deviceFault']), of(['migrate'])]);
  return figuresOf(cpu, device, moved);
}

export function figuresOf(
  cpu: readonly AggregateRow[],
  device: readonly AggregateRow[],
  moved: readonly AggregateRow[],
): FiguresByFile {
  const files = new Map<string, Map<number, LineFigures>>();
  const at = ({ path, line }: AggregateRow): LineFigures | null => {
    if (path === null || path === undefined || line === null || line === undefined) return null;
    let lines = files.get(path);
    if (lines === undefined) files.set(path, (lines = new Map<number, LineFigures>()));
    let figures = lines.get(line);
    if (figures === undefined) lines.set(line, (figures = { cpuFaults: 0, deviceFaults: 0, migratedBytes: 0, ns: 0 }));
    return figures;
  };
  const add = (rows: readonly AggregateRow[], to: (figures: LineFigures, row: AggregateRow) => void): void => {
    for (const row of rows) {
      const figures = at(row);
      if (figures === null) continue;
      to(figures, row);
      figures.ns += row.durationNs;
    }
  };
  add(cpu, (figures, row) => (figures.cpuFaults += row.pages));
  add(device, (figures, row) => (figures.deviceFaults += row.pages));
  add(moved, (figures, row) => (figures.migratedBytes += row.bytes));
  return files;
}

/** Keeps them for the shown program; reads them when it stops or ends, if somebody wants them. */
export class LineFiguresSource implements vscode.Disposable {
  private readonly updated = new vscode.EventEmitter<void>();
  readonly onDidUpdate = this.updated.event;
  private files: FiguresByFile = new Map();
  private readonly subscription: vscode.Disposable;

  constructor(
    sessions: Sessions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = sessions.onDidChange((session) => void this.changed(session));
  }

  of(path: string): ReadonlyMap<number, LineFigures> | null {
    return this.files.get(path) ?? null;
  }

  dispose(): void {
    this.subscription.dispose();
    this.updated.dispose();
  }

  private async changed(session: ProgramSession | null): Promise<void> {
    if (session?.state === 'stopped' || session?.state === 'ended') {
      try {
        this.files = await readLineFigures(session);
      } catch (error) {
        this.log.debug(`lines: ${error instanceof Error ? error.message : String(error)}`);
      }
    } else if (session?.state === 'starting') {
      this.files = new Map();
    } else {
      return;
    }
    this.updated.fire();
  }
}
