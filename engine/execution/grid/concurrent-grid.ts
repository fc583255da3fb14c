/**
 * A grid on a device with a fault buffer: as many blocks as fit are on the device at once, their warps fault into the buffer and wait, the
 * driver services what has come together, and all try again.
 *
 * Code runs ahead of simulated time. A page's bytes are always at its address, so a block's threads can run to their end, one after the other,
 * when the block gets its place; what they touched without the device having it is noted, and granted until the end of the warp. Then time is
 * simulated over what was noted. Only the last thread of a grid, after which nobody can join it, is serviced while its code waits.
 *
 * Where the device might have to evict, touches of what it has are noted as well: time may get there after the page has gone, and then the warp
 * faults. Anywhere else nobody hears of them, and a kernel whose pages are all there runs as fast as on a device without a buffer.
 *
 * Invariant: a warp's grants end with it, so another warp's touch of the same page is noted, too. The order is a function of the seed.
 * Not modelled: a page that a warp touches, loses, and touches again asks for one fault, not two. Sources: NVIDIA open-gpu-kernel-modules,
 * uvm_gpu_replayable_faults.c; Allen & Ge, SC'21 (what lands in a batch).
 */
import { refuseDeviceAccess } from '../../drivers/access.js';
import type { Device, Driver } from '../../drivers/driver.js';
import { FaultEntries, FaultOutcome, type FaultBufferPolicy } from '../../drivers/fault-batch.js';
import { Access, Cause, EventKind, isWrite, type EventSink } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { AddressSpace } from '../../memory/address-space.js';
import { pteType, PteType } from '../../memory/page-table.js';
import type { PageIndex } from '../../memory/units.js';
import { PHASES_A_BARRIER } from '../block-threads.js';
import type { ProgramPlace } from '../program-place.js';
import { AccessSteps } from './access-steps.js';
import { Multiprocessors } from './multiprocessors.js';
import { byBlock, FaultBuffer } from './fault-buffer.js';
import { Grants } from './grants.js';
import { isOversubscribed } from './oversubscription.js';
import { Warp, type ResidentBlock, type Touch } from './warp.js';

/** Touches that are noted before the thread that runs has to wait for its own. */
const MOST_TOUCHES = 1 << 20;
/** Batches in a row after which nobody can go on: the driver makes no progress. */
const MOST_FUTILE_BATCHES = 10_000;

/** The code of a grid's threads. */
export interface GridCode {
  readonly threadsPerBlock: number;
  /**
   * Runs threads in order from where it stopped: at most so many, and no further than {@link stopAfter} says. A kernel with barriers runs whole
   * blocks. @returns false at the end of the grid
   */
  run(threads: number): boolean;
  /** Called by a thread that runs: stop when so many have ended, this one included. */
  stopAfter(threads: number): void;
  /** Block and thread that runs, or is next; and where the thread is between its waits: see BlockThreads.phaseOf. */
  block(): number;
  thread(): number;
  phase(): number;
  /** Whether its threads also order themselves in a way that {@link phase} says nothing of. */
  ordersByWords(): boolean;
  /** Whether the thread that runs is the last of the grid, whose code nobody follows. */
  isLast(): boolean;
}

/** What a grid needs of the program. */
export interface GridContext {
  readonly device: Device;
  readonly driver: Driver;
  readonly mm: AddressSpace;
  readonly sink: EventSink;
  readonly place: ProgramPlace;
  readonly warpSize: number;
  /** Blocks that run at once. */
  readonly slots: number;
  readonly accessGroups: Uint32Array;
  readonly seed: number;
  /** The next access of the kernel to this page comes to {@link ConcurrentGrid.touch} again. */
  forget(page: PageIndex): void;
  /** From now on the first access of each warp to each page comes to {@link ConcurrentGrid.use}, whether the device has the page or not. */
  hearAll(): void;
  /** The program ends because of this touch. */
  fail(touch: Touch, why: FaultResult): never;
}

