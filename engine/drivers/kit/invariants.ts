/**
 * What must hold of page tables, permissions and frames between any two calls of a driver, whatever the driver: computed from areas and entries by
 * the most obvious means and without the engine's own helpers, so that it is no repetition of what it checks.
 */

import type { AddressSpace } from '../../memory/address-space.js';
import { Permission } from '../../memory/page-table.js';
import type { FrameNumber, PageIndex } from '../../memory/units.js';
import type { Vma } from '../../memory/vma.js';
import type { Device } from '../driver.js';

/** A rule does not hold; the message names it and the page, and says what is there instead. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

const page = (index: number): PageIndex => index as PageIndex;

interface Entry {
  readonly type: 'none' | 'present' | 'devicePrivate' | 'migration' | 'deviceOnly' | 'copy';
  readonly writable: boolean;
  /** The CPU faults, whatever else the entry says. */
  readonly noAccess: boolean;
  readonly frame: FrameNumber;
  readonly node: number;
}

const TYPES = ['none', 'present', 'devicePrivate', 'migration', 'deviceOnly', 'copy'] as const;

/** Entry: the low three bits are the type, then one for writable and one for no access; the upper 26 are the frame, four of them its node. */
function decode(word: number): Entry {
  const type = TYPES[word % 8];
  if (type === undefined) throw new BrokenRule(`no entry has the type of ${String(word)}`);
  const frame = Math.floor(word / 2 ** 6);
  return {
    type,
    writable: Math.floor(word / 8) % 2 === 1,
    noAccess: Math.floor(word / 16) % 2 === 1,
    frame: frame as FrameNumber,
    node: Math.floor(frame / 2 ** 22),
  };
}

export function areaOf(mm: AddressSpace, at: number): Vma | undefined {
  for (const vma of mm.vmas()) if (vma.start <= at && at < vma.end) return vma;
  return undefined;
}

/** As expect(actual).toBe(expected), but cheap enough for some ten million calls. */
function must(actual: unknown, expected: unknown, what: () => string): void {
  if (actual !== expected) throw new BrokenRule(`${what()} (${String(actual)} instead of ${String(expected)})`);
}

const bits = (read: boolean, write: boolean): number => (read ? 1 : 0) + (write ? 2 : 0);

/** Of pages that are all there is. @param held frames that the caller has pinned. @param peers devices map each other's memory. @throws BrokenRule */
export function checkInvariants(
  mm: AddressSpace,
  devices: readonly Device[],
  first: number,
  count: number,
  held: readonly FrameNumber[] = [],
  peers = false,
): void {
  const { mappings, copies } = checkPages(mm, devices, first, count, peers);
  checkFrames(mm, mappings, copies, held);
  for (const device of devices) {
    const entries = device.mirror.table.entries.slice(first, first + count).filter((word) => word !== 0).length;
    must(device.mirror.mappedPages, entries, () => 'entries of the mirror are counted');
  }
}

/** The part of it that concerns some pages only. @throws BrokenRule */
function checkPages(
  mm: AddressSpace,
  devices: readonly Device[],
  first: number,
  count: number,
  peers: boolean,
): { readonly mappings: ReadonlyMap<FrameNumber, number>; readonly copies: ReadonlySet<FrameNumber> } {
  const mappings = new Map<FrameNumber, number>();
  const copies = new Set<FrameNumber>();
  for (let at = first; at < first + count; at++) {
    const vma = areaOf(mm, at);
    const entry = decode(mm.pageTable.get(page(at)));
    checkCpuEntry(mm, vma, entry, at);
    // Frame 0 is the zero page, which many entries map and nobody owns.
    if (entry.type !== 'none' && entry.frame !== 0) {
      must(mappings.has(entry.frame), false, () => `page ${String(at)}: its frame is mapped once`);
      mappings.set(entry.frame, at);
    }
    const writableFrames = new Set<FrameNumber>();
    if ((mm.permissions[0]?.[at] ?? 0) & 2) writableFrames.add(entry.frame);
    for (const device of devices) {
      const mirrored = decode(device.mirror.table.get(page(at)));
      checkDeviceEntry(mm, device, vma, entry, mirrored, at, peers);
      if (mirrored.type === 'copy') copies.add(mirrored.frame);
      else if (mirrored.writable) writableFrames.add(mirrored.frame);
    }
    must(writableFrames.size <= 1, true, () => `page ${String(at)} is writable in one place`);
    if (entry.type === 'devicePrivate') {
      must(mm.permissions[0]?.[at], 0, () => `page ${String(at)}: on a device, so not the CPU's`);
      for (const device of devices) {
        const copied = decode(device.mirror.table.get(page(at))).type === 'copy';
        if (device.node !== entry.node && !copied && !peers)
          must(mm.permissions[device.agent]?.[at], 0, () => `page ${String(at)}: on another device`);
      }
    }
  }
  return { mappings, copies };
}

