/**
 * Calls as they are written here and as WebAssembly imports them.
 *
 * Invariant: a call either returns, which is success, or throws; what it throws is its errno if it is a WasiError and leaves the
 * program unchanged if it is anything else.
 */
import { Errno, WasiError } from './errno.js';

/** By name in `wasi_snapshot_preview1`. Addresses, sizes and descriptors arrive as signed 32-bit numbers. */
export type CallTable = Readonly<Record<string, (...parameters: never[]) => void>>;

/** What `wasi_snapshot_preview1` is given to; each returns its errno. */
export type WasiImports = Record<string, (...parameters: never[]) => number>;

export function toImports(calls: CallTable): WasiImports {
  const imports: WasiImports = {};
  for (const [name, call] of Object.entries(calls)) {
    imports[name] = (...parameters) => {
      try {
        call(...parameters);
        return Errno.success;
      } catch (error) {
        if (error instanceof WasiError) return error.errno;
        throw error;
      }
    };
  }
  return imports;
}
