/** What the residency map is told: where every page is, what changed, and all about one page when it is asked. */
import * as vscode from 'vscode';
import { formatAddress } from '../../engine/trace/format.js';
import { PAGE_COUNT, PAGE_SIZE, type HostMessage, type PageMessage } from '../../media/messages.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { eventText } from './event-text.js';
import { labelledNodes } from './nodes.js';
import { LiveFeed } from './live-feed.js';
import type { PageChannel } from './page-host.js';
import { clearMarks, nameOf, takePatch, wholePatch } from './residency-codes.js';
import type { Residency, ResidencyWatch } from './residency-watch.js';
import type { EngineLoader } from '../session/engine-loader.js';

const { t } = vscode.l10n;

/** Events of one page that are shown with it. */
const HISTORY = 20;

export class MapFeed extends LiveFeed {
  private readonly sent = new Uint8Array(PAGE_COUNT);
  private sentOf: Residency['session'] | null = null;
  private sentAreas = -1;
  private clear = false;

  constructor(
    channel: PageChannel,
    sessions: Sessions,
    private readonly watch: ResidencyWatch,
    private readonly engine: EngineLoader,
  ) {
    super(channel, sessions);
    this.begin(watch.watch(() => this.poke()));
  }

  protected override sessionChanged(session: ProgramSession | null): void {
    if (session?.state === 'running' && session === this.sentOf) this.clear = true;
  }

  protected override async answer(message: PageMessage): Promise<boolean> {
    switch (message.type) {
      case 'pageDetails':
        this.channel.post(await this.details(message.request, message.page));
        return true;
      default:
        return false;
    }
  }

  protected override next(seq: number, first: boolean): HostMessage | null {
    const residency = this.watch.current;
    if (residency === null) {
      if (this.sentOf === null && !first) return null;
      this.sentOf = null;
      this.sent.fill(0);
      return { type: 'mapReset', seq, nodes: [], areas: [], ranges: new Uint32Array(), codes: new Uint8Array() };
    }
    const { session, areas, spans, codes, areasVersion } = residency;
    if (first || session !== this.sentOf) {
      this.sentOf = session;
      this.sentAreas = areasVersion;
      this.clear = false;
      this.sent.set(codes);
      const nodes = labelledNodes(session, this.machine(session));
      return { type: 'mapReset', seq, nodes, areas: [...areas], ...wholePatch(codes, spans) };
    }
    const clearChanged = this.clear;
    if (clearChanged) clearMarks(this.sent);
    this.clear = false;
    const otherAreas = areasVersion !== this.sentAreas;
    this.sentAreas = areasVersion;
    // What is unmapped goes with its area; the page forgets these codes itself.
    const patch = takePatch(this.sent, codes, otherAreas ? [{ firstPage: 0, pageCount: PAGE_COUNT }] : spans);
    if (patch === null && !otherAreas && !clearChanged) return null;
    return {
      type: 'mapDelta',
      seq,
      ...(otherAreas && { areas: [...areas] }),
      ranges: patch?.ranges ?? new Uint32Array(),
      codes: patch?.codes ?? new Uint8Array(),
      clearChanged,
    };
  }

  private machine(session: Residency['session']) {
    const loaded = this.engine.loaded;
    return (
      loaded?.machines.find(({ name }) => name === (session.configured('machine') ?? loaded.machines[0]?.name)) ?? null
    );
  }

  private async details(request: number, page: number): Promise<HostMessage> {
    const session = this.sessions.current;
    const nothing = {
      type: 'pageDetails',
      request,
      page,
      fields: [],
      lastFault: null,
      lastMove: null,
      history: [],
    } as const;
    if (session?.readable !== true) return { ...nothing, fields: [], history: [] };
    const memoryReference = `0x${(page * PAGE_SIZE).toString(16)}`;
    const [{ runs }, { rows }] = await Promise.all([
      session.request('faultline/residency', { memoryReference, count: 1 }),
      session.request('faultline/pageHistory', { page, limit: 200 }),
    ]);
    const [run] = runs;
    const names = new Map((this.watch.current?.allocations ?? []).map((row) => [row.id, nameOf(row)]));
    const text = (row: (typeof rows)[number]) => eventText(row, (id) => names.get(id) ?? null);
    const last = (...kinds: string[]) => rows.findLast(({ kind }) => kinds.includes(kind));
    const lastFault = last('deviceFault', 'cpuFault', 'fatalFault');
    const lastMove = last('migrate', 'evict');
    const agents = (list: readonly string[]): string => (list.length === 0 ? t('nobody') : list.join(', '));
    return {
      ...nothing,
      fields: run
        ? [
            [t('Address'), formatAddress(page * PAGE_SIZE)],
            [t('Memory'), run.node ?? t('none yet')],
            [t('Read without a fault'), agents(run.readers)],
            [t('Written without a fault'), agents(run.writers)],
          ]
        : [],
      lastFault: lastFault ? text(lastFault) : null,
      lastMove: lastMove ? text(lastMove) : null,
      history: rows.slice(-HISTORY).reverse().map(text),
    };
  }
}
