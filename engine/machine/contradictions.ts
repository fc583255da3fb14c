/** Figures of a machine that are each possible and together are not: no schema of single fields finds these. */

import type * as v from 'valibot';
import { MachineError } from './machine-error.js';
import type { machineSchema } from './schema.js';

type Fields = v.InferOutput<typeof machineSchema>;

/** The field at fault, what it must be, and whether it is not. */
type Rule = readonly [path: string, expected: string, broken: (machine: Fields) => boolean];

const RULES: readonly Rule[] = [
  [
    'device.maxThreadsPerBlock',
    "at most 'device.maxThreadsPerMultiprocessor'",
    ({ device }) => device.maxThreadsPerBlock > device.maxThreadsPerMultiprocessor,
  ],
  [
    'device.sharedMemoryPerBlockBytes',
    "at most 'device.sharedMemoryPerMultiprocessorBytes'",
    ({ device }) => device.sharedMemoryPerBlockBytes > device.sharedMemoryPerMultiprocessorBytes,
  ],
  [
    'device.pageSizesBytes',
    'powers of two from 4096 on, ascending',
    ({ device: { pageSizesBytes } }) =>
      pageSizesBytes.some(
        (size, n) => size < 4096 || !Number.isInteger(Math.log2(size)) || size <= (pageSizesBytes[n - 1] ?? 0),
      ),
  ],
  [
    'device.concurrentManagedAccess',
    "false if 'device.managedMemory' is",
    ({ device }) => device.concurrentManagedAccess && !device.managedMemory,
  ],
  [
    'device.pageableMemoryAccessUsesHostPageTables',
    "false if 'device.pageableMemoryAccess' is",
    ({ device }) => device.pageableMemoryAccessUsesHostPageTables && !device.pageableMemoryAccess,
  ],
  ['device.xnack', "false unless 'device.vendor' is 'amd'", ({ device }) => device.xnack && device.vendor !== 'amd'],
  [
    'device.memoryBytes',
    "at most 'cpu.memoryBytes' where 'device.memoryIsSystemMemory' is true",
    ({ cpu, device }) => device.memoryIsSystemMemory && device.memoryBytes > cpu.memoryBytes,
  ],
  ...(['link', 'peers'] as const).flatMap((name): Rule[] => [
    [
      `${name}.effectiveBytesPerSecond`,
      `at most '${name}.peakBytesPerSecond'`,
      ({ [name]: link }) => link !== undefined && link.effectiveBytesPerSecond > link.peakBytesPerSecond,
    ],
    [
      `${name}.effectiveToHostBytesPerSecond`,
      `at most '${name}.peakBytesPerSecond'`,
      ({ [name]: link }) => link !== undefined && (link.effectiveToHostBytesPerSecond ?? 0) > link.peakBytesPerSecond,
    ],
  ]),
];

/** @throws MachineError */
export function checkTogether(machine: Fields): void {
  const rule = RULES.find(([, , broken]) => broken(machine));
  if (rule === undefined) return;
  const [path, expected] = rule;
  throw new MachineError(`'${path}' of the machine file must be ${expected}`, path, expected);
}
