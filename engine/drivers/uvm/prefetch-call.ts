/**
 * The program asks for memory to be somewhere (cudaMemPrefetchAsync): block by block, exactly the pages that it names. Source: NVIDIA
 * open-gpu-kernel-modules, uvm_migrate.c.
 *
 * Invariant: afterwards the target faults on none of the pages that it has room for. In each block, neighbours that are elsewhere are one transfer;
 * managed pages that nobody has touched are made where they are wanted. What is not the driver's and does not migrate stays.
 */

import { Errno } from '../../memory/errno.js';
import { NO_NODE, SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import { mayMigrate, type Vma } from '../../memory/vma.js';
import type { BlockService } from './block-service.js';
import { blockAround } from './geometry.js';
import { spanOf } from './range-policies.js';
import type { ServiceParts } from './service-parts.js';
import { ServiceRequest } from './service-request.js';

export class PrefetchCall {
  readonly #parts: ServiceParts;
  readonly #blocks: BlockService;
  readonly #request = new ServiceRequest();

  constructor(parts: ServiceParts, blocks: BlockService) {
    this.#parts = parts;
    this.#blocks = blocks;
  }

  /** @returns 0, or -EINVAL where nothing is mapped. */
  run(node: NodeId, start: PageIndex, count: number): 0 | Errno {
    const { context, policies } = this.#parts;
    const end = start + count;
    policies.notePrefetch(spanOf(start, count), node);
    for (let page = start; page < end;) {
      const vma = context.mm.findVma(page);
      if (vma === undefined) return Errno.EINVAL;
      page = this.#block(vma, node, page, end);
    }
    return 0;
  }

  /** @returns where the block ends */
  #block(vma: Vma, node: NodeId, start: PageIndex, end: number): PageIndex {
    const { policies } = this.#parts;
    const block = blockAround(policies, vma, start);
    const pieceEnd = Math.min(block.window + block.outer, end) as PageIndex;
    if (!mayMigrate(vma)) return pieceEnd;
    const request = this.#request;
    request.begin(block, node);
    for (let page = start; page < pieceEnd; page++) {
      if (this.#isWanted(block.managed, node, page))
        request.ask(page, node, block.managed && policies.readMostly(page));
    }
    if (request.targets !== 0) this.#blocks.service(request);
    return pieceEnd;
  }

  /** Memory of the system's that nobody has touched goes nowhere for the CPU. */
  #isWanted(managed: boolean, node: NodeId, page: PageIndex): boolean {
    return managed || node !== SYSTEM_NODE || this.#parts.context.mm.nodeOf(page) !== NO_NODE;
  }
}
