/**
 * Any sequence of memory operations, device accesses, forks and pins leaves the engine where the simple model says: every page where it is
 * expected, with the bytes it must have, nobody allowed more than the model allows, no frame lost.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeDeviceExclusive, putDeviceExclusive } from '../../engine/hmm/exclusive.js';
import type { AddressSpace } from '../../engine/memory/address-space.js';
import { isErrno } from '../../engine/memory/errno.js';
import { Access } from '../../engine/memory/event.js';
import { Advice } from '../../engine/memory/madvise.js';
import { hasFrame, pteFrame } from '../../engine/memory/page-table.js';
import { NO_NODE, ZERO_FRAME, type FrameNumber } from '../../engine/memory/units.js';
import { deviceRig, forked, page, PageValues, type DeviceRig } from '../memory/rig.js';
import { DEVICES, FIRST, operation, PAGES, type Operation, type Range } from './operations.js';
import { PageModel, type ModelFrame } from './page-model.js';

const NO_MODEL_FRAME: ModelFrame = { node: 0, pins: 0 };

/** Tables are large: one process is used again and again, and is empty in between. */
function freshRig(): { readonly rig: DeviceRig; readonly contents: PageValues } {
  const contents = new PageValues();
  return { rig: deviceRig({ devices: DEVICES, contents, swapFrames: 64, onPhase: null }), contents };
}

/** The engine and the model side by side. */
class Pair {
  readonly model = new PageModel();
  readonly rig: DeviceRig;
  readonly spaces = new Map<number, AddressSpace>();
  readonly contents = new Map<number, PageValues>();
  readonly pins: { readonly mm: AddressSpace; readonly frame: FrameNumber; readonly model: ModelFrame | undefined }[] =
    [];
  private stamp = 0;

  constructor({ rig, contents }: ReturnType<typeof freshRig>) {
    this.rig = rig;
    this.spaces.set(0, rig.mm);
    this.contents.set(0, contents);
    this.step({ do: 'mmap', process: 0, start: FIRST, count: PAGES, protection: 3 });
  }

  step(operation: Operation): void {
    const id = 'process' in operation ? operation.process : 0;
    const mm = this.spaces.get(id);
    const values = this.contents.get(id);
    if (mm === undefined || values === undefined) return;
    const { model } = this;
    switch (operation.do) {
      case 'mmap': {
        const { start, count, protection: bits } = operation;
        mm.mmap({ start: page(start), pageCount: count, protection: bits, kind: 'anonymous', fixed: true });
        values.zero(page(start), count);
        model.mmap(id, start, count, bits);
        break;
      }
      case 'mprotect': {
        const { start, count, protection: bits } = operation;
        const result = mm.mprotect(page(start), count, bits);
        expect(result === 0 ? 'ok' : 'error').toBe(model.mprotect(id, start, count, bits));
        break;
      }
      case 'munmap':
        mm.munmap(page(operation.start), operation.count);
        model.munmap(id, operation.start, operation.count);
        break;
      case 'dontNeed':
        mm.madvise(page(operation.start), operation.count, Advice.DONTNEED);
        model.dontNeed(id, operation.start, operation.count);
        break;
      case 'free': {
        mm.madvise(page(operation.start), operation.count, Advice.FREE);
        model.free(id, operation.start, operation.count);
        break;
      }
      case 'pageOut':
        mm.madvise(page(operation.start), operation.count, Advice.PAGEOUT);
        model.pageOut(id, operation.start, operation.count);
        break;
      case 'access': {
        const access = operation.write ? Access.write : Access.read;
        const result = mm.handleCpuFault(page(operation.at), access);
        expect(result.ok ? 'ok' : result.signal).toBe(model.access(id, operation.at, operation.write));
        if (result.ok && operation.write) this.write(id, operation.at);
        break;
      }
      case 'device':
        this.device(operation.at, operation.device, operation.write);
        break;
      case 'exclusive': {
        const frame = makeDeviceExclusive(mm, page(operation.at), this.rig.device.memory.owner);
        expect(isErrno(frame) ? 'error' : 'ok').toBe(model.makeExclusive(operation.at));
        if (!isErrno(frame)) putDeviceExclusive(mm.physical, frame);
        break;
      }
      case 'pin': {
        const frame = mm.pinUserPage(page(operation.at), operation.write);
        const expected = model.pin(id, operation.at, operation.write);
        expect(isErrno(frame)).toBe(expected === 'SIGSEGV');
        if (!isErrno(frame)) this.pins.push({ mm, frame, model: typeof expected === 'object' ? expected : undefined });
        break;
      }
      case 'unpin': {
        const [pin] = this.pins.splice(operation.which, 1);
        pin?.mm.unpinUserPage(pin.frame);
        if (pin?.model) pin.model.pins--;
        break;
      }
      case 'fork':
        this.fork(id);
        break;
      case 'exit':
        if (id === 0) return;
        mm.exit();
        model.exit(id);
        this.spaces.delete(id);
        break;
      case 'remap':
        this.remap(mm, id, operation);
        break;
    }
  }

  private write(id: number, where: number): void {
    this.stamp++;
    this.contents.get(id)?.values.set(where, this.stamp);
    const target = this.model.pages(id).get(where);
    if (target) target.value = this.stamp;
  }

