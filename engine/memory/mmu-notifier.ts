/**
 * MMU notifiers: whoever mirrors the CPU's page table learns of every change before it happens. Source: the kernel's mmu_notifier.c,
 * mmu_interval_notifier part.
 *
 * Invariant: between `start` and `end` of an invalidation every overlapping notifier's sequence is the odd sequence of the address space,
 * so whoever began to read before it will see by `retry` that what was read may be stale. A callback has dropped the device's entries
 * by the time that it returns.
 */

import type { PageIndex } from './units.js';

/** Why a range is invalidated; numbers of the kernel's enum mmu_notifier_event. */
export const MmuNotifyEvent = {
  UNMAP: 0,
  CLEAR: 1,
  PROTECTION_VMA: 2,
  PROTECTION_PAGE: 3,
  SOFT_DIRTY: 4,
  RELEASE: 5,
  MIGRATE: 6,
  EXCLUSIVE: 7,
} as const;
export type MmuNotifyEvent = (typeof MmuNotifyEvent)[keyof typeof MmuNotifyEvent];

/** Whose device memory (the kernel's pgmap->owner cookie): compared, never looked into. */
export type PgmapOwner = symbol;

export interface MmuNotifierRange {
  readonly event: MmuNotifyEvent;
  readonly start: PageIndex;
  readonly count: number;
  /** With MIGRATE and EXCLUSIVE: who does it. That one ignores the event, it knows. */
  readonly owner: PgmapOwner | undefined;
  /** False: the callback must not wait, and answers false if it would have to. */
  readonly blockable: boolean;
}

export interface MmuIntervalSubscriber {
  /** Drops what is mirrored of the range. False only if the range is not blockable and it would have to wait. */
  invalidate(range: MmuNotifierRange): boolean;
  /**
   * In two phases, instead of `invalidate`: begins to drop, and returns what waits for its end. All subscribers begin before the first is
   * waited for. True: done already; false: as for `invalidate`.
   */
  invalidateStart?(range: MmuNotifierRange): (() => void) | boolean;
}

export interface MmuIntervalNotifier {
  readonly start: PageIndex;
  readonly count: number;
  readonly subscriber: MmuIntervalSubscriber;
  /** The sequence of the last invalidation that overlapped it. */
  readonly sequence: number;
}

interface Notifier extends MmuIntervalNotifier {
  sequence: number;
}

export class MmuNotifiers {
  /** Odd while an invalidation runs that somebody was told of. */
  #sequence = 2;
  #active = 0;
  /** Replaced when it changes: a callback may subscribe and unsubscribe. */
  #notifiers: readonly Notifier[] = [];

  /** Subscribes to a range; there are as many subscribers as devices, so a list will do. */
  insert(start: PageIndex, count: number, subscriber: MmuIntervalSubscriber): MmuIntervalNotifier {
    // What runs already the newcomer is not told of: it may read when that is over.
    const sequence = this.#active > 0 ? (this.#sequence |= 1) : this.#sequence - 1;
    const notifier = { start, count, subscriber, sequence };
    this.#notifiers = [...this.#notifiers, notifier];
    return notifier;
  }

  remove(notifier: MmuIntervalNotifier): void {
    this.#notifiers = this.#notifiers.filter((other) => other !== notifier);
  }

  /** An invalidation begins. False if a subscriber would have to wait and the range forbids it; `end` follows all the same. */
  start(range: MmuNotifierRange): boolean {
    this.#active++;
    let done = true;
    let finishes: (() => void)[] | undefined;
    const end = range.start + range.count;
    for (const notifier of this.#notifiers) {
      if (notifier.start >= end || range.start >= notifier.start + notifier.count) continue;
      this.#sequence |= 1;
      notifier.sequence = this.#sequence;
      const { subscriber } = notifier;
      const answer = subscriber.invalidateStart?.(range) ?? subscriber.invalidate(range);
      if (answer === false) done = false;
      else if (answer !== true) (finishes ??= []).push(answer);
    }
    if (finishes !== undefined) for (const finish of finishes) finish();
    return done;
  }

  /** An invalidation is over. */
  end(): void {
    this.#active--;
    if (this.#active === 0 && (this.#sequence & 1) !== 0) this.#sequence++;
  }

  /** The sequence to read under, or undefined while an invalidation of the notifier's range runs (the kernel waits then). */
  readBegin(notifier: MmuIntervalNotifier): number | undefined {
    const running = (this.#sequence & 1) !== 0 && notifier.sequence === this.#sequence;
    return running ? undefined : notifier.sequence;
  }

  /** Whether what was read under `sequence` may be stale. */
  retry(notifier: MmuIntervalNotifier, sequence: number): boolean {
    return notifier.sequence !== sequence;
  }
}
