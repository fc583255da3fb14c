/**
 * What the program asks of memory explicitly: copies, fills, prefetches, map clauses, questions and expectations. Bytes are
 * copied for real; what the model keeps is the record, the time, and who touched what.
 */
import { copyNs, deviceCopyNs } from '../machine/cost-model.js';
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

/** cudaMemcpyKind. */
const HOST_TO_HOST = 0;
const DEFAULT_DIRECTION = 4;
const CPU_DEVICE = -1;

export class Transfers {
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
  ) {}

  /**
   * cudaMemcpy. The side that is not a device's own memory is touched by the CPU (staging). Direction is checked against
   * what the pointers are, as CUDA does. 0 or an errno.
   * @param waiting the device whose kernels the call waits for, -1 if it is asynchronous; one within devices never waits
   */
  copy(destination: number, source: number, bytes: number, direction: number, waiting: number): number {
    const to = this.placeOf(destination, bytes);
    const from = this.placeOf(source, bytes);
    if (to === undefined || from === undefined || direction < HOST_TO_HOST || direction > DEFAULT_DIRECTION)
      return Errno.EINVAL;
    if (from === CPU || to === CPU) this.wait(waiting);
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
    return 0;
  }

  /** cudaMemset. @param waiting as with {@link copy}; a fill of a device's own memory never waits */
  set(destination: number, value: number, bytes: number, waiting: number): number {
    const place = this.placeOf(destination, bytes);
    if (place === undefined) return Errno.EINVAL;
    if (place === CPU) {
      // Managed and pinned memory: the device that runs the fill faults like a kernel.
      this.access.service(destination, bytes, true, this.devices[0]?.agent ?? CPU);
      this.wait(waiting);
    }
    this.linear.bytes.fill(value, destination, destination + bytes);
    const device = this.devices[Math.max(0, place - 1)];
    if (device) this.clock.advance(deviceCopyNs(this.machine.costs, device.spec, bytes / 2));
    return 0;
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

  /** The call returns when the kernels launched before it have ended, in the stream that it is issued to: the legacy one. */
  private wait(deviceIndex: number): void {
    const device = this.devices[deviceIndex];
    if (device) this.races.synchronize({ agent: device.agent, stream: 0, until: Infinity });
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
    const { costs, links } = this.machine;
    const device = this.devices[Math.max(from, to) - 1];
    if (!device) return 0;
    if (from === to) return deviceCopyNs(costs, device.spec, bytes);
    const link = links[device.agent - 1];
    return link ? copyNs(costs, link, bytes) : 0;
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
