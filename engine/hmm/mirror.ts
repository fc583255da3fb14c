/**
 * A device's page table and its permissions, kept right by an interval notifier over the whole address space (the kernel's test driver calls
 * it the same: struct dmirror).
 *
 * Invariant: an entry is absent, or refers to the frame that the CPU's table has for the page and allows no more than that does. Two kinds
 * of entries are apart from it: those of areas that belong to the device or are pinned, which change only with the area, and those of
 * explicit copies (see copies.ts) and replicas (replicas.ts), where host and device each have a page of their own.
 */

import { Cause, EventKind, Access } from '../memory/event.js';
import type { Errno } from '../memory/errno.js';
import type { Mm } from '../memory/mm.js';
import {
  MmuNotifyEvent,
  type MmuIntervalNotifier,
  type MmuIntervalSubscriber,
  type MmuNotifierRange,
  type PgmapOwner,
} from '../memory/mmu-notifier.js';
import { makePte, PageTable, pteFrame, pteType, PteType, pteWritable } from '../memory/page-table.js';
import {
  frameNode,
  localNode,
  NO_NODE,
  PAGE_COUNT,
  SYSTEM_NODE,
  type AgentId,
  type FrameNumber,
  type PageIndex,
} from '../memory/units.js';
import { DeviceCopies } from './copies.js';
import type { DeviceMemory } from './device-memory.js';
import type { HmmMirror } from './mirror-fault.js';
import { hmmFrame, HmmPfn, type HmmRange } from './range-fault.js';
import { DeviceReplicas } from './replicas.js';

export class DeviceMirror implements HmmMirror, MmuIntervalSubscriber {
  readonly agent: AgentId;
  readonly memory: DeviceMemory;
  readonly table: PageTable;
  readonly notifier: MmuIntervalNotifier;
  readonly #mm: Mm;
  readonly #copies: DeviceCopies;
  readonly #replicas: DeviceReplicas;
  #entries = 0;
  /** Pages in memory that is not the device's, on which nobody else may do anything to break its atomic operations. */
  readonly #atomics = new Set<PageIndex>();

  /** @param permissions the device's permission table, PAGE_COUNT bytes. */
  constructor(mm: Mm, agent: AgentId, memory: DeviceMemory, permissions: Uint8Array) {
    this.#mm = mm;
    this.agent = agent;
    this.memory = memory;
    this.table = new PageTable(permissions);
    this.notifier = mm.notifiers.insert(0 as PageIndex, PAGE_COUNT, this);
    this.#copies = new DeviceCopies(memory, this.table);
    this.#replicas = new DeviceReplicas(memory, this.table);
  }

  get owner(): PgmapOwner {
    return this.memory.owner;
  }

  /** Entries that are not none. */
  get mappedPages(): number {
    return this.#entries;
  }

  /** Whether the device may do this access as things are. */
  allows(page: PageIndex, write: boolean): boolean {
    return this.table.allows(page, write);
  }

  /** Writes an entry for what the CPU's table says of the page now (device-private of this device, or present). */
  map(page: PageIndex, frame: FrameNumber, writable: boolean): void {
    if (pteType(this.table.get(page)) === PteType.copy) return;
    this.#set(page, makePte(PteType.present, frame, writable));
  }

  /** Programs the table from the results of a range fault that is still good (retry() said so). */
  program(range: HmmRange): void {
    for (let index = 0; index < range.count; index++) {
      const word = range.words[index] ?? 0;
      if ((word & HmmPfn.VALID) === 0) continue;
      this.map((range.start + index) as PageIndex, hmmFrame(word), (word & HmmPfn.WRITE) !== 0);
    }
  }

  /** Maps areas that need no fault: this device's own frames, and system pages that are pinned. */
  mapPopulated(start: PageIndex, count: number): void {
    const own = localNode(this.agent);
    for (let page = start; page < start + count; page++) {
      const pte = this.#mm.pageTable.get(page);
      const type = pteType(pte);
      const node = frameNode(pteFrame(pte));
      if ((type === PteType.deviceOnly && node === own) || (type === PteType.present && node === SYSTEM_NODE)) {
        this.map(page, pteFrame(pte), pteWritable(pte));
      }
    }
  }

  /** Drops the entries of a range, because its driver moves the pages or lets go of them. Explicit copies stay. */
  unmap(start: PageIndex, count: number, cause: Cause): void {
    this.#drop(start, count, cause, false, false);
  }

