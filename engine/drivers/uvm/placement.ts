/**
 * Where a page is to be that a processor wants: asks for what residency.ts and thrashing.ts decide by. Source: NVIDIA open-gpu-kernel-modules,
 * uvm_va_block.c (uvm_va_block_select_residency), uvm_perf_thrashing.c (uvm_perf_thrashing_get_hint).
 *
 * Invariant: nothing is decided here.
 */

import type { Access } from '../../memory/event.js';
import { NO_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import { mayMigrate } from '../../memory/vma.js';
import type { Block } from './geometry.js';
import { selectResidency, type Residency } from './residency.js';
import type { ServiceParts } from './service-parts.js';
import type { ThrashingHint } from './thrashing.js';

export interface Wanted {
  readonly block: Block;
  readonly page: PageIndex;
  readonly access: Access;
  /** Who wants it. */
  readonly processor: NodeId;
  readonly hint: ThrashingHint;
  /** An access counter says so: that the processor is to have a mapping wherever the page is keeps it nowhere. */
  readonly counted?: boolean;
}

export class Placement {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  hint(page: PageIndex, processor: NodeId): ThrashingHint {
    const { thrashing, context, policies } = this.#parts;
    return thrashing.hint({ page, processor, closest: context.mm.nodeOf(page), preferred: policies.preferred(page) });
  }

  residency({ block, page, access, processor, hint, counted = false }: Wanted): Residency {
    const { policies, settings, context, topology } = this.#parts;
    const question = {
      processor,
      access,
      hmm: !block.managed,
      systemOnly: settings.forceSystemMemory || !mayMigrate(block.vma),
      readMostly: block.managed && policies.readMostly(page),
      preferred: policies.preferred(page),
      pinned: hint.kind === 'pin' ? hint.node : NO_NODE,
      closest: context.mm.nodeOf(page),
      accessedBy: !counted && (policies.accessedBy(page) & (1 << processor)) !== 0,
      remoteOnAtomics: settings.remoteOnAtomics,
      foreign: false,
    };
    return selectResidency(question, topology);
  }
}