export class ConcurrentGrid {
  private readonly policy: FaultBufferPolicy;
  /** Whether touches of what the device has are noted. */
  private readonly hearsAll: boolean;
  private readonly steps: AccessSteps;
  private readonly multiprocessors: Multiprocessors;
  private readonly batch: FaultEntries;
  private readonly buffer = new FaultBuffer();
  /** Entries of the batch that is being serviced. */
  private serviced: readonly Touch[] = [];
  private waiting: Warp[] = [];
  /** Pages whose fault is recorded and not yet resolved: who faults on them, too, adds an entry and no event. */
  private readonly faulted = new Set<PageIndex>();
  private resident = 0;
  private noted = 0;
  private futile = 0;
  /** Where code runs. */
  private block: ResidentBlock | undefined;
  private blockIndex = -1;
  private warp: Warp | undefined;
  private warpIndex = -1;
  /** Pages that it may use as if they were there, and for what. */
  private readonly granted = new Grants();

  constructor(
    private readonly code: GridCode,
    private readonly context: GridContext,
  ) {
    const { driver, device } = context;
    if (driver.faultBuffer === undefined) throw new TypeError(`the driver ${driver.name} has no fault buffer`);
    this.policy = driver.faultBuffer;
    this.steps = new AccessSteps(context.accessGroups);
    this.multiprocessors = new Multiprocessors(device.spec.multiprocessors, context.seed);
    this.hearsAll = isOversubscribed(context.mm, device);
    this.batch = new FaultEntries(this.policy.batchEntries, (index) => {
      this.context.place.charged = this.serviced[index];
    });
  }

  run(): void {
    if (this.hearsAll) this.context.hearAll();
    let more = true;
    while (more || this.resident > 0) {
      if (more && this.resident < this.context.slots) more = this.dispatch();
      else if (!this.raise()) this.service();
    }
  }

  /**
   * A thread touches a page that the device does not have. After `ok` it may go on.
   * @param site code offset of the access itself
   */
  touch(page: PageIndex, access: Access, address: number, site: number): FaultResult {
    const { context } = this;
    const refused = refuseDeviceAccess(context.mm.findVma(page), context.device.agent, page, access);
    if (refused !== undefined) return refused;
    this.note(page, access, address, site, true);
    return FAULT_RESOLVED;
  }

  /** A thread touches a page that the device has, or that it has been granted. */
  use(page: PageIndex, access: Access, address: number, site: number): void {
    if (!this.hearsAll || this.holds(page, access) || this.waits()) return;
    if (pteType(this.context.mm.pageTable.get(page)) === PteType.deviceOnly) return;
    this.note(page, access, address, site, false);
  }

  /** Whether the thread that runs has to wait until the device has what it touches. */
  private waits(): boolean {
    return this.code.isLast() || this.noted >= MOST_TOUCHES;
  }

  private note(page: PageIndex, access: Access, address: number, site: number, absent: boolean): void {
    const { code, context } = this;
    const [thread, phase] = [code.thread(), code.phase()];
    const warp = this.enterWarp(code.block(), Math.floor(thread / context.warpSize));
    const waits = this.waits();
    if (waits && this.steps.isClosedBy(thread, phase, site)) this.settle(warp);
    const step = this.steps.stepOf(thread, phase, site);
    const { codeOffset } = context.place;
    const touch = { page, access, address, codeOffset, block: this.blockIndex, thread, phase, step };
    warp.add(touch);
    this.noted++;
    this.granted.add(page, access);
    if (absent && phase === 0 && step === 0) this.recordFault(touch);
    if (waits && !this.steps.open) this.settle(warp);
  }

  /** Another thread runs on. */
  switchTo(thread: number): void {
    if (this.warpIndex !== Math.floor(thread / this.context.warpSize)) this.leaveWarp();
  }

  /** Whether the thread that runs has been granted the page. */
  holds(page: PageIndex, access: Access): boolean {
    return this.granted.allows(page, access);
  }

