/**
 * One migration of a driver's: the arguments of migrate_vma and what a debugger is told of it. Made once and used again for every
 * migration of its kind, so that telling costs nothing but the call and not telling costs nothing.
 */

import { migrateFrame, MigrateSkip, MigrateVma } from '../../hmm/migrate-vma.js';
import type { Mm } from '../../memory/mm.js';
import { hasFrame, pteFrame } from '../../memory/page-table.js';
import { CPU, SYSTEM_NODE, type AgentId, type FrameNumber, type NodeId, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';
import {
  MIGRATION_PHASES,
  type MigrationPage,
  type MigrationPageState,
  type MigrationPhase,
  type MigrationReason,
  type MigrationStep,
} from '../migration-step.js';

const WHY: Readonly<Record<MigrateSkip, string | null>> = {
  [MigrateSkip.none]: null,
  [MigrateSkip.alreadyThere]: 'it is already there',
  [MigrateSkip.otherDevice]: 'it is on another device',
  [MigrateSkip.migrating]: 'another migration is moving it',
  [MigrateSkip.notMigratable]: 'it is not of a kind that migrates',
  [MigrateSkip.locked]: 'it is locked',
  [MigrateSkip.pinned]: 'it is pinned',
  [MigrateSkip.referenced]: 'somebody else refers to it',
  [MigrateSkip.changed]: 'it has changed meanwhile',
  [MigrateSkip.swapped]: 'it is in the swap area',
  [MigrateSkip.exclusive]: 'a device has it for itself',
  [MigrateSkip.fileBacked]: 'it belongs to a file or to shared memory',
  [MigrateSkip.tooLarge]: 'a huge page was offered for a small one',
  [MigrateSkip.userfault]: 'the program fills missing pages itself',
  [MigrateSkip.overLimit]: 'the process has reached its limit of memory',
};
const NO_FRAME_FREE = 'no frame is free at the target';
const NO_CONTENTS = 'it has no contents yet';

/** What a page that still moves is after each phase, if it has contents. */
const STATES: Readonly<Record<MigrationPhase, MigrationPageState>> = {
  collect: 'collected',
  unmap: 'unmapped',
  allocate: 'allocated',
  copy: 'copied',
  finalize: 'moved',
};

export class Migration implements MigrationStep {
  readonly args: MigrateVma;
  id = 0;
  depth = 0;
  phase: MigrationPhase = 'collect';
  readonly reason: MigrationReason;
  device: AgentId = CPU;
  source: NodeId = SYSTEM_NODE;
  target: NodeId = SYSTEM_NODE;
  notifierSequence = 0;
  /** Whether there are migration entries and locks that finalize has to undo. */
  open = false;
  /** Whose pages they are; of an eviction, any process. */
  mm: Mm;

  /** @param capacity the most pages at once */
  constructor(mm: Mm, reason: MigrationReason, capacity: number) {
    this.mm = mm;
    this.reason = reason;
    this.args = new MigrateVma(capacity);
  }

  /** Begins a migration between system memory and a device's, or from a peer's memory to a device's. */
  begin(id: number, depth: number, device: Device, toDevice: boolean, peer?: Device): void {
    this.id = id;
    this.depth = depth;
    this.device = device.agent;
    this.source = toDevice ? (peer?.node ?? SYSTEM_NODE) : device.node;
    this.target = toDevice ? device.node : SYSTEM_NODE;
    this.args.owner = (peer ?? device).memory.owner;
  }

  get firstPage(): PageIndex {
    return this.args.pageAt(0);
  }

  get pageCount(): number {
    return this.args.count;
  }

  get collected(): number {
    return this.args.collected;
  }

  pages(): readonly MigrationPage[] {
    return Array.from({ length: this.args.count }, (_, index) => this.#page(index));
  }

  #page(index: number): MigrationPage {
    const { args } = this;
    const page = args.pageAt(index);
    const speaker = args.speaker(index);
    const offset = index - speaker;
    const source = args.src[speaker] ?? 0;
    const target = args.dst[speaker] ?? 0;
    const hole = !args.hasContents(index);
    const why = this.#why(index, hole, target);
    return {
      page,
      state: this.#state(index, hole, why !== null),
      sourceFrame: hole ? this.#mappedFrame(page, why !== null) : frameAt(source, offset),
      targetFrame: target === 0 || why !== null ? null : frameAt(target, offset),
      why,
    };
  }

  #why(index: number, hole: boolean, target: number): string | null {
    const skipped = WHY[(this.args.skipped[index] ?? 0) as MigrateSkip];
    if (skipped !== null || target !== 0 || !this.#reached('allocate')) return skipped;
    return hole && this.target === SYSTEM_NODE ? NO_CONTENTS : NO_FRAME_FREE;
  }

  #state(index: number, hole: boolean, stays: boolean): MigrationPageState {
    if (!stays) return hole && this.phase === 'copy' ? 'moved' : STATES[this.phase];
    // What the pin check gave up was put back at once; what was given up later keeps its migration entry until finalize.
    const skipped = this.args.skipped[index];
    if (hole) return skipped === MigrateSkip.pinned || skipped === MigrateSkip.referenced ? 'restored' : 'skipped';
    return this.phase === 'finalize' ? 'restored' : 'unmapped';
  }

  /** The frame of a page that was given up is not in src any more. */
  #mappedFrame(page: PageIndex, stays: boolean): FrameNumber | null {
    const pte = this.mm.pageTable.get(page);
    return stays && hasFrame(pte) ? pteFrame(pte) : null;
  }

  #reached(phase: MigrationPhase): boolean {
    return MIGRATION_PHASES.indexOf(this.phase) >= MIGRATION_PHASES.indexOf(phase);
  }
}

/** A page's frame in a word that speaks for several. */
function frameAt(word: number, offset: number): FrameNumber {
  return (migrateFrame(word) + offset) as FrameNumber;
}
