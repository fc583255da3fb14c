/**
 * The driver interface: how a device uses HMM. A driver decides where pages live; memory and hmm see to it that what it decides is right.
 *
 * Invariant: a driver never writes a page table. It calls migrate_vma and hmm_range_fault (engine/hmm) and the device's mirror, which keep
 * page tables, permission bytes and frame accounting consistent whatever the driver does.
 */

import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { Errno } from '../memory/errno.js';
import type { Access, EventSink } from '../memory/event.js';
import type { FaultResult } from '../memory/fault.js';
import type { Mm } from '../memory/mm.js';
import { MemoryInvariantError } from '../memory/invariant.js';
import type { PageIndex } from '../memory/units.js';
import type { VmaKind } from '../memory/vma.js';
import type { AdvisedRange, MemoryAdvice, Processor, RangeAttributes } from './advice.js';
import type { Device } from './device.js';
import type { FaultBatch, FaultBufferPolicy } from './fault-batch.js';
import type { MigrationStep } from './migration-step.js';

export type { Device } from './device.js';

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

/** How a device's access counters are set. */
export interface AccessCounterPolicy {
  /** Accesses to a region of 64 KiB of another processor's memory after which the driver is told of it. */
  readonly threshold: number;
  /** Regions that it is told of at once, at most. */
  readonly batchNotifications: number;
}

export interface Driver {
  readonly name: string;

  /** Whether devices can use all of a process's memory with it, whatever their hardware does by itself. Absent: no. */
  readonly servesPageableMemory?: boolean;

  /** Asked before {@link attach}: whether the CPU maps devices' memory like its own (MEMORY_DEVICE_COHERENT). Absent: it does not. */
  mapsDeviceMemory?(machine: Machine): boolean;

  /** Called once, before the program starts. */
  attach(context: DriverContext): void;

  /**
   * Resolves a device's fault: after `ok` the device may do this access, otherwise the program ends with the reason. With `faultBuffer`, only
   * for what is no thread's access (the runtime's own work on a device).
   */
  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult;

  /**
   * Whether a device finds a page by itself, without a fault (ATS); it may do this access then. Absent: it never does.
   */
  translates?(device: Device, page: PageIndex, access: Access): boolean;

  /**
   * Present: threads that run together on a device write their faults into a buffer, and wait; the driver gets them in batches. Absent: threads
   * run one after the other, and each fault comes to `deviceFault`.
   */
  readonly faultBuffer?: FaultBufferPolicy;

  /** Services a batch: says the outcome of each entry, records what it does, lets its time pass. Present with `faultBuffer`. */
  serviceFaults?(device: Device, batch: FaultBatch): void;

  /**
   * Whether a device's atomic operations of the system's scope (atomicAdd_system) may be done on a page as it is mapped; if not, they fault with
   * `Access.systemAtomic`. Absent: they may wherever it may write.
   */
  allowsSystemAtomics?(device: Device, page: PageIndex): boolean;

  /** Absent, or undefined for a device: its accesses to other memory than its own are not counted. Asked after `attach`. */
  accessCounters?(device: Device): AccessCounterPolicy | undefined;

  /**
   * Access counters of a device have reached their threshold. Nobody waits for this.
   * @param regions first pages of regions of 64 KiB
   * @returns those whose counters begin again; the others are not heard of any more
   */
  serviceAccessCounters?(device: Device, regions: readonly PageIndex[]): readonly PageIndex[];

  /**
   * The CPU faulted on a page of managed memory that has no entry, or a read-only one where it wants to write (vm_operations_struct.fault of the
   * driver's own mappings). Absent: managed memory is filled and copied on write as anonymous memory is.
   */
  managedFault?(page: PageIndex, access: Access, mm: Mm): FaultResult;

  /**
   * The CPU (or another device on its way through the CPU's page table) touched a page that lives on `device`: bring it back. The fault holds
   * the lock of the page's frame: name the frame as `faultPage` when migrating. `mm` is the process whose page it is: a child's, after fork.
   */
  migrateToRam(device: Device, page: PageIndex, access: Access, mm: Mm): FaultResult;

  /** `device` needs `pageCount` more free frames: free at least one by moving pages away. False if nothing can be moved. */
  makeRoom(device: Device, pageCount: number): boolean;

  /** The program lets two devices reach each other's memory (cudaDeviceEnablePeerAccess), or no longer. Absent: that changes nothing. */
  setPeers?(one: Device, other: Device, peers: boolean): void;

  /** The program asks for a range, all of it mapped, to be moved to a device, or to system memory. Absent: pages never move on request. */
  prefetch?(target: Device | undefined, start: PageIndex, count: number): 0 | Errno;

  /** Advice on a range, all of it mapped; `location` with those kinds that need one. Absent: advice is accepted and changes nothing. */
  advise?(advice: MemoryAdvice, range: AdvisedRange, location: Processor | undefined): 0 | Errno;

  /** What advice and prefetches have made of a range. Absent: nothing. */
  rangeAttributes?(range: AdvisedRange): RangeAttributes;

  /** The runtime allocated memory for the program (after mmap). An error makes the allocation fail; the runtime unmaps it then. */
  allocated?(start: PageIndex, pageCount: number, kind: VmaKind): 0 | Errno;

  /** The runtime is about to free memory (before munmap). */
  freed?(start: PageIndex, pageCount: number): void;
}

/** A driver was used before it was attached. */
export function notAttached(driver: Driver): never {
  throw new MemoryInvariantError(`the driver ${driver.name} is used before it was attached`);
}
