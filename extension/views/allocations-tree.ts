/** What the program has allocated, as a tree: each with its size, and below it where its pages are. */
import * as vscode from 'vscode';
import type { AllocationInfo } from '../../engine/index.js';
import { formatAddress, formatBytes, formatCount } from '../../engine/trace/format.js';
import { COLORS } from '../../media/colors.js';
import { PAGE_SIZE } from '../../media/messages.js';
import { commands } from '../manifest.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { nameOf } from './residency-codes.js';
import { placeLabel } from './source-label.js';

const { t } = vscode.l10n;

export type AllocationItem =
  | { readonly type: 'allocation'; readonly allocation: AllocationInfo }
  | { readonly type: 'share'; readonly allocation: AllocationInfo; readonly node: string; readonly pages: number };

export class AllocationsTree implements vscode.TreeDataProvider<AllocationItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly sessions: Sessions) {
    this.subscription = sessions.onDidChange(() => this.changed.fire());
  }

  getTreeItem(item: AllocationItem): vscode.TreeItem {
    return item.type === 'allocation' ? allocationItem(item.allocation) : shareItem(item);
  }

  async getChildren(parent?: AllocationItem): Promise<AllocationItem[]> {
    if (parent?.type === 'share') return [];
    if (parent) return sharesOf(parent.allocation);
    const session = this.sessions.current;
    if (session?.state !== 'stopped' && session?.state !== 'ended') return [];
    return (await readAllocations(session)).map((allocation) => ({ type: 'allocation', allocation }));
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}

/** The program's own first, the biggest first; what was freed at the end. */
async function readAllocations(session: ProgramSession): Promise<AllocationInfo[]> {
  const { allocations } = await session.request('faultline/allocations', {});
  const own = ({ path }: AllocationInfo): number => (path === null ? 1 : 0);
  return [...allocations].sort(
    (a, b) => Number(a.freed) - Number(b.freed) || own(a) - own(b) || b.bytes - a.bytes || a.id - b.id,
  );
}

function sharesOf(allocation: AllocationInfo): AllocationItem[] {
  return Object.entries(allocation.residency)
    .filter(([, pages]) => pages > 0)
    .map(([node, pages]) => ({ type: 'share', allocation, node, pages }));
}

function allocationItem(allocation: AllocationInfo): vscode.TreeItem {
  const { id, kind, bytes, address, freed, path, line, residency } = allocation;
  const pages = Object.values(residency).reduce((sum, count) => sum + count, 0);
  const state = pages > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
  const item = new vscode.TreeItem(nameOf(allocation), state);
  item.id = String(id);
  const where = Object.entries(residency)
    .filter(([, count]) => count > 0)
    .map(([node, count]) => `${node} ${Math.round((count / Math.max(1, pages)) * 100)} %`)
    .join(' ');
  item.description = [formatBytes(bytes), kind, freed ? t('freed') : where].filter((part) => part !== '').join(' · ');
  const place = path === null || line === null ? '' : `\n${t('Allocated at {0}', placeLabel(path, line))}`;
  item.tooltip = `${nameOf(allocation)}\n${formatAddress(address)} · ${formatBytes(bytes)} · ${kind}${place}`;
  item.iconPath = new vscode.ThemeIcon(freed ? 'circle-slash' : iconOf(kind));
  item.contextValue = path === null ? 'allocation' : 'allocation.source';
  item.command = {
    command: commands.showAllocationInMap,
    title: t('Show in Residency Map'),
    arguments: [{ type: 'allocation', allocation }],
  };
  return item;
}

function iconOf(kind: string): string {
  if (kind === 'managed') return 'arrow-swap';
  if (kind === 'device') return 'chip';
  if (kind === 'pinned') return 'pinned';
  return kind === 'stack' ? 'layers' : 'symbol-array';
}

function shareItem({ node, pages, allocation }: Extract<AllocationItem, { type: 'share' }>): vscode.TreeItem {
  const item = new vscode.TreeItem(node);
  item.id = `${allocation.id} ${node}`;
  item.description = t('{0} pages · {1}', formatCount(pages), formatBytes(pages * PAGE_SIZE));
  item.iconPath = new vscode.ThemeIcon(node === 'cpu' ? 'vm' : 'chip', new vscode.ThemeColor(nodeColor(node)));
  return item;
}

/** The colour that the pages have for it. */
function nodeColor(name: string): string {
  return COLORS.find(({ id }) => id.endsWith(`.${name}`))?.id ?? COLORS[0].id;
}
