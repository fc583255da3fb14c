/**
 * Data breakpoints: on a variable, an expression or a range of addresses. What is watched travels to the client and back as a
 * data id, `address:bytes:mode`, because the protocol has no other place for a mode.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { DataAccess, DataBreakpointRequest, Variable } from '../../../engine/index.js';
import { MIGRATE_MODE } from '../capabilities.js';
import { quoted, RequestError } from '../request-error.js';
import { request } from '../request.js';
import { count, fields, flag, formatAddress, list, maybe, parseArguments, address, text } from '../schema.js';
import type { AdapterState } from '../state.js';
import { optionsOf } from './breakpoints.js';

const MODES = ['any', 'cpu', 'device', 'first', MIGRATE_MODE] as const;
const mode = v.picklist(MODES, MODES.map((name) => `"${name}"`).join(', '));
const ADDRESSES = 2 ** 32;

interface Watched {
  readonly address: number;
  readonly bytes: number;
  readonly mode: (typeof MODES)[number];
}

function dataIdOf({ address: at, bytes, mode: said }: Watched): string {
  return `${formatAddress(at)}:${bytes}:${said}`;
}

function watchedBy(dataId: string): Watched {
  const [, at, bytes, said] = /^(0x[0-9a-f]+):(\d+):([a-z]+)$/.exec(dataId) ?? [];
  const known = MODES.find((name) => name === said);
  if (at === undefined || known === undefined)
    throw new RequestError(`${quoted(dataId)} is not a data id that this session has given out.`);
  return { address: Number(at), bytes: Number(bytes), mode: known };
}

const dataInfo = fields({
  name: text,
  variablesReference: maybe(count),
  frameId: maybe(count),
  bytes: maybe(count),
  asAddress: maybe(flag),
  mode: maybe(mode),
});

export const dataBreakpointRequests = [
  request('dataBreakpointInfo', dataInfo, async (args, { state }) => {
    const { name, bytes, mode: said = 'any' } = args;
    if (args.asAddress === true) {
      const { memory } = parseArguments('dataBreakpointInfo', fields({ memory: address }), { memory: name });
      return describe({ address: memory, bytes: Math.max(1, bytes ?? 1), mode: said }, null);
    }
    const variable = await find(args, state);
    if (variable === null) return { dataId: null, description: `There is no variable '${name}' here.` };
    if (variable.address === null)
      return { dataId: null, description: `'${name}' is in a register of this moment, not in memory.` };
    const size = bytes !== undefined && bytes > 0 ? bytes : (variable.bytes ?? 0);
    if (size === 0) return { dataId: null, description: `'${name}' has no size.` };
    return describe({ address: variable.address, bytes: size, mode: said }, name);
  }),

  request(
    'setDataBreakpoints',
    fields({
      breakpoints: list(
        fields({
          dataId: text,
          accessType: maybe(v.picklist(['read', 'write', 'readWrite'], '"read", "write" or "readWrite"')),
          condition: maybe(text),
          hitCondition: maybe(text),
        }),
      ),
    }),
    async ({ breakpoints }, { state }) => ({
      breakpoints: await state.breakpoints.setData(
        state.breakpointTarget,
        breakpoints.map(({ dataId, accessType = 'write', ...said }): DataBreakpointRequest => {
          const { mode: where, ...range } = watchedBy(dataId);
          const access: DataAccess = where === MIGRATE_MODE ? 'migrate' : accessType;
          return { ...range, access, ...optionsOf(where === MIGRATE_MODE ? said : { ...said, mode: where }) };
        }),
      ),
    }),
  ),
];

/** @param name of what is watched; null for a range of addresses */
function describe(watched: Watched, name: string | null): P.DataBreakpointInfoResponse['body'] {
  if (watched.address + watched.bytes > ADDRESSES)
    return { dataId: null, description: `Addresses end at ${formatAddress(ADDRESSES - 1)}.` };
  const bytes = `${watched.bytes} ${watched.bytes === 1 ? 'byte' : 'bytes'} at ${formatAddress(watched.address)}`;
  const where = watched.mode === 'any' ? '' : `, ${watched.mode}`;
  return {
    dataId: dataIdOf(watched),
    description: name === null ? `${bytes}${where}` : `${name} (${bytes}${where})`,
    // A page moves; it is neither read nor written then.
    ...(watched.mode !== MIGRATE_MODE && { accessTypes: ['read', 'write', 'readWrite'] }),
    // Another build may have something else there.
    canPersist: false,
  };
}

interface InfoArguments {
  readonly name: string;
  readonly variablesReference?: number;
  readonly frameId?: number;
}

/** A child of a container, or an expression. */
async function find(
  { name, variablesReference, frameId }: InfoArguments,
  state: AdapterState,
): Promise<Variable | null> {
  if (variablesReference === undefined || variablesReference === 0)
    return await state.session.evaluate(name, frameId ?? null);
  const index = /^\[(\d+)\]$/.exec(name)?.[1];
  // An element of a long array is asked for by itself.
  const children =
    index === undefined
      ? await state.session.variables(variablesReference)
      : await state.session.variables(variablesReference, Number(index), 1, 'indexed');
  return children.find((child) => child.name === name) ?? null;
}
