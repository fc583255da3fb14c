/**
 * Hovers on pointers and variables: how much of the allocation behind them is where. While the program is stopped, what the name means
 * there is looked up; otherwise the allocations' own names are.
 */
import * as vscode from 'vscode';
import type { AllocationInfo } from '../../engine/index.js';
import { formatAddress, formatBytes, formatCount } from '../../engine/trace/format.js';
import type { Sessions } from '../session/sessions.js';
import type { ProgramSession } from '../session/program-session.js';
import { nameOf } from '../views/residency-codes.js';
import { placeLabel } from '../views/source-label.js';

const { t } = vscode.l10n;
const BAR = 20;

export class ResidencyHover implements vscode.HoverProvider {
  constructor(private readonly sessions: Sessions) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | null> {
    const session = this.sessions.current;
    const range = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*/);
    if (session?.readable !== true || range === undefined) return null;
    const expression = document.getText(range);
    const { allocations } = await session.request('faultline/allocations', {});
    const found = await this.allocationOf(session, expression, allocations);
    return found ? new vscode.Hover(describe(found), range) : null;
  }

  private async allocationOf(
    session: ProgramSession,
    expression: string,
    allocations: readonly AllocationInfo[],
  ): Promise<AllocationInfo | null> {
    if (session.state === 'stopped') {
      const item = vscode.debug.activeStackItem;
      const frameId =
        item instanceof vscode.DebugStackFrame && item.session.id === session.id ? item.frameId : undefined;
      try {
        const result = (await session.ask('evaluate', { expression, frameId, context: 'hover' })) as {
          memoryReference?: string;
        };
        const address = Number(result.memoryReference ?? Number.NaN);
        return allocationAt(address, allocations);
      } catch {
        // Not a name here: a keyword, a type, a word in a comment.
        return null;
      }
    }
    return allocations.findLast(({ name }) => name === expression) ?? null;
  }
}

/** The living one first: memory is given away again. */
export function allocationAt(address: number, allocations: readonly AllocationInfo[]): AllocationInfo | null {
  const there = allocations.filter((row) => address >= row.address && address < row.address + row.bytes);
  return there.find(({ freed, kind }) => !freed && kind !== 'stack') ?? there.find(({ freed }) => !freed) ?? null;
}

function describe(allocation: AllocationInfo): vscode.MarkdownString {
  const { kind, bytes, address, path, line, freed } = allocation;
  const text = new vscode.MarkdownString('', true);
  text.appendMarkdown(
    `**${escape(nameOf(allocation))}** · ${escape(kind)} · ${formatBytes(bytes)} · ${formatAddress(address)}`,
  );
  if (freed) text.appendMarkdown(` · ${t('freed')}`);
  text.appendText('\n');
  text.appendCodeblock(shares(allocation).join('\n'), 'text');
  if (path !== null && line !== null) text.appendMarkdown(t('Allocated at {0}', escape(placeLabel(path, line))));
  return text;
}

/** A bar for each node: `gpu0  ██████████░░░░░░░░░░  512 of 1,024 pages`. */
export function shares({ residency, bytes, address }: AllocationInfo): string[] {
  const pages = Math.max(1, Math.ceil((address + bytes) / 4096) - Math.floor(address / 4096));
  const known = Object.values(residency).reduce((sum, count) => sum + count, 0);
  const rows: [string, number][] = [...Object.entries(residency), [t('nowhere'), Math.max(0, pages - known)]];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .filter(([, count]) => count > 0)
    .map(([name, count]) => {
      const filled = Math.max(1, Math.round((count / pages) * BAR));
      const bar = '█'.repeat(filled).padEnd(BAR, '░');
      return `${name.padEnd(width)}  ${bar}  ${t('{0} of {1} pages', formatCount(count), formatCount(pages))}`;
    });
}

function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+\-.!|]/g, '\\$&');
}
