/** Breakpoints on lines, functions, instructions and events. */
import * as v from 'valibot';
import type { BreakpointMode, BreakpointOptions } from '../../../engine/index.js';
import { request } from '../request.js';
import { address, count, fields, list, maybe, text, whole } from '../schema.js';

const mode = v.picklist(['any', 'cpu', 'device', 'first'], '"any", "cpu", "device" or "first"');

const options = { condition: maybe(text), hitCondition: maybe(text), mode: maybe(mode) };

/** Fields of a source as far as a request needs them. */
export const source = fields({ path: maybe(text), name: maybe(text), sourceReference: maybe(count) });

interface SaidOptions {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
  readonly mode?: BreakpointMode;
}

/** An empty condition is none: that is what an editor sends for a field that was cleared. */
export function optionsOf({ condition, hitCondition, logMessage, mode: said }: SaidOptions): BreakpointOptions {
  return {
    ...(filled(condition) && { condition }),
    ...(filled(hitCondition) && { hitCondition }),
    ...(filled(logMessage) && { logMessage }),
    ...(said !== undefined && { mode: said }),
  };
}

function filled(said: string | undefined): said is string {
  return said !== undefined && said.trim() !== '';
}

export const breakpointRequests = [
  request(
    'setBreakpoints',
    fields({
      source,
      breakpoints: maybe(list(fields({ line: whole, column: maybe(whole), logMessage: maybe(text), ...options }))),
      lines: maybe(list(whole)),
    }),
    async (args, { state }) => {
      const { client } = state;
      const said = args.breakpoints ?? (args.lines ?? []).map((line) => ({ line }));
      const { path } = args.source;
      if (path === undefined) {
        const message = 'This text is made by the debugger: no code of the program is in it.';
        return { breakpoints: said.map(({ line }) => ({ verified: false, line, message })) };
      }
      const breakpoints = said.map((breakpoint) => {
        const { line, column, ...rest }: { line: number; column?: number } & SaidOptions = breakpoint;
        return {
          line: client.lineFrom(line),
          ...(column !== undefined && { column: client.columnFrom(column) }),
          ...optionsOf(rest),
        };
      });
      return {
        breakpoints: await state.breakpoints.setSource(state.breakpointTarget, client.pathFrom(path), breakpoints),
      };
    },
  ),

  request(
    'breakpointLocations',
    fields({ source, line: whole, endLine: maybe(whole), column: maybe(whole), endColumn: maybe(whole) }),
    async ({ source: { path }, line, endLine = line, column, endColumn }, { state }) => {
      if (path === undefined || state.configuration?.noDebug === true) return { breakpoints: [] };
      const { client } = state;
      const [first, last] = [client.lineFrom(line), client.lineFrom(endLine)];
      const found = await state.session.breakpointLocations(client.pathFrom(path), first, last);
      return {
        breakpoints: found
          .filter(
            (at) =>
              (column === undefined || at.line > first || at.column >= client.columnFrom(column)) &&
              (endColumn === undefined || at.line < last || at.column <= client.columnFrom(endColumn)),
          )
          .map((at) => ({ line: client.lineTo(at.line), column: client.columnTo(at.column) })),
      };
    },
  ),

  request(
    'setFunctionBreakpoints',
    fields({ breakpoints: list(fields({ name: text, ...options })) }),
    async ({ breakpoints }, { state }) => ({
      breakpoints: await state.breakpoints.setFunctions(
        state.breakpointTarget,
        breakpoints.map(({ name, ...said }) => ({ name: name.trim(), ...optionsOf(said) })),
      ),
    }),
  ),

  request(
    'setInstructionBreakpoints',
    fields({ breakpoints: list(fields({ instructionReference: address, offset: maybe(whole), ...options })) }),
    async ({ breakpoints }, { state }) => ({
      breakpoints: await state.breakpoints.setInstructions(
        state.breakpointTarget,
        breakpoints.map(({ instructionReference, offset = 0, ...said }) => ({
          codeOffset: Math.max(0, instructionReference + offset),
          ...optionsOf(said),
        })),
      ),
    }),
  ),

  request(
    'setExceptionBreakpoints',
    fields({
      filters: maybe(list(text)),
      filterOptions: maybe(list(fields({ filterId: text, condition: maybe(text) }))),
    }),
    async ({ filters = [], filterOptions = [] }, { state }) => ({
      breakpoints: await state.breakpoints.setFilters(state.breakpointTarget, [
        ...filters.map((id) => ({ id })),
        ...filterOptions.map(({ filterId, condition }) => ({
          id: filterId,
          ...(filled(condition) && { condition }),
        })),
      ]),
    }),
  ),
];
