/**
 * Where a page goes that a processor faulted on: a table, the first line that fits decides. Pure. Source: NVIDIA open-gpu-kernel-modules,
 * uvm_va_block.c (block_select_processor_residency, uvm_va_block_select_residency, map_remote_on_atomic_fault).
 *
 * Invariant: a processor is named by its memory's node (SYSTEM_NODE is the CPU); what is decided is a node that the one who faulted can reach.
 */

import { Access, isAtomic } from '../../memory/event.js';
import { NO_NODE, SYSTEM_NODE, type NodeId } from '../../memory/units.js';

export interface ResidencyQuestion {
  /** Who faulted. */
  readonly processor: NodeId;
  readonly access: Access;
  /** Memory that the driver did not allocate. */
  readonly hmm: boolean;
  /** The page cannot leave system memory: what it is of does not migrate, or a parameter says so. */
  readonly systemOnly: boolean;
  /** Its range is said to be mostly read. */
  readonly readMostly: boolean;
  /** NO_NODE: none. */
  readonly preferred: NodeId;
  /** Where it is pinned because it thrashes; NO_NODE: it is not. */
  readonly pinned: NodeId;
  /** Where it is, the closest place if in several; NO_NODE: nowhere. */
  readonly closest: NodeId;
  /** The one who faulted is to have a mapping wherever the page is. */
  readonly accessedBy: boolean;
  /** A parameter lets atomic operations stay remote. */
  readonly remoteOnAtomics: boolean;
  /** The CPU faults in a process that is not the memory's own. */
  readonly foreign: boolean;
}

/** Who reaches whose memory. */
export interface Reach {
  /** Whether a processor can map memory of a node. */
  canAccess(processor: NodeId, node: NodeId): boolean;
  /** Whether its atomic operations on that memory are atomic for everybody. */
  hasNativeAtomics(processor: NodeId, node: NodeId): boolean;
}

export interface Residency {
  readonly node: NodeId;
  /** What is elsewhere stays: the processor gets a copy to read. */
  readonly duplicate: boolean;
}

export function selectResidency(question: ResidencyQuestion, reach: Reach): Residency {
  const { processor, readMostly, access } = question;
  if (question.systemOnly) return { node: SYSTEM_NODE, duplicate: false };
  if (readMostly) return { node: processor, duplicate: access === Access.read || access === Access.exec };
  return { node: movedTo(question, reach), duplicate: false };
}

function movedTo(question: ResidencyQuestion, reach: Reach): NodeId {
  const { processor, preferred, pinned, closest } = question;
  if (processor === preferred) return processor;
  if (question.hmm && processor === SYSTEM_NODE) return processor;
  if (pinned !== NO_NODE) return pinned;
  const prefers = preferred !== NO_NODE && reach.canAccess(processor, preferred);
  if (closest === NO_NODE) return prefers ? preferred : processor;
  const reaches = reach.canAccess(processor, closest);
  if (question.accessedBy && reaches) return closest;
  if (staysForAtomics(question, reach)) return closest;
  if (prefers && closest !== processor) return preferred;
  if (question.foreign && processor === SYSTEM_NODE && reaches) return closest;
  return processor;
}

/** Only atomic operations of a device on another device's memory. */
function staysForAtomics({ remoteOnAtomics, access, processor, closest }: ResidencyQuestion, reach: Reach): boolean {
  const between = processor !== SYSTEM_NODE && closest !== SYSTEM_NODE;
  return remoteOnAtomics && isAtomic(access) && between && reach.hasNativeAtomics(processor, closest);
}
