/** What the timeline is told: which lanes there are, tiles of the time when it asks for them, and all about one event. */
import * as vscode from 'vscode';
import { formatBytes, formatCount, formatNs } from '../../engine/trace/format.js';
import type { EventRow } from '../../engine/index.js';
import type { HostMessage, Lane, Marker, PageMessage, PageMessageOf, Plot } from '../../media/messages.js';
import { decodeColumns } from '../adapter/column-codec.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { eventText, kindLabel } from './event-text.js';
import type { LaneColumns } from './event-columns.js';
import type { EventStore, StoredEvents } from './event-store.js';
import { nodesOf } from './nodes.js';
import { LiveFeed } from './live-feed.js';
import type { PageChannel } from './page-host.js';
import { nameOf } from './residency-codes.js';
import { firstAt, makeTile, type TilePlot } from './timeline-tiles.js';
import type { StopHistory } from './stop-history.js';

const { t } = vscode.l10n;

/** Hits of a search that fit into a message. */
const MOST_HITS = 100_000;

export class TimelineFeed extends LiveFeed {
  private generation = 0;
  private shown: StoredEvents | null = null;
  private lanes: LaneColumns[] = [];
  private plots: TilePlot[] = [];
  private told = { events: -1, settledNs: 0, markers: '' };

  constructor(
    channel: PageChannel,
    sessions: Sessions,
    private readonly store: EventStore,
    private readonly stops: StopHistory,
  ) {
    super(channel, sessions);
    this.begin(store.watch(() => this.poke()));
  }

  protected override sessionChanged(): void {
    this.poke();
  }

  protected override async answer(message: PageMessage): Promise<boolean> {
    switch (message.type) {
      case 'tile':
        if (this.shown)
          this.channel.post(
            makeTile({ ...message, generation: this.generation }, this.shown.columns, this.lanes, this.plots),
          );
        return true;
      case 'eventDetails':
        await this.tell(message.request, message.event);
        return true;
      case 'pick':
        await this.pick(message);
        return true;
      case 'search':
        await this.search(message);
        return true;
      case 'rangeSummary':
        await this.summarize(message);
        return true;
      default:
        return false;
    }
  }

  protected override next(seq: number, first: boolean): HostMessage | null {
    const stored = this.store.current;
    if (stored === null) {
      if (this.shown === null && !first) return null;
      this.shown = null;
      return {
        type: 'timelineReset',
        seq,
        endNs: 0,
        events: 0,
        overflow: 0,
        lanes: [],
        plots: [],
        markers: [],
        generation: ++this.generation,
      };
    }
    const { columns, overflow } = stored;
    const lanes = columns.lanes;
    const markers = this.markers(stored);
    const text = JSON.stringify(markers);
    const told = { events: columns.length, settledNs: columns.settledNs, markers: text };
    if (first || stored !== this.shown || lanes.length !== this.lanes.length) {
      this.shown = stored;
      this.lanes = lanes;
      const plots = plotsOf(stored);
      this.plots = plots.map(({ plot }) => plot);
      this.told = told;
      return {
        type: 'timelineReset',
        seq,
        endNs: columns.endNs,
        events: columns.length,
        overflow,
        lanes: lanes.map((lane) => ({ kind: lane.kind, label: laneLabel(lane) })),
        plots: plots.map(({ label }) => label),
        markers,
        generation: ++this.generation,
      };
    }
    if (
      told.events === this.told.events &&
      told.markers === this.told.markers &&
      told.settledNs === this.told.settledNs
    )
      return null;
    const validToNs = this.told.settledNs;
    this.told = told;
    return { type: 'timelineGrown', seq, endNs: columns.endNs, validToNs, events: columns.length, overflow, markers };
  }

  private markers({ session, columns }: StoredEvents): Marker[] {
    const timeOf = (event: number): number => {
      const row = columns.numbers.lowerBound(event);
      return row < columns.length ? columns.startsNs.at(row) : columns.endNs;
    };
    const markers: Marker[] = this.stops
      .of(session)
      .map(({ event, label }) => ({ timeNs: timeOf(event), kind: 'breakpoint' as const, label }));
    const { stop } = session;
    if (stop) markers.push({ timeNs: timeOf(stop.position.event), kind: 'now', label: stop.description ?? '' });
    return markers;
  }

  private async tell(request: number, event: number): Promise<void> {
    const session = this.sessions.current;
    const row = session?.readable === true ? await eventOf(session, event) : null;
    const at = this.shown?.columns.rowOf(event) ?? -1;
    const lane = at === -1 || this.shown === null ? 0 : this.laneAt(this.shown.columns.laneOf.at(at));
    const names = session && row ? await allocationNames(session) : new Map<number, string>();
    this.channel.post({
      type: 'eventDetails',
      request,
      details: row ? eventText(row, (id) => names.get(id) ?? null) : null,
      lane,
    });
  }

