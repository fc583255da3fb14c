/** What arguments are checked with at the boundary, and the sentence that names the first one that is wrong. */
import * as v from 'valibot';
import { RequestError } from './request-error.js';

export type Schema = v.GenericSchema<unknown, unknown>;

/** @throws RequestError that names the first argument that is missing or wrong */
export function parseArguments<S extends Schema>(command: string, schema: S, args: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, withoutNulls(args ?? {}), { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new RequestError(issueSentence(`'${command}'`, parsed.issues[0]));
}

/** `'setBreakpoints' needs 'source'.`, or `… 'source.path' must be a text, but is 7.` */
export function issueSentence(whose: string, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  if (path === null) return `The arguments of ${whose} must be an object.`;
  if (issue.input === undefined) return `${whose} needs '${path}'.`;
  return `${whose}: '${path}' must be ${issue.message}, but is ${shown(issue.input)}.`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return `a ${typeof value}`;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const DEEPEST = 8;

/** To many clients null means absent, and the editor's own messages may carry undefined. */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, depth + 1));
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item, depth + 1)]));
}

/* --- pieces of schemas: the message says what is expected ------------------------------------------------------------- */

export const text = v.string('a text');
export const flag = v.boolean('true or false');
export const whole = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'));
export const count = v.pipe(whole, v.minValue(0, 'a whole number of at least 0'));
export const list = <S extends Schema>(item: S) => v.array(item, 'a list');

/** An object. To the library's own schema a list is one, too: one whose method `filter` is mistaken for a field. */
export function fields<E extends v.ObjectEntries>(entries: E) {
  const object = v.object(entries, 'an object');
  return v.lazy((input): typeof object => (Array.isArray(input) ? (noList as never) : object));
}

const noList = v.never('an object');

export const maybe = <S extends Schema>(schema: S) => v.exactOptional(schema);

export const nothing = fields({});

const ADDRESS = 'an address such as "0x20000"';

/** An address or a code offset as texts carry it: hexadecimal with `0x`, or decimal. */
export const address = v.pipe(
  v.string(ADDRESS),
  v.regex(/^\s*(?:0[xX][0-9a-fA-F]{1,12}|\d{1,15})\s*$/, ADDRESS),
  v.transform((written) => Number(written)),
);

export function formatAddress(value: number): string {
  return `0x${value.toString(16)}`;
}
