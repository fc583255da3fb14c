/** The machine and the driver of a program, from its configuration and what the engine takes if that says nothing. */
import type { EngineLoader, Machine } from './engine-loader.js';
import type { ProgramSession } from './program-session.js';

/** Null for a machine of the user's own file, and while the engine is not loaded. */
export function machineOf(session: ProgramSession, { loaded }: EngineLoader): Machine | null {
  if (loaded === null) return null;
  const name = session.configured('machine') ?? loaded.machines[0]?.name;
  return loaded.machines.find((machine) => machine.name === name) ?? null;
}

/** The memory of each device, in bytes. */
export function deviceMemoryOf(session: ProgramSession, machine: Machine | null): number | null {
  const said = session.configured('deviceMemory');
  if (said !== null) return sizeOf(said);
  return machine?.devices[0]?.memoryBytes ?? null;
}

const UNITS = ['', 'k', 'm', 'g', 't'];

/** `64MiB` → 67108864; null for what is no size. */
export function sizeOf(said: string | number): number | null {
  if (typeof said === 'number') return said;
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(said) ?? [];
  return number === undefined ? null : Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase());
}
