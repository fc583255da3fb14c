/**
 * How a device shares memory with the host, as programs ask for it (cudaDevAttr…). Source: CUDA C++ Programming Guide, "Unified memory
 * programming".
 */
import type { Driver } from '../drivers/driver.js';
import type { Machine } from '../machine/machine.js';
import type { AgentId } from '../memory/units.js';

export interface MemoryModel {
  /** Whether there is managed memory at all. */
  readonly managedMemory: boolean;
  /** Whether the CPU may use managed memory while the device works. Without, all of it moves to the device at a launch, and nothing faults. */
  readonly concurrentManagedAccess: boolean;
  /** Whether the device can use memory that malloc gave. */
  readonly pageableMemoryAccess: boolean;
  /** Whether it does so through the process's own page table. */
  readonly pageableMemoryAccessUsesHostPageTables: boolean;
  /** Whether the CPU can use managed memory that is on the device without moving it. */
  readonly directManagedMemAccessFromHost: boolean;
  /** Whether the device's atomics work on the host's memory. */
  readonly hostNativeAtomics: boolean;
}

export function memoryModel(machine: Machine, agent: AgentId, driver: Driver): MemoryModel {
  const device = machine.devices[agent - 1];
  if (device === undefined) throw new RangeError(`there is no agent ${String(agent)}`);
  const { managedMemory, concurrentManagedAccess, pageableMemoryAccess } = device;
  const { pageableMemoryAccessUsesHostPageTables, directManagedMemAccessFromHost } = device;
  return {
    managedMemory,
    concurrentManagedAccess,
    pageableMemoryAccess: pageableMemoryAccess || driver.servesPageableMemory === true,
    pageableMemoryAccessUsesHostPageTables,
    directManagedMemAccessFromHost,
    hostNativeAtomics: machine.links[agent - 1]?.nativeAtomics === true,
  };
}
