/** What the events list is told: how many events meet its filter, and the rows that are in sight. */
import { setImmediate as turn } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { EventRow } from '../../engine/index.js';
import { decodeColumns } from '../adapter/column-codec.js';
import type { CustomArguments } from '../adapter/custom-requests.js';
import type { HostMessage, PageMessage, PageMessageOf } from '../../media/messages.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { bytesOf, moveOf, placeOf } from './event-text.js';
import type { EventsScope } from './events-scope.js';
import { LiveFeed } from './live-feed.js';
import { Pacer } from './pacer.js';
import type { PageChannel } from './page-host.js';
import { allocationNames } from './timeline-feed.js';
import { exportRows } from './export-events.js';

const { t } = vscode.l10n;
/** Most rows of an answer of the adapter. */
const MOST_ROWS = 100_000;

type Query = CustomArguments<'faultline/events'>;

export class EventsFeed extends LiveFeed {
  private readonly pacer = new Pacer(() => this.poke());
  private generation = 0;
  private filter = '';
  private kinds: readonly string[] | null = null;
  private error: string | null = null;
  private of: { session: ProgramSession | null; build: number; stop: number } = { session: null, build: 0, stop: 0 };
  /** Numbers of the events that are listed; null if all are, and the position is the number. */
  private numbers: Float64Array<ArrayBuffer> | null = null;
  private total = 0;
  private known: readonly string[] = [];
  private fresh = true;

  constructor(
    channel: PageChannel,
    sessions: Sessions,
    private readonly scope: EventsScope,
  ) {
    super(channel, sessions);
    this.filter = scope.filter;
    this.begin(
      scope.onDidChange(() => {
        this.filter = scope.filter;
        this.fresh = true;
        this.poke();
      }),
      new vscode.Disposable(() => this.pacer.stop()),
    );
  }

  protected override sessionChanged(): void {
    this.pacer.reset();
    this.poke();
  }

  protected override async answer(message: PageMessage): Promise<boolean> {
    switch (message.type) {
      case 'filter':
        this.filter = message.filter;
        this.kinds = message.kinds;
        this.fresh = true;
        this.poke();
        return true;
      case 'clearScope':
        this.scope.set(null, this.filter);
        return true;
      case 'rows':
        await this.rows(message);
        return true;
      case 'export':
        await this.export(message.format);
        return true;
      default:
        return false;
    }
  }

  private get query(): Query {
    const { pages } = this.scope;
    return {
      ...(this.filter.trim() !== '' && { filter: this.filter }),
      ...(this.kinds !== null && { kinds: [...this.kinds] }),
      ...(pages !== null && { pages: { first: pages.firstPage, count: pages.pageCount } }),
    };
  }

  protected override async next(seq: number): Promise<HostMessage | null> {
    const session = this.sessions.current;
    const started = performance.now();
    const same = session === this.of.session && session?.builds === this.of.build && !this.fresh;
    const before = this.total;
    let overflow = 0;
    const readable = session?.readable === true;
    if (readable) overflow = await this.look(session, same);
    else this.total = 0;
    // Going back in time, there are fewer.
    const grown = same && this.total >= before;
    if (grown && this.total === before && readable) {
      this.later(session, started, false);
      return null;
    }
    this.of = { session, build: session?.builds ?? 0, stop: session?.stops ?? 0 };
    this.fresh = false;
    if (!grown) this.generation += 1;
    if (readable) this.later(session, started, true);
    const { pages, title } = this.scope;
    return {
      type: 'eventsReset',
      seq,
      generation: this.generation,
      total: this.total,
      overflow,
      filter: this.filter,
      error: this.error,
      scope: pages === null ? null : { ...pages, title },
      kinds: [...this.known],
      grown,
    };
  }

  private later(session: ProgramSession, started: number, changed: boolean): void {
    if (session.state === 'running') this.pacer.next(performance.now() - started, changed);
  }

  /** Counts what meets the filter. @returns how many events the log did not keep */
  private async look(session: ProgramSession, same: boolean): Promise<number> {
    const { rows: kinds } = await session.request('faultline/aggregate', { by: 'kind' });
    this.known = kinds.map(({ key }) => key).sort();
    const { query } = this;
    try {
      if (Object.keys(query).length === 0) {
        this.numbers = null;
        this.total = kinds.reduce((sum, { events }) => sum + events, 0);
      } else {
        const numbers = await this.matching(session, query, same ? this.numbers : null);
        this.numbers = numbers;
        this.total = numbers.length;
      }
      this.error = null;
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
    }
    const { overflow } = await session.request('faultline/events', { from: 0, limit: 1, kinds: [] });
    return overflow;
  }

  /** Numbers of the events that meet the query, beginning with those known already. */
  private async matching(
    session: ProgramSession,
    query: Query,
    known: Float64Array<ArrayBuffer> | null,
  ): Promise<Float64Array<ArrayBuffer>> {
    const parts: Float64Array[] = known === null ? [] : [known];
    let from = known?.at(-1) === undefined ? 0 : known.at(-1)! + 1;
    for (let more = true; more;) {
      const found = await session.request('faultline/eventColumns', { ...query, from, limit: MOST_ROWS });
      const { number } = decodeColumns(found.columns);
      parts.push(number);
      from = (number.at(-1) ?? from) + 1;
      more = found.more;
      if (more) await turn();
    }
    const numbers = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      numbers.set(part, at);
      at += part.length;
    }
    return numbers;
  }

  private async rows({ request, generation, from, count }: PageMessageOf<'rows'>): Promise<void> {
    const session = this.sessions.current;
    if (generation !== this.generation || session?.readable !== true || count === 0) return;
    const first = this.numbers === null ? from : this.numbers[from];
    if (first === undefined) return;
    const query = this.numbers === null ? {} : this.query;
    const [{ rows }, names] = await Promise.all([
      session.request('faultline/events', { ...query, from: first, limit: Math.min(count, MOST_ROWS) }),
      allocationNames(session),
    ]);
    if (generation !== this.generation) return;
    this.channel.post({ type: 'rows', request, generation, from, ...columnsOf(rows, names) });
  }

  private async export(format: 'csv' | 'json'): Promise<void> {
    const session = this.sessions.current;
    if (session?.readable !== true) return;
    await exportRows(session, this.query, format, t('Export Events'));
  }
}

function columnsOf(rows: readonly EventRow[], names: ReadonlyMap<number, string>) {
  const texts = [''];
  const index = new Map<string, number>([['', 0]]);
  const words = (text: (row: EventRow) => string) =>
    Uint32Array.from(rows, (row) => {
      const value = text(row);
      const known = index.get(value) ?? texts.push(value) - 1;
      index.set(value, known);
      return known;
    });
  const numbers = (value: (row: EventRow) => number) => Float64Array.from(rows, value);
  return {
    numbers: numbers(({ number }) => number),
    timesNs: numbers(({ timeNs }) => timeNs),
    durationsNs: numbers(({ durationNs }) => durationNs),
    firstPages: Uint32Array.from(rows, ({ firstPage }) => firstPage),
    pageCounts: Uint32Array.from(rows, ({ pageCount }) => pageCount),
    bytes: numbers(bytesOf),
    kinds: words(({ kind }) => kind),
    agents: words(({ agent }) => agent),
    moves: words(moveOf),
    causes: words(({ cause }) => (cause === 'none' ? '' : cause)),
    allocations: words(({ allocation }) => names.get(allocation) ?? ''),
    places: words((row) => placeOf(row)?.label ?? ''),
    texts,
  };
}
