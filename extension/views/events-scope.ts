/** What the events list is about, whichever view shows it: all events, or those of some pages; and the filter it begins with. */
import * as vscode from 'vscode';
import { formatAddress } from '../../engine/trace/format.js';
import { PAGE_SIZE } from '../../media/messages.js';
import type { PageRange } from './residency-codes.js';

export class EventsScope implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private range: PageRange | null = null;
  private text = '';

  get pages(): PageRange | null {
    return this.range;
  }

  get filter(): string {
    return this.text;
  }

  /** Names the pages for a person. */
  get title(): string {
    if (this.range === null) return '';
    const { firstPage, pageCount } = this.range;
    const first = formatAddress(firstPage * PAGE_SIZE);
    return pageCount === 1 ? vscode.l10n.t('page {0}', first) : vscode.l10n.t('{0} pages from {1}', pageCount, first);
  }

  set(pages: PageRange | null, filter: string): void {
    this.range = pages;
    this.text = filter;
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
