/** A program that is or was debugged, as views see it: its state, its configuration, and questions to its adapter. */
import * as vscode from 'vscode';
import type { CustomArguments, CustomBodies, CustomCommand, StoppedBody } from '../adapter/custom-requests.js';
import type { DirectAdapter } from './direct-adapter.js';

export type ProgramState = 'starting' | 'running' | 'stopped' | 'ended' | 'closed';

export class ProgramSession {
  state: ProgramState = 'starting';
  /** While it is stopped. */
  stop: StoppedBody | null = null;
  /** How often it has stopped so far. */
  stops = 0;
  /** How often it was built: what was recorded of an earlier build is not true of this one. */
  builds = 0;
  exitCode: number | null = null;
  /** Set as soon as the editor has asked for the adapter. */
  adapter: DirectAdapter | null = null;

  constructor(readonly debugSession: vscode.DebugSession) {}

  get id(): string {
    return this.debugSession.id;
  }

  /** A driver, machine or size of memory as the configuration says it; null if it says nothing. */
  configured(attribute: 'driver' | 'machine' | 'deviceMemory' | 'devices'): string | number | null {
    const value = this.debugSession.configuration[attribute] as unknown;
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  }

  /** Whether its pages and events can be asked for. */
  get readable(): boolean {
    return this.state === 'running' || this.state === 'stopped' || this.state === 'ended';
  }

  /** @throws Error with one sentence */
  request<Command extends CustomCommand>(
    command: Command,
    args: CustomArguments<Command>,
  ): Promise<CustomBodies[Command]> {
    return this.asked().request(command, args);
  }

  /** A request of the protocol that only looks. @throws Error with one sentence */
  ask(command: string, args: unknown): Promise<unknown> {
    return this.asked().ask(command, args);
  }

  /** Runs to a place in time; the editor takes part, because the program goes on. */
  async runToEvent(event: number): Promise<void> {
    await this.debugSession.customRequest('faultline/runToEvent', { event });
  }

  private asked(): DirectAdapter {
    if (this.adapter === null) throw new Error(vscode.l10n.t('No program is being debugged.'));
    return this.adapter;
  }
}
