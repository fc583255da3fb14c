/**
 * What the program asks of memory explicitly: copies, fills, prefetches, map clauses, questions and expectations. Bytes are
 * copied for real; what the model keeps is the record, the time, and who touched what.
 */
import { deviceCopyNs, routeLegs } from '../machine/cost-model.js';
import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import { Errno } from '../memory/errno.js';
import { Access, Cause, EventKind, type EventSink } from '../memory/event.js';
import type { AddressSpace } from '../memory/address-space.js';
import {
  CPU,
  deviceAgent,
  localNode,
  NO_NODE,
  PAGE_SIZE,
  SYSTEM_NODE,
  type AgentId,
  type NodeId,
  type PageIndex,
} from '../memory/units.js';
import type { Device, Driver } from '../drivers/driver.js';
import type { AccessResolver } from './access.js';
import { pagesTouched } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import type { RaceDetector } from './race-detector.js';
import type { Streams } from './streams.js';

/** cudaMemcpyKind. */
const HOST_TO_HOST = 0;
const DEFAULT_DIRECTION = 4;
const CPU_DEVICE = -1;

/** The stream that an operation is issued to. */
export interface StreamPlace {
  /** Index of the stream's device. */
  readonly device: number;
  /** The stream's handle. */
  readonly stream: number;
}

export class Transfers {
  /** Starts and ends of what cudaHostRegister was given. */
  private readonly registered = new Map<number, number>();

  constructor(
    private readonly mm: AddressSpace,
    private readonly linear: LinearMemory,
    private readonly driver: Driver,
    private readonly devices: readonly Device[],
    private readonly machine: Machine,
    private readonly clock: VirtualClock,
    private readonly sink: EventSink,
    private readonly access: AccessResolver,
    private readonly races: RaceDetector,
    private readonly streams: Streams,
  ) {}

  /**
   * cudaMemcpy. The side that is not a device's own memory is touched by the CPU (staging). Direction is checked against
   * what the pointers are, as CUDA does. 0 or an errno.
   *
   * The host waits if the call says so and one side is not a device's, and in any case if that side is pageable.
   * Source: CUDA Runtime API, "API synchronization behavior".
   * @param waits whether the call waits, and for kernels launched before it, too
   */
  copy(
    destination: number,
    source: number,
    bytes: number,
    direction: number,
    { device, stream }: StreamPlace,
    waits: boolean,
  ): number {
    const to = this.placeOf(destination, bytes);
    const from = this.placeOf(source, bytes);
    if (to === undefined || from === undefined || direction < HOST_TO_HOST || direction > DEFAULT_DIRECTION)
      return Errno.EINVAL;
    const agent = deviceAgent(device);
    const withHost = from === CPU || to === CPU;
    const pageable =
      (from === CPU && !this.isPageLocked(source, bytes)) || (to === CPU && !this.isPageLocked(destination, bytes));
    const computes = from === to && from !== CPU;
    this.streams.begin(agent, stream, computes);
    // A copy out of a device's memory to pageable memory is complete when the call returns.
    if (withHost && (waits || (pageable && to === CPU))) this.races.synchronize({ agent, stream, until: Infinity });
    if (from === CPU) this.access.service(source, bytes, false, CPU);
    if (to === CPU) this.access.service(destination, bytes, true, CPU);
    this.linear.bytes.copyWithin(destination, source, source + bytes);
    this.record(
      EventKind.copy,
      from === CPU ? to : from,
      localNode(from),
      localNode(to),
      to === CPU ? source : destination,
      bytes,
      this.copyTime(from, to, bytes),
    );
    const doneNs = this.streams.end(agent, stream, computes);
    if (withHost && (waits || pageable)) this.streams.wait(doneNs);
    return 0;
  }

  /** cudaMemset. @param waits as with {@link copy}; a fill of a device's own memory never waits */
  set(destination: number, value: number, bytes: number, { device, stream }: StreamPlace, waits: boolean): number {
    const place = this.placeOf(destination, bytes);
    if (place === undefined) return Errno.EINVAL;
    const agent = deviceAgent(device);
    this.streams.begin(agent, stream, true);
    if (place === CPU) {
      // Managed and pinned memory: the device that runs the fill faults like a kernel.
      this.access.service(destination, bytes, true, this.devices[0]?.agent ?? CPU);
      if (waits) this.races.synchronize({ agent, stream, until: Infinity });
    }
    this.linear.bytes.fill(value, destination, destination + bytes);
    const filled = this.devices[Math.max(0, place - 1)];
    if (filled) this.clock.advance(deviceCopyNs(this.machine.costs, filled.spec, bytes / 2));
    const doneNs = this.streams.end(agent, stream, true);
    if (place === CPU && waits) this.streams.wait(doneNs);
    return 0;
  }

  /** cudaHostRegister and cudaHostUnregister: host memory that devices copy from and to by themselves. */
  register(address: number, bytes: number): void {
    this.registered.set(address, address + bytes);
  }

  unregister(address: number): void {
    this.registered.delete(address);
  }

  /** cudaMemPrefetchAsync: {@link prefetch} in a stream. */
  prefetchInStream(address: number, bytes: number, deviceIndex: number, { device, stream }: StreamPlace): number {
    this.streams.begin(deviceAgent(device), stream, false);
    const result = this.prefetch(address, bytes, deviceIndex);
    this.streams.end(deviceAgent(device), stream, false);
    return result;
  }

