/** What the runtime's C may ask of a device: by the numbers of `runtime/include/faultline.h`. */
import type { Device } from '../drivers/driver.js';
import { PAGE_SIZE } from '../memory/units.js';
import { deviceOverheadBytes } from './launcher.js';
import type { ExecutableProgram } from './program.js';

/** In the order of their numbers. */
const DEVICE_PROPERTIES: readonly ((device: Device, program: ExecutableProgram) => number)[] = [
  (device, program) => device.spec.memoryBytes - deviceOverheadBytes(program),
  (device) => device.memory.frames.freeFrames * PAGE_SIZE,
  (device) => device.spec.multiprocessors,
  (device) => device.spec.clockHz / 1000,
  (device) => device.spec.memoryBandwidthBytesPerSecond,
];

/** 0 for what is not known. */
export function deviceProperty(device: Device, property: number, program: ExecutableProgram): number {
  return DEVICE_PROPERTIES[property]?.(device, program) ?? 0;
}
