/** Bytes and operators. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { DebugSession, DisassembledLine } from '../../../engine/index.js';
import { RequestError } from '../request-error.js';
import { request } from '../request.js';
import { address, count, fields, flag, formatAddress, maybe, text, whole } from '../schema.js';
import type { AdapterState } from '../state.js';

const ADDRESSES = 2 ** 32;
const PAGE_BYTES = 4096;
/** Of one answer; a client that wants more asks again. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_INSTRUCTIONS = 100_000;

export const memoryRequests = [
  request(
    'readMemory',
    fields({ memoryReference: address, offset: maybe(whole), count }),
    ({ memoryReference, offset = 0, count: wanted }, { state }) => {
      const session = state.restingSession;
      const start = memoryReference + offset;
      const bytes = Math.min(wanted, MOST_BYTES);
      if (start < 0 || start >= ADDRESSES)
        return { address: formatAddress(Math.max(0, start)), unreadableBytes: bytes };
      const end = Math.min(start + bytes, ADDRESSES);
      const data = end > start ? session.readMemory(start, end - start) : new Uint8Array();
      const unreadable = unreadableBytes(session, start + data.length, end) + (start + bytes - end);
      return {
        address: formatAddress(start),
        ...(data.length > 0 && { data: Buffer.from(data).toString('base64') }),
        ...(unreadable > 0 && { unreadableBytes: unreadable }),
      };
    },
  ),

  request(
    'writeMemory',
    fields({
      memoryReference: address,
      offset: maybe(whole),
      allowPartial: maybe(flag),
      data: v.pipe(text, v.regex(/^[A-Za-z0-9+/]*={0,2}$/, 'bytes in base64')),
    }),
    ({ memoryReference, offset = 0, allowPartial = false, data }, { state, afterResponse }) => {
      const session = state.stoppedSession;
      const start = memoryReference + offset;
      const bytes = Buffer.from(data, 'base64');
      if (start < 0 || start + bytes.length > ADDRESSES)
        throw new RequestError(`Addresses reach from 0x0 to ${formatAddress(ADDRESSES - 1)}.`);
      // What cannot be read is not there to be written.
      const there = bytes.length === 0 ? 0 : session.readMemory(start, bytes.length).length;
      if (!allowPartial && there < bytes.length)
        throw new RequestError(`Not all of the ${bytes.length} bytes at ${formatAddress(start)} are mapped.`);
      if (there === 0) return { bytesWritten: 0 };
      const bytesWritten = session.writeMemory(start, bytes.subarray(0, there));
      const { supportsMemoryEvent, supportsInvalidatedEvent } = state.client.capabilities;
      afterResponse(() => {
        if (supportsMemoryEvent === true)
          state.events('memory', { memoryReference: formatAddress(start), offset: 0, count: bytesWritten });
        if (supportsInvalidatedEvent === true) state.events('invalidated', { areas: ['variables'] });
      });
      return { bytesWritten };
    },
  ),

  request(
    'disassemble',
    fields({
      memoryReference: address,
      offset: maybe(whole),
      instructionOffset: maybe(whole),
      instructionCount: v.pipe(count, v.maxValue(MOST_INSTRUCTIONS, `at most ${MOST_INSTRUCTIONS}`)),
    }),
    async ({ memoryReference, offset = 0, instructionOffset = 0, instructionCount }, { state }) => {
      const start = Math.max(0, memoryReference + offset);
      const lines = await state.stoppedSession.disassemble(start, instructionOffset, instructionCount);
      return { instructions: padded(lines, start, instructionOffset, instructionCount, state) };
    },
    { title: 'Disassembling' },
  ),
];

/** How many bytes from `from` on cannot be read, up to `end`: memory is mapped by pages. */
function unreadableBytes(session: DebugSession, from: number, end: number): number {
  let at = from;
  while (at < end && session.readMemory(at, 1).length === 0) at = Math.min(end, at - (at % PAGE_BYTES) + PAGE_BYTES);
  return at - from;
}

/** The protocol wants as many instructions as were asked for: where there is no code there are invalid ones. */
function padded(
  lines: readonly DisassembledLine[],
  start: number,
  skip: number,
  wanted: number,
  state: AdapterState,
): P.DisassembledInstruction[] {
  const missing = Math.max(0, wanted - lines.length);
  const position = lines.findIndex(({ codeOffset }) => codeOffset >= start);
  // Operators before the code's first one are missing in front, those after its last one at the end.
  const expected = Math.min(wanted, Math.max(0, -skip));
  const inFront = Math.min(missing, position === -1 ? (skip < 0 ? missing : 0) : Math.max(0, expected - position));
  const first = lines[0]?.codeOffset ?? start;
  const last = lines.at(-1)?.codeOffset ?? start;
  const invalid = (at: number): P.DisassembledInstruction => ({
    address: formatAddress(Math.max(0, at)),
    instruction: '(no code)',
    presentationHint: 'invalid',
  });
  return [
    ...Array.from({ length: inFront }, (_, index) => invalid(first - inFront + index)),
    ...lines.slice(0, wanted).map((line) => toInstruction(line, state)),
    ...Array.from({ length: missing - inFront }, (_, index) => invalid(last + 1 + index)),
  ];
}

function toInstruction(line: DisassembledLine, { client, sources }: AdapterState): P.DisassembledInstruction {
  return {
    address: formatAddress(line.codeOffset),
    ...(line.bytes !== '' && { instructionBytes: line.bytes }),
    instruction: line.text,
    ...(line.functionName !== null && { symbol: line.functionName }),
    ...(line.path !== null && { location: sources.of(line.path) }),
    ...(line.line !== null && { line: client.lineTo(line.line) }),
    ...(line.column !== null && line.column > 0 && { column: client.columnTo(line.column) }),
  };
}
