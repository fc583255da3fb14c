/** Builds the devices of a machine over an address space and hands them to a driver. Called once by whoever composes a run. */

import { DeviceMemory, type DeviceMemoryOps } from '../hmm/device-memory.js';
import { migrateDeviceCoherentFolio } from '../hmm/migrate-device.js';
import { DeviceMirror } from '../hmm/mirror.js';
import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import type { AddressSpace } from '../memory/address-space.js';
import { fatalFault } from '../memory/fault.js';
import { MemoryInvariantError } from '../memory/invariant.js';
import { deviceAgent, localNode, PAGE_SIZE } from '../memory/units.js';
import { TimedUpdates, type UpdateMode } from './device-updates.js';
import type { Device, Driver, DriverContext } from './driver.js';

export interface AttachOptions {
  readonly driver: Driver;
  readonly mm: AddressSpace;
  readonly machine: Machine;
  readonly clock: VirtualClock;
  readonly onPhase?: DriverContext['onPhase'];
  /** How the CPU waits for devices that mirror what it changes; `serial` if absent. */
  readonly updates?: UpdateMode;
}

/** @returns the devices, in order of agent. */
export function attachDriver(options: AttachOptions): readonly Device[] {
  const { driver, mm, machine, clock, onPhase, updates = 'serial' } = options;
  mm.updates = new TimedUpdates(updates, machine.costs);
  const type = driver.mapsDeviceMemory?.(machine) === true ? 'coherent' : 'private';
  const devices = machine.devices.map((spec, index): Device => {
    const agent = deviceAgent(index);
    const permissions = mm.permissions[agent];
    if (permissions === undefined) throw new MemoryInvariantError('a device has no permission table', { agent });
    const operations: DeviceMemoryOps = {
      migrateToRam: (space, page, access) => driver.migrateToRam(device, page, access, space),
      makeRoom: (count) => driver.makeRoom(device, count),
      evict: (frame) => migrateDeviceCoherentFolio(mm, frame) === 0,
    };
    const frames = Math.floor(spec.memoryBytes / PAGE_SIZE);
    const memory = new DeviceMemory(localNode(agent), frames, operations, { type });
    const mirror = new DeviceMirror(mm, agent, memory, permissions);
    const device: Device = { agent, node: localNode(agent), mirror, memory, spec };
    mm.attachDevice(agent, memory, mirror);
    return device;
  });
  if (driver.managedFault !== undefined) {
    mm.managedFault = (space, page, access) =>
      driver.managedFault?.(page, access, space) ?? fatalFault('driver-failed');
  }
  driver.attach({ mm, devices, machine, clock, sink: mm.sink, ...(onPhase === undefined ? {} : { onPhase }) });
  for (const device of devices)
    if (driver.accessCounters?.(device) !== undefined) device.mirror.table.countRemote(device.node);
  return devices;
}
