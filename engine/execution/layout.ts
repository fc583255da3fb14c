/**
 * Where things lie in the debuggee's 32-bit address space, and the program image's own areas. Data stay at their address
 * whatever the model says about their placement.
 *
 *     0x0000_0000  never mapped: NULL
 *     0x0000_4000  the log of a kernel's accesses to memory that is not its device's
 *     0x0000_8000  the log of pages that a kernel touched
 *     0x0001_0000  shadow call stack, below 0x0060_0000 (runs under a debugger, and programs with threads)
 *     0x0060_0000  frames of a host thread that is being suspended or resumed (programs with threads)
 *     0x0070_0000  the bytes of polls (runs under a debugger)
 *     0x0080_0000  permission tables: one window an agent, and one that allows everything
 *     0x0580_0000  shadow call stacks of the threads of a block that wait at barriers (runs under a debugger)
 *     0x0600_0000  the host's stack, growing down from 0x0680_0000; below it a guard
 *     0x0680_0000  the permission table that a launched kernel is checked against
 *     0x0700_0000  the program image: constants, data, managed and device variables, zeroed data; then the heap
 *     0x2000_0000  mappings, up to
 *     0xffff_0000  never mapped: an address just below 2^32 must not wrap into anything
 */
import { PAGE_SHIFT, PAGE_SIZE, type PageIndex } from '../memory/units.js';

/** The runtime's struct access_log (faultline.c). */
export const ACCESS_LOG = 0x0000_4000;
/** The runtime's struct watched: start and bytes of shared memory that is looked at. */
export const WATCHED = 0x0000_7ff8;
/** The runtime's struct touch_log (faultline.c). */
export const TOUCH_LOG = 0x0000_8000;
export const CALL_STACK_BASE = 0x0001_0000;
export const POLL_TABLE = 0x0070_0000;
export const MOST_POLLS = 0x0010_0000;
/** Room for the largest record behind the last that may begin. */
export const CALL_STACK_LIMIT = 0x005f_0000;
/** Where Asyncify writes the frames of a host thread, and reads them. */
export const SUSPENDED = 0x0060_0000;
export const SUSPENDED_END = 0x0070_0000;
export const THREAD_CALL_STACKS = 0x0580_0000;
export const THREAD_CALL_STACK_BYTES = 8 * 1024;
const TABLES_BASE = 0x0080_0000;
/** A table has 2^20 bytes; misaligned accesses of up to 8 bytes look up to 2^23, and must find zeros. */
const TABLE_WINDOW = 0x0080_0000;
/** The CPU, eight devices, and the runtime working with nothing checked. */
export const UNCHECKED_TABLE = 9;
/** A launched kernel's, see race-detector.ts; the runtime's C knows its address (faultline.c). */
export const LAUNCH_TABLE = 12;
/** Behind a table of 2^20 bytes there are zeros: a table that allows nothing. */
export const NO_PERMISSIONS = TABLES_BASE + 0x0010_0000;
export const STACK_TOP = 0x0680_0000;
export const STACK_BYTES = 8 * 1024 * 1024;
/** Mappings begin where the heap may grow to. */
export const HEAP_END = 0x2000_0000;
export const MAPPINGS_END = 0xffff_0000;
/** WebAssembly's own page. */
export const WASM_PAGE_SIZE = 65536;

export function permissionTableAddress(table: number): number {
  return TABLES_BASE + table * TABLE_WINDOW;
}

/** The areas of the linked image, in bytes; each starts on a page of its own. */
export interface ImageAreas {
  /** Read-only data. */
  readonly constants: Range;
  /** The host's initialised variables. */
  readonly data: Range;
  readonly managed: Range;
  /** `__device__`, `__constant__`, `__shared__` variables and the special registers. */
  readonly device: Range;
  /** The part of them that is `__shared__`: one block's at a time. */
  readonly shared: Range;
  /** The host's zeroed variables. */
  readonly zeroed: Range;
  /** Where the heap begins. */
  readonly end: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** @param symbol address of a symbol that the linker exported; @param base first byte of the image */
export function imageAreas(symbol: (name: string) => number, base: number): ImageAreas {
  const starts = {
    data: symbol('__faultline_data_start'),
    managed: symbol('__faultline_managed_start'),
    device: symbol('__faultline_threadIdx'),
    shared: symbol('__faultline_shared_start'),
    zeroed: symbol('__faultline_device_end'),
  };
  const end = pageUp(symbol('__heap_base'));
  // The linker orders segments by name and kind; the areas end where the next one in memory begins.
  const ordered = [base, ...Object.values(starts), end].sort((a, b) => a - b);
  const range = (start: number): Range => ({ start, end: ordered.find((other) => other > start) ?? end });
  return {
    constants: range(base),
    data: range(starts.data),
    managed: range(starts.managed),
    device: { start: starts.device, end: range(starts.shared).end },
    shared: range(starts.shared),
    zeroed: range(starts.zeroed),
    end,
  };
}

function pageUp(address: number): number {
  return Math.ceil(address / PAGE_SIZE) * PAGE_SIZE;
}

export function pageAt(address: number): PageIndex {
  return (address >>> PAGE_SHIFT) as PageIndex;
}

/** Pages that `[address, address + bytes)` touches. */
export function pagesTouched(address: number, bytes: number): { readonly first: PageIndex; readonly count: number } {
  const first = pageAt(address);
  return { first, count: bytes === 0 ? 0 : ((address + bytes - 1) >>> PAGE_SHIFT) - first + 1 };
}