  /** Moves a range to a device, or to system memory for -1, as far as the driver can. */
  prefetch(address: number, bytes: number, deviceIndex: number): number {
    const { first, count } = pagesTouched(address, bytes);
    const device = deviceIndex === CPU_DEVICE ? undefined : this.devices[deviceIndex];
    if (deviceIndex !== CPU_DEVICE && !device) return Errno.EINVAL;
    for (let page: number = first; page < first + count; page++)
      if (!this.mm.findVma(page as PageIndex)) return Errno.EINVAL;
    if (!this.driver.prefetch) return 0;
    this.record(EventKind.prefetch, device?.agent ?? CPU, NO_NODE, localNode(device?.agent ?? CPU), address, bytes, 0);
    const result = this.driver.prefetch(device, first, count);
    return result === 0 ? 0 : result;
  }

  /** Two devices are to reach each other's memory, or no longer. */
  setPeers(deviceIndex: number, peerIndex: number, peers: boolean): void {
    const [one, other] = [this.devices[deviceIndex], this.devices[peerIndex]];
    if (one && other) this.driver.setPeers?.(one, other, peers);
  }

  /** Bytes of a range on a device, or in system memory for -1. A page counts with the bytes that the range has of it. */
  residentBytes(address: number, bytes: number, deviceIndex: number): number {
    const node = deviceIndex === CPU_DEVICE ? SYSTEM_NODE : localNode(deviceAgent(deviceIndex));
    let total = 0;
    for (let at = address; at < address + bytes;) {
      const next = Math.min((Math.floor(at / PAGE_SIZE) + 1) * PAGE_SIZE, address + bytes);
      if (this.mm.nodeOf((at >>> 12) as PageIndex) === node) total += next - at;
      at = next;
    }
    return total;
  }

  expectResident(address: number, bytes: number, deviceIndex: number): void {
    if (this.residentBytes(address, bytes, deviceIndex) === bytes) return;
    const node = deviceIndex === CPU_DEVICE ? SYSTEM_NODE : localNode(deviceAgent(deviceIndex));
    this.record(EventKind.expectFailed, CPU, NO_NODE, node, address, bytes, 0);
  }

  /** The device gets a copy of its own of these bytes' pages (a map clause without unified memory). */
  mapCopy(address: number, bytes: number, deviceIndex: number): number {
    const { first, count } = pagesTouched(address, bytes);
    return this.devices[deviceIndex]?.mirror.mapCopy(first, count) ?? Errno.EINVAL;
  }

  unmapCopy(address: number, bytes: number, deviceIndex: number): void {
    const { first, count } = pagesTouched(address, bytes);
    this.devices[deviceIndex]?.mirror.unmapCopy(first, count);
  }

  /** A copy between a range and the device's copy of it: the bytes are identical, so only record and time are made. */
  recordCopy(address: number, bytes: number, deviceIndex: number, toDevice: boolean): void {
    const device = this.devices[deviceIndex];
    if (!device || bytes === 0) return;
    this.access.service(address, bytes, !toDevice, CPU);
    const [from, to] = toDevice ? [CPU, device.agent] : [device.agent, CPU];
    this.record(
      EventKind.copy,
      device.agent,
      localNode(from),
      localNode(to),
      address,
      bytes,
      this.copyTime(from, to, bytes),
    );
  }

  /** Whether all of a range can be copied while the program goes on: page-locked memory, or a device's. */
  private isPageLocked(address: number, bytes: number): boolean {
    if (this.mm.findVma((address >>> 12) as PageIndex)?.kind === 'pinned') return true;
    for (const [start, end] of this.registered) if (start <= address && address + bytes <= end) return true;
    return false;
  }

  /** Whose own memory a range is: a device's, or the CPU's (system and managed memory); undefined if it is not mapped. */
  private placeOf(address: number, bytes: number): AgentId | undefined {
    const { first, count } = pagesTouched(address, bytes);
    const vma = this.mm.findVma(first);
    if (!vma) return undefined;
    for (let page: number = vma.end; page < first + count;) {
      const next = this.mm.findVma(page as PageIndex);
      if (!next) return undefined;
      page = next.end;
    }
    return vma.kind === 'device' || vma.kind === 'local' ? vma.agent : CPU;
  }

  private copyTime(from: AgentId, to: AgentId, bytes: number): number {
    const { machine } = this;
    const device = this.devices[Math.max(from, to) - 1];
    if (!device) return 0;
    if (from === to) return deviceCopyNs(machine.costs, device.spec, bytes);
    const index = (agent: AgentId): number | undefined => (agent === CPU ? undefined : agent - 1);
    return (
      Math.round(machine.costs.copyCallNs) + this.clock.transfer(routeLegs(machine, index(from), index(to), bytes))
    );
  }

  private record(
    kind: EventKind,
    agent: AgentId,
    source: NodeId,
    target: NodeId,
    address: number,
    bytes: number,
    durationNs: number,
  ): void {
    const { first, count } = pagesTouched(address, bytes);
    const cause = Cause.api;
    this.sink.record({
      kind,
      agent,
      source,
      target,
      firstPage: first,
      pageCount: count,
      access: Access.none,
      cause,
      durationNs,
      extra: bytes,
    });
    this.clock.advance(durationNs);
  }
}
