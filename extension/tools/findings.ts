/** What stands out in a run, for an assistant: the costliest lines, allocations and kernels, and memory events that mean trouble. */
import type { ProgramSession } from '../session/program-session.js';
import { readRunFigures } from '../source/summary-document.js';

const MOST = 15;
/** Kinds that say something is wrong, or slow for a reason that the program can change. */
const TROUBLE = ['fatalFault', 'expectFailed', 'race', 'thrash', 'evict', 'pinWait'];

export async function findingsOf(session: ProgramSession): Promise<unknown> {
  const figures = await readRunFigures(session);
  const lines = [...figures.lines].flatMap(([path, byLine]) =>
    [...byLine].map(([line, cost]) => ({ path, line, ...cost })),
  );
  lines.sort((a, b) => b.ns - a.ns || b.migratedBytes - a.migratedBytes);
  const { rows: trouble } = await session.request('faultline/events', { kinds: TROUBLE, limit: MOST });
  return {
    program: figures.title,
    state: figures.ending,
    totals: figures.kinds.map(({ key, events, bytes, durationNs }) => ({
      kind: key,
      events,
      bytes,
      simulatedNs: durationNs,
    })),
    trouble,
    hottestLines: lines.slice(0, MOST),
    kernels: figures.kernels,
    allocations: figures.allocations,
  };
}
