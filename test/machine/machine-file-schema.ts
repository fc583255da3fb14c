/**
 * docs/machine.schema.json: the JSON schema of a machine file, made of the schema that the engine checks it with. Differences between a file
 * and what the engine checks are those that the engine takes out first: a figure may stand with its source, and a file that extends others
 * need not have every field.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import { machineNames } from '../../engine/machine/machine.js';
import { parts } from '../../engine/machine/profiles/index.js';
import { machineSchema } from '../../engine/machine/schema.js';

type Schema = Readonly<Record<string, unknown>>;

export const SCHEMA_FILE = new URL('../../docs/machine.schema.json', import.meta.url);

export function machineFileSchema(): Schema {
  // JSON has no infinite number.
  const machine = toJsonSchema(machineSchema, { typeMode: 'input', ignoreActions: ['finite'] }) as Schema;
  const bases = { enum: [...machineNames, ...Object.keys(parts)] };
  const { properties } = withSources(machine) as { properties: Schema };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A machine for Faultline',
    description: 'The hardware that a program is run on, given by --machine FILE.json. docs/machines.md explains it.',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'The schema of this file, for editors.' },
      extends: {
        description:
          'Machines, or parts of them, whose fields this one has unless it says otherwise; the last one wins.',
        anyOf: [bases, { type: 'array', items: bases }],
      },
      ...properties,
    },
    required: ['name'],
    additionalProperties: false,
    if: { not: { required: ['extends'] } },
    then: requirements(machine),
  };
}

/** The schema with nothing required, and each figure alone or with its source. */
function withSources(schema: Schema): Schema {
  const { properties, description } = schema;
  const about = description === undefined ? {} : { description };
  const rest = without(schema, ['properties', 'required', 'description', 'default']);
  if (isSchema(properties)) {
    const fields = Object.entries(properties).map(([field, one]) => [field, withSources(one as Schema)]);
    return { ...rest, ...about, properties: Object.fromEntries(fields) as Schema };
  }
  const sourced = {
    type: 'object',
    properties: { value: rest, source: { type: 'string', description: 'Where the figure comes from.' } },
    required: ['value', 'source'],
    additionalProperties: false,
  };
  return { ...about, anyOf: [rest, sourced] };
}

/** What a file must have that extends nothing. */
function requirements({ required, properties }: Schema): Schema {
  const groups = Object.entries(isSchema(properties) ? properties : {}).flatMap(([field, one]) =>
    isSchema(one) && 'required' in one ? [[field, requirements(one)] as const] : [],
  );
  return { required, ...(groups.length > 0 && { properties: Object.fromEntries(groups) }) };
}

function without(schema: Schema, keys: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

function isSchema(json: unknown): json is Schema {
  return typeof json === 'object' && json !== null;
}
