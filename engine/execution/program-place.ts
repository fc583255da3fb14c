/**
 * Where the program is at this moment, as the event log asks for it with every event: simulated time, code, kernel thread,
 * and whose memory a page is. Filled in as the program's parts are built.
 */
import type { VirtualClock } from '../machine/clock.js';
import { CPU, type AgentId } from '../memory/units.js';
import type { Allocations } from './allocations.js';
import { MAIN_THREAD } from './host-threads.js';
import type { Launcher } from './launcher.js';
import { NO_CODE_OFFSET } from './program.js';

/** No block of a grid: the CPU is at work. */
const NO_BLOCK = 0xffff_ffff;
/** A thread is not known, or its number is more than the log has room for. */
const NO_THREAD = 0xffff;

export class ProgramPlace {
  codeOffset = NO_CODE_OFFSET;
  /** Whose accesses are made, and checked against whose permissions. */
  agent: AgentId = CPU;
  /** Which of the host's threads runs: 1 is main. */
  hostThread = MAIN_THREAD;
  launcher: Launcher | undefined;
  allocations: Allocations | undefined;

  constructor(private readonly clock: VirtualClock) {}

  get nowNs(): number {
    return this.clock.nowNs;
  }

  get launch(): number {
    return this.launcher?.current ?? 0;
  }

  get block(): number {
    return this.agent === CPU ? NO_BLOCK : (this.launcher?.linearBlock() ?? NO_BLOCK);
  }

  get thread(): number {
    return this.agent === CPU ? Math.min(this.hostThread, NO_THREAD) : (this.launcher?.linearThread() ?? 0);
  }

  allocationOf(page: number): number {
    return this.allocations?.ofPage(page) ?? 0;
  }
}
