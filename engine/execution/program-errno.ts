/** Linux's error numbers, as memory, drivers and files return them, in the numbers of the program's C library (WASI's). */
import { Errno } from '../memory/errno.js';
import { Errno as WasiErrno } from './wasi/errno.js';

const NUMBERS: ReadonlyMap<number, number> = new Map(
  Object.entries(Errno).map(([name, error]) => [error, numberOf(name.slice(1))]),
);

/** What errno is to be; 0 for 0. */
export function programErrno(error: 0 | Errno): number {
  return error === 0 ? 0 : (NUMBERS.get(error) ?? WasiErrno.IO);
}

function numberOf(name: string): number {
  if (name === 'OPNOTSUPP') return WasiErrno.NOTSUP;
  const found = Object.entries(WasiErrno).find(([known]) => known === name);
  return found?.[1] ?? WasiErrno.IO;
}
