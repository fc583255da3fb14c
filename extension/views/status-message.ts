/** The state of a program, for pages. */
import * as vscode from 'vscode';
import type { HostMessageOf } from '../../media/messages.js';
import type { ProgramSession } from '../session/program-session.js';

const { t } = vscode.l10n;

export function statusOf(session: ProgramSession | null): HostMessageOf<'status'> {
  const none = t('No program is being debugged. Start one with F5 to see its memory.');
  if (session === null) return { type: 'status', session: 'none', text: none };
  switch (session.state) {
    case 'closed':
      return { type: 'status', session: 'none', text: none };
    case 'starting':
      return { type: 'status', session: 'running', text: t('The program is being built.') };
    case 'running':
      return { type: 'status', session: 'running', text: t('The program is running.') };
    case 'stopped':
      return { type: 'status', session: 'stopped', text: session.stop?.text ?? session.stop?.description ?? '' };
    case 'ended':
      return {
        type: 'status',
        session: 'ended',
        text: t('The program has ended with status {0}.', session.exitCode ?? 0),
      };
  }
}
