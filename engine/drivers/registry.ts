/** The drivers there are. A driver is added here and in a folder of its own. */

import type { Driver } from './driver.js';
import { AtsDriver } from './ats/ats-driver.js';
import { HmmDriver } from './hmm/hmm-driver.js';
import { PinnedDriver } from './pinned/pinned-driver.js';

export interface DriverDescription {
  readonly name: string;
  readonly title: string;
  /** One sentence for somebody who has to choose. */
  readonly description: string;
  /** What it models. */
  readonly sources: readonly string[];
}

interface DriverEntry extends DriverDescription {
  readonly create: () => Driver;
}

const ENTRIES: readonly DriverEntry[] = [
  {
    name: 'hmm',
    title: 'HMM, the Linux kernel’s generic way',
    description:
      'A fault moves the page that faulted to whoever faulted; a full device evicts the pages that have been there longest.',
    sources: ['Linux lib/test_hmm.c', 'Linux mm/hmm.c, mm/migrate_device.c', 'Linux Documentation/mm/hmm.rst'],
    create: () => new HmmDriver(),
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
    create: () => new PinnedDriver(),
  },
  {
    name: 'ats',
    title: 'ATS and PASID through the IOMMU',
    description:
      'The device uses the process’s own page table and works on system memory where it lies; nothing is pinned and nothing moves.',
    sources: ['PCI Express ATS and PRI', 'Linux drivers/iommu/io-pgfault.c', 'Linux Documentation/mm/hmm.rst'],
    create: () => new AtsDriver(),
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

/** @throws UnknownDriverError */
export function createDriver(name: string): Driver {
  const entry = ENTRIES.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new UnknownDriverError(name);
  return entry.create();
}
