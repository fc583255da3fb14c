/** What is copied from one device to another takes the link between them, or the way through system memory where there is none. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDriver } from '../../engine/drivers/registry.js';
import { routeNs } from '../../engine/machine/cost-model.js';
import { loadMachine, type Machine } from '../../engine/machine/machine.js';
import { EventKind } from '../../engine/memory/event.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const PROGRAM = String.raw`
int main() {
    enum { BYTES = 65536 };
    int *there, *here;
    cudaMalloc((void **)&there, BYTES);
    cudaSetDevice(1);
    cudaMalloc((void **)&here, BYTES);
    cudaMemcpy(here, there, BYTES, cudaMemcpyDeviceToDevice);
    return 0;
}
`;

const MANAGED = String.raw`
#include <cstdlib>
__global__ void write(int *a) { *a = 1; }
int main(int argc, char **argv) {
    int *a, steps = atoi(argv[1]);
    cudaMallocManaged(&a, 4096);
    if (steps > 0) cudaDeviceEnablePeerAccess(1, 0);
    if (steps > 1) cudaDeviceDisablePeerAccess(1);
    write<<<1, 1>>>(a);
    cudaSetDevice(1);
    write<<<1, 1>>>(a);
    return 0;
}
`;

let programs: CompiledPrograms;
let program: PreparedProgram;
let managed: PreparedProgram;
beforeAll(async () => {
  programs = new CompiledPrograms();
  program = await prepared(programs, { 'peers.cu': PROGRAM });
  managed = await prepared(programs, { 'managed.cu': MANAGED });
});
afterAll(() => {
  programs[Symbol.dispose]();
});

const withLink = loadMachine('v100-nvlink2', { devices: 2 });
const without: Machine = { ...withLink, peers: null };

it.each([
  ['a link between them', withLink, 1],
  ['none', without, 2],
])('devices with %s', (_, machine, transfers) => {
  const { ending, events } = run(program, [], { machine });
  expect(ending).toMatchObject({ status: 0 });
  const copy = events.find(({ kind }) => kind === EventKind.copy);
  expect([copy?.source, copy?.target]).toEqual([1, 2]);
  // Both links of this machine have the same figures.
  expect(copy?.durationNs).toBe(machine.costs.copyCallNs + transfers * routeNs(machine, undefined, 0, 65536));
});

// The page that faulted, and those that come along.
const DIRECTLY = ['1 2', '1 2'];
const BY_SYSTEM_MEMORY = ['1 0', '1 0', '0 2', '0 2'];

it.each([
  ['no peers', 0, BY_SYSTEM_MEMORY],
  ['peers, as the program wants', 1, DIRECTLY],
  ['peers no longer', 2, BY_SYSTEM_MEMORY],
])('managed memory goes between devices on PCI Express that are %s', (_, steps, ways) => {
  const machine = loadMachine('p100-pcie3', { devices: 2 });
  const { ending, events } = run(managed, [String(steps)], { machine, driver: createDriver('uvm') });
  expect(ending).toMatchObject({ status: 0 });
  const migrations = events.filter(({ kind }) => kind === EventKind.migrate);
  expect(migrations.map(({ source, target }) => `${String(source)} ${String(target)}`)).toEqual(ways);
});
