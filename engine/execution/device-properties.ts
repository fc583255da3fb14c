/** What the runtime's C may ask of a device: by the numbers of `runtime/include/faultline.h`. */
import type { Device } from '../drivers/driver.js';
import { PAGE_SIZE } from '../memory/units.js';
import { deviceOverheadBytes } from './launcher.js';
import type { MemoryModel } from './memory-model.js';
import type { ExecutableProgram } from './program.js';

/** In the order of their numbers. */
const DEVICE_PROPERTIES: readonly ((device: Device, program: ExecutableProgram, model: MemoryModel) => number)[] = [
  (device, program) => device.spec.memoryBytes - deviceOverheadBytes(program),
  (device) => device.memory.frames.freeFrames * PAGE_SIZE,
  (device) => device.spec.multiprocessors,
  (device) => device.spec.clockHz / 1000,
  (device) => device.spec.memoryBandwidthBytesPerSecond,
  (device) => device.spec.computeCapability,
  (device) => device.spec.l2CacheBytes,
  (device) => device.spec.memoryBusBits,
  (device) => device.spec.maxThreadsPerMultiprocessor,
  (device) => device.spec.maxBlocksPerMultiprocessor,
  (device) => device.spec.sharedMemoryPerBlockBytes,
  (device) => device.spec.sharedMemoryPerMultiprocessorBytes,
  (device) => device.spec.registersPerMultiprocessor,
  (_device, _program, model) => Number(model.managedMemory),
  (_device, _program, model) => Number(model.concurrentManagedAccess),
  (_device, _program, model) => Number(model.pageableMemoryAccess),
  (_device, _program, model) => Number(model.pageableMemoryAccessUsesHostPageTables),
  (_device, _program, model) => Number(model.directManagedMemAccessFromHost),
  (_device, _program, model) => Number(model.hostNativeAtomics),
];

/** 0 for what is not known. */
export function deviceProperty(
  device: Device,
  property: number,
  program: ExecutableProgram,
  model: MemoryModel,
): number {
  return DEVICE_PROPERTIES[property]?.(device, program, model) ?? 0;
}
