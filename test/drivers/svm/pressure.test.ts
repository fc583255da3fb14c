/** A full device: svm_range_evict_svm_bo_worker gives up whole ranges, those first that were used least recently. */

import { describe, expect, it } from 'vitest';
import { Access } from '../../../engine/memory/event.js';
import { page } from '../../memory/rig.js';
import { svmRig, type SvmRig, type SvmRigOptions } from './svm-rig.js';

const [A, B, C] = [1024, 2048, 3072];

function touch(rig: SvmRig, at: number): boolean {
  return rig.driver.deviceFault(rig.gpu0, page(at), Access.write).ok;
}

/** Three areas of 40 pages and room for two. */
function full(onPhase: SvmRigOptions['onPhase'] = () => undefined): SvmRig {
  const rig = svmRig({ devicePages: 100, onPhase });
  for (const at of [A, B, C]) {
    rig.map(at, 40);
    rig.mm.populate(page(at), 40, Access.write);
  }
  touch(rig, A);
  touch(rig, B);
  return rig;
}

describe('a device without room for a range', () => {
  it('evicts the range used least recently, all of it', () => {
    const rig = full();
    const from = rig.sink.events.length;
    expect(touch(rig, C)).toBe(true);
    expect([A, B, C].map((at) => rig.where(at, 40)[1])).toEqual([0, 40, 40]);
    expect(rig.story(from)).toEqual([
      `deviceFault ${C}+1`,
      `invalidate ${A}+40 evict`,
      `evict ${A}+40 evict`,
      `migrate ${A}+40 evict`,
      `migrate ${C}+40 fault`,
    ]);
  });

  it('counts a range for all of its pages, though one has migrated', () => {
    const rig = svmRig({ devicePages: 100, parameters: { svm_default_granularity: 0 } });
    for (const at of [A, B, C]) {
      rig.map(at, 40);
      rig.driver.allocated(page(at), 40, 'managed');
    }
    for (const at of [A, B, C]) touch(rig, at);
    expect([A, B, C].map((at) => rig.where(at, 40)[1])).toEqual([0, 1, 1]);
  });

  it('counts a fault as use', () => {
    const rig = full();
    rig.mm.madvise(page(A), 40, 4);
    touch(rig, A);
    touch(rig, C);
    expect([A, B, C].map((at) => rig.where(at, 40)[1])).toEqual([40, 0, 40]);
    touch(rig, B);
    expect([A, B, C].map((at) => rig.where(at, 40)[1])).toEqual([0, 40, 40]);
  });

  it('gives up a range that stays after three tries, and takes the next', () => {
    const tries: number[] = [];
    const rig = full(({ phase, reason, firstPage }) => {
      if (phase === 'collect' && reason === 'evict') tries.push(firstPage);
    });
    const pte = rig.mm.pageTable.get(page(A + 1));
    const frame = pte >>> 6;
    rig.gpu0.memory.frames.pin(frame as never);
    const steps = rig.sink.events.length;
    expect(touch(rig, C)).toBe(true);
    expect([A, B, C].map((at) => rig.where(at, 40)[1])).toEqual([1, 0, 40]);
    expect(rig.story(steps).filter((line) => line.startsWith('evict'))).toEqual([
      `evict ${A}+1 evict`,
      `evict ${A + 2}+38 evict`,
      `evict ${B}+40 evict`,
    ]);
    expect(tries).toEqual([A, A, A, B]);
    rig.gpu0.memory.frames.unpin(frame as never);
  });

  it('evicts for hipMalloc, too', () => {
    const rig = full();
    const { agent } = rig.gpu0;
    expect(rig.mm.mmap({ start: page(8192), pageCount: 50, protection: 3, kind: 'device', agent, fixed: true })).toBe(
      8192,
    );
    expect([A, B].map((at) => rig.where(at, 40)[1])).toEqual([0, 40]);
  });

  it('frees a range’s memory when it is unmapped, in part or whole', () => {
    const rig = full();
    rig.mm.munmap(page(A + 10), 10);
    expect(rig.gpu0.memory.frames.usedFrames).toBe(70);
    rig.mm.munmap(page(A), 40);
    rig.mm.munmap(page(B), 40);
    expect(rig.gpu0.memory.frames.usedFrames).toBe(0);
    expect([touch(rig, C), rig.where(C, 40)[1]]).toEqual([true, 40]);
    expect(rig.sink.of('evict')).toEqual([]);
  });
});

describe('a million pages', () => {
  it.each([9, 3])('migrate, come back and go, in slices of 2^%i', (granularity) => {
    const pages = 1_000_000;
    const parameters = { svm_default_granularity: granularity };
    const rig = svmRig({ devicePages: pages / 2, systemFrames: pages + 8, parameters });
    rig.map(16, pages);
    for (let at = 16; at < 16 + pages; at += 2 ** granularity) {
      if (!rig.gpu0.mirror.allows(page(at), true)) touch(rig, at);
    }
    const [, onDevice = 0] = rig.where(16, pages);
    expect(onDevice).toBeGreaterThan(pages / 2 - 1024);
    rig.mm.populate(page(16), pages, Access.write);
    expect(rig.where(16, pages)).toEqual([pages, 0, 0]);
    rig.mm.munmap(page(16), pages);
    rig.mm.exit();
  });
});
