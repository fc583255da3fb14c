/**
 * Where in the program a call into the engine came from, read from the shadow call stack: for modules whose code another tool has moved, so
 * that V8's own stack says nothing (see call-sites.ts). Records are those of `toolchain/instrument/debug-code.ts`.
 */
import { CALL_RECORD_BYTES } from '../toolchain/instrument/debug-code.js';
import type { CallPlaces } from './call-sites.js';
import { isInRanges } from './call-sites.js';
import { CALL_STACK_BASE } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import { NO_CODE_OFFSET, type ThreadedCode } from './program.js';

const MOST_FRAMES = 48;

export class RecordedCalls implements CallPlaces {
  /** @param end of the innermost record */
  constructor(
    private readonly linear: LinearMemory,
    private readonly code: ThreadedCode,
    private readonly userRanges: Uint32Array,
    private readonly end: () => number,
  ) {}

  stack(): number[] {
    const offsets: number[] = [];
    this.walk((_, offset) => offsets.push(offset));
    return offsets.reverse().slice(0, MOST_FRAMES);
  }

  /** Whether every function on the stack can be unwound. */
  unwinds(): boolean {
    let can = true;
    this.walk((functionIndex) => (can &&= this.code.suspends.has(functionIndex)));
    return can;
  }

  private walk(visit: (functionIndex: number, offset: number) => void): void {
    const records = this.linear.words(CALL_STACK_BASE, (this.end() - CALL_STACK_BASE) / Uint32Array.BYTES_PER_ELEMENT);
    for (let at = 0; at < records.length;) {
      const functionIndex = records[at] ?? 0;
      visit(functionIndex, records[at + 1] ?? NO_CODE_OFFSET);
      at += (this.code.recordBytes.get(functionIndex) ?? CALL_RECORD_BYTES) / Uint32Array.BYTES_PER_ELEMENT;
    }
  }

  /** The records outlive V8's stack: whatever was thrown, they say where. */
  offsetsIn(): number[] {
    return this.stack();
  }

  interrupted(): number[] {
    return this.stack();
  }

  userSite(): number {
    return this.stack().find((offset) => this.isUser(offset)) ?? NO_CODE_OFFSET;
  }

  isUser(offset: number): boolean {
    return isInRanges(this.userRanges, offset);
  }
}
