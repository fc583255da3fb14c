/**
 * How many blocks of a grid a device runs at the same time. Source: NVIDIA, CUDA C++ Programming Guide (hardware multithreading); registers are
 * not counted, since the code is not that of the device.
 */
import type { DeviceSpec } from '../../machine/machine.js';

/** @param sharedBytes shared memory of a block */
export function residentBlocks(spec: DeviceSpec, threadsPerBlock: number, sharedBytes: number): number {
  const warps = Math.ceil(threadsPerBlock / spec.warpSize);
  const byThreads = Math.floor(spec.maxThreadsPerMultiprocessor / (warps * spec.warpSize));
  const byShared = sharedBytes === 0 ? Infinity : Math.floor(spec.sharedMemoryPerMultiprocessorBytes / sharedBytes);
  return spec.multiprocessors * Math.max(1, Math.min(spec.maxBlocksPerMultiprocessor, byThreads, byShared));
}
