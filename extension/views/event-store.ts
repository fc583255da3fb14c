/**
 * The recorded events of the shown program as columns, read as far as they were recorded, and only while somebody draws them. The log
 * only grows, so each event is read once; what is read in one go takes some milliseconds.
 */
import { setImmediate as turn } from 'node:timers/promises';
import * as vscode from 'vscode';
import { decodeColumns } from '../adapter/column-codec.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { EventColumns } from './event-columns.js';
import { nodesOf } from './nodes.js';
import { Pacer } from './pacer.js';

/** Events that are asked for in one go: some milliseconds. */
const CHUNK = 20_000;

export interface StoredEvents {
  readonly session: ProgramSession;
  readonly build: number;
  readonly columns: EventColumns;
  /** Events that the log did not keep. */
  overflow: number;
}

export class EventStore implements vscode.Disposable {
  private readonly updated = new vscode.EventEmitter<void>();
  private watchers = 0;
  private stored: StoredEvents | null = null;
  private reading = false;
  private again = false;
  private readonly pacer = new Pacer(() => void this.read());
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly sessions: Sessions,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscription = sessions.onDidChange(() => {
      this.pacer.reset();
      if (this.watchers > 0) void this.read();
    });
  }

  /** Null if there is no program. */
  get current(): StoredEvents | null {
    const session = this.sessions.current;
    return session !== null && this.stored?.session === session && this.stored.build === session.builds
      ? this.stored
      : null;
  }

  watch(listener: () => void): vscode.Disposable {
    const subscription = this.updated.event(listener);
    this.watchers += 1;
    void this.read();
    return new vscode.Disposable(() => {
      subscription.dispose();
      this.watchers -= 1;
      if (this.watchers === 0) this.pacer.stop();
    });
  }

  dispose(): void {
    this.watchers = 0;
    this.pacer.stop();
    this.subscription.dispose();
    this.updated.dispose();
  }

  private async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    this.pacer.stop();
    const session = this.sessions.current;
    const started = performance.now();
    let changed = false;
    try {
      if (session?.readable === true) changed = await this.readFrom(session);
    } catch (error) {
      this.log.debug(`events: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.reading = false;
    }
    if (this.watchers === 0) return;
    this.updated.fire();
    if (this.again) {
      this.again = false;
      void this.read();
    } else if (session?.state === 'running') {
      this.pacer.next(performance.now() - started, changed);
    }
  }

  /** @returns whether there were new ones */
  private async readFrom(session: ProgramSession): Promise<boolean> {
    const build = session.builds;
    const stored = this.current ?? { session, build, columns: new EventColumns(nodesOf(session)), overflow: 0 };
    this.stored = stored;
    const { columns } = stored;
    const before = columns.nextNumber;
    for (let more = true; more && this.watchers > 0 && session.builds === build;) {
      const from = columns.nextNumber;
      const found = await session.request('faultline/eventColumns', { from, to: from + CHUNK, limit: CHUNK });
      if (columns.nextNumber !== from) break;
      columns.add({ columns: decodeColumns(found.columns), names: found.names });
      stored.overflow = found.overflow;
      more = columns.nextNumber > from;
      if (more) await turn();
    }
    columns.untilNow();
    if (columns.nextNumber > before) await this.nameKernels(session, columns);
    return columns.nextNumber > before;
  }

  private async nameKernels(session: ProgramSession, columns: EventColumns): Promise<void> {
    const { rows } = await session.request('faultline/aggregate', { by: 'launch', kinds: ['launch'] });
    columns.nameLaunches(new Map(rows.map(({ key, label }) => [Number(key), label.replace(/ \(launch \d+\)$/, '')])));
  }
}
