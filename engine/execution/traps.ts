/** WebAssembly's own traps, as the signals that native code would get. */
import { Access } from '../memory/event.js';
import type { AgentId } from '../memory/units.js';
import type { CallPlaces } from './call-sites.js';
import type { GridPlace } from './debug-hooks.js';
import { CALL_STACK_LIMIT } from './layout.js';
import type { AccessSignal, TrapSignal } from './signals.js';

/** Undefined for what is no trap of the program's. @param callStackEnd of the host's shadow call stack */
export function asTrap(
  error: unknown,
  callSites: CallPlaces,
  agent: AgentId,
  position: GridPlace | null,
  callStackEnd: number,
): AccessSignal | TrapSignal | undefined {
  // Either V8's own stack, or the debugger's of call records, which code then leaves by `unreachable`.
  const isOverflow =
    (error instanceof RangeError && error.message.includes('call stack')) || callStackEnd > CALL_STACK_LIMIT;
  if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) return undefined;
  if (error instanceof RangeError && !isOverflow) return undefined;
  const offsets = callSites.offsetsIn(error.stack ?? '');
  const place = { agent, offsets, block: position?.block ?? null, thread: position?.thread ?? null };
  if (isOverflow) return { kind: 'trap', signal: 'SIGABRT', message: 'the call stack is too deep', ...place };
  if (error.message.includes('memory access out of bounds')) {
    return {
      kind: 'access',
      signal: 'SIGSEGV',
      reason: 'unmapped',
      access: Access.none,
      address: 0xffff_ffff,
      bytes: 1,
      ...place,
    };
  }
  const arithmetic = /divide|remainder|overflow|unrepresentable/.test(error.message);
  return { kind: 'trap', signal: arithmetic ? 'SIGFPE' : 'SIGTRAP', message: error.message, ...place };
}
