/**
 * What things cost in simulated time: pure functions of a machine's figures, all results whole nanoseconds.
 *
 * Sources: the transfer curve is UVMSmart's (DebashisGanguly/gpgpu-sim_UVMSmart); the fault terms are our own fit to its 45 µs far fault
 * and to the batch times of Allen & Ge, SC'21. What is not modelled is listed in docs/machines.md.
 */

import type { Leg } from './clock.js';
import type { Costs, DeviceSpec, LinkSpec, Machine } from './machine.js';

const PAGE_SIZE = 4096;

/** One contiguous transfer of `bytes` over a link: bytes over (2a/π)·atan(k·KiB). */
export function transferNs(link: LinkSpec, bytes: number, toHost = false): number {
  if (bytes <= 0) return 0;
  const best = toHost
    ? (link.effectiveToHostBytesPerSecond ?? link.effectiveBytesPerSecond)
    : link.effectiveBytesPerSecond;
  const bytesPerSecond = ((2 * best) / Math.PI) * Math.atan(link.curvePerKiB * (bytes / 1024));
  return Math.round((bytes / bytesPerSecond) * 1e9);
}

/**
 * One contiguous transfer between two memories: over the link of the device that has one of them, over the link between two devices, or
 * from one of these to the other by way of system memory. A lane is one direction of one link.
 * @param from index of the device whose memory it is, undefined: system memory
 * @param to likewise, another memory
 */
export function routeLegs(machine: Machine, from: number | undefined, to: number | undefined, bytes: number): Leg[] {
  if (from !== undefined && to !== undefined && machine.peers)
    return [{ lane: (from + 1) * LANES_OF_A_DEVICE + TO_PEERS + to, ns: transferNs(machine.peers, bytes) }];
  const out = from === undefined ? undefined : machine.links[from];
  const back = to === undefined ? undefined : machine.links[to];
  const legs: Leg[] = [];
  if (out) legs.push({ lane: (from! + 1) * LANES_OF_A_DEVICE + TO_HOST, ns: transferNs(out, bytes, true) });
  if (back) legs.push({ lane: (to! + 1) * LANES_OF_A_DEVICE + TO_DEVICE, ns: transferNs(back, bytes) });
  return legs;
}

const LANES_OF_A_DEVICE = 1024;
const TO_DEVICE = 0;
const TO_HOST = 1;
const TO_PEERS = 2;

/** How long such a transfer takes when nothing else is under way. */
export function routeNs(machine: Machine, from: number | undefined, to: number | undefined, bytes: number): number {
  return routeLegs(machine, from, to, bytes).reduce((sum, { ns }) => sum + ns, 0);
}

/**
 * The service of one batch of device faults, without transfers: latency until it starts, the batch itself, its blocks of 2 MiB, its faults,
 * unmapping on the CPU where pages were mapped there, and the replay.
 */
export function deviceFaultNs(costs: Costs, faults = 1, blocks = 1, cpuMapped = false): number {
  const batch = costs.faultBatchNs + blocks * costs.faultBlockNs + faults * costs.faultNs;
  return Math.round(costs.faultLatencyNs + batch * (cpuMapped ? 1 + costs.cpuUnmapShare : 1) + costs.replayNs);
}

/** Moving `pages` off a full device, without the transfer. */
export function evictionNs(costs: Costs, pages: number): number {
  return Math.round(costs.evictionFixedNs + pages * costs.evictionPageNs);
}

/** get_user_pages on `pages` that are present. */
export function pinNs(costs: Costs, pages: number): number {
  return Math.round(costs.pinPageNs * pages);
}

/** Writing `pages` entries of a device's page table. */
export function mapNs(costs: Costs, pages: number): number {
  return Math.round(costs.mapPageNs * pages);
}

/** A device drops `entries` of its page table because the CPU's changes, flushes its translations, and says that it has. */
export function invalidationNs(costs: Costs, entries: number): number {
  return Math.round(costs.invalidateNs + entries * costs.invalidatePageNs);
}

/** Copying or filling `bytes` within a device's own memory (read and write each cross its bus once). */
export function deviceCopyNs(costs: Costs, device: DeviceSpec, bytes: number): number {
  return Math.round(costs.copyCallNs + ((2 * bytes) / device.memoryBandwidthBytesPerSecond) * 1e9);
}

/** A kernel without its faults: the launch, and the slower of its two streams of bytes; the first remote byte waits for the link. */
export function kernelNs(
  costs: Costs,
  device: DeviceSpec,
  link: LinkSpec,
  localBytes: number,
  remoteBytes: number,
): number {
  const localNs = (localBytes / device.memoryBandwidthBytesPerSecond) * 1e9;
  const remoteNs = remoteBytes > 0 ? link.latencyNs + (remoteBytes / link.effectiveBytesPerSecond) * 1e9 : 0;
  return Math.round(costs.kernelLaunchNs + Math.max(localNs, remoteNs));
}

/** Bytes of so many pages. */
export function pageBytes(pages: number): number {
  return pages * PAGE_SIZE;
}