  /** Lanes are stored in the order in which they appeared and drawn in another one. */
  private laneAt(stored: number): number {
    return Math.max(0, this.lanes.indexOf(this.shown!.columns.storedLane(stored)));
  }

  private async pick({ request, lane, fromNs, toNs }: PageMessageOf<'pick'>): Promise<void> {
    const columns = this.shown?.columns;
    const chosen = this.lanes[lane];
    const index = columns && chosen ? firstAt(chosen, columns, fromNs) : -1;
    const row = chosen && index !== -1 && index < chosen.rows.length ? chosen.rows.at(index) : -1;
    if (columns && row !== -1 && columns.startsNs.at(row) < toNs) await this.tell(request, columns.numbers.at(row));
    else this.channel.post({ type: 'eventDetails', request, details: null, lane });
  }

  private async search({ request, filter }: PageMessageOf<'search'>): Promise<void> {
    const session = this.sessions.current;
    const empty = { type: 'searchResult', request, total: 0 } as const;
    const none = { ...empty, numbers: new Float64Array(), timesNs: new Float64Array(), lanes: new Uint8Array() };
    if (session?.readable !== true || this.shown === null) {
      this.channel.post({ ...none, error: null });
      return;
    }
    try {
      const found = await session.request('faultline/eventColumns', { filter, limit: MOST_HITS });
      const { number, timeNs } = decodeColumns(found.columns);
      const { columns } = this.shown;
      const rows = Array.from(number, (each) => columns.rowOf(each));
      const drawn = (_: number, hit: number): boolean => rows[hit] !== -1;
      this.channel.post({
        type: 'searchResult',
        request,
        total: rows.filter((row) => row !== -1).length,
        numbers: number.filter(drawn),
        timesNs: timeNs.filter(drawn),
        lanes: Uint8Array.from(
          rows.filter((row) => row !== -1),
          (row) => this.laneAt(columns.laneOf.at(row)),
        ),
        error: null,
      });
    } catch (error) {
      this.channel.post({ ...none, error: error instanceof Error ? error.message : String(error) });
    }
  }

  private async summarize({ request, fromNs, toNs }: PageMessageOf<'rangeSummary'>): Promise<void> {
    const session = this.sessions.current;
    if (session?.readable !== true || this.shown === null) return;
    const filter = `time >= ${fromNs.toFixed(3)}ns && time < ${toNs.toFixed(3)}ns`;
    const { rows } = await session.request('faultline/aggregate', { by: 'kind', filter });
    const fields = rows.map(({ key, events, bytes, durationNs }): [string, string] => [
      kindLabel(key),
      [
        formatCount(events),
        ...(bytes > 0 ? [formatBytes(bytes)] : []),
        ...(durationNs > 0 ? [formatNs(durationNs)] : []),
      ].join(' · '),
    ]);
    this.channel.post({ type: 'rangeSummary', request, fields });
  }
}

/** What every feed asks now and then. */
export async function eventOf(session: ProgramSession, event: number): Promise<EventRow | null> {
  const { rows } = await session.request('faultline/events', { from: event, to: event + 1, limit: 1 });
  return rows[0] ?? null;
}

export async function allocationNames(session: ProgramSession): Promise<Map<number, string>> {
  const { allocations } = await session.request('faultline/allocations', {});
  return new Map(allocations.map((row) => [row.id, nameOf(row)]));
}

function laneLabel({ kind, agent }: LaneColumns): Lane['label'] {
  switch (kind) {
    case 'thread':
      return t('Host thread');
    case 'kernel':
      return t('Kernels on {0}', agent);
    case 'fault':
      return t('Faults of {0}', agent);
    case 'batch':
      return t('Fault batches of {0}', agent);
    case 'migrateIn':
      return t('Migrations to {0}', agent);
    case 'migrateOut':
      return t('Migrations from {0}', agent);
    case 'evict':
      return t('Evictions');
    case 'prefetch':
      return t('Prefetches');
    case 'other':
      return t('Other events');
  }
}

function plotsOf({ session, columns }: StoredEvents): { plot: TilePlot; label: Plot }[] {
  const nodes = nodesOf(session);
  const rates = nodes.map((name, node) => ({
    plot: { kind: 'rate' as const, curve: columns.moved[node]! },
    label: { kind: 'rate' as const, label: t('Link to {0}', name), node },
  }));
  const amounts = nodes.map((name, node) => ({
    plot: { kind: 'amount' as const, curve: columns.inUse[node]! },
    label: { kind: 'amount' as const, label: t('In use on {0}', name), node },
  }));
  return [...rates, ...amounts];
}
