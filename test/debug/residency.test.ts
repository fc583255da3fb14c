/** Entries of a page table as a view is told of them. */
import { expect, test } from 'vitest';
import { livePages } from '../../engine/debug/residency.js';
import { permissionTableAddress } from '../../engine/execution/layout.js';
import { HWPOISON_SLOT, makePte, makeSwapPte, Permission, PteType } from '../../engine/memory/page-table.js';
import { frameNumber, type NodeId } from '../../engine/memory/units.js';

const GPU0 = 1 as NodeId;
const CPU = 0 as NodeId;

test('every type of entry says where its page is and who has it', () => {
  const memory = new WebAssembly.Memory({ initial: permissionTableAddress(3) / 65_536 });
  const entries = Uint32Array.of(
    0,
    makePte(PteType.present, frameNumber(CPU, 7), true),
    makePte(PteType.devicePrivate, frameNumber(GPU0, 7), true),
    makePte(PteType.migration, frameNumber(CPU, 8), true),
    makePte(PteType.exclusive, frameNumber(CPU, 9), true),
    // As a frame number, either slot would be one of a device that does not exist.
    makeSwapPte(0x3f0_0000),
    makeSwapPte(HWPOISON_SLOT),
  );
  new Uint8Array(memory.buffer)[permissionTableAddress(1) + 4] = Permission.read | Permission.write;
  const runs = livePages(entries, memory, 1).runs(0, entries.length);
  expect(runs.map(({ node, state, readers }) => [node, state, ...readers])).toEqual([
    [null, 'none'],
    ['cpu', 'resident'],
    ['gpu0', 'resident'],
    ['cpu', 'migrating'],
    ['cpu', 'exclusive', 'gpu0'],
    [null, 'swapped'],
    [null, 'none'],
  ]);
});
