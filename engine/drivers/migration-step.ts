/**
 * One step of one migration, as a debugger shows it: which phase is complete, of what, and what has become of each page.
 *
 * Invariant: a step is told when page tables, frames and device tables are in exactly the state that its phase describes, before anything
 * of the next phase happens. Phases are those of mm/migrate_device.c and of a driver between its calls (Documentation/mm/hmm.rst).
 */

import type { AgentId, FrameNumber, NodeId, PageIndex } from '../memory/units.js';

/**
 * The phases of a migration, in order: `collect` candidates are locked and have migration entries · `unmap` the device's entries are gone
 * and what somebody else holds is given up · `allocate` frames at the target are found · `copy` contents are there, holes filled ·
 * `finalize` the page tables say where each page is now.
 */
export const MIGRATION_PHASES = ['collect', 'unmap', 'allocate', 'copy', 'finalize'] as const;
export type MigrationPhase = (typeof MIGRATION_PHASES)[number];

/** fault: somebody touched the page · prefetch: the program asked for it · evict: the device needs room. */
export type MigrationReason = 'fault' | 'prefetch' | 'evict';

/** `skipped`: not collected, or nothing to move. `restored`: collected, and put back where it was. */
export type MigrationPageState = 'collected' | 'unmapped' | 'allocated' | 'copied' | 'moved' | 'skipped' | 'restored';

export interface MigrationPage {
  readonly page: PageIndex;
  readonly state: MigrationPageState;
  /** Null for a hole, which has no contents yet. */
  readonly sourceFrame: FrameNumber | null;
  /** Null as long as there is none, and once the page is known to stay. */
  readonly targetFrame: FrameNumber | null;
  /** Why it stays where it is, for a person; null if it moves as far as is known. */
  readonly why: string | null;
}

/** Valid only during the call that hands it over: the same object tells of the next step. */
export interface MigrationStep {
  /** Counts migrations from 1 in the order in which they begin. */
  readonly id: number;
  /** How many migrations this one is part of: an eviction within a fault's `allocate` has one more than the fault's. */
  readonly depth: number;
  readonly phase: MigrationPhase;
  readonly reason: MigrationReason;
  /** The device whose memory the pages go to or come from. */
  readonly device: AgentId;
  readonly source: NodeId;
  readonly target: NodeId;
  /** The first in question. An eviction's pages need not be neighbours. */
  readonly firstPage: PageIndex;
  /** How many are in question, skipped ones included. */
  readonly pageCount: number;
  /** How many were collected and not given up by the end of `unmap`. */
  readonly collected: number;
  /** Sequence of the device's interval notifier. */
  readonly notifierSequence: number;
  /** Built when asked for; at most as many as one migration takes (512). */
  pages(): readonly MigrationPage[];
}
