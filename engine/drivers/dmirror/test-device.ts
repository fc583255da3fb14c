/** What the parts of the test device know of each other. */

import type { DeviceMemory } from '../../hmm/device-memory.js';
import type { MirrorTable } from '../../hmm/mirror-table.js';
import type { Mm } from '../../memory/mm.js';
import type { PgmapOwner } from '../../memory/mmu-notifier.js';
import type { FrameNumber, NodeId, PageIndex } from '../../memory/units.js';
import type { DmirrorEvents } from './dmirror-events.js';

/** One device: see dmirror-device.ts. */
export interface TestDevice {
  readonly minor: number;
  readonly node: NodeId;
  readonly type: 'private' | 'coherent';
  /** Whose device memory it is: compared by hmm and by notifiers. */
  readonly owner: PgmapOwner;
  readonly memory: DeviceMemory;
  readonly events: DmirrorEvents;
  /** How many chunks of memory it has, and pages allocated and freed since it was made. */
  readonly chunks: number;
  readonly counters: { readonly allocated: number; readonly freed: number };
  /** A frame with one reference, or NO_FRAME. */
  allocate(): FrameNumber;
  /** The first of HUGE_PAGES neighbouring frames with one reference each, or NO_FRAME. */
  allocateHuge(): FrameNumber;
  /** The pages are about to be elsewhere: no file of this device that mirrors the process keeps an entry. @returns entries dropped. */
  forget(mm: Mm, start: PageIndex, count: number): number;
  /** Whether an allocation for a huge page of this process is to fail: once for each time that a file was told so. */
  failsHuge(mm: Mm): boolean;
  /** RELEASE: evicts all, and the chunks are gone until memory is needed again. */
  removeChunks(): void;
}

/** One open file: see dmirror.ts. */
export interface MirrorFile {
  readonly device: TestDevice;
  /** The process that opened the file. */
  readonly mm: Mm;
  /** The device's page table. */
  readonly table: MirrorTable;
}
