/** Answers to the requests of our own that only look; those that let the program run are with the others that do. */
import { encodeColumns } from '../column-codec.js';
import { customArguments, type AggregateRow, type CustomBodies, type CustomCommand } from '../custom-requests.js';
import type { EventAggregate, EventQuery, EventRow } from '../../../engine/index.js';
import type * as v from 'valibot';
import { define, type Call, type RequestDefinition, type RequestOptions } from '../request.js';
import type { AdapterState } from '../state.js';

function custom<Command extends CustomCommand>(
  command: Command,
  handle: (
    args: v.InferOutput<(typeof customArguments)[Command]>,
    call: Call,
  ) => CustomBodies[Command] | Promise<CustomBodies[Command]>,
  options?: RequestOptions,
): RequestDefinition {
  return define<(typeof customArguments)[Command]>(command, customArguments[command], handle, options);
}

export const customRequests = [
  custom('faultline/residency', ({ memoryReference, offset = 0, count }, { state }) => ({
    runs: state.session.residency(Math.max(0, memoryReference + offset), count),
  })),

  custom('faultline/pageHistory', ({ page, limit = 1000 }, { state }) => ({
    rows: state.session.pageHistory(page, limit).map((row) => toClient(row, state)),
  })),

  custom('faultline/allocations', async (_, { state }) => {
    const allocations = await state.session.allocations();
    return { allocations: allocations.map((allocation) => toClient(allocation, state)) };
  }),

  custom(
    'faultline/events',
    async (query, { state }) => {
      const found = await state.session.events(query satisfies EventQuery);
      return { ...found, rows: found.rows.map((row) => toClient(row, state)) };
    },
    { title: 'Looking for events' },
  ),

  custom(
    'faultline/eventColumns',
    async (query, { state }) => {
      const found = await state.session.eventColumns(query satisfies EventQuery);
      return { ...found, columns: encodeColumns(found.columns) };
    },
    { title: 'Looking for events' },
  ),

  custom(
    'faultline/aggregate',
    async ({ by, ...query }, { state }) => {
      const rows = await state.session.aggregate(query satisfies EventQuery, by);
      return { rows: by === 'line' ? rows.map((row) => withPlace(row, state)) : rows };
    },
    { title: 'Summing up events' },
  ),
];

/** The engine names a line by its file within the project: here it becomes a place that the client can open. */
function withPlace(row: EventAggregate, state: AdapterState): AggregateRow {
  const { client, sources, configuration } = state;
  const [, file, line] = /^(.+):(\d+)$/.exec(row.key) ?? [];
  if (file === undefined || configuration === null) return { ...row, path: null, line: null };
  return {
    ...row,
    path: client.pathTo(sources.locate(file, configuration.request)),
    line: client.lineTo(Number(line)),
  };
}

/** Paths and lines as the client writes and counts them. */
function toClient<Row extends Pick<EventRow, 'path' | 'line'>>(row: Row, { client }: AdapterState): Row {
  return {
    ...row,
    path: row.path === null ? null : client.pathTo(row.path),
    line: row.line === null ? null : client.lineTo(row.line),
  };
}
