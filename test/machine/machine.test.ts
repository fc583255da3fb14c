import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../engine/machine/clock.js';
import {
  deviceCopyNs,
  deviceFaultNs,
  evictionNs,
  kernelNs,
  mapNs,
  pinNs,
  routeNs,
  transferNs,
} from '../../engine/machine/cost-model.js';
import { loadMachine, machineNames, MachineError } from '../../engine/machine/machine.js';

const KIB = 1024;
const NAMES =
  'p100-pcie3, v100-nvlink2, a100-pcie4, h100-pcie5, gh200, rtx4090-pcie4, t4-pcie3, gtx1060-pcie3, gtx1080-pcie3, ' +
  'rtx2060-pcie3, titanxp-pcie3, mi250x, mi300a, radeon780m, jetson-orin';

/** A machine file that leaves nothing to what it extends. */
function complete(name: string): Record<'cpu' | 'device' | 'link' | 'costs', Record<string, unknown>> {
  const { cpu, devices, links, costs } = loadMachine(name);
  return { cpu: { ...cpu }, device: { ...devices[0] }, link: { ...links[0] }, costs: { ...costs } };
}
const p100 = { name: 'mine', title: 'Mine', ...complete('p100-pcie3') };

function errorOf(json: unknown): unknown {
  try {
    loadMachine(json);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('machines', () => {
  it('are these, each figure with its source', () => {
    expect(machineNames.join(', ')).toBe(NAMES);
    for (const name of machineNames) {
      const { devices, sources, links, peers, costs, cpu, ...machine } = loadMachine(name);
      expect(machine.name).toBe(name);
      const figures = { device: devices[0], link: links[0], peers, costs, cpu };
      for (const [room, values] of Object.entries(figures)) {
        for (const [figure, value] of Object.entries(values ?? {})) {
          if (typeof value !== 'string')
            expect(sources[`${room}.${figure}`], `${name}: ${room}.${figure}`).toMatch(/^ours: .{8}|\w{4}.*[:,.] ?\w/);
        }
      }
    }
  });

  // Threads that are resident at once decide how many blocks of a grid fault together.
  it.each([
    ['p100-pcie3', 56 * 2048],
    ['v100-nvlink2', 80 * 2048],
    ['a100-pcie4', 108 * 2048],
    ['h100-pcie5', 114 * 2048],
    ['gh200', 132 * 2048],
    ['rtx4090-pcie4', 128 * 1536],
    ['t4-pcie3', 40 * 1024],
    ['gtx1060-pcie3', 10 * 2048],
    ['gtx1080-pcie3', 20 * 2048],
    ['rtx2060-pcie3', 30 * 1024],
    ['titanxp-pcie3', 30 * 2048],
    ['mi250x', 110 * 2048],
    ['mi300a', 228 * 2048],
    ['radeon780m', 12 * 1024],
    ['jetson-orin', 16 * 1536],
  ])('%s holds %d threads at once', (name, threads) => {
    const [device] = loadMachine(name).devices;
    expect((device?.multiprocessors ?? 0) * (device?.maxThreadsPerMultiprocessor ?? 0)).toBe(threads);
  });

  it('say what a program may ask of unified memory', () => {
    const level = (name: string): string => {
      const [device] = loadMachine(name).devices;
      if (device?.concurrentManagedAccess !== true) return 'limited';
      if (!device.pageableMemoryAccess) return 'managed';
      return device.pageableMemoryAccessUsesHostPageTables ? 'hardware coherent' : 'software coherent';
    };
    const levels = ['jetson-orin', 'p100-pcie3', 't4-pcie3', 'v100-nvlink2', 'gh200', 'mi250x'].map(level);
    expect(levels).toEqual([
      'limited',
      'managed',
      'software coherent',
      'hardware coherent',
      'hardware coherent',
      'software coherent',
    ]);
    const shared = machineNames.filter((name) => loadMachine(name).devices[0]?.memoryIsSystemMemory);
    expect(shared).toEqual(['mi300a', 'radeon780m', 'jetson-orin']);
    expect(machineNames.filter((name) => loadMachine(name).devices[0]?.xnack)).toEqual(['mi250x', 'mi300a']);
    expect(machineNames.filter((name) => loadMachine(name).links[0]?.nativeAtomics)).toEqual(
      expect.arrayContaining(['v100-nvlink2', 'gh200', 'mi250x']),
    );
  });

  it('have as many devices, with as much memory, as is asked for', () => {
    const machine = loadMachine('h100-pcie5', { devices: 3, deviceMemoryBytes: 1024 * KIB });
    expect(machine.devices.map(({ memoryBytes }) => memoryBytes)).toEqual([1024 * KIB, 1024 * KIB, 1024 * KIB]);
    expect(machine.links).toHaveLength(3);
    expect(loadMachine('p100-pcie3').devices.map(({ memoryBytes }) => memoryBytes)).toEqual([16 * 2 ** 30]);
    expect(loadMachine('mi250x').devices).toHaveLength(2);
    expect(loadMachine('mi250x', { devices: 1 }).devices).toHaveLength(1);
  });
});

describe('a machine file', () => {
  it('may have bare figures', () => {
    const machine = loadMachine({ ...p100, device: { ...p100.device, multiprocessors: 4 } });
    expect([machine.name, machine.devices[0]?.multiprocessors, machine.sources]).toEqual(['mine', 4, {}]);
  });

  it('has what it extends where it says nothing else, each figure with its own source', () => {
    const machine = loadMachine({
      $schema: './machine.schema.json',
      name: 'mine',
      extends: ['t4-pcie3', 'pcie5'],
      devices: 2,
      device: { multiprocessors: 4, l2CacheBytes: { value: 1024, source: 'measured' } },
    });
    expect([machine.name, machine.title, machine.devices.length]).toEqual(['mine', loadMachine('t4-pcie3').title, 2]);
    expect(machine.devices[1]).toEqual({
      ...loadMachine('t4-pcie3').devices[0],
      multiprocessors: 4,
      l2CacheBytes: 1024,
    });
    expect(machine.links[1]).toEqual(loadMachine('h100-pcie5').links[0]);
    expect(machine.sources['device.l2CacheBytes']).toBe('measured');
    expect(machine.sources['device.multiprocessors']).toBeUndefined();
    expect(machine.sources['device.clockHz']).toBe(loadMachine('t4-pcie3').sources['device.clockHz']);
  });

  it.each<[unknown, string]>([
    ['p200', `there is no machine 'p200': name one of ${NAMES}, or give a machine file`],
    ['toString', `there is no machine 'toString': name one of ${NAMES}, or give a machine file`],
    [null, 'the machine file must be an object, but is null'],
    [
      { ...p100, name: 'Mine!' },
      '\'name\' of the machine file must be a name of lower-case letters, digits, dots and dashes, but is "Mine!"',
    ],
    [
      { extends: 'gh200' },
      "'name' of the machine file is missing: it must be a name of lower-case letters, digits, dots and dashes",
    ],
    [
      { ...p100, device: { ...p100.device, memoryBytes: '16 GB' } },
      '\'device.memoryBytes\' of the machine file must be a whole number of at least 4096, but is "16 GB"',
    ],
    [
      { ...p100, device: { ...p100.device, memoryBytes: { value: -1, source: 'me' } } },
      "'device.memoryBytes' of the machine file must be a whole number of at least 4096, but is -1",
    ],
    [
      { ...p100, device: { ...p100.device, memoryBytes: { value: 5 } } },
      '\'device.memoryBytes\' of the machine file must be a value, or { "value": …, "source": "…" }, but is {"value":5}',
    ],
    [
      { ...p100, device: { ...p100.device, vendor: 'intel' } },
      "'device.vendor' of the machine file must be 'nvidia', 'amd' or 'other', but is \"intel\"",
    ],
    [
      { ...p100, device: { ...p100.device, xnack: 1 } },
      "'device.xnack' of the machine file must be true or false, but is 1",
    ],
    [
      { ...p100, link: { ...p100.link, curvePerKiB: undefined } },
      "'link.curvePerKiB' of the machine file is missing: it must be a number greater than 0",
    ],
    [{ ...p100, link: undefined }, "'link' of the machine file is missing: it must be an object"],
    [
      { ...p100, peers: { name: 'x' } },
      "'peers.peakBytesPerSecond' of the machine file is missing: it must be a number greater than 0",
    ],
    [
      { ...p100, costs: { ...p100.costs, faultNs: -1 } },
      "'costs.faultNs' of the machine file must be a number of at least 0, but is -1",
    ],
    [{ ...p100, devices: 9 }, "'devices' of the machine file must be a whole number from 1 to 8, but is 9"],
    [{ ...p100, gpus: 2 }, "'gpus' of the machine file is not a field that a machine has: remove it"],
    [
      { ...p100, device: { ...p100.device, pageSizesBytes: [65536, 4096] } },
      "'device.pageSizesBytes' of the machine file must be powers of two from 4096 on, ascending",
    ],
    [
      { name: 'mine', extends: 'mi250x', link: { effectiveBytesPerSecond: 40e9 } },
      "'link.effectiveBytesPerSecond' of the machine file must be at most 'link.peakBytesPerSecond'",
    ],
    [
      { name: 'mine', extends: 'radeon780m', cpu: { memoryBytes: 2 ** 30 } },
      "'device.memoryBytes' of the machine file must be at most 'cpu.memoryBytes' where 'device.memoryIsSystemMemory' is true",
    ],
    [
      { name: 'mine', extends: 'gh200', device: { xnack: true } },
      "'device.xnack' of the machine file must be false unless 'device.vendor' is 'amd'",
    ],
  ])('is refused with one sentence: %#', (json, sentence) => {
    const error = errorOf(json);
    expect(error).toBeInstanceOf(MachineError);
    expect((error as MachineError).message).toBe(sentence);
  });

  it('that extends what there is not is told what there is', () => {
    const { message } = errorOf({ name: 'mine', extends: ['pcie3', 'pcie9'] }) as MachineError;
    expect(message).toMatch(/^'extends' .* out of p100-pcie3, .*pcie5.*, but is "pcie9"$/);
  });

  it.each([
    [{ devices: 9 }, 'the number of devices must be a whole number from 1 to 8, but is 9'],
    [{ devices: 1.5 }, 'the number of devices must be a whole number from 1 to 8, but is 1.5'],
    [{ deviceMemoryBytes: 100 }, 'device memory must be at least 4096 bytes, but is 100'],
  ])('cannot be overridden by %o', (overrides, sentence) => {
    expect(() => loadMachine('p100-pcie3', overrides)).toThrow(sentence);
  });
});

describe('costs', () => {
  const { costs, devices, links } = loadMachine('p100-pcie3');
  const [device] = devices;
  const [link] = links;
  if (device === undefined || link === undefined) throw new Error('a machine has a device and a link');

  it.each([
    [4, 1.89],
    [8, 2.03],
    [16, 2.49],
    [32, 3.68],
    [64, 6.31],
    [128, 11.7],
    [256, 22.6],
    [1024, 88.1],
    [2048, 175.5],
  ])('a transfer of %d KiB over PCIe 3 takes the published %d µs', (kib, microseconds) => {
    const error = Math.abs(transferNs(link, kib * KIB) / 1000 / microseconds - 1);
    expect(error).toBeLessThan(0.005);
  });

  it('a batch of faults costs what the fit says', () => {
    expect(transferNs(link, 0)).toBe(0);
    expect(deviceFaultNs(costs)).toBe(41_000);
    expect(deviceFaultNs(costs, 256, 32) / 1000).toBeCloseTo(10 + 20 + 256 + 256 + 2);
    expect(deviceFaultNs(costs, 1, 1, true)).toBe(10_000 + 29_000 * 1.6 + 2_000);
    expect(Math.round(evictionNs(costs, 512) / 1000)).toBe(200);
    expect([pinNs(costs, 10), mapNs(costs, 10)]).toEqual([5000, 1000]);
  });

  it('a kernel takes the slower of its two streams of bytes', () => {
    expect(kernelNs(costs, device, link, 0, 0)).toBe(5000);
    expect(kernelNs(costs, device, link, 732_000, 0)).toBe(6000);
    expect(kernelNs(costs, device, link, 732_000, 12_000_000)).toBe(5000 + 535 + 1_000_000);
    expect(deviceCopyNs(costs, device, 366_000)).toBe(3000);
  });

  it('a transfer takes the way that the machine has', () => {
    const host = loadMachine('p100-pcie3', { devices: 2 });
    expect(routeNs(host, undefined, 0, 4096)).toBe(1889);
    expect(routeNs(host, 1, undefined, 4096)).toBe(1889);
    // No link between devices: out of one, through system memory, into the other.
    expect(routeNs(host, 0, 1, 4096)).toBe(2 * 1889);
    const peers = loadMachine('v100-nvlink2', { devices: 2 });
    expect(routeNs(peers, 0, 1, 4096)).toBe(routeNs(peers, undefined, 1, 4096));
  });

  it('a link may be slower towards the host', () => {
    const gh200 = loadMachine('gh200');
    const [down, up] = [routeNs(gh200, undefined, 0, 2 ** 30), routeNs(gh200, 0, undefined, 2 ** 30)];
    expect(up / down).toBeCloseTo(375 / 297, 3);
  });
});

describe('the clock', () => {
  it('goes forward only', () => {
    const clock = new VirtualClock();
    clock.advance(5);
    clock.advance(0);
    expect(clock.nowNs).toBe(5);
    for (const ns of [-1, NaN, Infinity]) expect(() => clock.advance(ns)).toThrow(RangeError);
  });
});
