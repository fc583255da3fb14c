/** Who owns a page, and where the image's areas lie. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Allocations, FIRST_SYSTEM_ID, type Allocation } from '../../engine/execution/allocations.js';
import { imageAreas, pagesTouched } from '../../engine/execution/layout.js';
import { CPU } from '../../engine/memory/units.js';

const PAGE = 4096;
const mapping = (address: number, bytes: number): Omit<Allocation, 'id'> => ({
  kind: 'managed',
  address,
  bytes,
  agent: CPU,
  mapping: address,
  mappedBytes: Math.ceil(bytes / PAGE) * PAGE,
});
const block = (address: number, bytes: number): Omit<Allocation, 'id'> => ({
  kind: 'heap',
  address,
  bytes,
  agent: CPU,
  mapping: 0,
  mappedBytes: 0,
});

describe('allocations', () => {
  let allocations: Allocations;
  const owners = (first: number, count: number): number[] =>
    Array.from({ length: count }, (_, n) => allocations.ofPage(first + n));
  beforeEach(() => {
    allocations = new Allocations();
  });

  it('own the pages of their mapping', () => {
    const a = allocations.add(mapping(0x10 * PAGE, 5000));
    const b = allocations.add(mapping(0x12 * PAGE, 1));
    expect(owners(0xf, 5)).toEqual([0, a.id, a.id, b.id, 0]);
    expect([a.id, b.id]).toEqual([1, 2]);
    expect(allocations.at(0x12 * PAGE)).toEqual(b);
    expect(allocations.at(0x12 * PAGE + 1)).toBeUndefined();
    expect([...allocations.all()]).toEqual([a, b]);
  });

  it('that the program has without asking have numbers of their own', () => {
    const heap = allocations.add(block(0x20 * PAGE, 4 * PAGE), true);
    const asked = allocations.add(mapping(0x30 * PAGE, 1));
    expect([heap.id, asked.id]).toEqual([FIRST_SYSTEM_ID, 1]);
    expect(allocations.ofPage(0x21)).toBe(FIRST_SYSTEM_ID);
  });

  it('can begin behind the start of their mapping, which they own still', () => {
    const whole = allocations.add(mapping(0x10 * PAGE, 3 * PAGE));
    allocations.rename(whole, { address: 0x10 * PAGE + 64, bytes: 3 * PAGE - 64, kind: 'heap' });
    expect(allocations.at(0x10 * PAGE)).toBeUndefined();
    const renamed = allocations.at(0x10 * PAGE + 64)!;
    expect(renamed).toMatchObject({ id: whole.id, kind: 'heap', mapping: 0x10 * PAGE, mappedBytes: 3 * PAGE });
    expect(owners(0x10, 4)).toEqual([1, 1, 1, 0]);
    allocations.remove(renamed, 0);
    expect(owners(0x10, 4)).toEqual([0, 0, 0, 0]);
    expect([...allocations.all()]).toEqual([]);
  });

  it('leave their pages to an heir, but none that another block has taken over', () => {
    const heap = allocations.add(block(0x20 * PAGE, 8 * PAGE), true);
    const a = allocations.add(block(0x20 * PAGE + 100, 2 * PAGE));
    const b = allocations.add(block(0x22 * PAGE + 200, PAGE));
    expect(owners(0x20, 4)).toEqual([a.id, a.id, b.id, b.id]);
    allocations.remove(a, heap.id);
    expect(owners(0x20, 4)).toEqual([heap.id, heap.id, b.id, b.id]);
    allocations.remove(b, heap.id);
    expect(owners(0x20, 4)).toEqual([heap.id, heap.id, heap.id, heap.id]);
  });

  it('of no bytes own nothing', () => {
    allocations.add(block(0x20 * PAGE, 0));
    expect(allocations.ofPage(0x20)).toBe(0);
  });

  it('may lie at the very end of the address space', () => {
    const last = allocations.add(mapping(0xffff_f000, PAGE));
    expect([allocations.ofPage(0xffffe), allocations.ofPage(0xfffff)]).toEqual([0, last.id]);
  });
});

it.each([
  [0, 0, 0, 0],
  [0, 1, 0, 1],
  [4095, 1, 0, 1],
  [4095, 2, 0, 2],
  [4096, 4096, 1, 1],
  [4097, 4096, 1, 2],
  [0xffff_ffff, 1, 0xfffff, 1],
  [0xffff_f000, 4096, 0xfffff, 1],
  [0, 2 ** 32, 0, 0x100000],
])('%i and %i bytes touch the pages from %i on, %i of them', (address, bytes, first, count) => {
  expect(pagesTouched(address, bytes)).toEqual({ first, count });
});

describe('the image’s areas', () => {
  const symbols =
    (change: Record<string, number> = {}) =>
    (name: string): number => {
      const addresses: Record<string, number> = {
        __faultline_data_start: 0x2000,
        __faultline_managed_start: 0x4000,
        __faultline_threadIdx: 0x5000,
        __faultline_shared_start: 0x6000,
        __faultline_device_end: 0x7000,
        __heap_base: 0x9010,
        ...change,
      };
      return addresses[name]!;
    };

  it('end where the next one in memory begins', () => {
    expect(imageAreas(symbols(), 0x1000)).toEqual({
      constants: { start: 0x1000, end: 0x2000 },
      data: { start: 0x2000, end: 0x4000 },
      managed: { start: 0x4000, end: 0x5000 },
      device: { start: 0x5000, end: 0x7000 },
      shared: { start: 0x6000, end: 0x7000 },
      zeroed: { start: 0x7000, end: 0xa000 },
      end: 0xa000,
    });
  });

  it('may come in another order', () => {
    const swapped = symbols({
      __faultline_threadIdx: 0x2000,
      __faultline_shared_start: 0x3000,
      __faultline_data_start: 0x5000,
    });
    const { data, device } = imageAreas(swapped, 0x1000);
    expect([device, data]).toEqual([
      { start: 0x2000, end: 0x4000 },
      { start: 0x5000, end: 0x7000 },
    ]);
  });

  it('are empty where there are no constants', () => {
    const { constants } = imageAreas(symbols({ __faultline_data_start: 0x1000 }), 0x1000);
    expect(constants.start).toBe(0x1000);
  });
});