function checkCpuEntry(mm: AddressSpace, vma: Vma | undefined, entry: Entry, at: number): void {
  const present = entry.type === 'present';
  // A driver may keep the CPU from pages of its own mappings.
  const withheld = vma?.kind === 'managed' && entry.noAccess;
  const readable = present && !withheld && (vma?.protection ?? 0) !== 0;
  const writable = readable && entry.writable && ((vma?.protection ?? 0) & 2) !== 0;
  must(mm.permissions[0]?.[at], bits(readable, writable), () => `page ${String(at)}: the CPU's permission`);
  if (entry.type === 'none') return;
  must(vma !== undefined, true, () => `page ${String(at)}: an entry lies in an area`);
  must(entry.type === 'migration', false, () => `page ${String(at)}: no migration is left over`);
  if (entry.writable)
    must((vma?.protection ?? 0) & 2, 2, () => `page ${String(at)}: no entry allows more than its area`);
  const reached = entry.node === 0 || (present && mm.physical.pagemapOf(entry.frame)?.type === 'coherent');
  must(reached, present, () => `page ${String(at)}: present means memory that the CPU reaches`);
  const special = vma?.kind === 'device' || vma?.kind === 'local';
  must(entry.type === 'deviceOnly', special, () => `page ${String(at)}: device memory is in device areas`);
}

function checkDeviceEntry(
  mm: AddressSpace,
  device: Device,
  vma: Vma | undefined,
  cpu: Entry,
  mirrored: Entry,
  at: number,
  peers: boolean,
): void {
  const label = () => `page ${String(at)}, gpu${String(device.agent - 1)}`;
  const mapped = mirrored.type !== 'none';
  const counted = device.mirror.table.isCounted(at as PageIndex) ? Permission.counted : Permission.none;
  const allowed = bits(mapped, mapped && mirrored.writable) | counted;
  must(mm.permissions[device.agent]?.[at], allowed, () => `${label()}: permission`);
  if (!mapped) return;
  must(vma !== undefined, true, () => `${label()}: an entry lies in an area`);
  if (mirrored.type === 'copy') {
    must(mirrored.node, device.node, () => `${label()}: a copy is in its own memory`);
    return;
  }
  must(mirrored.type, 'present', label);
  must(mirrored.frame, cpu.frame, () => `${label()}: the frame that the CPU's table has`);
  must(['present', 'devicePrivate', 'deviceOnly'].includes(cpu.type), true, label);
  if (cpu.type !== 'present' && !(peers && cpu.type === 'devicePrivate'))
    must(cpu.node, device.node, () => `${label()}: device memory of its own`);
  if (mirrored.writable) must(cpu.writable, true, () => `${label()}: no more than the CPU's table allows`);
  must((vma?.protection ?? 0) & 1, 1, () => `${label()}: the area is readable`);
}

function checkFrames(
  mm: AddressSpace,
  mappings: ReadonlyMap<FrameNumber, number>,
  copies: ReadonlySet<FrameNumber>,
  held: readonly FrameNumber[],
): void {
  const used = new Map<number, Set<FrameNumber>>();
  for (const frame of [...mappings.keys(), ...copies, ...held.filter((pinned) => pinned !== 0)]) {
    const node = frame >>> 22;
    used.set(node, (used.get(node) ?? new Set()).add(frame));
    const frames = mm.physical.of(frame);
    const at = mappings.get(frame);
    must(frames.isLocked(frame), false, () => `frame ${String(frame)} is not locked`);
    must(frames.mapcount(frame), at === undefined ? 0 : 1, () => `mappings of frame ${String(frame)}`);
    if (at !== undefined) must(frames.pageOf(frame), at, () => `reverse mapping of frame ${String(frame)}`);
    const references = frames.mapcount(frame) + frames.pincount(frame) + (copies.has(frame) ? 1 : 0);
    must(frames.refcount(frame), references, () => `references of frame ${String(frame)}`);
  }
  for (const { node, usedFrames } of mm.physical.nodes()) {
    must(usedFrames, used.get(node)?.size ?? 0, () => `frames in use on node ${String(node)}`);
  }
}
