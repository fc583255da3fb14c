/**
 * The threads of one block that wait for each other: who runs, who waits for what, and when they go on. Thread after thread until it
 * returns or waits, a warp until no lane of it can go on, then the next; when all that live are at the block's barrier, they pass it: a
 * deterministic order in which nobody passes a barrier before every thread has reached it.
 */
import { ThreadState, type ThreadTable } from '../toolchain/thread-table.js';
import { Exchange, exchange, exchangeName, names } from './warp-exchange.js';

/** Phases between two barriers of a block: exchanges within a warp. */
export const PHASES_A_BARRIER = 1 << 16;

/** Volatile accesses of a warp before another one has its turn: about as many as a reduction or a scan has. */
const MOST_LOOKS = 16;
/** Barriers that a block passes before another one has its turn, if its threads look: they may try again after each. */
const MOST_BARRIERS = 16;

/** Where all threads that live have come to; `looks`: those that could go on have looked at volatile memory for long. */
export type BlockState = 'done' | 'grid' | 'looks';

/**
 * Runs the threads of `[first, end)` whose state is no higher than the limit, in order, each until it waits or returns: its state says which.
 * Gives the states that threads of the range are in then, as bits.
 */
export type RunThreads = (first: number, end: number, limit: number) => number;

const bit = (state: number): number => 1 << state;
const DONE = bit(ThreadState.done);
const AT_BARRIER = bit(ThreadState.barrier) | bit(ThreadState.vote);

/** Threads that wait for what cannot come, in words. */
export class StuckBlock extends Error {
  override readonly name = 'StuckBlock';
}

export class BlockThreads {
  /** Barriers that the block has passed, and exchanges of each warp since. */
  private barriers = 0;
  /** How often threads have looked at volatile memory, a warp's at a time. */
  private looks = 0;
  /** States that threads are in since the last barrier was passed, or others had a turn. */
  private states = 0;
  private readonly exchanges: Uint16Array;
  private readonly allLanes: readonly number[];

  /** @param lanes of a warp; @param wordAt reads memory; @param barrier what a person calls it */
  constructor(
    readonly table: ThreadTable,
    private readonly lanes: number,
    private readonly wordAt: (address: number) => number = () => 0,
    private readonly barrier = '__syncthreads()',
  ) {
    table.state.fill(ThreadState.fresh);
    this.exchanges = new Uint16Array(Math.ceil(table.threads / lanes));
    this.allLanes = Array.from({ length: lanes }, (_, lane) => lane);
  }

  /** A number that goes up whenever a thread has waited for others: barriers of the block in steps of {@link PHASES_A_BARRIER}. */
  phaseOf(thread: number): number {
    return this.barriers * PHASES_A_BARRIER + (this.exchanges[Math.floor(thread / this.lanes)] ?? 0);
  }

  /** Whether threads wait for words to change: what they did before is done when they go on, whatever {@link phaseOf} says. */
  get waitForWords(): boolean {
    return this.table.state.includes(ThreadState.word);
  }

  /** Runs the threads until all have returned, or other blocks should have a turn. @throws StuckBlock */
  advance(run: RunThreads): BlockState {
    const { state, threads } = this.table;
    for (let thread = 0; thread < threads; thread++)
      if (state[thread] === ThreadState.grid) state[thread] = ThreadState.ready;
    const last = this.barriers + MOST_BARRIERS;
    const { looks } = this;
    for (let limit: number = ThreadState.ready; ;) {
      let gaveWay = false;
      this.states = 0;
      for (let first = 0; first < threads; first += this.lanes)
        gaveWay = this.advanceWarp(first, run, limit) || gaveWay;
      limit = ThreadState.ready;
      if ((this.states & bit(ThreadState.word)) !== 0 && this.wakeByWords()) continue;
      if (gaveWay || (this.looks > looks && this.barriers >= last)) return 'looks';
      if (this.all(DONE)) return 'done';
      if (this.all(bit(ThreadState.grid))) return 'grid';
      if (!this.all(AT_BARRIER)) throw new StuckBlock(this.whatTheyWaitFor());
      this.passBarrier();
      limit = ThreadState.vote;
    }
  }

  /**
   * Runs a warp's lanes until all have returned or wait for other warps.
   * @returns whether it gave way to other warps instead: its lanes may look again and again at what another one writes
   */
  private advanceWarp(first: number, run: RunThreads, limit: number): boolean {
    const end = Math.min(first + this.lanes, this.table.threads);
    for (let looks = 0; looks < MOST_LOOKS;) {
      const states = run(first, end, limit);
      limit = ThreadState.ready;
      const exchanges = (states & bit(ThreadState.exchange)) !== 0;
      if (exchanges && this.exchangeMasked(first, end)) continue;
      const completed = exchanges ? this.exchangeConverged(first, end) : undefined;
      if (completed === undefined) {
        this.states |= states;
        return false;
      }
      if (completed !== Exchange.volatileAccess) continue;
      looks++;
      this.looks++;
    }
    // Others of the warp, too, may have to write first.
    while (this.exchangeConverged(first, end, Exchange.volatileAccess) !== undefined);
    return true;
  }

  /** Completes operations whose mask names only lanes that have come to them. */
  private exchangeMasked(first: number, end: number): boolean {
    const { state, maskLow, maskHigh } = this.table;
    let any = false;
    for (let thread = first; thread < end; thread++) {
      if (state[thread] !== ThreadState.exchange || (maskLow[thread] === 0 && maskHigh[thread] === 0)) continue;
      const members = this.comeTogether(first, end, thread);
      if (members.length === 0) continue;
      this.complete(first, members);
      any = true;
    }
    return any;
  }

