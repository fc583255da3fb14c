/** The code of a grid: thread after thread inside WebAssembly, or, if threads wait at barriers, block after block in the suspendable module. */
import type { BlockScheduler, WaitingGrid } from '../block-scheduler.js';
import type { Instance } from '../instance.js';
import { volume, type Triple } from '../triple.js';
import type { GridCode } from './concurrent-grid.js';

/** More threads than there can be before the code is asked again. */
const MANY_THREADS = 0x7fff_ffff;

/** The special registers: threadIdx, blockIdx, blockDim, gridDim. */
export class SpecialRegisters {
  constructor(private readonly words: Uint32Array) {}

  begin(grid: Triple, block: Triple): void {
    this.words.set([0, 0, 0, 0, 0, 0, ...block, ...grid]);
  }

  get thread(): Triple {
    return this.triple(0);
  }

  get block(): Triple {
    return this.triple(3);
  }

  get blockDim(): Triple {
    return this.triple(6);
  }

  get gridDim(): Triple {
    return this.triple(9);
  }

  get linearThread(): number {
    const w = this.words;
    return (w[0] ?? 0) + (w[6] ?? 1) * ((w[1] ?? 0) + (w[7] ?? 1) * (w[2] ?? 0));
  }

  get linearBlock(): number {
    const w = this.words;
    return (w[3] ?? 0) + (w[9] ?? 1) * ((w[4] ?? 0) + (w[10] ?? 1) * (w[5] ?? 0));
  }

  private triple(n: number): Triple {
    return [this.words[n] ?? 0, this.words[n + 1] ?? 0, this.words[n + 2] ?? 0];
  }
}

export class PlainGrid implements GridCode {
  readonly threadsPerBlock: number;
  private readonly lastBlock: number;

  constructor(
    private readonly instance: Instance,
    private readonly gridExport: string,
    private readonly parameters: number,
    private readonly registers: SpecialRegisters,
  ) {
    this.threadsPerBlock = volume(registers.blockDim);
    this.lastBlock = volume(registers.gridDim) - 1;
  }

  run(threads: number): boolean {
    this.instance.threads = Math.min(threads, MANY_THREADS);
    return this.instance.call(this.gridExport, this.parameters) === 1;
  }

  stopAfter(threads: number): void {
    this.instance.threads = threads;
  }

  block(): number {
    return this.registers.linearBlock;
  }

  thread(): number {
    return this.registers.linearThread;
  }

  phase(): number {
    return 0;
  }

  ordersByWords(): boolean {
    return false;
  }

  isLast(): boolean {
    return this.thread() === this.threadsPerBlock - 1 && this.block() === this.lastBlock;
  }
}

export class BarrierGrid implements GridCode {
  readonly threadsPerBlock: number;
  /** A warp runs on; its first thread. */
  onWarp: (firstThread: number) => void = () => undefined;
  private readonly blocks: number;
  private next = 0;
  private stopped = false;
  private running = false;

  constructor(
    private readonly scheduler: BlockScheduler,
    private readonly launch: WaitingGrid,
    private readonly registers: SpecialRegisters,
  ) {
    this.threadsPerBlock = volume(launch.block);
    this.blocks = volume(launch.grid);
    scheduler.begin(launch);
  }

  run(): boolean {
    this.stopped = false;
    this.running = true;
    if (this.launch.mode.cooperative) {
      this.scheduler.runTogether(this.launch, this.onWarp);
      this.next = this.blocks;
    } else {
      do this.next += this.scheduler.runBlocks(this.launch, this.next, this.onWarp);
      while (!this.hasStopped() && this.next < this.blocks);
    }
    this.running = false;
    return this.next < this.blocks;
  }

  private hasStopped(): boolean {
    return this.stopped;
  }

  /** Its threads wait for each other: none can be the last of its block. */
  stopAfter(): void {
    this.stopped = true;
  }

  block(): number {
    return this.running ? this.registers.linearBlock : this.next;
  }

  thread(): number {
    return this.registers.linearThread;
  }

  phase(): number {
    return this.scheduler.phase;
  }

  ordersByWords(): boolean {
    return this.scheduler.waitForWords;
  }

  isLast(): boolean {
    return false;
  }
}
