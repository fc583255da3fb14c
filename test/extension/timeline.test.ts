/** The timeline of a real run: nothing is lost from the log to the tiles, and what is in use agrees with the page tables. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeColumns } from '../../extension/adapter/column-codec.js';
import { createDebugEngine, FaultlineDebugAdapter } from '../../extension/adapter/main.js';
import { DirectAdapter } from '../../extension/session/direct-adapter.js';
import { EventColumns } from '../../extension/views/event-columns.js';
import { makeTile, sample } from '../../extension/views/timeline-tiles.js';
import { TILE_BUCKETS } from '../../media/messages.js';

const PAGE = 4096;
const program = (name: string) => fileURLToPath(new URL(`../../extension/samples/${name}`, import.meta.url));

/** Runs a program to its end, and leaves it to be looked at, as the editor does it. */
async function ended(engine: ReturnType<typeof createDebugEngine>, configuration: object): Promise<DirectAdapter> {
  let over = (_exitCode: number | null): void => undefined;
  const exited = new Promise<number | null>((resolve) => {
    over = resolve;
  });
  const nothing = (): void => undefined;
  const adapter: DirectAdapter = new DirectAdapter(new FaultlineDebugAdapter(engine), {
    launched: nothing,
    stopped: nothing,
    running: nothing,
    diagnosed: nothing,
    closed: nothing,
    ended: (exitCode) => over(exitCode),
  });
  const initialized = new Promise<void>((resolve) => {
    adapter.onDidSendMessage((message) => {
      if ((message as { event?: string }).event === 'initialized') resolve();
    });
  });
  await adapter.ask('initialize', { adapterID: 'faultline', pathFormat: 'path' });
  const launched = adapter.ask('launch', configuration);
  await initialized;
  await adapter.ask('configurationDone', {});
  await launched;
  expect(await exited).toBe(0);
  // The editor goes when the program has ended; the views stay.
  adapter.handleMessage({ seq: 7, type: 'request', command: 'disconnect', arguments: {} });
  adapter.dispose();
  return adapter;
}

describe('a run that evicts', () => {
  const engine = createDebugEngine();
  const columns = new EventColumns(['cpu', 'gpu0']);
  let adapter: DirectAdapter;
  beforeAll(async () => {
    adapter = await ended(engine, { program: program('too_large.cu'), deviceMemory: '4MiB' });
    for (let more = true; more;) {
      const found = await adapter.request('faultline/eventColumns', { from: columns.nextNumber, limit: 5000 });
      columns.add({ columns: decodeColumns(found.columns), names: found.names });
      more = found.more;
    }
  });
  afterAll(() => {
    adapter.release();
    engine[Symbol.dispose]();
  });

  test('is stored whole; a kernel is one event', async () => {
    const { rows } = await adapter.request('faultline/aggregate', { by: 'kind' });
    const events = rows.reduce((sum, row) => sum + row.events, 0);
    const kernels = rows.find(({ key }) => key === 'complete')?.events ?? 0;
    expect(kernels).toBe(3);
    expect(columns.length).toBe(events - kernels);
    expect(columns.settledNs).toBe(columns.endNs);
    expect(columns.lanes.map(({ kind }) => kind)).toEqual([
      'thread',
      'kernel',
      'fault',
      'fault',
      'migrateIn',
      'migrateOut',
      'evict',
      'other',
    ]);
  });

  test('has every event of a lane in exactly one tile', () => {
    const { lanes } = columns;
    const level = Math.ceil(Math.log2(columns.endNs / TILE_BUCKETS / 8));
    const tiles = Array.from({ length: 9 }, (_, index) =>
      makeTile({ request: 1, generation: 1, level, index }, columns, lanes, []),
    );
    for (const [lane, { rows, kind }] of lanes.entries()) {
      let told = 0;
      for (const tile of tiles) {
        const from = tile.index * TILE_BUCKETS * 2 ** level;
        if (tile.exact[lane] === 1)
          for (const [at, eventLane] of tile.eventLanes.entries())
            told += eventLane === lane && tile.startsNs[at]! >= from ? 1 : 0;
        else
          told += tile.counts.subarray(lane * TILE_BUCKETS, (lane + 1) * TILE_BUCKETS).reduce((sum, n) => sum + n, 0);
      }
      expect([kind, told]).toEqual([kind, rows.length]);
    }
  });

  test('never uses more of the device than it has, and all of it at its peak', () => {
    const device = columns.inUse[1]!;
    const values = Array.from({ length: device.values.length }, (_, index) => device.values.at(index));
    // The sum includes what the driver keeps for itself nowhere: allocations alone fill the device.
    expect(Math.max(...values)).toBe(4 * 2 ** 20);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  });

  test('moves as many bytes as the log says', async () => {
    for (const [node, name] of ['cpu', 'gpu0'].entries()) {
      const { rows } = await adapter.request('faultline/aggregate', {
        by: 'kind',
        kinds: ['migrate'],
        filter: `to == ${name}`,
      });
      const { values } = columns.moved[node]!;
      expect(values.at(values.length - 1)).toBe(rows[0]?.bytes);
      const other = node === 0 ? 'gpu0' : 'cpu';
      expect(columns.transfersBetween(other, name)).toEqual({
        bytes: rows[0]?.bytes,
        transfers: rows[0]?.events,
        busyNs: rows[0]?.durationNs,
      });
    }
  });

  test('names lines by files that can be opened', async () => {
    const { rows } = await adapter.request('faultline/aggregate', { by: 'line', kinds: ['deviceFault'] });
    expect(rows).toMatchObject([{ path: program('too_large.cu'), line: 9, pages: 6144 }]);
  });

  test('is sampled from its beginning to its end', () => {
    const { timesNs, values } = sample(columns.inUse, columns.endNs, 50);
    expect([timesNs.length, timesNs[0], timesNs[49]]).toEqual([50, 0, columns.endNs]);
    expect(values[1]!.every((bytes) => bytes >= 0 && bytes % PAGE === 0)).toBe(true);
  });
});