  /** Runs the next block, and every one before it of which nothing is noted. @returns false at the end of the grid */
  private dispatch(): boolean {
    const { code } = this;
    let more = code.run(Infinity);
    this.leaveWarp();
    while (more && this.block !== undefined && code.block() === this.blockIndex) {
      more = code.run(code.threadsPerBlock - code.thread());
      this.leaveWarp();
    }
    this.leaveBlock();
    return more;
  }

  private enterWarp(blockIndex: number, index: number): Warp {
    if (this.warp !== undefined && this.blockIndex === blockIndex && this.warpIndex === index) return this.warp;
    this.leaveWarp();
    if (this.blockIndex !== blockIndex) this.leaveBlock();
    this.blockIndex = blockIndex;
    const block = (this.block ??= this.enterBlock());
    this.warpIndex = index;
    const { code, context } = this;
    const thread = code.thread();
    code.stopAfter(Math.min((index + 1) * context.warpSize, code.threadsPerBlock) - thread);
    let warp = block.warps[index];
    if (warp === undefined) {
      warp = block.warps[index] = new Warp(block);
      block.unfinished++;
    }
    this.warp = warp;
    return warp;
  }

  private enterBlock(): ResidentBlock {
    this.resident++;
    const multiprocessor = this.multiprocessors.takeSlot();
    return { multiprocessor, warps: [], barriers: 0, unfinished: 0, parked: [] };
  }

  /** What a warp was granted ahead of time it has to ask for again, and so has the next. */
  private leaveWarp(): void {
    if (this.warp === undefined) return;
    this.revoke();
    this.steps.reset();
    this.warp = undefined;
    this.warpIndex = -1;
  }

  private revoke(): void {
    this.granted.revoke((page) => {
      this.context.forget(page);
    });
  }

  /** All of the block's code has run: its warps may go on from now on. */
  private leaveBlock(): void {
    const { block } = this;
    this.block = undefined;
    this.blockIndex = -1;
    for (const warp of block?.warps ?? []) {
      if (warp === undefined) continue;
      warp.ended = true;
      this.multiprocessors.makeReady(warp);
    }
  }

  /** Simulates time until the device has what the thread that runs has touched. */
  private settle(warp: Warp): void {
    const { phase, step } = this.steps;
    const mayStep = (): boolean => warp.hasStepUpTo(phase, step);
    while (warp.waitingFor.length > 0 || mayStep()) {
      if (this.advance(warp, mayStep) && !this.raise()) this.service();
    }
    this.revoke();
  }

  /** Lets warps go on until the buffer has enough for a batch or all wait. @returns whether a block has left meanwhile */
  private raise(): boolean {
    // Where waves try again by themselves, all of them have faulted or gone on by the time that a service ends.
    const most = this.policy.replay === 'always' ? Infinity : this.policy.batchEntries;
    while (this.buffer.length < most) {
      const warp = this.multiprocessors.takeReady();
      if (warp === undefined) return false;
      const { block } = warp;
      if (this.advance(warp, () => barriersOf(warp.phase) <= block.barriers)) continue;
      if (warp.hasTouches) block.parked.push(warp);
      else if (--block.unfinished === 0) {
        this.resident--;
        this.multiprocessors.releaseSlot(block.multiprocessor);
        return true;
      }
      this.passBarrier(block);
    }
    return false;
  }

  /** @returns whether it faulted and waits now; otherwise it may not go on for another reason, or is at its end */
  private advance(warp: Warp, mayStep: () => boolean): boolean {
    for (;;) {
      this.dropMapped(warp);
      if (warp.waitingFor.length > 0) {
        for (const touch of warp.waitingFor) {
          this.charged(touch, () => {
            this.recordFault(touch);
          });
          this.buffer.push(touch);
        }
        this.waiting.push(warp);
        return true;
      }
      if (!mayStep() || !warp.hasTouches) return false;
      warp.takeStep();
    }
  }

  /** If every warp of the block has come as far as to its next barrier, they go on. */
  private passBarrier(block: ResidentBlock): void {
    let barriers = Infinity;
    for (const warp of block.warps) if (warp !== undefined) barriers = Math.min(barriers, barriersOf(warp.phase));
    if (barriers <= block.barriers || barriers === Infinity) return;
    block.barriers = barriers;
    for (const warp of block.parked.splice(0)) this.multiprocessors.makeReady(warp);
  }

