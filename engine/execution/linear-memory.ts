/**
 * The debuggee's linear memory: shared, so that views never detach, and grown when something is mapped beyond its end.
 * Zeroes what it hands out again: a new mapping reads as zeros, whatever lay there before.
 */
import { PAGE_COUNT } from '../memory/units.js';
import { permissionTableAddress, WASM_PAGE_SIZE } from './layout.js';

const MOST_WASM_PAGES = 65536;

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  private view: Uint8Array;
  /** Below this address something may have been written. */
  private used: number;

  /** @param initialBytes the least that the module asks for. */
  constructor(initialBytes: number) {
    const initial = Math.ceil(initialBytes / WASM_PAGE_SIZE);
    this.memory = new WebAssembly.Memory({ initial, maximum: MOST_WASM_PAGES, shared: true });
    this.view = new Uint8Array(this.memory.buffer);
    this.used = initial * WASM_PAGE_SIZE;
  }

  /** All of it; a newer view is longer. */
  get bytes(): Uint8Array {
    return this.view;
  }

  permissionTable(table: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, permissionTableAddress(table), PAGE_COUNT);
  }

  words(address: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, count);
  }

  /** Makes `[start, end)` exist and read as zeros. False if the host has no memory for it. */
  provide(start: number, end: number): boolean {
    const missing = Math.ceil(end / WASM_PAGE_SIZE) - this.view.length / WASM_PAGE_SIZE;
    if (missing > 0) {
      try {
        this.memory.grow(missing);
      } catch {
        return false;
      }
      this.view = new Uint8Array(this.memory.buffer);
    }
    if (start < this.used) this.view.fill(0, start, Math.min(end, this.used));
    this.used = Math.max(this.used, end);
    return true;
  }

  /** Text up to the first NUL, at most `most` bytes. */
  text(address: number, most = 4096): string {
    const end = this.view.indexOf(0, address);
    const stop = Math.min(end < 0 ? this.view.length : end, address + most);
    return new TextDecoder().decode(this.view.slice(address, stop));
  }
}
