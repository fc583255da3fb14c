/** What a page asks of the editor: to open a source, another page, the bytes of some pages; to watch them; to travel in time. */
import * as vscode from 'vscode';
import { formatAddress, formatNs } from '../../engine/trace/format.js';
import { PAGE_SIZE, type PageMessage } from '../../media/messages.js';
import type { Sessions } from '../session/sessions.js';
import { openMemory } from '../source/memory-document.js';
import { openSource } from '../source/open-source.js';
import { placeOf } from './event-text.js';
import type { EventsScope } from './events-scope.js';
import type { Pages } from './pages.js';
import { eventOf } from './timeline-feed.js';

const { t } = vscode.l10n;

export class PageActions {
  constructor(
    private readonly sessions: Sessions,
    private readonly scope: EventsScope,
    private readonly pages: () => Pages,
  ) {}

  /** Whatever is no request for data. */
  async act(message: PageMessage): Promise<void> {
    switch (message.type) {
      case 'openSource':
        await openSource(message.path, message.line);
        break;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        break;
      case 'runToEvent':
        await this.runToEvent(message.event);
        break;
      case 'openEventSource':
        await this.openEventSource(message.event);
        break;
      case 'showInMap':
        await this.pages().reveal('residency-map', { ...message, type: 'reveal' });
        break;
      case 'showInTimeline':
        await this.showInTimeline(message.event);
        break;
      case 'showHistory':
        this.scope.set({ firstPage: message.firstPage, pageCount: message.pageCount }, '');
        await this.pages().reveal('events', null);
        break;
      case 'showEvents': {
        const whole = (ns: number): string => `${Math.floor(ns)}ns`;
        this.scope.set(null, `time >= ${whole(message.fromNs)} && time < ${whole(message.toNs)}`);
        await this.pages().reveal('events', null);
        break;
      }
      case 'addDataBreakpoint':
        await addDataBreakpoint(message.address, message.bytes);
        break;
      case 'openHex':
        await this.openHex(message.address, message.bytes);
        break;
      case 'openLastMove':
        await this.openLastMove(message.firstPage, message.pageCount);
        break;
      default:
    }
  }

  async runToEvent(event: number): Promise<void> {
    const session = this.sessions.current;
    if (session?.state !== 'stopped') {
      await vscode.window.showInformationMessage(t('The program has to be stopped: pause it, or start it again.'));
      return;
    }
    // A position counts the events before it.
    await session.runToEvent(Math.max(1, event));
  }

  private async openEventSource(event: number): Promise<void> {
    const session = this.sessions.current;
    const row = session?.readable === true ? await eventOf(session, event) : null;
    const place = row && placeOf(row);
    if (place) await openSource(place.path, place.line);
    else vscode.window.setStatusBarMessage(t('This event has no source line.'), 4000);
  }

  private async showInTimeline(event: number): Promise<void> {
    const session = this.sessions.current;
    const row = session?.readable === true ? await eventOf(session, event) : null;
    if (row) await this.pages().reveal('timeline', { type: 'revealEvent', event, timeNs: row.timeNs });
  }

  private async openHex(address: number, bytes: number): Promise<void> {
    const session = this.sessions.current;
    if (session?.readable === true) await openMemory(session, address, bytes);
  }

  private async openLastMove(firstPage: number, pageCount: number): Promise<void> {
    const session = this.sessions.current;
    if (session?.readable !== true) return;
    // The history of one page is found from its end; of several, the latest one decides.
    const histories = await Promise.all(
      samplePages(firstPage, pageCount).map((page) => session.request('faultline/pageHistory', { page, limit: 64 })),
    );
    const moves = histories.flatMap(({ rows }) => rows).filter(({ kind, path }) => kind === 'migrate' && path !== null);
    const last = moves.sort((a, b) => b.number - a.number)[0];
    const place = last && placeOf(last);
    if (place) {
      await openSource(place.path, place.line);
      vscode.window.setStatusBarMessage(t('Moved by event {0}, at {1}.', last.number, formatNs(last.timeNs)), 6000);
    } else {
      vscode.window.setStatusBarMessage(t('These pages have not moved.'), 4000);
    }
  }
}

const MOST_PAGES = 64;

/** All of them, or as many as are looked at in a moment. */
function samplePages(firstPage: number, pageCount: number): number[] {
  const count = Math.min(pageCount, MOST_PAGES);
  return Array.from({ length: count }, (_, index) => firstPage + Math.floor((index * pageCount) / count));
}

/**
 * The editor's own data breakpoints belong to it alone: its question for a range is asked, with the range ready to be pasted.
 */
async function addDataBreakpoint(address: number, bytes: number): Promise<void> {
  const range = `${formatAddress(address)} + ${Math.max(1, bytes)}`;
  await vscode.env.clipboard.writeText(range);
  vscode.window.setStatusBarMessage(
    t('{0} ({1} pages) is on the clipboard: paste it.', range, Math.ceil(bytes / PAGE_SIZE)),
    8000,
  );
  await vscode.commands.executeCommand('workbench.debug.viewlet.action.addDataBreakpointOnAddress');
}
