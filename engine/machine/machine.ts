/**
 * A machine: the simulated hardware's figures, parsed from JSON and checked. Pure data, all units in the names.
 *
 * In the JSON a figure is its value, or `{ "value": …, "source": "…" }`; the built-in profiles name a source for each figure. A file may
 * extend built-in machines or parts of them (extends.ts). What the fields mean stands in schema.ts.
 * Invariant: every figure of a loaded machine is finite and greater than zero (a cost may be zero), and none contradicts another.
 */

import * as v from 'valibot';
import { checkTogether } from './contradictions.js';
import { isObject, withExtended } from './extends.js';
import { MachineError, wrongField } from './machine-error.js';
import { parts, profiles } from './profiles/index.js';
import { machineSchema, type costsSchema, type cpuSchema, type deviceSchema, type linkSchema } from './schema.js';

export { MachineError } from './machine-error.js';

export type CpuSpec = Readonly<v.InferOutput<typeof cpuSchema>>;
export type DeviceSpec = Readonly<v.InferOutput<typeof deviceSchema>>;
export type LinkSpec = Readonly<v.InferOutput<typeof linkSchema>>;
/** What things cost, in ns; how the terms make a time stands in cost-model.ts. */
export type Costs = Readonly<v.InferOutput<typeof costsSchema>>;

export interface Machine {
  readonly name: string;
  readonly title: string;
  readonly cpu: CpuSpec;
  /** One entry a device; they are all alike. */
  readonly devices: readonly DeviceSpec[];
  /** The link between the CPU and each device, in order of device. */
  readonly links: readonly LinkSpec[];
  /** The link between each two devices; null if what goes from one to another passes through system memory. */
  readonly peers: LinkSpec | null;
  readonly costs: Costs;
  /** Where a figure comes from, by its path ("device.memoryBytes"). */
  readonly sources: Readonly<Record<string, string>>;
}

export interface MachineOverrides {
  /** Memory of each device, in bytes (at least one page). */
  readonly deviceMemoryBytes?: number;
  /** How many devices, 1 … 8. */
  readonly devices?: number;
}

/** Names of the built-in machines, in the order in which they are shown. */
export const machineNames: readonly string[] = Object.keys(profiles);

/** What a machine file may extend. */
const extensible = { ...profiles, ...parts };

const MAX_DEVICES = 8;
const SMALLEST_MEMORY_BYTES = 4096;

/**
 * The machine of a built-in name, or of the parsed JSON of a machine file.
 * @throws MachineError on an unknown name, a wrong field or an impossible override.
 */
export function loadMachine(nameOrJson: unknown, overrides: MachineOverrides = {}): Machine {
  const json = typeof nameOrJson === 'string' ? builtIn(nameOrJson) : nameOrJson;
  const sources: Record<string, string> = {};
  const fields = separateSources(withExtended(json, extensible), '', sources);
  const parsed = v.safeParse(machineSchema, fields, { abortEarly: true });
  if (!parsed.success) throw wrongField(parsed.issues[0]);
  checkTogether(parsed.output);
  const { name, title, cpu, device, link, peers = null, costs } = parsed.output;
  const memoryBytes = memoryOf(overrides.deviceMemoryBytes ?? device.memoryBytes);
  const devices = Array.from({ length: countOf(overrides.devices ?? parsed.output.devices) }, () => ({
    ...device,
    memoryBytes,
  }));
  return { name, title, cpu, devices, links: devices.map(() => link), peers, costs, sources };
}

function countOf(devices: number): number {
  if (Number.isInteger(devices) && devices >= 1 && devices <= MAX_DEVICES) return devices;
  const expected = `a whole number from 1 to ${String(MAX_DEVICES)}`;
  throw new MachineError(`the number of devices must be ${expected}, but is ${String(devices)}`, 'devices', expected);
}

function memoryOf(bytes: number): number {
  if (Number.isFinite(bytes) && bytes >= SMALLEST_MEMORY_BYTES) return Math.floor(bytes);
  const expected = `at least ${String(SMALLEST_MEMORY_BYTES)} bytes`;
  throw new MachineError(`device memory must be ${expected}, but is ${String(bytes)}`, 'device.memoryBytes', expected);
}

function builtIn(name: string): unknown {
  if (Object.hasOwn(profiles, name)) return profiles[name];
  const expected = `one of ${machineNames.join(', ')}`;
  throw new MachineError(`there is no machine '${name}': name ${expected}, or give a machine file`, '', expected);
}

/** Replaces `{value, source}` by its value and notes the source under the figure's path. */
function separateSources(json: unknown, path: string, sources: Record<string, string>): unknown {
  if (!isObject(json)) return json;
  if ('value' in json) {
    if (typeof json.source !== 'string' || Object.keys(json).length !== 2) {
      const expected = 'a value, or { "value": …, "source": "…" }';
      throw new MachineError(
        `'${path}' of the machine file must be ${expected}, but is ${JSON.stringify(json)}`,
        path,
        expected,
      );
    }
    sources[path] = json.source;
    return json.value;
  }
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      separateSources(value, path === '' ? key : `${path}.${key}`, sources),
    ]),
  );
}
