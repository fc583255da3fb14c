/**
 * A machine: the simulated hardware's figures, parsed from JSON and checked. Pure data, all units in the names.
 *
 * In the JSON a figure is a number, or `{ "value": …, "source": "…" }`; the built-in profiles name a source for each figure.
 * Invariant: every figure of a loaded machine is finite and greater than zero (a cost may be zero).
 */

import * as v from 'valibot';
import { profiles } from './profiles/index.js';
import { machineSchema, type costsSchema, type cpuSchema, type deviceSchema, type linkSchema } from './schema.js';

export type CpuSpec = Readonly<v.InferOutput<typeof cpuSchema>>;
export type DeviceSpec = Readonly<v.InferOutput<typeof deviceSchema>>;
export type LinkSpec = Readonly<v.InferOutput<typeof linkSchema>>;
/** What things cost, in ns; what each term means stands in cost-model.ts. */
export type Costs = Readonly<v.InferOutput<typeof costsSchema>>;

export interface Machine {
  readonly name: string;
  readonly title: string;
  readonly cpu: CpuSpec;
  /** One entry a device. */
  readonly devices: readonly DeviceSpec[];
  /** The link between the CPU and each device, in order of device. */
  readonly links: readonly LinkSpec[];
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

/** A machine that cannot be used; the message is one sentence for the user. */
export class MachineError extends Error {
  /** Where it is wrong ("device.memoryBytes"), empty when it is the name. */
  readonly path: string;
  readonly expected: string;

  constructor(message: string, path: string, expected: string) {
    super(message);
    this.name = 'MachineError';
    this.path = path;
    this.expected = expected;
  }
}

/** Names of the built-in machines, in the order in which they are shown. */
export const machineNames: readonly string[] = Object.keys(profiles);

const MAX_DEVICES = 8;
const SMALLEST_MEMORY_BYTES = 4096;

/**
 * The machine of a built-in name, or of the parsed JSON of a machine file.
 * @throws MachineError on an unknown name, a wrong field or an impossible override.
 */
export function loadMachine(nameOrJson: unknown, overrides: MachineOverrides = {}): Machine {
  const json = typeof nameOrJson === 'string' ? builtIn(nameOrJson) : nameOrJson;
  const sources: Record<string, string> = {};
  const parsed = v.safeParse(machineSchema, separateSources(json, '', sources), { abortEarly: true });
  if (!parsed.success) throw wrongField(parsed.issues[0]);
  const { name, title, cpu, device, link, costs } = parsed.output;
  const count = overrides.devices ?? 1;
  if (!Number.isInteger(count) || count < 1 || count > MAX_DEVICES) {
    const expected = `a whole number from 1 to ${String(MAX_DEVICES)}`;
    throw new MachineError(`the number of devices must be ${expected}, but is ${String(count)}`, 'devices', expected);
  }
  const memoryBytes = overrides.deviceMemoryBytes ?? device.memoryBytes;
  if (!Number.isFinite(memoryBytes) || memoryBytes < SMALLEST_MEMORY_BYTES) {
    const expected = `at least ${String(SMALLEST_MEMORY_BYTES)} bytes`;
    throw new MachineError(
      `device memory must be ${expected}, but is ${String(memoryBytes)}`,
      'device.memoryBytes',
      expected,
    );
  }
  const devices = Array.from({ length: count }, () => ({ ...device, memoryBytes: Math.floor(memoryBytes) }));
  return { name, title, cpu, devices, links: devices.map(() => link), costs, sources };
}

function builtIn(name: string): unknown {
  if (Object.hasOwn(profiles, name)) return profiles[name];
  const expected = `one of ${machineNames.join(', ')}`;
  throw new MachineError(`there is no machine '${name}': name ${expected}, or give a machine file`, '', expected);
}

/** Replaces `{value, source}` by its value and notes the source under the figure's path. */
function separateSources(json: unknown, path: string, sources: Record<string, string>): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  if ('value' in json && 'source' in json && typeof json.source === 'string' && Object.keys(json).length === 2) {
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

function wrongField(issue: v.InferIssue<typeof machineSchema>): MachineError {
  const path = v.getDotPath(issue) ?? '';
  const place = path === '' ? 'the machine file' : `'${path}' of the machine file`;
  if (issue.expected === 'never')
    return new MachineError(`${place} is not a field that a machine has: remove it`, path, 'no such field');
  const expected = fieldExpectation(issue);
  if (issue.input === undefined) return new MachineError(`${place} is missing: it must be ${expected}`, path, expected);
  return new MachineError(`${place} must be ${expected}, but is ${JSON.stringify(issue.input)}`, path, expected);
}

/** An absent field is reported by the object that lacks it, so what was expected comes from the field's own schema. */
function fieldExpectation(issue: v.InferIssue<typeof machineSchema>): string {
  if (issue.input !== undefined || issue.path === undefined) return issue.message;
  let schema: unknown = machineSchema;
  for (const step of issue.path) {
    const entries = (schema as { entries?: Record<string, unknown> }).entries ?? {};
    schema = entries[String(step.key)];
  }
  const probe = v.safeParse(schema as typeof machineSchema, null, { abortEarly: true });
  return probe.success ? issue.message : probe.issues[0].message;
}