  /** The lanes that the mask of a thread's operation names and that live, if all of them have come to it. */
  private comeTogether(first: number, end: number, thread: number): readonly number[] {
    const { state, maskLow, maskHigh, operation } = this.table;
    const low = maskLow[thread] ?? 0;
    const high = maskHigh[thread] ?? 0;
    const kind = operation[thread];
    let count = 0;
    for (let other = first; other < end; other++) {
      if (!names(low, high, other - first) || state[other] === ThreadState.done) continue;
      if (state[other] !== ThreadState.exchange || operation[other] !== kind) return NOBODY;
      if (maskLow[other] !== low || maskHigh[other] !== high) return NOBODY;
      count++;
    }
    if (count === this.allLanes.length) return this.allLanes;
    const members: number[] = [];
    for (let other = first; other < end; other++)
      if (names(low, high, other - first) && state[other] === ThreadState.exchange) members.push(other - first);
    return members;
  }

  /**
   * Completes the first place's operation without a mask: its lanes are converged, for nobody else of the warp can go on.
   * @param only the kind of operation to look for @returns its kind; undefined if there is none
   */
  private exchangeConverged(first: number, end: number, only?: number): number | undefined {
    const { maskLow, maskHigh, operation, line } = this.table;
    let least = -1;
    const unmasked = (thread: number): boolean =>
      this.table.state[thread] === ThreadState.exchange &&
      ((maskLow[thread] ?? 0) | (maskHigh[thread] ?? 0)) === 0 &&
      (only === undefined || operation[thread] === only);
    for (let thread = first; thread < end; thread++)
      if (unmasked(thread) && (least < 0 || (line[thread] ?? 0) < (line[least] ?? 0))) least = thread;
    if (least < 0) return undefined;
    const members: number[] = [];
    for (let thread = first; thread < end; thread++)
      if (unmasked(thread) && line[thread] === line[least] && operation[thread] === operation[least])
        members.push(thread - first);
    this.complete(first, members);
    return operation[least];
  }

  private complete(first: number, members: readonly number[]): void {
    exchange(this.table, first, members);
    const warp = first / this.lanes;
    this.exchanges[warp] = Math.min((this.exchanges[warp] ?? 0) + 1, PHASES_A_BARRIER - 1);
    for (const lane of members) this.table.state[first + lane] = ThreadState.ready;
  }

  private wakeByWords(): boolean {
    const { state, word, value } = this.table;
    let any = false;
    for (let thread = 0; thread < state.length; thread++) {
      if (state[thread] !== ThreadState.word) continue;
      const address = word[thread] ?? 0;
      if (address !== 0 && this.wordAt(address) === value[thread]) continue;
      state[thread] = ThreadState.ready;
      any = true;
    }
    return any;
  }

  /** All threads that live go on, which {@link RunThreads} does. */
  private passBarrier(): void {
    this.barriers++;
    this.exchanges.fill(0);
    if ((this.states & bit(ThreadState.vote)) === 0) return;
    const { state, low, resultLow, resultHigh } = this.table;
    let [votes, waiting] = [0, 0];
    for (let thread = 0; thread < state.length; thread++) {
      if (state[thread] === ThreadState.done) continue;
      waiting++;
      if (state[thread] === ThreadState.vote && low[thread] !== 0) votes++;
    }
    resultLow.fill(votes);
    resultHigh.fill(waiting);
  }

  /** Whether all threads that live are in these states, bits. */
  private all(wanted: number): boolean {
    return (this.states & ~(wanted | DONE)) === 0;
  }

  private whatTheyWaitFor(): string {
    const waits = new Map<string, number[]>();
    for (let thread = 0; thread < this.table.threads; thread++) {
      const what = this.waitOf(thread);
      if (what === undefined) continue;
      const list = waits.get(what);
      if (list) list.push(thread);
      else waits.set(what, [thread]);
    }
    const parts = [...waits].map(([what, threads]) => `${threadRange(threads)} ${what}`);
    return `threads of a block wait for each other for ever: ${parts.slice(0, 4).join(', ')}`;
  }

  private waitOf(thread: number): string | undefined {
    const { maskLow, maskHigh, operation, line } = this.table;
    const state = this.table.state[thread];
    if (state === ThreadState.done) return undefined;
    if (state === ThreadState.barrier || state === ThreadState.vote) return `at ${this.barrier}`;
    if (state === ThreadState.grid) return "at the grid's sync()";
    if (state === ThreadState.word) return 'for a lock, or for an iteration before theirs';
    const mask = (BigInt(maskHigh[thread] ?? 0) << 32n) | BigInt(maskLow[thread] ?? 0);
    const name = exchangeName(operation[thread] ?? 0);
    return `at a warp's ${name} on line ${String(line[thread])} with mask 0x${mask.toString(16)}`;
  }
}

const NOBODY: readonly number[] = [];

function threadRange(threads: readonly number[]): string {
  const [first = 0, last = 0] = [threads[0], threads.at(-1)];
  const range = first === last ? String(first) : `${String(first)}–${String(last)}`;
  return last - first + 1 === threads.length ? range : `${String(threads.length)} of ${range}`;
}
