/** The devices that a program gets, and the tables that it shares with the race detector. */
import { attachDriver } from '../drivers/attach.js';
import type { Device } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import type { DebuggeeOptions } from './debuggee-options.js';
import { deviceOverheadBytes } from './launcher.js';
import { CALL_STACK_BASE, LAUNCH_TABLE, NO_PERMISSIONS, permissionTableAddress, TOUCH_LOG, WATCHED } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import type { ExecutableProgram } from './program.js';
import type { LaunchTables } from './race-detector.js';
import { SharedHazards } from './shared-hazards.js';

/** The machine's devices, mirrored and served by the run's driver. */
export function attachDevices(options: DebuggeeOptions, mm: AddressSpace): readonly Device[] {
  const { program, machine, clock, driver, debug } = options;
  // What every program needs of a device does not count against the memory that the user gave it.
  const overhead = deviceOverheadBytes(program);
  const devices = machine.devices.map((device) => ({ ...device, memoryBytes: device.memoryBytes + overhead }));
  return attachDriver({
    driver,
    ...(options.pageTableUpdates && { updates: options.pageTableUpdates }),
    mm,
    machine: { ...machine, devices },
    clock,
    ...(debug && {
      onPhase: (step) => {
        debug.phase(step);
      },
    }),
  });
}

/** Looks for races in shared memory. */
export function sharedHazards(linear: LinearMemory, program: ExecutableProgram): SharedHazards {
  return new SharedHazards(linear.words(WATCHED, 2), linear.permissionTable(LAUNCH_TABLE), program.areas.shared);
}

export function launchTables(linear: LinearMemory): LaunchTables {
  return {
    launch: linear.permissionTable(LAUNCH_TABLE),
    log: linear.words(TOUCH_LOG, (CALL_STACK_BASE - TOUCH_LOG) / Uint32Array.BYTES_PER_ELEMENT),
    addressOf: permissionTableAddress,
    nothing: NO_PERMISSIONS,
  };
}
