/** Where programs have stopped so far: the markers of the timeline. */
import type * as vscode from 'vscode';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';

export interface PastStop {
  readonly event: number;
  readonly label: string;
}

/** A program that is stepped through stops thousands of times. */
const MOST = 200;

export class StopHistory implements vscode.Disposable {
  private readonly stops = new WeakMap<ProgramSession, PastStop[]>();
  private readonly subscription: vscode.Disposable;

  constructor(sessions: Sessions) {
    this.subscription = sessions.onDidChange((session) => {
      if (session?.state !== 'stopped' || session.stop?.reason === 'step') return;
      const past = this.stops.get(session) ?? [];
      const { position, description, text } = session.stop!;
      const label = text ?? description ?? '';
      if (past.at(-1)?.event !== position.event) past.push({ event: position.event, label });
      if (past.length > MOST) past.shift();
      this.stops.set(session, past);
    });
  }

  of(session: ProgramSession): readonly PastStop[] {
    return this.stops.get(session) ?? [];
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
