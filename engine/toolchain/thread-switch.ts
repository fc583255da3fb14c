/**
 * From one thread of a block to the next without leaving WebAssembly. To a module that Asyncify has rewritten are added
 *
 * - in place of the imports at which threads wait: functions that write into the thread's row of the table what it waits for, and have its
 *   frames unwound; when it goes on they give what the engine has put there,
 * - for each export that runs one thread a function `NAME_run(first, end, table, limit)`, which runs those of the threads whose state is no
 *   higher than the limit, in order, each until it waits or returns. It gives the states that threads of the range are in then, as bits.
 *
 * A switch costs the frames that it saves; calls from the engine for each thread cost ten times that.
 * Source: Binaryen, src/passes/Asyncify.cpp and StackCheck.cpp (the protocols and the names of globals are in their head comments).
 */
import binaryen from 'binaryen';
import {
  Column,
  GRID_REFUSED,
  Head,
  HEAD_BYTES,
  runExport,
  STACK_BASE,
  STACK_LIMIT,
  ThreadState,
  VOLATILE_ACCESS,
  THREAD_INDEX,
} from './thread-table.js';

type Expression = binaryen.ExpressionRef;

/** Values of Asyncify's state. */
const Asyncify = { running: 0, unwinding: 1, rewinding: 2 } as const;
/** At the start of a suspended thread's buffer: where its frames end, and where they have to. */
const BUFFER_HEADER_BYTES = 8;

/**
 * The globals that say which thread runs. A team's thread may itself run another team: who runs threads puts them back when they have all
 * waited or returned.
 */
const Own = {
  table: '__thread_table',
  row: '__thread_row',
  /** From one column to the next. */
  column: '__thread_column',
  /** Where it is unwound to. */
  buffer: '__thread_buffer',
  index: '__thread_index',
} as const;
const Stack = { base: '__stack_base', limit: '__stack_limit' } as const;

/** @param entries exports that run one thread each, given the address of the parameters */
export function addThreadSwitch(module: binaryen.Module, entries: readonly string[]): void {
  const { i32, none } = binaryen;
  for (const name of Object.values(Own)) module.addGlobal(name, i32, true, module.i32.const(0));
  module.addGlobalExport(Own.index, THREAD_INDEX);
  module.addGlobalExport(Stack.base, STACK_BASE);
  module.addGlobalExport(Stack.limit, STACK_LIMIT);
  module.addFunctionImport(GRID_REFUSED, 'faultline', GRID_REFUSED, none, none);
  const code = new ThreadCode(module);
  for (const [name, body] of waits(code)) replaceImport(module, name, body);
  for (const entry of entries) {
    const name = runExport(entry);
    const body = run(code, internalName(module, entry));
    module.addFunction(name, binaryen.createType([i32, i32, i32, i32]), i32, MORE_LOCALS, body);
    module.addFunctionExport(name, name);
  }
}

function internalName(module: binaryen.Module, exported: string): string {
  return binaryen.getExportInfo(module.getExport(exported)).value;
}

/** Calls of the import, if there is one, lead to a function with this body from now on. */
function replaceImport(module: binaryen.Module, base: string, body: () => Expression): void {
  for (let n = 0; n < module.getNumFunctions(); n++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(n));
    if (info.module !== 'faultline' || info.base !== base) continue;
    module.removeFunction(info.name);
    module.addFunction(info.name, info.params, info.results, [], body());
    return;
  }
}

/** Short words for what is written often: all values are words. */
class ThreadCode {
  readonly stackPointer: string;
  readonly callStack: string;

  constructor(readonly m: binaryen.Module) {
    this.stackPointer = internalName(m, '__faultline_stackPointer');
    this.callStack = internalName(m, '__faultline_callStack');
  }

  i32(value: number): Expression {
    return this.m.i32.const(value);
  }

  get(global: string): Expression {
    return this.m.global.get(global, binaryen.i32);
  }

  local(n: number): Expression {
    return this.m.local.get(n, binaryen.i32);
  }

  add(a: Expression, b: Expression): Expression {
    return this.m.i32.add(a, b);
  }

  load(address: Expression, offset = 0): Expression {
    return this.m.i32.load(offset, 4, address);
  }

  store(address: Expression, value: Expression, offset = 0): Expression {
    return this.m.i32.store(offset, 4, address, value);
  }

