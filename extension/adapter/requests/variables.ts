/** Variables and expressions: looked at, completed, and changed. */
import * as v from 'valibot';
import type { Variable } from '../../../engine/index.js';
import { RequestError } from '../request-error.js';
import { request, type Call } from '../request.js';
import { count, fields, flag, formatAddress, maybe, text, whole } from '../schema.js';
import { whereIs } from '../residency-text.js';
import { presentationOf, toVariable, valueOf } from '../values.js';

const format = maybe(fields({ hex: maybe(flag) }));
const frame = { frameId: maybe(count) };

/** What a hover must not do: it is asked for by a mouse that passes by. */
const SIDE_EFFECTS = /\+\+|--|(?<![=!<>])=(?!=)|\b[A-Za-z_]\w*\s*\(/;

export const variableRequests = [
  request(
    'variables',
    fields({
      variablesReference: count,
      filter: maybe(v.picklist(['named', 'indexed'], '"named" or "indexed"')),
      start: maybe(count),
      count: maybe(count),
      format,
    }),
    async (args, { state }) => {
      // To the protocol a count of 0 means all, as no count does.
      const wanted = args.count === 0 ? undefined : args.count;
      const variables = await state.stoppedSession.variables(args.variablesReference, args.start, wanted, args.filter);
      return { variables: variables.map((variable) => toVariable(variable, args.format ?? {})) };
    },
    { title: 'Reading variables' },
  ),

  request(
    'setVariable',
    fields({ variablesReference: count, name: text, value: text, format }),
    async ({ variablesReference, name, value, format: said = {} }, call) => {
      const variable = await call.state.stoppedSession.setVariable(variablesReference, name, value);
      changed(variable, call);
      return valueOf(variable, said);
    },
  ),

  request(
    'setExpression',
    fields({ expression: text, value: text, ...frame, format }),
    async ({ expression, value, frameId, format: said = {} }, call) => {
      const variable = await call.state.stoppedSession.setExpression(expression, value, frameId ?? null);
      changed(variable, call);
      return valueOf(variable, said);
    },
  ),

  request(
    'evaluate',
    fields({ expression: text, ...frame, context: maybe(text), format }),
    async ({ expression, frameId, context, format: said = {} }, call) => {
      const { state } = call;
      const session = state.stoppedSession;
      if (context === 'hover' && SIDE_EFFECTS.test(expression))
        throw new RequestError('This is not looked up, because it could change the program.');
      const variable = await session.evaluate(expression, frameId ?? null);
      // What is typed may assign: then other things than the result have changed.
      if (context === 'repl' && SIDE_EFFECTS.test(expression)) changed(variable, call);
      const { value, ...rest } = valueOf(variable, said);
      const presentationHint = presentationOf(variable);
      const place = context === 'hover' ? whereIs(variable, session) : null;
      return {
        result: place === null ? value : `${value}  ·  ${place}`,
        ...rest,
        ...(presentationHint && { presentationHint }),
      };
    },
    { title: 'Evaluating' },
  ),

  request(
    'completions',
    fields({ text, column: whole, line: maybe(whole), ...frame }),
    async ({ text: typed, column, line, frameId }, { state }) => {
      const { client } = state;
      const lines = typed.split('\n');
      const row = line === undefined ? 0 : Math.min(client.lineFrom(line), lines.length) - 1;
      const edited = lines[row] ?? '';
      const before = lines.slice(0, row).reduce((sum, { length }) => sum + length + 1, 0);
      const caret = Math.min(client.columnFrom(column), edited.length + 1);
      const items = await state.stoppedSession.completions(edited, caret, frameId ?? null);
      return {
        targets: items.map(({ label, type, text: inserted, replaces }) => ({
          label,
          text: inserted,
          type,
          start: client.columnTo(before + Math.max(1, caret - replaces)),
          length: Math.min(replaces, caret - 1),
        })),
      };
    },
  ),
];

/** Tells a client that shows memory or other values of it that they are old. */
function changed({ address, bytes }: Variable, { state, afterResponse }: Call): void {
  const { supportsMemoryEvent, supportsInvalidatedEvent } = state.client.capabilities;
  afterResponse(() => {
    if (supportsMemoryEvent === true && address !== null && bytes !== null)
      state.events('memory', { memoryReference: formatAddress(address), offset: 0, count: bytes });
    if (supportsInvalidatedEvent === true) state.events('invalidated', { areas: ['variables'] });
  });
}
