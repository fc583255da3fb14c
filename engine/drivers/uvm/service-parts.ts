/** What the parts of a service share. Nothing here decides anything. */

import { SYSTEM_NODE, type NodeId, type PageIndex } from '../../memory/units.js';
import type { Mm } from '../../memory/mm.js';
import type { AtsService } from '../ats/ats-service.js';
import type { Device, DriverContext } from '../driver.js';
import type { PageMigration } from '../migration/page-migration.js';
import type { MigrationEvents } from './migration-events.js';
import type { UvmSettings } from './parameters.js';
import type { RangePolicies } from './range-policies.js';
import type { RootChunks } from './root-chunks.js';
import type { ServiceRequest } from './service-request.js';
import type { Thrashing } from './thrashing.js';
import type { Topology } from './topology.js';

export interface ServiceParts {
  readonly context: DriverContext;
  readonly events: MigrationEvents;
  readonly migration: PageMigration;
  readonly settings: UvmSettings;
  readonly topology: Topology;
  readonly policies: RangePolicies;
  readonly thrashing: Thrashing;
  /** What is not the driver's, where devices use the process's page table. */
  readonly ats: AtsService | undefined;
  /** By agent; the CPU has none. */
  readonly chunks: readonly (RootChunks | undefined)[];
}

/** Says which entry of a batch the events that follow belong to; -1: none. */
export type Charge = (entry: number) => void;

/** Undefined: the CPU. */
export function deviceOf({ context }: ServiceParts, node: NodeId): Device | undefined {
  return node === SYSTEM_NODE ? undefined : context.devices.find((device) => device.node === node);
}

/** Runs of the request's pages that are to go to a node and that `among` lets through, as they are when they come up. */
export function eachRun(
  { target, block, pageAt }: ServiceRequest,
  node: NodeId,
  visit: (start: PageIndex, end: number) => void,
  among: (at: number) => boolean = () => true,
): void {
  for (let at = block.first; at < block.outer;) {
    let end = at;
    while (end < block.outer && target[end] === node && among(end)) end++;
    if (end > at) visit(pageAt(at), block.window + end);
    at = Math.max(end, at + 1);
  }
}

/** Whether any, and whether all, of [start, end) are on a node. */
export function isAnyOn(mm: Mm, node: NodeId, start: PageIndex, end: number): boolean {
  for (let page = start; page < end; page++) if (mm.nodeOf(page) === node) return true;
  return false;
}

export function isAllOn(mm: Mm, node: NodeId, start: PageIndex, end: number): boolean {
  for (let page = start; page < end; page++) if (mm.nodeOf(page) !== node) return false;
  return true;
}

/** Whose fault it is that a run moves: the first one in it, or, if none is, the last one before it. */
export function entryOf({ entry, block }: ServiceRequest, start: number, end: number): number {
  for (let at = start - block.window; at < end - block.window; at++) if (entry[at]! >= 0) return entry[at]!;
  for (let at = start - block.window - 1; at >= block.first; at--) if (entry[at]! >= 0) return entry[at]!;
  return entry.find((index) => index >= 0) ?? -1;
}

/** Nodes of a mask of processors, ascending. */
export function* nodesOf(mask: number): Iterable<NodeId> {
  for (let bits = mask; bits !== 0; bits &= bits - 1) yield (31 - Math.clz32(bits & -bits)) as NodeId;
}
