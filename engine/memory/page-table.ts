/**
 * A page table: one 32-bit entry a page, in shared memory so that a view in another thread can read it. The CPU's and the devices' tables
 * are alike.
 *
 * Invariant: the permission byte of a page, which generated code checks, is a function of the page's entry and of what is withheld from it.
 * Entries and bytes are written here and nowhere else, so they cannot diverge; only the runtime's C takes bits away when it withholds them
 * (see execution/race-detector.ts). A byte never allows more than the entry. Where a device counts accesses, bytes of what lies elsewhere say so.
 *
 * Entry: bits 0–2 type, 3 writable, 4 no access (mapping is PROT_NONE), 5 no write for now, 6–31 frame number, or slot of a swap entry. A block of
 * HUGE_PAGES entries may be marked huge: they are one entry of the level above then, and refer to neighbouring frames (or all to the zero
 * frame); whoever changes a part of it splits it first.
 */

import {
  frameNode,
  HUGE_PAGES,
  hugeBlockOf,
  MAX_FRAMES_PER_NODE,
  PAGE_COUNT,
  ZERO_FRAME,
  type FrameNumber,
  type NodeId,
  type PageIndex,
} from './units.js';

export const PteType = {
  /** Nothing: a hole, or not mirrored. */
  none: 0,
  /** Maps a frame that this table's agent can reach. */
  present: 1,
  /** CPU only, the kernel's device-private swap entry: the frame is a device's, a CPU access brings the page back. */
  devicePrivate: 2,
  /** CPU only, the kernel's migration entry: the page is on its way, the frame is the one it leaves. */
  migration: 3,
  /** CPU only: the frame is a device's and the device's alone (cudaMalloc, thread stacks); the kernel would have no entry here. */
  deviceOnly: 4,
  /** Device only: the frame is the device's own copy of the page (map clauses), a different thing from what the CPU maps. */
  copy: 5,
  /** CPU only, the kernel's device-exclusive entry: the frame is system memory that a device has for itself until the CPU touches it. */
  exclusive: 6,
  /** CPU only: the page is in the swap area; a slot instead of a frame. */
  swap: 7,
} as const;
export type PteType = (typeof PteType)[keyof typeof PteType];

const PTE_TYPE_MASK = 7;
const PTE_WRITE = 8;
/** The mapping allows no access (the kernel's protnone). */
export const PTE_PROT_NONE = 16;
/** CPU only: the mapping allows no write, though the page may be written; a device's atomic operations would not be atomic. */
export const PTE_WRITE_REVOKED = 32;
const FRAME_SHIFT = 6;
/** Type and node. */
const PTE_KIND_MASK = PTE_TYPE_MASK | (~(MAX_FRAMES_PER_NODE - 1) << FRAME_SHIFT);

/** Slot of an entry that stands for a page with a memory error: nobody may ever read it (the kernel's hwpoison entry). */
export const HWPOISON_SLOT = 0x03ff_ffff;

/**
 * Permission bits of one page for one agent, as generated code tests them; and, in a device's byte, whether its accesses to the page are to be
 * counted (bit 2 of the runtime's C, faultline.c).
 */
export const Permission = { none: 0, read: 1, write: 2, counted: 4 } as const;

/** Where a byte of another table has the permission bits that are withheld from the CPU. */
export const WITHHELD_SHIFT = 2;
/** Where a byte of a launch's table has the permissions of a page whose accesses are counted, and that has been heard of. */
export const HEARD_SHIFT = 5;
/** What a launch's table has of a device's permissions. */
export const LAUNCH_PERMISSIONS =
  Permission.read | Permission.write | ((Permission.read | Permission.write) << HEARD_SHIFT);

export function makePte(type: PteType, frame: FrameNumber, writable: boolean): number {
  return (type | (writable ? PTE_WRITE : 0) | (frame << FRAME_SHIFT)) >>> 0;
}

export function pteType(pte: number): PteType {
  return (pte & PTE_TYPE_MASK) as PteType;
}

/** Whether two entries are of one type and refer to frames of one node. */
export function isSameKind(pte: number, other: number): boolean {
  return ((pte ^ other) & PTE_KIND_MASK) === 0;
}

/** The frame of an entry that is not none. */
export function pteFrame(pte: number): FrameNumber {
  return (pte >>> FRAME_SHIFT) as FrameNumber;
}

/** The slot of a swap entry. */
export function pteSlot(pte: number): number {
  return pte >>> FRAME_SHIFT;
}

export function makeSwapPte(slot: number): number {
  return (PteType.swap | (slot << FRAME_SHIFT)) >>> 0;
}

/** Whether the entry maps the zero page. */
export function isZeroPage(pte: number): boolean {
  return (pte & PTE_TYPE_MASK) === PteType.present && pteFrame(pte) === ZERO_FRAME;
}

/** Whether the entry refers to a frame (a swap entry does not). */
export function hasFrame(pte: number): boolean {
  const type = pte & PTE_TYPE_MASK;
  return type !== PteType.none && type !== PteType.swap;
}

export function pteWritable(pte: number): boolean {
  return (pte & PTE_WRITE) !== 0;
}

/** What an entry lets its agent do. */
function ptePermission(pte: number): number {
  const type = pte & PTE_TYPE_MASK;
  if ((type !== PteType.present && type !== PteType.copy) || (pte & PTE_PROT_NONE) !== 0) return Permission.none;
  return (pte & (PTE_WRITE | PTE_WRITE_REVOKED)) === PTE_WRITE ? Permission.read | Permission.write : Permission.read;
}

