/**
 * Code that waits: which functions can be on the stack of a thread that is suspended, and the module in which they can.
 *
 * Two kinds of threads wait. Those of a grid, at barriers: they run in a second module, code only, over memory that the main one has
 * initialised, so a program pays for suspension nowhere else; so do the threads of an OpenMP team, a device's or the host's. Those of the host, at mutexes and the like and in long loops: their module
 * is the main one, of programs that make threads or processes and of no others.
 */
import type { Compiler } from './compiler.js';
import { ToolchainFailure } from './compiler.js';
import { functionTable } from './function-table.js';
import { decode, type Instruction } from './instrument/instruction.js';
import { ByteReader } from './instrument/leb128.js';
import { Op } from './instrument/opcodes.js';
import type { WasmModule } from './instrument/wasm-module.js';

/** Where a thread looks at what others may write, those of other blocks as well. */
const LOOK = 'faultline.volatile_access';
/** Where a grid's thread waits. */
const GRID_SUSPENDS = [
  LOOK,
  'faultline.barrier',
  'faultline.barrier_vote',
  'faultline.grid_barrier',
  'faultline.warp_exchange',
  'faultline.team_wait',
];
/**
 * A lock that a thread finds taken: somebody waits for something else while he holds it. So threads that can wait for nothing but locks
 * never do.
 */
const LOCK = 'faultline.team_lock';

/** Where a host thread may wait, or lose the processor. */
const HOST_SUSPENDS = [
  'faultline.preempt',
  'faultline.thread_wait',
  'faultline.thread_join',
  'faultline.thread_yield',
  'faultline.thread_sleep',
  'faultline.thread_exit',
  'faultline.fork',
  'faultline.wait_child',
];
/** Of a program with pipes, which fill and run empty. */
const PIPE = 'faultline.pipe';
const PIPE_SUSPENDS = ['wasi_snapshot_preview1.fd_read', 'wasi_snapshot_preview1.fd_write'];

/** Programs that call these have more than one thread to run. */
const MAKE_THREADS = ['faultline.thread_create', 'faultline.fork'];

/** Indices of imported functions, by `module.name`. */
function importedFunctions(module: WasmModule): ReadonlyMap<string, number> {
  const indices = new Map<string, number>();
  for (const { module: from, name, kind } of module.imports)
    if (kind === 0) indices.set(`${from}.${name}`, indices.size);
  return indices;
}

/** Whether the program can have more than one thread or process of the host. */
export function makesThreads(module: WasmModule): boolean {
  const imports = importedFunctions(module);
  return MAKE_THREADS.some((name) => imports.has(name));
}

interface Calls {
  /** Callers by callee, of direct calls. */
  readonly direct: ReadonlyMap<number, readonly number[]>;
  /** Callers by type, of indirect calls. */
  readonly indirect: ReadonlyMap<number, readonly number[]>;
  /** Functions with a loop. */
  readonly loops: ReadonlySet<number>;
}

function readCalls(module: WasmModule): Calls {
  const direct = new Map<number, number[]>();
  const indirect = new Map<number, number[]>();
  const loops = new Set<number>();
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  for (const body of module.bodies) {
    const reader = new ByteReader(module.bytes, body.start, body.end);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.skipLeb();
      reader.u8();
    }
    while (!reader.done) {
      decode(reader, instruction);
      if (instruction.opcode === Op.loop) loops.add(body.functionIndex);
      if (instruction.opcode !== Op.call && instruction.opcode !== Op.callIndirect) continue;
      const callers = instruction.opcode === Op.call ? direct : indirect;
      const list = callers.get(instruction.immediate);
      if (list) list.push(body.functionIndex);
      else callers.set(instruction.immediate, [body.functionIndex]);
    }
  }
  return { direct, indirect, loops };
}

/** Functions from which calls lead to these, and these themselves. @param indirect of which functions calls through the table count */
function callersOf(
  module: WasmModule,
  calls: Calls,
  callees: Iterable<number>,
  indirect?: (caller: number) => boolean,
): ReadonlySet<number> {
  const reaching = new Set(callees);
  const inTable = new Set(indirect ? functionTable(module).values() : []);
  const pending = [...reaching];
  for (let callee = pending.pop(); callee !== undefined; callee = pending.pop()) {
    const callers = [...(calls.direct.get(callee) ?? [])];
    if (indirect && inTable.has(callee))
      callers.push(...(calls.indirect.get(module.typeIndexOf(callee)) ?? []).filter((caller) => indirect(caller)));
    for (const caller of callers) {
      if (reaching.has(caller)) continue;
      reaching.add(caller);
      pending.push(caller);
    }
  }
  return reaching;
}

/** Code whose threads wait for each other, by function index. */
export interface WaitingCode {
  /** Functions that can be on a suspended thread's stack. */
  readonly suspended: ReadonlySet<number>;
  /** Those that make threads suspendable: from them calls lead to where one waits for another. */
  readonly waiting: ReadonlySet<number>;
  /** Of them, those that may wait for other blocks although nobody said so. */
  readonly looking: ReadonlySet<number>;
}

