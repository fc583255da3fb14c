/**
 * The driver interface: how a device uses HMM. A driver decides where pages live; memory and hmm see to it that what it decides is right.
 *
 * Invariant: a driver never writes a page table. It calls migrate_vma and hmm_range_fault (engine/hmm) and the device's mirror, which keep
 * page tables, permission bytes and frame accounting consistent whatever the driver does.
 */

import type { DeviceMemory } from '../hmm/device-memory.js';
import type { DeviceMirror } from '../hmm/mirror.js';
import type { VirtualClock } from '../machine/clock.js';
import type { DeviceSpec, Machine } from '../machine/machine.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Errno } from '../memory/errno.js';
import type { Access, EventSink } from '../memory/event.js';
import type { FaultResult } from '../memory/fault.js';
import type { Mm } from '../memory/mm.js';
import { MemoryInvariantError } from '../memory/invariant.js';
import type { AgentId, NodeId, PageIndex } from '../memory/units.js';
import type { VmaKind } from '../memory/vma.js';
import type { MigrationStep } from './migration-step.js';

/** One GPU as a driver sees it. */
export interface Device {
  readonly agent: AgentId;
  /** Its own memory. */
  readonly node: NodeId;
  /** Its page table. */
  readonly mirror: DeviceMirror;
  /** Its frames. */
  readonly memory: DeviceMemory;
  readonly spec: DeviceSpec;
}

export interface DriverContext {
  readonly mm: AddressSpace;
  /** In order of agent. */
  readonly devices: readonly Device[];
  readonly machine: Machine;
  readonly clock: VirtualClock;
  readonly sink: EventSink;
  /**
   * Called when a phase of a migration is complete; it may take as long as it likes, or throw to end the program. Absent where nobody
   * watches.
   */
  readonly onPhase?: (step: MigrationStep) => void;
}

export interface Driver {
  readonly name: string;

  /** Called once, before the program starts. */
  attach(context: DriverContext): void;

  /** Resolves a device's fault: after `ok` the device may do this access, otherwise the program ends with the reason. */
  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult;

  /**
   * The CPU (or another device on its way through the CPU's page table) touched a page that lives on `device`: bring it back. The fault holds
   * the lock of the page's frame: name the frame as `faultPage` when migrating. `mm` is the process whose page it is: a child's, after fork.
   */
  migrateToRam(device: Device, page: PageIndex, access: Access, mm: Mm): FaultResult;

  /** `device` needs `pageCount` more free frames: free at least one by moving pages away. False if nothing can be moved. */
  makeRoom(device: Device, pageCount: number): boolean;

  /** The program asks for a range, all of it mapped, to be moved to a device, or to system memory. Absent: pages never move on request. */
  prefetch?(target: Device | undefined, start: PageIndex, count: number): 0 | Errno;

  /** The runtime allocated memory for the program (after mmap). An error makes the allocation fail; the runtime unmaps it then. */
  allocated?(start: PageIndex, pageCount: number, kind: VmaKind): 0 | Errno;

  /** The runtime is about to free memory (before munmap). */
  freed?(start: PageIndex, pageCount: number): void;
}

/** A driver was used before it was attached. */
export function notAttached(driver: Driver): never {
  throw new MemoryInvariantError(`the driver ${driver.name} is used before it was attached`);
}
