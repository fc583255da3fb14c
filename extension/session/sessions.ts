/**
 * The programs that are debugged in this window. Views show one of them: the latest, until it is replaced, also after it has ended.
 * Invariant: at most one program that has ended is kept.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import { DirectAdapter, type AdapterObserver } from './direct-adapter.js';
import { ProgramSession, type ProgramState } from './program-session.js';
import type { FaultlineDebugAdapter } from '../adapter/main.js';

export class Sessions implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<ProgramSession | null>();
  /** The shown program is another one, or its state is. */
  readonly onDidChange = this.changed.event;
  private readonly diagnosed = new vscode.EventEmitter<P.OutputEvent['body']>();
  /** The compiler, about a place. */
  readonly onDidDiagnose = this.diagnosed.event;
  private readonly launching = new vscode.EventEmitter<ProgramSession>();
  /** A program is about to be built. */
  readonly onWillLaunch = this.launching.event;
  private shown: ProgramSession | null = null;
  private readonly open = new Set<ProgramSession>();

  /** The program that views show. */
  get current(): ProgramSession | null {
    return this.shown;
  }

  /** Makes the editor's adapter for a session that begins. */
  begin(debugSession: vscode.DebugSession, adapter: FaultlineDebugAdapter): DirectAdapter {
    const session = new ProgramSession(debugSession);
    this.launching.fire(session);
    session.adapter = new DirectAdapter(adapter, this.observerOf(session));
    this.open.add(session);
    // Without the debugger there is nothing to look at.
    if (debugSession.configuration.noDebug === true) return session.adapter;
    const previous = this.shown;
    this.shown = session;
    if (previous?.state === 'ended') previous.adapter?.release();
    this.changed.fire(session);
    return session.adapter;
  }

  /** The one that the editor has chosen among several. */
  show(debugSession: vscode.DebugSession | undefined): void {
    const chosen = [...this.open].find(({ id }) => id === debugSession?.id);
    if (chosen === undefined || chosen === this.shown) return;
    this.shown = chosen;
    this.changed.fire(chosen);
  }

  dispose(): void {
    for (const session of this.open) session.adapter?.release();
    this.changed.dispose();
    this.diagnosed.dispose();
    this.launching.dispose();
  }

  private observerOf(session: ProgramSession): AdapterObserver {
    const to = (state: ProgramState): void => {
      if (session.state === 'closed') return;
      session.state = state;
      if (state !== 'stopped') session.stop = null;
      if (this.shown === session) this.changed.fire(session);
    };
    return {
      launched: () => {
        session.builds += 1;
        session.stops = 0;
        to('running');
      },
      running: () => to('running'),
      stopped: (stop) => {
        session.stop = stop;
        session.stops += 1;
        to('stopped');
      },
      ended: (exitCode) => {
        session.exitCode = exitCode;
        to('ended');
        if (this.shown !== session) session.adapter?.leave();
      },
      diagnosed: (output) => this.diagnosed.fire(output),
      closed: () => {
        if (!this.open.delete(session)) return;
        to('closed');
      },
    };
  }
}