/** @param callsBack of which functions calls through the table count */
export function functionsThatWait(module: WasmModule, callsBack: (functionIndex: number) => boolean): WaitingCode {
  const imports = importedFunctions(module);
  const seeds = GRID_SUSPENDS.flatMap((name) => imports.get(name) ?? []);
  if (seeds.length === 0) return { suspended: new Set(), waiting: new Set(), looking: new Set() };
  const calls = readCalls(module);
  const from = (imported: readonly number[]): ReadonlySet<number> => {
    const found = callersOf(module, calls, imported, callsBack);
    return new Set([...found].filter((index) => index >= module.importedFunctions));
  };
  const waiting = from(seeds);
  const lock = imports.get(LOCK);
  const look = imports.get(LOOK);
  return {
    waiting,
    looking: look === undefined ? new Set() : from([look]),
    suspended: lock === undefined ? waiting : from([...seeds, lock]),
  };
}

/** Functions that call what a program gives them: of our runtime, and of libraries. */
export function isCallingBack(name: string): boolean {
  return name.startsWith('__faultline_') || name.startsWith('__kmpc_') || CALLS_BACK.has(name);
}

/** Functions of libraries through which a thread's own code is called: our own, musl's and libc++'s. */
const CALLS_BACK = new Set([
  'run_thread',
  'run',
  'run_objects',
  'end_thread',
  'pthread_once',
  ...[
    'is_after',
    'merge_sort',
    'heap_sort',
    'sort',
    'qsort',
    'qsort_r',
    'bsearch',
    'lfind',
    'lsearch',
    'tsearch',
    'tfind',
    'tdelete',
  ],
  ...['call', '__funcs_on_exit'],
  '_ZNSt3__211__call_onceERVmPvPFvS2_E',
  '_ZNSt3__219__shared_weak_count14__release_weakEv',
]);

/**
 * Functions that may be on a suspended host thread's stack. A call through the table may lead to whatever has its type; of libraries that
 * were compiled before, this would be most of what prints and reads. So theirs do not count but for a few, and a thread that waits
 * below another one's is not unwound (see `execution/host-threads.ts`).
 * @param isCompiled functions that were compiled with the program, headers' included; @param isPreempted those in whose loops a thread
 * may lose the processor
 */
export function functionsOfHostThreads(
  module: WasmModule,
  isCompiled: (functionIndex: number) => boolean,
  isPreempted: (functionIndex: number) => boolean,
): ReadonlySet<number> {
  const imports = importedFunctions(module);
  const calls = readCalls(module);
  const waits = imports.has(PIPE) ? [...HOST_SUSPENDS, ...PIPE_SUSPENDS] : HOST_SUSPENDS;
  const seeds = waits.flatMap((name) => imports.get(name) ?? []);
  for (const looping of calls.loops) if (isPreempted(looping)) seeds.push(looping);
  const callsBack = (caller: number): boolean =>
    isCompiled(caller) || CALLS_BACK.has(module.functionNames.get(caller) ?? '');
  const found = callersOf(module, calls, seeds, callsBack);
  return new Set([...found].filter((index) => index >= module.importedFunctions));
}

/** An export that runs one thread of a block. */
export interface ThreadEntry {
  readonly name: string;
  /** Whether it does something before or after what waits, so that it has to be suspended itself. */
  readonly suspends: boolean;
}

/** @param codeOnly the instrumented module without data, its functions numbered */
export async function makeSuspendable(
  compiler: Compiler,
  codeOnly: Uint8Array,
  waiting: ReadonlySet<number>,
  entries: readonly ThreadEntry[],
): Promise<Uint8Array> {
  return asyncify(compiler, codeOnly, [...GRID_SUSPENDS, LOCK], waiting, entries);
}

/** @param wasm the instrumented module, its functions numbered */
export async function makeHostSuspendable(
  compiler: Compiler,
  wasm: Uint8Array,
  waiting: ReadonlySet<number>,
): Promise<Uint8Array> {
  return asyncify(compiler, wasm, [...HOST_SUSPENDS, ...PIPE_SUSPENDS], waiting, []);
}

async function asyncify(
  compiler: Compiler,
  wasm: Uint8Array,
  imports: readonly string[],
  functions: ReadonlySet<number>,
  entries: readonly ThreadEntry[],
): Promise<Uint8Array> {
  const names = [...functions].map((index) => `f${String(index)}`);
  const exported = entries.flatMap(({ name, suspends }) => (suspends ? [name] : []));
  const lists = [imports, names, exported, entries.map(({ name }) => name)];
  const { files, output } = await compiler.run(['asyncify', ...lists.flatMap((list) => [...list, '--'])], {
    'in.wasm': wasm,
  });
  const suspendable = files['out.wasm'];
  if (!(suspendable instanceof Uint8Array))
    throw new ToolchainFailure(`code that waits could not be prepared: ${output}`);
  return suspendable;
}
