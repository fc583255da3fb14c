/**
 * Where the program is at this moment, as the event log asks for it with every event: simulated time, code, kernel thread,
 * and whose memory a page is. Filled in as the program's parts are built.
 */
import type { VirtualClock } from '../machine/clock.js';
import { CPU, type AgentId } from '../memory/units.js';
import type { Allocations } from './allocations.js';
import { MAIN_THREAD } from './host-threads.js';
import { NO_CODE_OFFSET } from './program.js';

/** No block of a grid: the CPU is at work. */
const NO_BLOCK = 0xffff_ffff;
/** A thread is not known, or its number is more than the log has room for. */
const NO_THREAD = 0xffff;

/** What is known of the kernel that runs. */
interface RunningKernel {
  /** Id of the launch, 0 if none. */
  readonly current: number;
  linearBlock(): number;
  linearThread(): number;
}

/** A place in a kernel where a thread was when it touched what is dealt with now. */
export interface ChargedPlace {
  readonly codeOffset: number;
  /** Index in the grid, and in the block. */
  readonly block: number;
  readonly thread: number;
}

export class ProgramPlace {
  /** What happens is because of this place; the code that runs has gone on. */
  charged: ChargedPlace | undefined;
  private runningAt = NO_CODE_OFFSET;
  /** Whose accesses are made, and checked against whose permissions. */
  agent: AgentId = CPU;
  /** Which of the host's threads runs: 1 is main. */
  hostThread = MAIN_THREAD;
  launcher: RunningKernel | undefined;
  allocations: Allocations | undefined;

  constructor(private readonly clock: VirtualClock) {}

  get codeOffset(): number {
    return this.charged?.codeOffset ?? this.runningAt;
  }

  set codeOffset(codeOffset: number) {
    this.runningAt = codeOffset;
  }

  get nowNs(): number {
    return this.clock.nowNs;
  }

  get launch(): number {
    return this.launcher?.current ?? 0;
  }

  get block(): number {
    return this.agent === CPU ? NO_BLOCK : (this.charged?.block ?? this.launcher?.linearBlock() ?? NO_BLOCK);
  }

  get thread(): number {
    if (this.agent === CPU) return Math.min(this.hostThread, NO_THREAD);
    return this.charged?.thread ?? this.launcher?.linearThread() ?? 0;
  }

  allocationOf(page: number): number {
    return this.allocations?.ofPage(page) ?? 0;
  }
}