  private device(where: number, index: number, write: boolean): void {
    const device = this.rig.devices[index];
    if (device === undefined) return;
    const need = write ? 2 : 1;
    if (((this.rig.mm.permissions[device.agent]?.[where] ?? 0) & need) !== 0) {
      // No fault, so nothing happens; but it must be right that there is none.
      const expected = this.model.pages(0).get(where);
      expect((expected?.protection ?? 0) & need).toBe(need);
      if (write) expect(this.model.sharers(this.model.frame(0, where) ?? NO_MODEL_FRAME)).toBe(1);
      if (write) this.write(0, where);
      return;
    }
    const result = this.rig.driver.deviceFault(device, page(where), write ? Access.write : Access.read);
    expect(result.ok ? 'ok' : result.signal).toBe(this.model.deviceAccess(where, device.node, write));
    if (!result.ok) return;
    const permission = this.rig.mm.permissions[device.agent]?.[where] ?? 0;
    expect(permission & need).not.toBe(0);
    if (write) this.write(0, where);
  }

  private fork(parent: number): void {
    const child = [1, 2].find((id) => !this.spaces.has(id));
    const mm = this.spaces.get(parent);
    const values = this.contents.get(parent);
    if (child === undefined || mm === undefined || values === undefined) return;
    const copy = new PageValues();
    for (const [key, value] of values.values) copy.values.set(key, value);
    this.spaces.set(child, forked({ mm, sink: this.rig.sink }, child, copy));
    this.contents.set(child, copy);
    this.model.fork(parent, child);
  }

  private remap(mm: AddressSpace, id: number, { start, count, to }: Range & { readonly to: number }): void {
    if (to + count > FIRST + PAGES) return;
    const vma = mm.findVma(page(start));
    const within = vma !== undefined && start + count <= vma.end;
    const apart = to + count <= start || to >= start + count;
    const result = mm.mremap(page(start), count, count, 3, page(to));
    if (!within || !apart) {
      expect(isErrno(result)).toBe(true);
      return;
    }
    expect(result).toBe(to);
    expect(this.model.mremap(id, start, count, to)).toBe('ok');
  }

  /** Everything that can be seen of both. */
  compare(): void {
    for (const [id, mm] of this.spaces) {
      for (let each = FIRST; each < FIRST + PAGES; each++) this.comparePage(id, mm, each);
    }
    const held = this.pins.flatMap((pin) => pin.model ?? []);
    const { physical } = this.rig.mm;
    for (const { node, usedFrames } of physical.nodes())
      expect([node, usedFrames]).toEqual([node, this.model.framesOn(node, held)]);
  }

  private comparePage(id: number, mm: AddressSpace, each: number): void {
    const expected = this.model.pages(id).get(each);
    const found = mm.pageState(page(each));
    const label = `process ${id}, page ${each}`;
    const frame = this.model.frame(id, each);
    const node = expected === undefined || expected.what === 'nothing' ? NO_NODE : frame ? (frame.node ?? NO_NODE) : 0;
    expect(`${label} on ${found.node}`).toBe(`${label} on ${node}`);
    if (expected === undefined) return;
    expect(`${label}: ${this.contents.get(id)?.values.get(each) ?? 0}`).toBe(`${label}: ${expected.value}`);
    if (expected.what === 'zero') expect(found.frame).toBe(ZERO_FRAME);
    const allowed = found.permissions[0] ?? 0;
    const here = node === 0 && !expected.exclusive ? expected.protection : 0;
    const alone = frame !== undefined && this.model.sharers(frame) === 1;
    if ((allowed & 1) !== 0) expect(`${label} may be read: ${here & 3}`).not.toBe(`${label} may be read: 0`);
    if ((allowed & 2) !== 0)
      expect(`${label} may be written: ${here & 2} ${alone}`).toBe(`${label} may be written: 2 true`);
    const pte = mm.pageTable.get(page(each));
    if (frame === undefined || !hasFrame(pte)) return;
    const frames = mm.physical.of(pteFrame(pte));
    const counts = [frames.mapcount(pteFrame(pte)), frames.refcount(pteFrame(pte)), frames.isLocked(pteFrame(pte))];
    expect([label, ...counts]).toEqual([
      label,
      this.model.sharers(frame),
      this.model.sharers(frame) + frame.pins,
      false,
    ]);
  }

  end(): void {
    for (const { mm, frame } of this.pins) mm.unpinUserPage(frame);
    for (const [id, mm] of this.spaces) if (id !== 0) mm.exit();
    this.rig.mm.munmap(page(FIRST), PAGES);
    const { physical } = this.rig.mm;
    expect(physical.nodes().map(({ usedFrames }) => usedFrames)).toEqual([0, 0, 0]);
    expect(physical.swap.usedSlots).toBe(0);
    this.rig.sink.events.length = 0;
  }
}

describe('memory', () => {
  it('is where and what a simple model says, after any sequence of operations', { timeout: 300_000 }, () => {
    let rig = freshRig();
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 30 }), (operations) => {
        const pair = new Pair(rig);
        try {
          for (const each of operations) {
            pair.step(each);
            pair.compare();
          }
          pair.end();
        } catch (error) {
          rig = freshRig();
          throw error;
        }
      }),
      { numRuns: Number(globalThis.process.env.FAULTLINE_PROPERTY_RUNS ?? 10_000) },
    );
  });
});