  private isMapped({ page, access }: Touch): boolean {
    const { device, driver } = this.context;
    const atomics = access !== Access.systemAtomic || (driver.allowsSystemAtomics?.(device, page) ?? true);
    const found = device.mirror.allows(page, isWrite(access)) || driver.translates?.(device, page, access) === true;
    const mapped = found && atomics;
    if (mapped) this.faulted.delete(page);
    return mapped;
  }

  private recordFault({ page, access }: Touch): void {
    if (this.faulted.has(page)) return;
    this.faulted.add(page);
    const { device, mm, sink } = this.context;
    sink.record({
      kind: EventKind.deviceFault,
      agent: device.agent,
      source: mm.nodeOf(page),
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      cause: Cause.none,
      durationNs: 0,
      extra: 0,
    });
  }

  private charged(touch: Touch, work: () => void): void {
    const { place } = this.context;
    place.charged = touch;
    work();
    place.charged = undefined;
  }

  /** One batch, and what the device does after it. */
  private service(): void {
    const { buffer, policy } = this;
    const entries = buffer.first(policy.batchEntries);
    switch (policy.replay) {
      case 'always':
        this.serviceEntries(entries);
        this.retry(entries.length);
        break;
      case 'block':
        buffer.drop(entries.length);
        for (const block of byBlock(entries)) {
          this.serviceEntries(block);
          this.replay();
          while (this.raise());
        }
        break;
      default:
        this.serviceEntries(entries);
        if (policy.replay === 'flush') buffer.clear();
        else buffer.drop(entries.length);
        if (policy.replay !== 'once' || buffer.length === 0) this.replay();
    }
  }

  private serviceEntries(entries: readonly Touch[]): void {
    const { batch, context } = this;
    const { device, driver, place } = context;
    this.serviced = entries;
    batch.clear();
    for (const { page, access } of entries) batch.add(page, access);
    driver.serviceFaults?.(device, batch);
    place.charged = undefined;
    const { failure } = batch;
    if (failure !== undefined) context.fail(entries[failure.index]!, failure.why);
    let progress = false;
    for (const [index, touch] of entries.entries()) {
      if (batch.outcomeAt(index) === FaultOutcome.resolved && this.isMapped(touch)) progress = true;
    }
    this.futile = progress ? 0 : this.futile + 1;
    if (this.futile > MOST_FUTILE_BATCHES) context.fail(entries[0]!, fatalFault('driver-failed'));
  }

  /** Who waits tries again: all accesses at once, so that one whose page is there has been done before the page can leave. */
  private replay(): void {
    for (const warp of this.waiting.splice(0)) if (warp.ended) this.multiprocessors.makeReady(warp);
    if (!this.hearsAll) return;
    this.multiprocessors.eachReady((warp) => {
      if (warp.waitingFor.length > 0) this.dropMapped(warp);
    });
  }

  /** Who has what it waits for goes on; for what others still miss the buffer has an entry each, those last that have been looked at. */
  private retry(looked: number): void {
    // A warp whose code waits faults by itself again.
    const dropped = new Set<Touch>();
    for (const { ended, waitingFor } of this.waiting) if (!ended) for (const touch of waitingFor) dropped.add(touch);
    this.buffer.rotate(looked, (touch) => !dropped.has(touch) && !this.isMapped(touch));
    for (const warp of this.waiting.splice(0)) {
      if (!warp.ended) continue;
      this.dropMapped(warp);
      if (warp.waitingFor.length > 0) this.waiting.push(warp);
      else this.multiprocessors.makeReady(warp);
    }
  }

  private dropMapped(warp: Warp): void {
    const missing = warp.waitingFor.filter((touch) => !this.isMapped(touch));
    this.noted -= warp.waitingFor.length - missing.length;
    warp.waitingFor = missing;
  }
}

function barriersOf(phase: number): number {
  return Math.floor(phase / PHASES_A_BARRIER);
}
