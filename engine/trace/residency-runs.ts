/**
 * Where the pages of a range are, as runs of pages in the same state. One pass over the entries of the CPU's page table,
 * which another thread may be writing: a page is then seen before or after, never between.
 */
import { nodeName, type NodeId } from '../memory/units.js';

/** Pages in a row that are in the same state. */
export interface ResidencyRun {
  readonly firstPage: number;
  readonly pageCount: number;
  /** `cpu`, `gpu0`, …; null for a page that has no memory yet. */
  readonly node: string | null;
  /** exclusive: in the CPU's memory, and a device has it for itself until the CPU touches it · swapped: in the swap area, on no node. */
  readonly state: 'none' | 'resident' | 'migrating' | 'exclusive' | 'swapped';
  /** Who may read and write without a fault: `cpu`, `gpu0`, … */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
}

/** What a page-table entry says. */
export interface PageState {
  /** Node id; null for a page that has no memory. */
  readonly node: number | null;
  readonly state: ResidencyRun['state'];
}

/** How entries and permissions are read; page tables are memory's, so whoever has them passes their decoders. */
export interface ResidencyDecoder {
  /** The same object for the same state, where that can be: it saves a million small objects. */
  stateOf(entry: number): PageState;
  /** Two bits for each agent, agent `a` at bit `2 * a`: 1 may read, 2 may write, as memory's permission bytes. At most 16 agents. */
  permissionsOf(page: number): number;
  /** Names by node id, which are those by agent id. */
  readonly names: readonly string[];
}

/** Two bits each fill a 32-bit integer. */
const AGENTS = 16;

/** @param entries by page; @param count pages; what is beyond the table's end is left out */
export function residencyRuns(
  entries: Uint32Array | Int32Array,
  firstPage: number,
  count: number,
  decoder: ResidencyDecoder,
): ResidencyRun[] {
  const first = Math.max(0, firstPage);
  const end = Math.min(firstPage + count, entries.length);
  if (!(first < end)) return [];
  const runs: ResidencyRun[] = [];
  let start = first;
  let entry = entries[first]!;
  let state = decoder.stateOf(entry);
  let permissions = decoder.permissionsOf(first) >>> 0;
  for (let page = first + 1; page < end; page += 1) {
    const nextPermissions = decoder.permissionsOf(page) >>> 0;
    const nextEntry = entries[page]!;
    // In a hole, one comparison of entries is all there is to do.
    if (nextEntry === entry && nextPermissions === permissions) continue;
    const next = nextEntry === entry ? state : decoder.stateOf(nextEntry);
    entry = nextEntry;
    if (
      nextPermissions === permissions &&
      (next === state || (next.node === state.node && next.state === state.state))
    ) {
      continue;
    }
    runs.push(runOf(start, page, state, permissions, decoder.names));
    start = page;
    state = next;
    permissions = nextPermissions;
  }
  runs.push(runOf(start, end, state, permissions, decoder.names));
  return runs;
}

function runOf(
  start: number,
  end: number,
  { node, state }: PageState,
  permissions: number,
  names: readonly string[],
): ResidencyRun {
  return {
    firstPage: start,
    pageCount: end - start,
    node: node === null ? null : (names[node] ?? nodeName(node as NodeId)),
    state,
    readers: agentsWith(permissions, 1, names),
    writers: agentsWith(permissions, 2, names),
  };
}

function agentsWith(permissions: number, bit: 1 | 2, names: readonly string[]): string[] {
  return names.slice(0, AGENTS).filter((_, agent) => ((permissions >>> (2 * agent)) & bit) !== 0);
}
