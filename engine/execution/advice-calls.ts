/**
 * The part of the module `faultline` that is advice and the rest of managed memory's API: what runtime/src/managed.c imports. Thin, as
 * runtime-imports.ts is.
 */
import type { Errno } from '../memory/errno.js';
import type { Advice } from './advice.js';
import type { LinearMemory } from './linear-memory.js';
import type { ProcessMemory } from './process-memory.js';
import { programErrno } from './program-errno.js';
import type { RuntimeImport } from './runtime-import.js';

/** runtime/include/faultline.h: KIND_MANAGED. */
const KIND_MANAGED = 1;
const WORD = Uint32Array.BYTES_PER_ELEMENT;

export interface AdviceCallHost {
  readonly linear: LinearMemory;
  readonly memory: ProcessMemory;
  readonly advice: Advice;
  atCall<T>(work: () => T): T;
  /** Makes a range writable for whoever calls, or ends the program. */
  writes(address: number, bytes: number): void;
}

export function adviceCalls(host: AdviceCallHost): Record<string, RuntimeImport> {
  const unsigned = (value: number): number => value >>> 0;
  const number = (error: number): number => programErrno(error as 0 | Errno);
  const answer = (address: number, words: readonly number[]): void => {
    host.writes(address, words.length * WORD);
    words.forEach((word, index) => {
      host.linear.words(address + index * WORD, 1)[0] = word;
    });
  };
  return {
    advise: (address = 0, bytes = 0, kind = 0, location = 0) =>
      host.atCall(() => number(host.advice.advise(unsigned(address), unsigned(bytes), kind, location))),
    prefetch_managed: (address = 0, bytes = 0, location = 0, device = 0, stream = 0) =>
      host.atCall(() => {
        const place = { device, stream: unsigned(stream) };
        return number(host.advice.prefetch(unsigned(address), unsigned(bytes), location, place));
      }),
    range_attribute: (address = 0, bytes = 0, attribute = 0, out = 0, words = 0) =>
      host.atCall(() => {
        const found = host.advice.rangeAttribute(unsigned(address), unsigned(bytes), attribute, unsigned(words));
        if (typeof found === 'number') return number(found);
        answer(unsigned(out), found);
        return 0;
      }),
    pointer_attributes: (address = 0, out = 0) =>
      host.atCall(() => {
        answer(unsigned(out), host.advice.pointerAttributes(unsigned(address)));
      }),
    attach: (address = 0, bytes = 0, flags = 0, stream = 0) =>
      host.atCall(() =>
        number(host.advice.managed.attach(unsigned(address), unsigned(bytes), flags, unsigned(stream))),
      ),
    map_managed: (bytes = 0, device = 0, forHost = 0) =>
      host.atCall(() => {
        if (!host.advice.managed.hasRoom(unsigned(bytes))) return 0;
        const address = host.memory.map(unsigned(bytes), KIND_MANAGED, device);
        if (address !== 0 && forHost !== 0) host.advice.managed.allocatedForHost(address);
        return address;
      }),
  };
}
