/** Where a value is, in a few words: `on gpu0 since event 123`. */
import type { DebugSession, Variable } from '../../engine/index.js';

const PAGE_BYTES = 4096;
/** Events of a page that are looked through for the one that brought it where it is. */
const MOST_EVENTS = 256;

/** Of a pointer, the memory that it points to; of anything else, its own. Null if there is nothing to say. */
export function whereIs({ memoryAddress, address, bytes }: Variable, session: DebugSession): string | null {
  const points = memoryAddress !== null && memoryAddress !== address;
  const at = memoryAddress ?? address;
  if (at === null) return null;
  const runs = session.residency(at, points ? 1 : Math.max(1, bytes ?? 1));
  const [run] = runs;
  if (!run) return null;
  const subject = points ? 'pointee ' : '';
  const nodes = new Set(runs.map(({ node }) => node));
  if (nodes.size > 1) return `${subject}on ${[...nodes].map((node) => node ?? 'no node').join(', ')}`;
  if (run.state === 'migrating') return `${subject}migrating`;
  if (run.state === 'swapped') return `${subject}swapped out`;
  if (run.node === null) return `${subject}without memory yet`;
  const since = arrival(Math.floor(at / PAGE_BYTES), run.node, session);
  return `${subject}on ${run.node}${since === null ? '' : ` since event ${since}`}`;
}

/** Kinds of events after which a page is where it was not before. A fault may also find the page where it belongs. */
const ARRIVALS: ReadonlySet<string> = new Set(['cpuFault', 'deviceFault', 'migrate', 'replicate', 'cow']);

/** The last event that brought the page to the node. */
function arrival(page: number, node: string, session: DebugSession): number | null {
  const rows = session
    .pageHistory(page, MOST_EVENTS)
    .filter(({ kind, source, target }) => target === node && source !== node && ARRIVALS.has(kind));
  return rows.length === 0 ? null : Math.max(...rows.map(({ number }) => number));
}
