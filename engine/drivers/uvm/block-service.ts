/**
 * The service of one block: what faulted, and what the prefetcher adds to it, goes to where it is to be and is mapped for the one who faulted. The
 * CPU's faults and the devices' take this one path. Source: NVIDIA open-gpu-kernel-modules, uvm_va_block.c (uvm_va_block_service_locked,
 * uvm_va_block_get_prefetch_hint), uvm_perf_prefetch.c (uvm_perf_prefetch_get_hint_va_block), uvm_hmm.c.
 *
 * Invariant: pages come along only if all that faulted goes to one place, and not out of a preferred location.
 */

import { isMappedForCpu } from '../../memory/managed.js';
import { pteType, PteType } from '../../memory/page-table.js';
import { NO_NODE, SYSTEM_NODE, type NodeId } from '../../memory/units.js';
import { BlockMappings } from './block-mappings.js';
import { BlockMoves } from './block-moves.js';
import { BLOCK_PAGES } from './geometry.js';
import { growFaults, type PageMask } from './prefetch.js';
import { Replication } from './replication.js';
import { deviceOf, nodesOf, type Charge, type ServiceParts } from './service-parts.js';
import type { ServiceRequest } from './service-request.js';

export class BlockService {
  readonly mappings: BlockMappings;
  readonly replication: Replication;
  readonly #parts: ServiceParts;
  readonly #moves: BlockMoves;
  readonly #resident: PageMask = new Uint8Array(BLOCK_PAGES);
  readonly #taken: PageMask = new Uint8Array(BLOCK_PAGES);
  /** Pages that have faulted for the same processor, by block, and which processor that was; only where that matters. */
  readonly #migrated = new Map<number, { node: NodeId; count: number }>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.mappings = new BlockMappings(parts);
    this.replication = new Replication(parts);
    this.#moves = new BlockMoves(parts);
  }

  service(request: ServiceRequest, charge: Charge = () => undefined): void {
    const only = request.onlyTarget;
    if (only !== undefined && !request.asked && this.#parts.settings.prefetch) this.#bringAlong(request, only);
    this.replication.note(request);
    for (const node of nodesOf(request.targets)) {
      const device = deviceOf(this.#parts, node);
      this.replication.collapse(request, node);
      if (device === undefined) {
        this.#moves.toSystem(request, charge);
        this.replication.keepOnDevices(request);
      } else {
        this.#moves.toDevice(request, device, charge, (page) => this.replication.hadCopy(page));
        this.replication.copyToDevice(request, device, charge);
      }
      this.mappings.map(request, node, charge);
    }
  }

  /** Adds what the prefetcher wants. */
  #bringAlong(request: ServiceRequest, node: NodeId): void {
    const { settings, policies, thrashing: tracker } = this.#parts;
    const { block, faulted } = request;
    const { first, outer, managed } = block;
    const empty = this.#findResident(request, node);
    const enough = this.#hasFaultedEnough(request, node);
    const preferred = policies.preferred(block.window + first);
    if (preferred !== NO_NODE && preferred !== node) return;
    const taken = this.#taken;
    const thrashing = tracker.pagesOf(block.window);
    if (empty && preferred === node) taken.fill(1, first, outer);
    else {
      const blockFirst = managed ? first : 0;
      const threshold = settings.prefetchThreshold;
      growFaults({ first, outer, blockFirst, resident: this.#resident, faulted, thrashing, threshold }, taken);
    }
    const readMostly = managed && policies.readMostly(block.window + first);
    for (let at = first; enough && at < outer; at++) {
      if (taken[at] === 0 || faulted[at] !== 0 || (thrashing?.[at] ?? 0) !== 0) continue;
      if (this.#isWorthBringing(request, at, node)) request.bring(at, node, readMostly);
    }
  }

  /** Which pages the node has, or has a copy of. @returns whether nobody has any */
  #findResident({ block, pageAt }: ServiceRequest, node: NodeId): boolean {
    const { mm } = this.#parts.context;
    const device = deviceOf(this.#parts, node);
    let empty = true;
    for (let at = block.first; at < block.outer; at++) {
      const page = pageAt(at);
      const there = mm.nodeOf(page);
      this.#resident[at] = Number(there === node || device?.mirror.hasReplica(page) === true);
      if (there !== NO_NODE) empty = false;
    }
    return empty;
  }

  #hasFaultedEnough({ block, count }: ServiceRequest, node: NodeId): boolean {
    const { prefetchMinFaults } = this.#parts.settings;
    if (prefetchMinFaults <= 1) return true;
    const key = block.window + block.first;
    const before = this.#migrated.get(key);
    const total = count + (before?.node === node ? before.count : 0);
    this.#migrated.set(key, { node, count: total });
    return total >= prefetchMinFaults;
  }

  /** What the CPU has mapped already would only be mapped again; of the system's memory, the CPU gets what a device has. */
  #isWorthBringing({ block, pageAt }: ServiceRequest, at: number, node: NodeId): boolean {
    if (node !== SYSTEM_NODE) return true;
    const { mm } = this.#parts.context;
    const page = pageAt(at);
    if (!block.managed) return pteType(mm.pageTable.get(page)) === PteType.devicePrivate;
    return !isMappedForCpu(mm, page);
  }
}
