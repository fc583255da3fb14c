/** One section, measured in a thread of its own: as in a run of a program, nothing else has gone through the engine's code before. */
import { parentPort, workerData } from 'node:worker_threads';
import { measureDriverFaults } from './driver-faults.js';
import type { Section } from './figures.js';
import { measureMigrations } from './migrations.js';

const sections = { migrations: measureMigrations, driverFaults: measureDriverFaults } satisfies Record<
  string,
  () => Section
>;
export type SectionName = keyof typeof sections;

parentPort?.postMessage(sections[workerData as SectionName]());
