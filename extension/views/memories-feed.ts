/** What the memories are told: what each holds, what moved between them, and both over time. */
import * as vscode from 'vscode';
import { PAGE_SIZE, type HostMessage, type Link, type MemoryNode } from '../../media/messages.js';
import type { EngineLoader } from '../session/engine-loader.js';
import { deviceMemoryOf, machineOf } from '../session/machine-of.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import type { Transfers } from './event-columns.js';
import type { EventStore } from './event-store.js';
import { labelledNodes } from './nodes.js';
import { LiveFeed } from './live-feed.js';
import type { PageChannel } from './page-host.js';
import { nameOf, useOf } from './residency-codes.js';
import type { Residency, ResidencyWatch } from './residency-watch.js';
import { sample } from './timeline-tiles.js';

const { t } = vscode.l10n;

/** Points of the curves over time. */
const POINTS = 240;
const MOST_AREAS = 12;

export class MemoriesFeed extends LiveFeed {
  private peaks: number[] = [];
  private of: Residency['session'] | null = null;
  /** Bytes by direction, at the last stop, and at the one that changes are counted from. */
  private atStop = new Map<string, number>();
  private baseline = new Map<string, number>();

  constructor(
    channel: PageChannel,
    sessions: Sessions,
    private readonly watch: ResidencyWatch,
    private readonly store: EventStore,
    private readonly engine: EngineLoader,
  ) {
    super(channel, sessions);
    this.begin(
      watch.watch(() => this.poke()),
      store.watch(() => this.poke()),
    );
  }

  protected override sessionChanged(session: ProgramSession | null): void {
    if (session?.state === 'running') this.baseline = this.atStop;
  }

  /** The page has no questions. */
  protected override answer(): boolean {
    return false;
  }

  protected override next(seq: number): HostMessage {
    const residency = this.watch.current;
    const history = { timesNs: new Float64Array(), usedBytes: [] };
    if (residency === null) return { type: 'memories', seq, timeNs: 0, nodes: [], links: [], history };
    const columns = this.store.current?.columns;
    if (residency.session !== this.of) {
      this.of = residency.session;
      this.peaks = [];
      this.atStop = new Map();
      this.baseline = new Map();
    }
    const curves = columns ? sample(columns.inUse, columns.endNs, POINTS) : null;
    const links = this.links(residency);
    return {
      type: 'memories',
      seq,
      timeNs: columns?.endNs ?? 0,
      nodes: this.nodes(residency, curves?.values ?? []),
      links,
      history: curves ? { timesNs: curves.timesNs, usedBytes: curves.values } : history,
    };
  }

  private nodes(
    { session, areas, spans, codes, allocations }: Residency,
    curves: readonly Float64Array[],
  ): MemoryNode[] {
    const machine = machineOf(session, this.engine);
    const labels = labelledNodes(session, machine);
    const use = useOf(codes, spans, labels.length);
    const living = new Set(areas.map(({ id }) => id));
    return labels.map(({ name, label }, node) => {
      const usedBytes = (use[node]?.pages ?? 0) * PAGE_SIZE;
      const pinnedBytes = (use[node]?.pinned ?? 0) * PAGE_SIZE;
      const peakBytes = Math.max(usedBytes, this.peaks[node] ?? 0, ...(curves[node] ?? []));
      this.peaks[node] = peakBytes;
      const lying = allocations
        .filter(({ id, freed }) => !freed && living.has(id))
        .map((allocation) => ({
          id: allocation.id,
          name: nameOf(allocation),
          bytes: (allocation.residency[name] ?? 0) * PAGE_SIZE,
        }))
        .filter(({ bytes }) => bytes > 0)
        .sort((a, b) => b.bytes - a.bytes);
      return {
        name,
        label,
        totalBytes: node === 0 ? null : deviceMemoryOf(session, machine),
        usedBytes,
        pinnedBytes,
        // System memory is never asked to make room here.
        evictableBytes: node === 0 ? 0 : usedBytes - pinnedBytes,
        peakBytes,
        areas: lying.slice(0, MOST_AREAS),
      };
    });
  }

  private links({ session, nodes }: Residency): Link[] {
    const machine = machineOf(session, this.engine);
    const columns = this.store.current?.columns;
    const between = (from: string, to: string): Transfers =>
      columns?.transfersBetween(from, to) ?? { bytes: 0, transfers: 0, busyNs: 0 };
    const links: Link[] = [];
    for (const [index, device] of nodes.entries()) {
      if (index === 0) continue;
      const [forward, backward] = [between('cpu', device), between(device, 'cpu')];
      links.push({
        from: 0,
        to: index,
        label: machine?.links[0]?.name ?? t('Link'),
        bytesPerSecond: machine?.links[0]?.effectiveBytesPerSecond ?? 0,
        forward: { ...forward, recentBytes: this.recent(`to ${device}`, forward.bytes) },
        backward: { ...backward, recentBytes: this.recent(`from ${device}`, backward.bytes) },
      });
    }
    this.remember(session, links, nodes);
    return links;
  }

  /** Of what moved, how much did since the stop before this one, or since the last one if the program runs. */
  private recent(direction: string, bytes: number): number {
    return Math.max(0, bytes - (this.baseline.get(direction) ?? 0));
  }

  private remember({ state }: Residency['session'], links: readonly Link[], nodes: readonly string[]): void {
    const seen = new Map<string, number>();
    for (const { to, forward, backward } of links) {
      seen.set(`to ${nodes[to] ?? ''}`, forward.bytes);
      seen.set(`from ${nodes[to] ?? ''}`, backward.bytes);
    }
    if (state === 'stopped') this.atStop = seen;
  }
}
