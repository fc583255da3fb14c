import { describe, expect, it } from 'vitest';
import p100 from '../../engine/machine/profiles/p100-pcie3.json' with { type: 'json' };
import { VirtualClock } from '../../engine/machine/clock.js';
import {
  copyNs,
  deviceCopyNs,
  deviceFaultNs,
  evictionNs,
  kernelNs,
  mapNs,
  pinNs,
  transferNs,
} from '../../engine/machine/cost-model.js';
import { loadMachine, machineNames, MachineError } from '../../engine/machine/machine.js';

const KIB = 1024;

describe('machines', () => {
  it('are these, each figure with its source', () => {
    expect(machineNames).toEqual(['p100-pcie3', 'h100-pcie5']);
    for (const name of machineNames) {
      const { devices, sources, links, costs, cpu, ...machine } = loadMachine(name);
      expect(machine.name).toBe(name);
      const figures = { device: devices[0], link: links[0], costs, cpu };
      for (const [room, values] of Object.entries(figures)) {
        for (const [figure, value] of Object.entries(values ?? {})) {
          if (typeof value === 'number')
            expect(sources[`${room}.${figure}`], `${name}: ${room}.${figure}`).toMatch(/\w{4}/);
        }
      }
    }
  });

  it('have as many devices, with as much memory, as is asked for', () => {
    const machine = loadMachine('h100-pcie5', { devices: 3, deviceMemoryBytes: 1024 * KIB });
    expect(machine.devices.map(({ memoryBytes }) => memoryBytes)).toEqual([1024 * KIB, 1024 * KIB, 1024 * KIB]);
    expect(machine.links).toHaveLength(3);
    expect(loadMachine('p100-pcie3').devices[0]?.memoryBytes).toBe(16 * 2 ** 30);
  });

  it('may be a person’s own, with bare figures', () => {
    const machine = loadMachine({ ...p100, name: 'mine', device: { ...p100.device, multiprocessors: 4 } });
    expect([machine.name, machine.devices[0]?.multiprocessors, machine.sources['device.multiprocessors']]).toEqual([
      'mine',
      4,
      undefined,
    ]);
  });

  it.each<[unknown, string]>([
    ['p200', "there is no machine 'p200': name one of p100-pcie3, h100-pcie5, or give a machine file"],
    ['toString', "there is no machine 'toString': name one of p100-pcie3, h100-pcie5, or give a machine file"],
    [null, 'the machine file must be an object, but is null'],
    [
      { ...p100, name: 'Mine!' },
      '\'name\' of the machine file must be a name of lower-case letters, digits, dots and dashes, but is "Mine!"',
    ],
    [
      { ...p100, device: { ...p100.device, memoryBytes: '16 GB' } },
      '\'device.memoryBytes\' of the machine file must be a whole number of at least 1, but is "16 GB"',
    ],
    [
      { ...p100, device: { ...p100.device, memoryBytes: { value: -1, source: 'me' } } },
      "'device.memoryBytes' of the machine file must be a whole number of at least 1, but is -1",
    ],
    [
      { ...p100, link: { ...p100.link, curvePerKiB: undefined } },
      "'link.curvePerKiB' of the machine file is missing: it must be a number greater than 0",
    ],
    [{ ...p100, link: undefined }, "'link' of the machine file is missing: it must be an object"],
    [
      { ...p100, link: { name: 'x' } },
      "'link.peakBytesPerSecond' of the machine file is missing: it must be a number greater than 0",
    ],
    [
      { ...p100, costs: { ...p100.costs, faultNs: -1 } },
      "'costs.faultNs' of the machine file must be a number of at least 0, but is -1",
    ],
    [{ ...p100, gpus: 2 }, "'gpus' of the machine file is not a field that a machine has: remove it"],
  ])('say in one sentence what is wrong with %#', (json, sentence) => {
    let thrown: unknown;
    try {
      loadMachine(json);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MachineError);
    expect((thrown as MachineError).message).toBe(sentence);
  });

  it.each([
    [{ devices: 9 }, 'the number of devices must be a whole number from 1 to 8, but is 9'],
    [{ devices: 1.5 }, 'the number of devices must be a whole number from 1 to 8, but is 1.5'],
    [{ deviceMemoryBytes: 100 }, 'device memory must be at least 4096 bytes, but is 100'],
  ])('refuse %o', (overrides, sentence) => {
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
    expect(kernelNs(costs, device, link, 732_000, 12_000_000)).toBe(1_005_000);
    expect(copyNs(costs, link, 4096)).toBe(2000 + 1889);
    expect(deviceCopyNs(costs, device, 366_000)).toBe(3000);
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
