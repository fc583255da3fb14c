/**
 * The fields that a condition can ask about, their types, and the words that stand for values. docs/conditions.md
 * describes them for users; whoever completes conditions in an editor reads this table.
 */
import { ACCESSES, CAUSES, EVENT_KINDS } from '../memory/event.js';

/**
 * What a field can be compared with. `count`: a plain number; `size`: bytes; `time`: ns; `page`, `address`: what the
 * event touches; `node`: `cpu`, `gpu0`, …; `allocation`: a name or an id; the others: words of an enumeration, or text.
 */
export type FieldType =
  | 'count'
  | 'size'
  | 'time'
  | 'page'
  | 'address'
  | 'node'
  | 'kind'
  | 'access'
  | 'cause'
  | 'driver'
  | 'text'
  | 'allocation';

export interface ConditionField {
  readonly name: string;
  readonly type: FieldType;
  /** For a person who completes a condition. */
  readonly description: string;
  /** A condition with this field. */
  readonly example: string;
}

export const CONDITION_FIELDS = [
  { name: 'page', type: 'page', description: 'pages that the event touches', example: 'page in x' },
  { name: 'address', type: 'address', description: 'addresses of those pages', example: 'address == 0x20000f00' },
  { name: 'pages', type: 'count', description: 'how many pages', example: 'pages > 16' },
  { name: 'bytes', type: 'size', description: 'how many bytes', example: 'bytes >= 64K' },
  { name: 'from', type: 'node', description: 'whose memory the data was in', example: 'from == cpu' },
  { name: 'to', type: 'node', description: 'whose memory it goes to', example: 'to == gpu0' },
  { name: 'agent', type: 'node', description: 'who did it', example: 'agent == gpu0' },
  { name: 'kind', type: 'kind', description: 'what happened', example: 'kind == migrate' },
  { name: 'access', type: 'access', description: 'the access that faulted', example: 'access == write' },
  { name: 'cause', type: 'cause', description: 'why it happened', example: 'cause == eviction' },
  {
    name: 'allocation',
    type: 'allocation',
    description: 'allocation of the first page: its name or its id',
    example: 'allocation == "y"',
  },
  { name: 'line', type: 'count', description: 'source line of the code', example: 'line == 12' },
  { name: 'file', type: 'text', description: 'source file of the code', example: 'file == "add.cu"' },
  { name: 'function', type: 'text', description: 'function of the code', example: 'function == "main"' },
  { name: 'driver', type: 'driver', description: 'driver of the devices', example: 'driver == hmm' },
  { name: 'launch', type: 'count', description: 'id of the kernel launch', example: 'launch == 3' },
  { name: 'kernel', type: 'text', description: 'name of the kernel', example: 'kernel == "add"' },
  { name: 'time', type: 'time', description: 'simulated time of the event', example: 'time > 10ms' },
  { name: 'duration', type: 'time', description: 'simulated time that it takes', example: 'duration > 10us' },
  { name: 'number', type: 'count', description: 'number of the event', example: 'number >= 1000' },
  { name: 'block', type: 'count', description: 'block in the grid, linear', example: 'block == 0' },
  {
    name: 'thread',
    type: 'count',
    description: 'thread in the block, linear; on the CPU the host thread, 1 for main',
    example: 'thread == 31',
  },
  { name: 'blockIdx.x', type: 'count', description: 'block in the grid, x', example: 'blockIdx.x == 3' },
  { name: 'blockIdx.y', type: 'count', description: 'block in the grid, y', example: 'blockIdx.y == 0' },
  { name: 'blockIdx.z', type: 'count', description: 'block in the grid, z', example: 'blockIdx.z == 0' },
  { name: 'threadIdx.x', type: 'count', description: 'thread in the block, x', example: 'threadIdx.x == 17' },
  { name: 'threadIdx.y', type: 'count', description: 'thread in the block, y', example: 'threadIdx.y == 0' },
  { name: 'threadIdx.z', type: 'count', description: 'thread in the block, z', example: 'threadIdx.z == 0' },
  { name: 'blockDim.x', type: 'count', description: 'threads of a block, x', example: 'blockDim.x == 256' },
  { name: 'blockDim.y', type: 'count', description: 'threads of a block, y', example: 'blockDim.y == 1' },
  { name: 'blockDim.z', type: 'count', description: 'threads of a block, z', example: 'blockDim.z == 1' },
  { name: 'gridDim.x', type: 'count', description: 'blocks of the grid, x', example: 'gridDim.x == 4096' },
  { name: 'gridDim.y', type: 'count', description: 'blocks of the grid, y', example: 'gridDim.y == 1' },
  { name: 'gridDim.z', type: 'count', description: 'blocks of the grid, z', example: 'gridDim.z == 1' },
] as const satisfies readonly ConditionField[];

export type FieldName = (typeof CONDITION_FIELDS)[number]['name'];

/** Where a grid's fields are in its vectors. */
export interface GridField {
  readonly vector: 'blockIdx' | 'threadIdx' | 'blockDim' | 'gridDim';
  readonly axis: 0 | 1 | 2;
}

const FIELDS = new Map<string, (typeof CONDITION_FIELDS)[number]>(CONDITION_FIELDS.map((field) => [field.name, field]));
const FIELD_NAMES = CONDITION_FIELDS.map(({ name }) => name);

/** The fields as an error lists them. */
export const FIELD_LIST = [
  ...FIELD_NAMES.filter((name) => !name.includes('.')),
  'blockIdx.x|y|z',
  'threadIdx.x|y|z',
  'blockDim.x|y|z',
  'gridDim.x|y|z',
].join(', ');

export function isField(name: string): name is FieldName {
  return FIELDS.has(name);
}

export function fieldOf(name: FieldName): ConditionField {
  return FIELDS.get(name)!;
}

export function fieldNames(): readonly FieldName[] {
  return FIELD_NAMES;
}

/** Null for a field that is not one of the grid's own. */
export function gridFieldOf(name: FieldName): GridField | null {
  const [vector, axis] = name.split('.') as [GridField['vector'], string | undefined];
  return axis === undefined ? null : { vector, axis: 'xyz'.indexOf(axis) as GridField['axis'] };
}

/** Words of each enumeration that never changes, and the numbers that they stand for. */
export const ENUMERATIONS: Readonly<Record<'kind' | 'access' | 'cause', ReadonlyMap<string, readonly number[]>>> = {
  kind: words(EVENT_KINDS, {
    fault: ['cpuFault', 'deviceFault'],
    migration: ['migrate'],
    eviction: ['evict'],
    invalidation: ['invalidate'],
  }),
  access: words(ACCESSES, {}),
  cause: words(CAUSES, { eviction: ['evict'] }),
};

/** @param aliases other words for one or several of the names */
function words<Name extends string>(
  names: readonly Name[],
  aliases: Readonly<Record<string, readonly Name[]>>,
): ReadonlyMap<string, readonly number[]> {
  return new Map([
    ...names.map((name, index): [string, readonly number[]] => [name, [index]]),
    ...Object.entries(aliases).map(([alias, meant]): [string, readonly number[]] => [
      alias,
      meant.map((name) => names.indexOf(name)),
    ]),
  ]);
}