function withheldBits(table: Uint8Array | undefined, page: PageIndex): number {
  return table === undefined ? Permission.none : (table[page] ?? 0) >> WITHHELD_SHIFT;
}

export class PageTable {
  /** For reading by views; only this class writes. */
  readonly entries: Uint32Array;
  /** One byte a block: 1 = its entries are one huge entry. For reading; only this class writes. */
  readonly huge: Uint8Array;
  readonly #permissions: Uint8Array;
  #withheld: Uint8Array | undefined;
  #copy: Uint8Array | undefined;
  /** Pages of which every access is to be heard. */
  #watched: ReadonlySet<number> | undefined;
  /** Accesses to other nodes' memory than this are counted. */
  #counts: NodeId | undefined;

  /** @param permissions PAGE_COUNT bytes, cleared here: nothing is mapped yet. */
  constructor(permissions: Uint8Array) {
    if (permissions.length !== PAGE_COUNT) throw new RangeError(`a permission table has ${String(PAGE_COUNT)} bytes`);
    this.entries = new Uint32Array(new SharedArrayBuffer(PAGE_COUNT * Uint32Array.BYTES_PER_ELEMENT));
    this.huge = new Uint8Array(new SharedArrayBuffer(PAGE_COUNT / HUGE_PAGES));
    this.#permissions = permissions;
    permissions.fill(Permission.none);
  }

  get(page: PageIndex): number {
    return this.entries[page] ?? 0;
  }

  /** Whether the agent may read (or write) the page as things are, withheld or not. */
  allows(page: PageIndex, write: boolean): boolean {
    return (this.permission(page) & (write ? Permission.write : Permission.read)) !== 0;
  }

  /** Permission bits of a page's entry. */
  permission(page: PageIndex): number {
    return ptePermission(this.entries[page] ?? 0);
  }

  /** Writes an entry and the permission that follows from it. */
  set(page: PageIndex, pte: number): void {
    this.entries[page] = pte;
    if (this.#isPlain) this.#permissions[page] = ptePermission(pte);
    else this.refresh(page);
    if (this.#copy !== undefined) this.#forgetCopy(this.#copy, page);
  }

  /** As `set`, for an entry under which its agent reaches nothing (migration, device-private, none): quicker. */
  setUnreachable(page: PageIndex, pte: number): void {
    this.entries[page] = pte;
    this.#permissions[page] = Permission.none;
    if (this.#copy !== undefined) this.#forgetCopy(this.#copy, page);
  }

  /** Whether the page's entry is part of a huge one. */
  isHuge(page: PageIndex): boolean {
    return this.huge[hugeBlockOf(page)] === 1;
  }

  /** Makes the entries of the page's block one huge entry, or base entries again; what they say stays. */
  setHuge(page: PageIndex, huge: boolean): void {
    this.huge[hugeBlockOf(page)] = Number(huge);
  }

  /** Makes a range of entries none. No huge entry reaches beyond it. */
  clear(start: PageIndex, count: number): void {
    if (count >= HUGE_PAGES) this.huge.fill(0, hugeBlockOf(start + HUGE_PAGES - 1), hugeBlockOf(start + count));
    this.entries.fill(0, start, start + count);
    this.#permissions.fill(Permission.none, start, start + count);
    if (this.#copy === undefined) return;
    for (let page = start; page < start + count; page++) this.#forgetCopy(this.#copy, page);
  }

  /**
   * From now on the permission bits in `table` (bits 2–3 of a page's byte) are withheld from the page's permission. Whoever changes them
   * calls `refresh`, or takes the bits away from the permission byte, too.
   */
  withhold(table: Uint8Array): void {
    this.#withheld = table;
  }

  /** Makes a page's permission byte what it must be: withheld bits have changed. */
  refresh(page: PageIndex): void {
    const watched = this.#watched?.has(page) === true;
    const counted = this.isCounted(page) ? Permission.counted : Permission.none;
    this.#permissions[page] = watched ? Permission.none : this.granted(page) | counted;
  }

  /** What the agent may do without anybody hearing of it, were the page not watched. */
  granted(page: PageIndex): number {
    return this.permission(page) & ~withheldBits(this.#withheld, page);
  }

  /** From now on the permission bytes of these pages, and of no others, are empty: each access comes to the resolver. */
  watch(pages: ReadonlySet<number>): void {
    const before = this.#watched ?? new Set();
    this.#watched = pages.size === 0 ? undefined : pages;
    for (const page of [...before, ...pages]) this.refresh(page as PageIndex);
  }

  /** From now on the agent's accesses to memory of other nodes than its own are to be counted. */
  countRemote(own: NodeId): void {
    this.#counts = own;
  }

  /** Whether the agent may access the page, and is to be counted when it does. */
  isCounted(page: PageIndex): boolean {
    if (this.#counts === undefined) return false;
    const pte = this.entries[page] ?? 0;
    return pteType(pte) === PteType.present && frameNode(pteFrame(pte)) !== this.#counts;
  }

  /** `copy` holds some of the permissions ({@link LAUNCH_PERMISSIONS}): they are cleared whenever the page's entry is written. */
  setCopy(copy: Uint8Array | undefined): void {
    this.#copy = copy;
  }

  /** Whether a permission byte says what the entry says, and no more. */
  get #isPlain(): boolean {
    return this.#watched === undefined && this.#withheld === undefined && this.#counts === undefined;
  }

  #forgetCopy(copy: Uint8Array, page: PageIndex): void {
    copy[page] = (copy[page] ?? 0) & ~LAUNCH_PERMISSIONS;
  }
}
