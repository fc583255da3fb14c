/**
 * Where in the program a call into the engine came from, read from the shadow call stack: for modules whose code another tool has moved, so
 * that V8's own stack says nothing (see call-sites.ts). Records are those of `toolchain/instrument/debug-code.ts`.
 */
import { CALL_RECORD_BYTES } from '../toolchain/instrument/debug-code.js';
import type { CallPlaces } from './call-sites.js';
import { isInRanges } from './call-sites.js';
import { CALL_STACK_BASE } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import { NO_CODE_OFFSET } from './program.js';

const MOST_FRAMES = 48;

export class RecordedCalls implements CallPlaces {
  /** @param end of the innermost record */
  constructor(
    private readonly linear: LinearMemory,
    private readonly recordBytes: ReadonlyMap<number, number>,
    private readonly userRanges: Uint32Array,
    private readonly end: () => number,
  ) {}

  stack(): number[] {
    const end = this.end();
    const offsets: number[] = [];
    for (let at = CALL_STACK_BASE; at < end;) {
      const [functionIndex = 0, offset = NO_CODE_OFFSET] = this.linear.words(at, 2);
      offsets.push(offset);
      at += this.recordBytes.get(functionIndex) ?? CALL_RECORD_BYTES;
    }
    return offsets.reverse().slice(0, MOST_FRAMES);
  }

  /** The records outlive V8's stack: whatever was thrown, they say where. */
  offsetsIn(): number[] {
    return this.stack();
  }

  userSite(): number {
    return this.stack().find((offset) => this.isUser(offset)) ?? NO_CODE_OFFSET;
  }

  isUser(offset: number): boolean {
    return isInRanges(this.userRanges, offset);
  }
}
