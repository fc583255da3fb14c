/** A device with less memory than the program wants, under every driver: what comes of it, and what must hold whatever the driver does. */
import type { Summary } from '../../engine/index.js';
import type { ProgramRuns } from '../program-runs.js';

/** Percent of the device's memory. */
export const SHARES = [110, 150, 200, 400] as const;

export const PROGRAMS = ['passes.cu', 'scattered.cu'] as const;
export type OversubscribedProgram = (typeof PROGRAMS)[number];

/** Of the device, MiB. */
const DEVICE_MIB = 8;
const MIB = 2 ** 20;

export interface Oversubscribed {
  readonly program: OversubscribedProgram;
  readonly driver: string;
  readonly share: number;
  readonly command: string;
  readonly ending: string;
  readonly output: readonly string[];
  readonly summary: Summary;
  /** Bytes of managed memory. */
  readonly bytes: number;
  readonly deviceBytes: number;
}

export async function oversubscribe(
  runs: ProgramRuns,
  program: OversubscribedProgram,
  driver: string,
  share: number,
): Promise<Oversubscribed> {
  const kib = Math.round((DEVICE_MIB * 1024 * share) / 100);
  const words = `${program} --driver ${driver} --machine t4-pcie3 --device-memory ${DEVICE_MIB}M -- ${kib}`;
  const { summary, command, ending, output } = await runs.run(words);
  return {
    program,
    driver,
    share,
    command,
    ending,
    output,
    summary,
    bytes: kib * 1024,
    deviceBytes: DEVICE_MIB * MIB,
  };
}