  call(name: string, ...operands: Expression[]): Expression {
    return this.m.call(name, operands, binaryen.none);
  }

  seq(...parts: Expression[]): Expression {
    return this.m.block(null, parts);
  }

  inState(state: number): Expression {
    return this.m.i32.eq(this.get('__asyncify_state'), this.i32(state));
  }

  /** What Asyncify's own functions do, which V8 does not inline. */
  enter(state: number): Expression {
    return this.m.global.set('__asyncify_state', this.i32(state));
  }

  /** Address of the running thread's word in a column. */
  cell(column: number): Expression {
    return this.add(this.get(Own.row), this.m.i32.mul(this.get(Own.column), this.i32(column)));
  }
}

/** Bodies of the functions at which threads wait, by the name of the import. */
function waits(code: ThreadCode): ReadonlyMap<string, () => Expression> {
  const { m } = code;
  /** @param request columns that the parameters go to, in their order; @param before what is done when it begins to wait */
  const wait = (state: number, request: readonly number[], gives: boolean, before: readonly Expression[]): Expression =>
    m.block(
      null,
      [
        // Not a thread of a block: there is nobody to wait for.
        m.if(m.i32.eqz(code.get(Own.row)), m.return(gives ? code.i32(0) : undefined)),
        m.if(
          code.inState(Asyncify.rewinding),
          code.seq(code.enter(Asyncify.running), m.return(gives ? code.load(code.cell(Column.resultLow)) : undefined)),
        ),
        ...before,
        ...request.map((column, n) => code.store(code.cell(column), code.local(n))),
        code.store(code.get(Own.row), code.i32(state)),
        m.global.set('__asyncify_data', code.get(Own.buffer)),
        code.enter(Asyncify.unwinding),
        ...(gives ? [code.i32(0)] : []),
      ],
      gives ? binaryen.i32 : binaryen.none,
    );
  const { operation, low, high, argument, width, maskLow, maskHigh, line, word, value, resultHigh } = Column;
  const exchange = [operation, low, high, argument, width, maskLow, maskHigh, line];
  const forWord = (): Expression => wait(ThreadState.word, [word, value], false, []);
  return new Map([
    ['barrier', () => wait(ThreadState.barrier, [], false, [])],
    ['barrier_vote', () => wait(ThreadState.vote, [low], true, [])],
    ['grid_barrier', () => wait(ThreadState.grid, [], false, [refuseUnlessCooperative(code)])],
    ['warp_exchange', () => wait(ThreadState.exchange, exchange, true, [])],
    [
      'volatile_access',
      () =>
        wait(ThreadState.exchange, [line], false, [
          code.store(code.cell(operation), code.i32(VOLATILE_ACCESS)),
          code.store(code.cell(maskLow), code.i32(0)),
          code.store(code.cell(maskHigh), code.i32(0)),
        ]),
    ],
    ['team_wait', forWord],
    ['team_lock', forWord],
    ['exchange_high', () => m.if(m.i32.eqz(code.get(Own.row)), code.i32(0), code.load(code.cell(resultHigh)))],
  ]);
}

function refuseUnlessCooperative(code: ThreadCode): Expression {
  return code.m.if(code.m.i32.eqz(code.load(code.get(Own.table), Head.cooperative)), code.call(GRID_REFUSED));
}

/** Locals of a function that runs threads: its parameters, the indices of the thread, addresses, and what is put back at the end. */
const Local = {
  thread: 0,
  end: 1,
  table: 2,
  limit: 3,
  x: 4,
  y: 5,
  z: 6,
  row: 7,
  column: 8,
  stack: 9,
  buffer: 10,
  states: 11,
  saved: 12,
} as const;
const PARAMETERS = 4;
const SAVED = [...Object.values(Own), ...Object.values(Stack)];
const MORE_LOCALS = new Array<number>(Local.saved - PARAMETERS + SAVED.length).fill(binaryen.i32);

