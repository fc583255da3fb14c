/** What is wrong with a machine, in one sentence for the user that names the place, what is expected there and what is found. */

import * as v from 'valibot';
import { machineSchema } from './schema.js';

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

export function wrongField(issue: v.InferIssue<typeof machineSchema>): MachineError {
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
    const { entries } = schema as { entries?: Readonly<Record<string, unknown>> };
    const next = entries?.[String(step.key)];
    // An optional field wraps its schema.
    schema = (next as { wrapped?: unknown } | undefined)?.wrapped ?? next;
  }
  const probe = v.safeParse(schema as typeof machineSchema, null, { abortEarly: true });
  return probe.success ? issue.message : probe.issues[0].message;
}