  /** The notifier: drops what is mirrored of the range, before it changes. */
  invalidate(range: MmuNotifierRange): boolean {
    // Who migrates to or from this device's memory, or takes a page for it alone, updates this table itself.
    const named = range.event === MmuNotifyEvent.MIGRATE || range.event === MmuNotifyEvent.EXCLUSIVE;
    if (named && range.owner === this.owner) return true;
    const gone = range.event === MmuNotifyEvent.UNMAP || range.event === MmuNotifyEvent.RELEASE;
    this.#drop(range.start, range.count, causeOf(range.event), gone, true);
    return true;
  }

  /**
   * Gives the device its own copy of a range (a map clause without unified memory). Counted: as many unmapCopy calls end it.
   * @returns 0, or -ENOMEM if the device has no room; then nothing has changed.
   */
  mapCopy(start: PageIndex, count: number): 0 | Errno {
    const added = this.#copies.map(start, count, this.#mm);
    if (added < 0) return added as Errno;
    this.#entries += added;
    return 0;
  }

  /** @returns pages whose copy ended. */
  unmapCopy(start: PageIndex, count: number): number {
    const dropped = this.#copies.unmap(start, count);
    this.#entries -= dropped;
    return dropped;
  }

  /** The device gets a copy of its own to read, whatever entry it had; an explicit copy stays what it is. False: it has no room. */
  replicate(page: PageIndex): boolean {
    const pte = this.table.get(page);
    if (pteType(pte) === PteType.copy) return true;
    if (!this.#replicas.make(page)) return false;
    if (pte === 0) this.#entries++;
    return true;
  }

  /** Ends what `replicate` began. @returns whether there was a copy. */
  dropReplica(page: PageIndex): boolean {
    const dropped = this.#replicas.drop(page);
    if (dropped) this.#entries--;
    return dropped;
  }

  hasReplica(page: PageIndex): boolean {
    return this.#replicas.has(page);
  }

  /** Pages of which the device has a copy to read. */
  get replicatedPages(): number {
    return this.#replicas.pages;
  }

  /** Pages of which the device has a copy. */
  get copiedPages(): number {
    return this.#copies.pages;
  }

  /** From now on, until its entry changes, the device's atomic operations on the page are atomic for everybody; or no longer. */
  setAtomic(page: PageIndex, value: boolean): void {
    if (value) this.#atomics.add(page);
    else this.#atomics.delete(page);
  }

  isAtomic(page: PageIndex): boolean {
    return this.#atomics.has(page);
  }

  #set(page: PageIndex, pte: number): void {
    if (this.#atomics.size > 0) this.#atomics.delete(page);
    if (this.table.get(page) === 0) this.#entries++;
    this.table.set(page, pte);
  }

  /** @param heard a notifier says so, and the CPU waits. */
  #drop(start: PageIndex, count: number, cause: Cause, withCopies: boolean, heard: boolean): void {
    if (withCopies && this.#copies.pages > 0) this.#entries -= this.#copies.forget(start, count);
    if (this.#entries === this.#copies.pages) return;
    const { entries } = this.table;
    let dropped = 0;
    let first = start;
    let last = start;
    for (let page = start; page < start + count; page++) {
      const pte = entries[page] ?? 0;
      if (pte === 0 || (pteType(pte) === PteType.copy && !this.#replicas.drop(page))) continue;
      if (dropped++ === 0) first = page;
      last = page;
      this.table.set(page, 0);
      if (this.#atomics.size > 0) this.#atomics.delete(page);
    }
    if (dropped === 0) return;
    this.#entries -= dropped;
    if (cause === Cause.exit) return;
    const durationNs = heard ? (this.#mm.updates?.dropped(this.agent, dropped) ?? 0) : 0;
    this.#mm.sink.record({
      kind: EventKind.invalidate,
      agent: this.agent,
      source: NO_NODE,
      target: localNode(this.agent),
      firstPage: first,
      pageCount: last - first + 1,
      access: Access.none,
      cause,
      durationNs,
      extra: dropped,
    });
    this.#mm.timing?.advance(durationNs);
  }
}

/** What an invalidation is recorded with. */
export function causeOf(event: MmuNotifyEvent): Cause {
  switch (event) {
    case MmuNotifyEvent.UNMAP:
      return Cause.unmap;
    case MmuNotifyEvent.RELEASE:
      return Cause.exit;
    case MmuNotifyEvent.PROTECTION_VMA:
    case MmuNotifyEvent.PROTECTION_PAGE:
      return Cause.protect;
    case MmuNotifyEvent.MIGRATE:
      return Cause.fault;
    case MmuNotifyEvent.CLEAR:
      return Cause.evict;
    case MmuNotifyEvent.EXCLUSIVE:
      return Cause.exclusive;
    case MmuNotifyEvent.SOFT_DIRTY:
      return Cause.none;
  }
}
