/**
 * Who reaches whose memory, and how well. Source: NVIDIA open-gpu-kernel-modules, uvm_va_space.h (can_access, can_copy_from,
 * has_native_atomics, has_fast_link), uvm_va_space.c (register_gpu_peers, enable_peers, disable_peers).
 *
 * Invariant: a processor always reaches its own memory, with native atomics, and every device that of the system. Peers reach each other.
 */

import type { Machine } from '../../machine/machine.js';
import { SYSTEM_NODE, type NodeId } from '../../memory/units.js';
import type { Reach } from './residency.js';

export interface Topology extends Reach {
  /** Whether a link faster than PCI Express joins them. */
  hasFastLink(processor: NodeId, node: NodeId): boolean;
}

export interface Joined {
  /** NVLink joins devices: they are peers by themselves. A link with native atomics is NVLink: PCI Express has none that is used. */
  readonly devices: boolean;
  /** NVLink (NVLink-C2C among it) joins each device and the CPU. */
  readonly host: boolean;
  /** The CPU maps devices' memory like its own. */
  readonly coherent: boolean;
}

export class ProcessTopology implements Topology {
  readonly #joined: Joined;
  /** Pairs of devices on PCI Express that the program has made peers, as masks of their nodes. */
  readonly #peers = new Set<number>();

  constructor(joined: Joined) {
    this.#joined = joined;
  }

  /** The program wants two devices to reach each other's memory, or no longer. @returns whether that changes anything */
  setPeers(one: NodeId, other: NodeId, peers: boolean): boolean {
    if (this.#joined.devices) return false;
    const pair = pairOf(one, other);
    const before = this.#peers.has(pair);
    if (peers) this.#peers.add(pair);
    else this.#peers.delete(pair);
    return before !== peers;
  }

  canAccess(processor: NodeId, node: NodeId): boolean {
    if (processor === node || node === SYSTEM_NODE) return true;
    if (processor === SYSTEM_NODE) return this.#joined.coherent;
    return this.#joined.devices || this.#peers.has(pairOf(processor, node));
  }

  hasNativeAtomics(processor: NodeId, node: NodeId): boolean {
    return processor === node || this.hasFastLink(processor, node);
  }

  hasFastLink(processor: NodeId, node: NodeId): boolean {
    if (processor === SYSTEM_NODE) return this.#joined.coherent;
    return node === SYSTEM_NODE ? this.#joined.host : this.#joined.devices;
  }
}

/** Devices on PCI Express that are no peers. */
export const PCIE_TOPOLOGY: Topology = new ProcessTopology({ devices: false, host: false, coherent: false });

export function topologyOf({ peers, links }: Machine, coherent: boolean): ProcessTopology {
  return new ProcessTopology({
    devices: peers?.nativeAtomics === true,
    host: links.every(({ nativeAtomics }) => nativeAtomics),
    coherent,
  });
}

function pairOf(one: NodeId, other: NodeId): number {
  return (1 << one) | (1 << other);
}
