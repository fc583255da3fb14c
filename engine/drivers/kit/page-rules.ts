/**
 * What must hold of a page after any call of a driver, while a program runs: cheap, and true whatever is withheld from the CPU or watched.
 * The whole of it, frame accounting included, is invariants.ts.
 */

import type { Mm } from '../../memory/mm.js';
import { hasFrame, pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { frameNode, ZERO_FRAME, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';

/** The first rule that does not hold of these pages, in words; undefined if all do. */
export function brokenPageRule(
  mm: Mm & { readonly permissions: readonly Uint8Array[] },
  devices: readonly Device[],
  start: PageIndex,
  count: number,
): string | undefined {
  for (let page = start; page < start + count; page++) {
    const broken = brokenRuleOf(mm, devices, page);
    if (broken !== undefined) return `page 0x${page.toString(16)}: ${broken}`;
  }
  return undefined;
}

function brokenRuleOf(
  mm: Mm & { readonly permissions: readonly Uint8Array[] },
  devices: readonly Device[],
  page: PageIndex,
): string | undefined {
  const pte = mm.pageTable.get(page);
  const type = pteType(pte);
  const allowed = mm.permissions[0]?.[page] ?? 0;
  if (type === PteType.migration) return 'a migration was begun and never finished';
  if (type !== PteType.none && mm.findVma(page) === undefined) return 'it has an entry, but nothing is mapped there';
  if ((allowed & ~mm.pageTable.permission(page)) !== 0) return 'the CPU may do more than its entry allows';
  if (hasFrame(pte) && pteFrame(pte) !== ZERO_FRAME) {
    const frames = mm.physical.of(pteFrame(pte));
    if (frames.refcount(pteFrame(pte)) === 0 || frames.mapcount(pteFrame(pte)) === 0)
      return 'its entry is for a frame that is free';
  }
  for (const device of devices) {
    const { mirror, agent, node } = device;
    const mirrored = mirror.table.get(page);
    const name = `gpu${String(agent - 1)}`;
    if (((mm.permissions[agent]?.[page] ?? 0) & ~mirror.table.permission(page)) !== 0)
      return `${name} may do more than its entry allows`;
    if (pteType(mirrored) !== PteType.present) continue;
    if (!hasFrame(pte)) return `${name} has an entry for it and the CPU's table has none`;
    if (pteFrame(mirrored) !== pteFrame(pte)) return `${name} has another frame for it than the CPU's table`;
    if (pteWritable(mirrored) && !pteWritable(pte)) return `${name} may write it and the CPU's entry is read-only`;
    if (type === PteType.devicePrivate && frameNode(pteFrame(pte)) !== node)
      return `${name} has an entry for it and it is in the memory of another device`;
  }
  return undefined;
}
