/** The running program as the controller sees it, and where in it a step began. */
import type { CallStack, GridPlace } from '../execution/debug-hooks.js';
import type { Polls } from '../toolchain/instrument/debug-code.js';
import type { HostThreadState, ProgramState } from './messages.js';

/** What the controller looks at in the running program. */
export interface DebuggedProgram {
  readonly rounds: number;
  /** The host's thread that runs, or that launched what runs. */
  readonly hostThread: number;
  readonly agent: number;
  readonly launch: number;
  /** Linear indices of the block and the thread that run; any numbers on the CPU. */
  readonly block: number;
  readonly thread: number;
  /** End of the innermost record of the shadow call stack. */
  readonly depth: number;
  position(): GridPlace | null;
  /** Code offset of the place that what happens now is charged to, if the code has gone on since. */
  readonly ranAheadFrom: number | null;
  callStacks(): { readonly host: CallStack; readonly device: CallStack | null };
  /** The host's threads, in the order in which they were made. */
  hostThreads(): readonly HostThreadState[];
  /** One byte a poll. */
  readonly pollBytes: Uint8Array;
  /** Makes every access to these pages known. */
  watch(pages: ReadonlySet<number>): void;
  /** Words of linear memory. */
  words(address: number, count: number): Uint32Array;
}

/** Who ran and where when a step began. */
export interface StepOrigin {
  readonly hostThread: number;
  readonly agent: number;
  readonly launch: number;
  readonly block: number;
  readonly thread: number;
  /** Functions with a record, the innermost's last. */
  readonly functions: readonly number[];
  /** First address of the innermost record. */
  readonly frame: number;
}

/** Whether it is the thread of a step that runs. */
export function isThreadOf(
  program: DebuggedProgram | undefined,
  { agent, hostThread, launch, block, thread }: StepOrigin,
): boolean {
  return (
    program?.agent === agent &&
    program.hostThread === hostThread &&
    program.launch === launch &&
    program.block === block &&
    program.thread === thread
  );
}

export function originOf(
  program: DebuggedProgram,
  { agent, launch, hostThread, hostStack, deviceStack }: ProgramState,
  polls: Polls,
): StepOrigin {
  const functions: number[] = [];
  let frame = 0;
  for (const { from, to } of deviceStack ? [hostStack, deviceStack] : [hostStack]) {
    for (let record = from; record < to;) {
      const functionIndex = program.words(record, 1)[0] ?? -1;
      const bytes = polls.recordBytes.get(functionIndex);
      if (bytes === undefined) break;
      functions.push(functionIndex);
      frame = record;
      record += bytes;
    }
  }
  return { agent, launch, hostThread, block: program.block, thread: program.thread, functions, frame };
}
