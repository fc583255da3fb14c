/** The drivers there are. A driver is added here and in a folder of its own. */

import type { Driver } from './driver.js';
import { driverParameters, type DriverParameter, type DriverParameters } from './parameters.js';
import { AtsDriver } from './ats/ats-driver.js';
import { HmmDriver } from './hmm/hmm-driver.js';
import { PinnedDriver } from './pinned/pinned-driver.js';
import { SVM_PARAMETERS, SvmDriver } from './svm/svm-driver.js';
import { UVM_PARAMETERS, uvmSettings } from './uvm/parameters.js';
import { UvmDriver } from './uvm/uvm-driver.js';

export interface DriverDescription {
  readonly name: string;
  readonly title: string;
  /** One sentence for somebody who has to choose. */
  readonly description: string;
  /** What it models. */
  readonly sources: readonly string[];
  /**
   * Which faults of the CPU its counters show. all, or absent: every fault on memory that can move · managed: those that come to its own fault
   * handler, on memory that it manages and on pages that are on a device; every other first touch is the kernel's.
   */
  readonly cpuFaults?: 'all' | 'managed';
  /** What can be set. */
  readonly parameters: readonly DriverParameter[];
}

interface DriverEntry extends DriverDescription {
  readonly create: (parameters: DriverParameters) => Driver;
}

const ENTRIES: readonly DriverEntry[] = [
  {
    name: 'hmm',
    title: 'HMM, the Linux kernel’s generic way',
    description:
      'A fault moves the page that faulted to whoever faulted; a full device evicts the pages that have been there longest.',
    sources: ['Linux lib/test_hmm.c', 'Linux mm/hmm.c, mm/migrate_device.c', 'Linux Documentation/mm/hmm.rst'],
    parameters: [],
    create: () => new HmmDriver(),
  },
  {
    name: 'uvm',
    title: 'UVM, NVIDIA’s open driver',
    description:
      'Faults are serviced in batches by 2 MiB blocks and bring the pages around them along; advice is followed, and a full device evicts blocks.',
    sources: [
      'NVIDIA open-gpu-kernel-modules 595.45.04, kernel-open/nvidia-uvm',
      'CUDA C Programming Guide, unified memory',
    ],
    cpuFaults: 'managed',
    parameters: UVM_PARAMETERS,
    create: (parameters) => new UvmDriver(uvmSettings(parameters)),
  },
  {
    name: 'pinned',
    title: 'Pinned system memory',
    description:
      'Memory that a device reaches is pinned in system memory and accessed over the link; no page ever moves.',
    sources: [
      'Linux mm/gup.c (FOLL_PIN, FOLL_LONGTERM)',
      'Linux Documentation/mm/hmm.rst',
      'Linux Documentation/core-api/pin_user_pages.rst',
    ],
    parameters: [],
    create: () => new PinnedDriver(),
  },
  {
    name: 'ats',
    title: 'ATS and PASID through the IOMMU',
    description:
      'The device uses the process’s own page table and works on system memory where it lies; nothing is pinned, and nothing moves but what access counters of a coherent machine find hot.',
    sources: [
      'PCI Express ATS and PRI',
      'Linux drivers/iommu/io-pgfault.c',
      'Linux Documentation/mm/hmm.rst',
      'NVIDIA open-gpu-kernel-modules 595.45.04, kernel-open/nvidia-uvm/uvm_ats_faults.c',
    ],
    parameters: [],
    create: () => new AtsDriver(),
  },
  {
    name: 'svm',
    title: 'SVM, AMD’s shared virtual memory (amdkfd)',
    description:
      'A fault moves the slice of 2 MiB around it, a CPU fault brings it back; ranges have attributes, a full device gives up whole ranges.',
    sources: [
      'Linux drivers/gpu/drm/amd/amdkfd/kfd_svm.c, kfd_migrate.c, kfd_smi_events.c',
      'Linux include/uapi/linux/kfd_ioctl.h',
      'ROCm/clr rocclr/device/rocm/rocdevice.cpp (SetSvmAttributes)',
    ],
    parameters: SVM_PARAMETERS,
    create: (parameters) => new SvmDriver(parameters),
  },
];

/** Everything there is to choose from, in the order in which it is shown. */
export const driverDescriptions: readonly DriverDescription[] = ENTRIES;

export const driverNames: readonly string[] = ENTRIES.map(({ name }) => name);

/** There is no such driver; the message is one sentence for the user. */
export class UnknownDriverError extends Error {
  readonly driver: string;

  constructor(driver: string) {
    super(`there is no driver '${driver}': choose one of ${driverNames.join(', ')}`);
    this.name = 'UnknownDriverError';
    this.driver = driver;
  }
}

/** Which faults of the CPU the driver's counters show; a driver of the user's own shows all. */
export function cpuFaultsOf(name: string): 'all' | 'managed' {
  return ENTRIES.find((entry) => entry.name === name)?.cpuFaults ?? 'all';
}

/**
 * @param given parameters that differ from their defaults
 * @throws UnknownDriverError, DriverParameterError
 */
export function createDriver(name: string, given: DriverParameters = {}): Driver {
  const entry = ENTRIES.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new UnknownDriverError(name);
  return entry.create(driverParameters(name, entry.parameters, given));
}
