/**
 * What a program advises: kept, and done at once as far as it is to be. Source: NVIDIA open-gpu-kernel-modules, uvm_policy.c; CUDA Runtime API,
 * cudaMemAdvise and cudaMemRangeGetAttribute.
 *
 * Invariant: advice moves no page. A processor that is said to access a range has mappings from then on wherever it can reach the pages.
 */

import { Cause } from '../../memory/event.js';
import { NO_NODE, SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import { MemoryAdvice, type AdvisedRange, type Processor, type RangeAttributes } from '../advice.js';
import type { BlockService } from './block-service.js';
import { blockAround } from './geometry.js';
import { spanOf } from './range-policies.js';
import { deviceOf, type ServiceParts } from './service-parts.js';

export class Advice {
  readonly #parts: ServiceParts;
  readonly #blocks: BlockService;

  constructor(parts: ServiceParts, blocks: BlockService) {
    this.#parts = parts;
    this.#blocks = blocks;
  }

  advise(advice: MemoryAdvice, { start, count }: AdvisedRange, location: Processor | undefined): void {
    const { policies } = this.#parts;
    const span = spanOf(start, count);
    const node = nodeOf(location);
    switch (advice) {
      case MemoryAdvice.setReadMostly:
        policies.setReadMostly(span, true);
        break;
      case MemoryAdvice.unsetReadMostly:
        policies.setReadMostly(span, false);
        this.#blocks.replication.end(span);
        break;
      case MemoryAdvice.setPreferredLocation:
        policies.setPreferred(span, node);
        break;
      case MemoryAdvice.unsetPreferredLocation:
        policies.setPreferred(span, NO_NODE);
        break;
      case MemoryAdvice.setAccessedBy:
        policies.setAccessedBy(span, node, true);
        this.#mapNow(node, start, count);
        break;
      case MemoryAdvice.unsetAccessedBy:
        policies.setAccessedBy(span, node, false);
        break;
      // AMD's, which the open driver does not have.
      case MemoryAdvice.setCoarseGrain:
      case MemoryAdvice.unsetCoarseGrain:
        break;
    }
  }

  attributes({ start, count }: AdvisedRange): RangeAttributes {
    const { policies } = this.#parts;
    let readMostly = true;
    let accessedBy = -1;
    let preferred = policies.preferred(start);
    let prefetched = policies.lastPrefetch(start);
    for (let page = start; page < start + count; page++) {
      readMostly &&= policies.readMostly(page);
      accessedBy &= policies.accessedBy(page);
      if (policies.preferred(page) !== preferred) preferred = NO_NODE;
      if (policies.lastPrefetch(page) !== prefetched) prefetched = NO_NODE;
    }
    const processors = [SYSTEM_NODE, ...this.#parts.context.devices.map(({ node }) => node)];
    const named = processors.filter((node) => (accessedBy & (1 << node)) !== 0);
    return {
      readMostly,
      preferredLocation: this.#processor(preferred),
      accessedBy: named.flatMap((node) => this.#processor(node) ?? []),
      lastPrefetchLocation: this.#processor(prefetched),
    };
  }

  #mapNow(node: NodeId, start: PageIndex, count: number): void {
    const { context, policies } = this.#parts;
    const end = start + count;
    for (let page = start; page < end;) {
      const vma = context.mm.findVma(page);
      if (vma === undefined) return;
      const block = blockAround(policies, vma, page);
      const pieceEnd = Math.min(block.window + block.outer, end);
      this.#blocks.mappings.mapFor(node, block, page, pieceEnd, Cause.advise);
      page = pieceEnd as PageIndex;
    }
  }

  #processor(node: NodeId): Processor | undefined {
    if (node === NO_NODE) return undefined;
    return deviceOf(this.#parts, node) ?? 'cpu';
  }
}

function nodeOf(location: Processor | undefined): NodeId {
  return location === undefined || location === 'cpu' ? SYSTEM_NODE : location.node;
}