/** @param entry function that runs one thread */
function run(code: ThreadCode, entry: string): Expression {
  const { m } = code;
  const { thread, end, table, limit, x, y, z, row, column, states } = Local;
  const local = (n: number): Expression => code.local(n);
  const assign = (n: number, value: Expression): Expression => m.local.set(n, value);
  const head = (field: keyof typeof Head): Expression => code.load(local(table), Head[field]);
  const increase = (n: number, by = 1): Expression => assign(n, code.add(local(n), code.i32(by)));
  /** One further in a row of the block, or of its rows: the next after the last is the first of the next row. */
  const carry = (n: number, extent: Expression, next: Expression): Expression =>
    m.if(m.i32.eq(local(n), extent), code.seq(assign(n, code.i32(0)), next));
  return code.seq(
    ...SAVED.map((name, n) => assign(Local.saved + n, code.get(name))),
    m.global.set(Own.table, local(table)),
    assign(column, head('columnBytes')),
    m.global.set(Own.column, local(column)),
    assign(row, code.add(code.add(local(table), code.i32(HEAD_BYTES)), m.i32.shl(local(thread), code.i32(2)))),
    assign(x, m.i32.rem_u(local(thread), head('extentX'))),
    assign(y, m.i32.rem_u(m.i32.div_u(local(thread), head('extentX')), head('extentY'))),
    assign(z, m.i32.div_u(m.i32.div_u(local(thread), head('extentX')), head('extentY'))),
    m.loop(
      'threads',
      code.seq(
        m.if(m.i32.le_u(code.load(local(row)), local(limit)), runOne(code, entry)),
        assign(states, m.i32.or(local(states), m.i32.shl(code.i32(1), code.load(local(row))))),
        increase(row, 4),
        increase(x),
        carry(x, head('extentX'), code.seq(increase(y), carry(y, head('extentY'), increase(z)))),
        increase(thread),
        m.br('threads', m.i32.lt_u(local(thread), local(end))),
      ),
    ),
    ...SAVED.map((name, n) => m.global.set(name, local(Local.saved + n))),
    local(states),
  );
}

/** Runs the thread of the row until it waits or returns. */
function runOne(code: ThreadCode, entry: string): Expression {
  const { m } = code;
  const { thread, table, x, y, z, row, column, stack, buffer } = Local;
  const local = (n: number): Expression => code.local(n);
  const head = (field: keyof typeof Head): Expression => code.load(local(table), Head[field]);
  const cell = (n: number): Expression => code.add(local(row), m.i32.mul(local(column), code.i32(n)));
  const top = code.add(local(stack), m.i32.sub(head('bytesPerThread'), head('suspendedBytes')));
  return code.seq(
    m.global.set(Own.row, local(row)),
    m.global.set(Own.index, local(thread)),
    ...[x, y, z].map((index, n) => code.store(head('registers'), local(index), 4 * n)),
    m.local.set(stack, code.add(head('stacks'), m.i32.mul(local(thread), head('bytesPerThread')))),
    m.local.set(buffer, top),
    m.global.set(Own.buffer, local(buffer)),
    m.global.set(Stack.limit, local(stack)),
    m.global.set(Stack.base, local(buffer)),
    // A waiting thread has not run its epilogues: where its records end is put back with its stack pointer.
    m.global.set(code.callStack, code.load(cell(Column.callStack))),
    m.if(
      code.load(local(row)),
      code.seq(
        m.global.set(code.stackPointer, code.load(cell(Column.stackPointer))),
        code.store(local(row), code.i32(ThreadState.running)),
        m.global.set('__asyncify_data', local(buffer)),
        code.enter(Asyncify.rewinding),
      ),
      code.seq(
        m.global.set(code.stackPointer, local(buffer)),
        code.store(local(row), code.i32(ThreadState.running)),
        code.store(local(buffer), code.add(local(buffer), code.i32(BUFFER_HEADER_BYTES))),
        code.store(local(buffer), code.add(local(buffer), head('suspendedBytes')), 4),
      ),
    ),
    code.call(entry, head('parameters')),
    code.store(cell(Column.stackPointer), code.get(code.stackPointer)),
    code.store(cell(Column.callStack), code.get(code.callStack)),
    m.if(
      code.inState(Asyncify.unwinding),
      code.seq(
        // Its frames did not fit.
        m.if(m.i32.gt_u(code.load(local(buffer)), code.load(local(buffer), 4)), m.unreachable()),
        code.enter(Asyncify.running),
      ),
      code.store(local(row), code.i32(ThreadState.done)),
    ),
  );
}
