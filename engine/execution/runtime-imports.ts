/**
 * The module `faultline` that the runtime's C imports: one function a declaration of `runtime/include/faultline.h` and of the
 * runtime's sources. Thin: each turns numbers into calls of the room that knows.
 */
import { Errno } from '../memory/errno.js';
import type { Debuggee } from './debuggee.js';

/** Linux's numbers for what the runtime's C distinguishes. */
const ERRNO_NUMBERS: Readonly<Record<'ENOMEM' | 'EINVAL' | 'EFAULT', number>> = { ENOMEM: 48, EINVAL: 28, EFAULT: 21 };

export type RuntimeImport = (...values: number[]) => number | undefined;

export function runtimeImports(debuggee: Debuggee): Record<string, RuntimeImport> {
  const unsigned = (value: number): number => value >>> 0;
  const number = (error: number): number => {
    if (error === 0) return 0;
    return error === (Errno.ENOMEM as number) ? ERRNO_NUMBERS.ENOMEM : error === (Errno.EFAULT as number) ? ERRNO_NUMBERS.EFAULT : ERRNO_NUMBERS.EINVAL;
  };
  const triple = (address: number): [number, number, number] => {
    const [x = 1, y = 1, z = 1] = debuggee.linear.words(unsigned(address), 3);
    return [x, y, z];
  };
  return {
    fault: (address = 0, flags = 0, site = 0) => void debuggee.fault(unsigned(address), flags, unsigned(site)),
    range: (address = 0, bytes = 0, need = 0, site = 0) => void debuggee.range(unsigned(address), unsigned(bytes), need, unsigned(site)),
    frame: (address = 0, bytes = 0, need = 0, site = 0) => void debuggee.frame(unsigned(address), unsigned(bytes), need, unsigned(site)),
    memory_size: () => debuggee.memory.heapPages(),
    memory_grow: (pages = 0) => debuggee.memory.growHeap(unsigned(pages)),
    poll: () => undefined,
    barrier: () => void debuggee.barrierOutside(),
    launch: (kernel = 0, parameters = 0, device = 0, grid = 0, block = 0, shared = 0) =>
      number(debuggee.launch(kernel, unsigned(parameters), device, triple(grid), triple(block), unsigned(shared))),
    region_begin: (site = 0) => void debuggee.regionBegin(unsigned(site)),
    region_end: () => void debuggee.regionEnd(),

    map: (bytes = 0, kind = 0, device = 0) => debuggee.atCall(() => debuggee.memory.map(unsigned(bytes), kind, device)),
    allocated: (block = 0, bytes = 0, mapping = 0) =>
      void debuggee.atCall(() => {
        debuggee.memory.allocated(unsigned(block), unsigned(bytes), unsigned(mapping));
      }),
    freed: (block = 0) => debuggee.atCall(() => Number(debuggee.memory.freed(unsigned(block)))),
    block_bytes: (block = 0) => debuggee.memory.blockBytes(unsigned(block)),

    copy: (destination = 0, source = 0, bytes = 0, direction = 0) =>
      debuggee.atCall(() => number(debuggee.transfers.copy(unsigned(destination), unsigned(source), unsigned(bytes), direction))),
    set: (destination = 0, value = 0, bytes = 0) =>
      debuggee.atCall(() => number(debuggee.transfers.set(unsigned(destination), value, unsigned(bytes)))),
    prefetch: (address = 0, bytes = 0, device = 0) =>
      debuggee.atCall(() => number(debuggee.transfers.prefetch(unsigned(address), unsigned(bytes), device))),
    residency: (address = 0, bytes = 0, device = 0) => debuggee.transfers.residentBytes(unsigned(address), unsigned(bytes), device),
    sync: () => void debuggee.sync(),
    now_ns: () => debuggee.nowNs(),
    device_count: () => debuggee.devices.length,
    device_property: (device = 0, property = 0) => debuggee.deviceProperty(device, property),
    device_name: (device = 0, text = 0, bytes = 0) => void debuggee.deviceName(device, unsigned(text), unsigned(bytes)),
    on_device: () => Number(debuggee.agent !== 0),
    service_begin: () => void debuggee.serviceBegin(),
    service_end: () => void debuggee.serviceEnd(),
    stop: (message = 0) => debuggee.stop(debuggee.linear.text(unsigned(message))),

    hmm_name: (address = 0, bytes = 0, name = 0) => void debuggee.nameRange(unsigned(address), unsigned(bytes), debuggee.linear.text(unsigned(name))),
    hmm_phase: (name = 0) => void debuggee.atCall(() => debuggee.phase(debuggee.linear.text(unsigned(name)))),
    hmm_expect: (address = 0, bytes = 0, device = 0) =>
      void debuggee.atCall(() => debuggee.transfers.expectResident(unsigned(address), unsigned(bytes), device)),

    omp_arm: (device = 0, teams = 1, threads = 1, name = 0) =>
      void debuggee.armRegion(device, unsigned(teams), unsigned(threads), name === 0 ? null : debuggee.linear.text(unsigned(name))),
    omp_map: (address = 0, bytes = 0, device = 0) => void debuggee.transfers.mapCopy(unsigned(address), unsigned(bytes), device),
    omp_unmap: (address = 0, bytes = 0, device = 0) => void debuggee.transfers.unmapCopy(unsigned(address), unsigned(bytes), device),
    omp_copy: (address = 0, bytes = 0, device = 0, toDevice = 0) =>
      void debuggee.atCall(() => {
        debuggee.transfers.recordCopy(unsigned(address), unsigned(bytes), device, toDevice !== 0);
      }),
  };
}
