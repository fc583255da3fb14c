/** Commands of the trees and of the palette that lead to pages. */
import * as vscode from 'vscode';
import { PAGE_COUNT, PAGE_SIZE } from '../../media/messages.js';
import type { Sessions } from '../session/sessions.js';
import type { AllocationItem } from './allocations-tree.js';
import type { EventsScope } from './events-scope.js';
import type { Pages } from './pages.js';

const { t } = vscode.l10n;

export class AllocationCommands {
  constructor(
    private readonly pages: Pages,
    private readonly scope: EventsScope,
  ) {}

  async showInMap(item: unknown): Promise<void> {
    const range = pagesOf(item);
    if (range) await this.pages.reveal('residency-map', { type: 'reveal', ...range });
  }

  async showEvents(item: unknown): Promise<void> {
    const range = pagesOf(item);
    if (!range) return;
    this.scope.set(range, '');
    await this.pages.reveal('events', null);
  }

  async openSource(item: unknown, open: (path: string, line: number) => Promise<void>): Promise<void> {
    const allocation = allocationOf(item);
    const { path, line } = allocation ?? { path: null, line: null };
    if (path !== null && line !== null) await open(path, line);
  }
}

/** The events list, with a filter. */
export async function showEvents(pages: Pages, scope: EventsScope, filter: string): Promise<void> {
  scope.set(null, filter);
  await pages.reveal('events', null);
}

/** Commands are also called from the palette, with nothing. */
function allocationOf(item: unknown): AllocationItem['allocation'] | null {
  return typeof item === 'object' && item !== null && 'allocation' in item ? (item as AllocationItem).allocation : null;
}

function pagesOf(item: unknown): { firstPage: number; pageCount: number } | null {
  const allocation = allocationOf(item);
  if (allocation === null) return null;
  const firstPage = Math.floor(allocation.address / PAGE_SIZE);
  return { firstPage, pageCount: Math.ceil((allocation.address + allocation.bytes) / PAGE_SIZE) - firstPage };
}

/** Asks for an address or a name and lists what happened to that page. */
export async function pageHistory(sessions: Sessions, pages: Pages, scope: EventsScope): Promise<void> {
  const session = sessions.current;
  if (session?.readable !== true) {
    await vscode.window.showInformationMessage(t('No program is being debugged. Start one with F5.'));
    return;
  }
  const text = await vscode.window.showInputBox({
    title: t('Page history'),
    prompt: t('An address, or an expression that is a pointer'),
    placeHolder: '0x20040000',
  });
  if (text === undefined || text.trim() === '') return;
  let address = Number(text);
  if (Number.isNaN(address) && session.state === 'stopped') {
    const item = vscode.debug.activeStackItem;
    const frameId = item instanceof vscode.DebugStackFrame ? item.frameId : undefined;
    try {
      const result = (await session.ask('evaluate', { expression: text, frameId, context: 'watch' })) as {
        memoryReference?: string;
      };
      address = Number(result.memoryReference);
    } catch (error) {
      await vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      return;
    }
  }
  const page = Math.floor(address / PAGE_SIZE);
  if (!(page >= 0 && page < PAGE_COUNT)) {
    await vscode.window.showErrorMessage(t('{0} is no address.', text));
    return;
  }
  scope.set({ firstPage: page, pageCount: 1 }, '');
  await pages.reveal('events', null);
}
