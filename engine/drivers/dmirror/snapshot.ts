/** A snapshot: what the CPU's table says of pages, one byte each, with nothing faulted in. Source: lib/test_hmm.c (dmirror_mkentry). */

import { hmmFrame, HmmPfn, hmmRangeFault, type HmmRange } from '../../hmm/range-fault.js';
import { readBegin } from '../../hmm/mirror-fault.js';
import { Errno } from '../../memory/errno.js';
import { frameNode, HUGE_SHIFT, PAGE_COUNT, SYSTEM_NODE, ZERO_FRAME, type PageIndex } from '../../memory/units.js';
import { DmirrorProt } from './uapi.js';
import type { MirrorFile } from './test-device.js';

/** A table that moves so often under the walk never holds still. */
const MAX_ATTEMPTS = 64;
/** Order of a page of the level above huge pages: 1 GiB. */
const PUD_ORDER = 18;

/** @returns a byte a page; -EBUSY if the table never held still. Pages beyond the address space are errors. */
export function snapshotBytes(file: MirrorFile, range: HmmRange, start: number, count: number): Uint8Array | Errno {
  const bytes = new Uint8Array(count).fill(DmirrorProt.ERROR);
  const there = Math.min(count, PAGE_COUNT - start);
  if (there <= 0) return bytes;
  range.start = start as PageIndex;
  range.count = there;
  range.defaultFlags = 0;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const sequence = readBegin(file.mm, range.notifier, range.start);
    if (sequence === undefined) return Errno.EBUSY;
    range.notifierSequence = sequence;
    const result = hmmRangeFault(file.mm, range);
    if (result === Errno.EBUSY) continue;
    if (result !== 0) return result;
    if (file.mm.notifiers.retry(range.notifier, sequence)) continue;
    for (let index = 0; index < there; index++) bytes[index] = entryByte(file, range, index);
    return bytes;
  }
  return Errno.EBUSY;
}

function entryByte(file: MirrorFile, range: HmmRange, index: number): number {
  const word = range.words[index] ?? 0;
  if ((word & HmmPfn.ERROR) !== 0) return DmirrorProt.ERROR;
  if ((word & HmmPfn.VALID) === 0) return DmirrorProt.NONE;
  const allows = (word & HmmPfn.WRITE) !== 0 ? DmirrorProt.WRITE : DmirrorProt.READ;
  const order = range.orders[index];
  const level = order === HUGE_SHIFT ? DmirrorProt.PMD : order === PUD_ORDER ? DmirrorProt.PUD : 0;
  return placeByte(file, word) | allows | level;
}

function placeByte({ device, mm }: MirrorFile, word: number): number {
  const frame = hmmFrame(word);
  if (frame === ZERO_FRAME) return DmirrorProt.ZERO;
  if (frameNode(frame) === SYSTEM_NODE) return DmirrorProt.NONE;
  const pagemap = mm.physical.pagemapOf(frame);
  const local = pagemap === device.memory;
  if (pagemap?.type === 'coherent') return local ? DmirrorProt.DEV_COHERENT_LOCAL : DmirrorProt.DEV_COHERENT_REMOTE;
  return local ? DmirrorProt.DEV_PRIVATE_LOCAL : DmirrorProt.DEV_PRIVATE_REMOTE;
}
