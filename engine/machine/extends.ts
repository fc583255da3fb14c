/**
 * What a machine file `extends`: built-in machines or parts of them, whose fields it has unless it says otherwise. A figure replaces the one
 * beneath it together with its source. Invariant: a machine's own name is never inherited.
 */

import { MachineError } from './machine-error.js';

type Json = Readonly<Record<string, unknown>>;

/** Fields that a file has for itself and does not hand on. */
const OWN: readonly string[] = ['name'];
/** Fields that are about the file, not about the machine. */
const ABOUT: readonly string[] = ['$schema', 'extends'];

/**
 * @param known built-in machines and parts, by name
 * @returns the machine without `extends`, all of its fields in it
 * @throws MachineError if it extends what there is not
 */
export function withExtended(json: unknown, known: Json): unknown {
  if (!isObject(json)) return json;
  const bases = json.extends ?? [];
  const names: unknown[] = Array.isArray(bases) ? bases : [bases];
  let result: Json = {};
  for (const name of names) {
    if (typeof name !== 'string' || !Object.hasOwn(known, name)) {
      const expected = `a name, or a list of names, out of ${Object.keys(known).join(', ')}`;
      throw new MachineError(
        `'extends' of the machine file must be ${expected}, but is ${JSON.stringify(name)}`,
        'extends',
        expected,
      );
    }
    const base = withExtended(known[name], known);
    if (isObject(base)) result = merged(result, without(base, OWN));
  }
  return merged(result, without(json, ABOUT));
}

function without(json: Json, fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(json).filter(([field]) => !fields.includes(field)));
}

function merged(below: Json, above: Json): Json {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const beneath = result[key];
    result[key] = isGroup(beneath) && isGroup(value) ? merged(beneath, value) : value;
  }
  return result;
}

export function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** An object of fields, not a figure with its source. */
function isGroup(json: unknown): json is Json {
  return isObject(json) && !('value' in json);
}
