/** The residency of pages now, from the shared page table and permission tables of a run. */
import { permissionTableAddress } from '../execution/layout.js';
import { PAGE_COUNT, frameNode, nodeName, type NodeId } from '../memory/units.js';
import { pteFrame, pteType, PteType } from '../memory/page-table.js';
import { residencyRuns, type PageState, type ResidencyRun } from '../trace/residency-runs.js';

export interface LivePages {
  runs(firstPage: number, count: number): ResidencyRun[];
}

export function livePages(entries: Uint32Array, memory: WebAssembly.Memory, devices: number): LivePages {
  const tables = Array.from(
    { length: devices + 1 },
    (_, agent) => new Uint8Array(memory.buffer, permissionTableAddress(agent), PAGE_COUNT),
  );
  const none: PageState = { node: null, state: 'none' };
  const states = new Map<string, PageState>();
  const decoder = {
    stateOf: (entry: number): PageState => {
      const type = pteType(entry);
      if (type === PteType.none) return none;
      const node = frameNode(pteFrame(entry));
      const state = type === PteType.migration ? 'migrating' : 'resident';
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
