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
  readonly #notifiers: Notifier[] = [];

  /** Subscribes to a range; there are as many subscribers as devices, so a list will do. */
  insert(start: PageIndex, count: number, subscriber: MmuIntervalSubscriber): MmuIntervalNotifier {
    const notifier = { start, count, subscriber, sequence: this.#sequence - 1 };
    this.#notifiers.push(notifier);
    return notifier;
  }

  remove(notifier: MmuIntervalNotifier): void {
    const at = this.#notifiers.findIndex((other) => other === notifier);
    if (at >= 0) this.#notifiers.splice(at, 1);
  }

  /** An invalidation begins. False if a subscriber would have to wait and the range forbids it; `end` follows all the same. */
  start(range: MmuNotifierRange): boolean {
    this.#active++;
    let done = true;
    for (const notifier of this.#notifiers) {
      if (notifier.start >= range.start + range.count || range.start >= notifier.start + notifier.count) continue;
      this.#sequence |= 1;
      notifier.sequence = this.#sequence;
      if (!notifier.subscriber.invalidate(range)) done = false;
    }
    return done;
  }

  /** The invalidation that began last is over. */
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
