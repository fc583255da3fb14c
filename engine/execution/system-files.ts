/**
 * What /proc and /sys tell a program about its memory: as much as tests of the kernel's memory management read. Sources: fs/proc/task_mmu.c
 * (pte_to_pagemap_entry, show_map_vma, __show_smap), fs/proc/meminfo.c, mm/huge_memory.c.
 */
import type { AddressSpace } from '../memory/address-space.js';
import { hasFrame, pteFrame, pteType, PteType } from '../memory/page-table.js';
import { HUGE_PAGES, PAGE_COUNT, PAGE_SIZE, ZERO_FRAME, type PageIndex } from '../memory/units.js';
import {
  isOrdinary,
  isReadable,
  isShared,
  isWritable,
  linearPageIndex,
  Protection,
  VmaFlag,
  type Vma,
} from '../memory/vma.js';
import type { SpecialFile } from './wasi/file-descriptors.js';
import { generatedFile, textContents, type ContentsAt } from './wasi/generated-file.js';

/** Bits of an entry of /proc/self/pagemap. */
const Pagemap = {
  SOFT_DIRTY: 1n << 55n,
  EXCLUSIVE: 1n << 56n,
  FILE: 1n << 61n,
  SWAP: 1n << 62n,
  PRESENT: 1n << 63n,
} as const;
const PAGEMAP_ENTRY_BYTES = 8;
const KIB = 1024;

/** The file at an absolute path, if it is one of these. @param process asked when a file is opened */
export function systemFile(path: string, process: () => AddressSpace): SpecialFile | undefined {
  const texts: Readonly<Record<string, (mm: AddressSpace) => string>> = {
    '/proc/self/maps': (mm) => mappedAreas(mm).map(mapsLine).join(''),
    '/proc/self/smaps': (mm) =>
      mappedAreas(mm)
        .map((vma) => smapsEntry(mm, vma))
        .join(''),
    '/proc/meminfo': meminfo,
    '/sys/kernel/mm/transparent_hugepage/enabled': () => 'always [madvise] never\n',
    '/sys/kernel/mm/transparent_hugepage/hpage_pmd_size': () => `${String(HUGE_PAGES * PAGE_SIZE)}\n`,
  };
  if (path === '/proc/self/pagemap') return generatedFile(() => pagemap(process()));
  const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
  return text && generatedFile(() => textContents(text(process())));
}

function pagemap(mm: AddressSpace): ContentsAt {
  return (offset, maxBytes) => {
    const end = Math.min(offset + maxBytes, PAGE_COUNT * PAGEMAP_ENTRY_BYTES);
    if (end <= offset) return new Uint8Array(0);
    const first = Math.floor(offset / PAGEMAP_ENTRY_BYTES);
    const entries = new DataView(new ArrayBuffer((Math.ceil(end / PAGEMAP_ENTRY_BYTES) - first) * PAGEMAP_ENTRY_BYTES));
    for (let at = 0; at < entries.byteLength; at += PAGEMAP_ENTRY_BYTES)
      entries.setBigUint64(at, pagemapEntry(mm, (first + at / PAGEMAP_ENTRY_BYTES) as PageIndex), true);
    const from = offset - first * PAGEMAP_ENTRY_BYTES;
    return new Uint8Array(entries.buffer).slice(from, from + end - offset);
  };
}

/** As an unprivileged reader sees it: frame numbers are 0. A page on a device is a kind of swapped-out one. */
function pagemapEntry(mm: AddressSpace, page: PageIndex): bigint {
  const vma = mm.findVma(page);
  if (vma === undefined || !isOrdinary(vma)) return 0n;
  const pte = mm.pageTable.get(page);
  if (pte === 0) return Pagemap.SOFT_DIRTY;
  const bits = Pagemap.SOFT_DIRTY | (pteType(pte) === PteType.present ? Pagemap.PRESENT : Pagemap.SWAP);
  if (!hasFrame(pte)) return bits;
  const frame = pteFrame(pte);
  const frames = mm.physical.of(frame);
  const file = frames.mappingOf(frame) !== 0 ? Pagemap.FILE : 0n;
  return bits | file | (frame !== ZERO_FRAME && frames.mapcount(frame) === 1 ? Pagemap.EXCLUSIVE : 0n);
}

function mappedAreas(mm: AddressSpace): Vma[] {
  return [...mm.vmas()].filter(isOrdinary);
}

function mapsLine(vma: Vma): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const address = (page: number): string => hex(page * PAGE_SIZE, 8);
  const flags = [
    isReadable(vma) ? 'r' : '-',
    isWritable(vma) ? 'w' : '-',
    (vma.protection & Protection.exec) !== 0 ? 'x' : '-',
    isShared(vma) ? 's' : 'p',
  ].join('');
  const offset = vma.backing === undefined ? 0 : linearPageIndex(vma, vma.start) * PAGE_SIZE;
  const name = vma.backing?.name ?? (vma.name === '' ? '' : `[${vma.name}]`);
  const line = `${address(vma.start)}-${address(vma.end)} ${flags} ${hex(offset, 8)} 00:00 ${String(vma.backing?.id ?? 0)}`;
  return `${name === '' ? line : `${line.padEnd(48)} ${name}`}\n`;
}

function smapsEntry(mm: AddressSpace, vma: Vma): string {
  const found = { rss: 0, anonymous: 0, huge: 0, swap: 0 };
  for (let page = vma.start; page < vma.end; page++) {
    const pte = mm.pageTable.get(page);
    if (pte === 0) continue;
    if (!hasFrame(pte)) found.swap++;
    else if (pteFrame(pte) !== ZERO_FRAME) {
      found.rss++;
      if (mm.physical.of(pteFrame(pte)).mappingOf(pteFrame(pte)) === 0) found.anonymous++;
      if (mm.pageTable.isHuge(page)) found.huge++;
    }
  }
  const locked = (vma.flags & VmaFlag.LOCKED) !== 0 ? found.rss : 0;
  const rows: readonly (readonly [string, number])[] = [
    ['Size', vma.end - vma.start],
    ['KernelPageSize', 1],
    ['MMUPageSize', 1],
    ['Rss', found.rss],
    ['Anonymous', found.anonymous],
    ['AnonHugePages', found.huge],
    ['Swap', found.swap],
    ['Locked', locked],
  ];
  return mapsLine(vma) + rows.map(([name, pages]) => kilobytes(name, pages * PAGE_SIZE, 24)).join('');
}

function meminfo({ physical }: AddressSpace): string {
  const { system, swap } = physical;
  const rows: readonly (readonly [string, number])[] = [
    ['MemTotal', system.capacity],
    ['MemFree', system.freeFrames],
    ['MemAvailable', system.freeFrames],
    ['Cached', physical.cachedFrames],
    ['SwapTotal', swap.capacity],
    ['SwapFree', swap.capacity - swap.usedSlots],
  ];
  const counts = ['HugePages_Total', 'HugePages_Free', 'HugePages_Rsvd', 'HugePages_Surp'];
  return (
    rows.map(([name, pages]) => kilobytes(name, pages * PAGE_SIZE, 16)).join('') +
    counts.map((name) => `${`${name}:`.padEnd(16)}       0\n`).join('') +
    kilobytes('Hugepagesize', HUGE_PAGES * PAGE_SIZE, 16)
  );
}

function kilobytes(name: string, bytes: number, width: number): string {
  return `${`${name}:`.padEnd(width - 8)}${String(bytes / KIB).padStart(16)} kB\n`;
}
