/** The residency of pages now, from the shared page table and permission tables of a run. */
import { permissionTableAddress } from '../execution/layout.js';
import { PAGE_COUNT, frameNode, nodeName, type NodeId } from '../memory/units.js';
import { HWPOISON_SLOT, pteFrame, pteSlot, pteType, PteType } from '../memory/page-table.js';
import { residencyRuns, type PageState, type ResidencyRun } from '../trace/residency-runs.js';

export interface LivePages {
  runs(firstPage: number, count: number): ResidencyRun[];
}

/** What entries with a frame say beside it. */
const WITH_FRAME: Partial<Record<PteType, ResidencyRun['state']>> = {
  [PteType.migration]: 'migrating',
  [PteType.exclusive]: 'exclusive',
};

export function livePages(entries: Uint32Array, memory: WebAssembly.Memory, devices: number): LivePages {
  const tables = Array.from(
    { length: devices + 1 },
    (_, agent) => new Uint8Array(memory.buffer, permissionTableAddress(agent), PAGE_COUNT),
  );
  const none: PageState = { node: null, state: 'none' };
  const swapped: PageState = { node: null, state: 'swapped' };
  const states = new Map<string, PageState>();
  const decoder = {
    stateOf: (entry: number): PageState => {
      const type = pteType(entry);
      if (type === PteType.none) return none;
      // What has a memory error is gone, not elsewhere.
      if (type === PteType.swap) return pteSlot(entry) === HWPOISON_SLOT ? none : swapped;
      const node = frameNode(pteFrame(entry));
      const state = WITH_FRAME[type] ?? 'resident';
      const key = `${state} ${String(node)}`;
      const known = states.get(key) ?? { node, state };
      states.set(key, known);
      return known;
    },
    permissionsOf: (page: number): number => {
      let bits = 0;
      for (let agent = 0; agent < tables.length; agent++) bits |= (tables[agent]?.[page] ?? 0) << (2 * agent);
      return bits;
    },
    names: tables.map((_, node) => nodeName(node as NodeId)),
  };
  return { runs: (firstPage, count) => residencyRuns(entries, firstPage, count, decoder) };
}
