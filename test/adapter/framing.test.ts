/** Frames from any sequence of bytes: what is well-formed arrives, what is not is named, and neither stops what follows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frame, FrameReader } from '../../extension/adapter/framing.js';

function read(chunks: readonly Uint8Array[]): { messages: unknown[]; malformed: string[] } {
  const messages: unknown[] = [];
  const malformed: string[] = [];
  const reader = new FrameReader({
    message: (message) => messages.push(message),
    malformed: (reason) => malformed.push(reason),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { messages, malformed };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const good = frame({ seq: 1, text: 'größer' });
const message = { seq: 1, text: 'größer' };

test('a message, and another one in the same chunk', () => {
  expect(read([Buffer.concat([good, good])])).toEqual({ messages: [message, message], malformed: [] });
});

test('other header fields are allowed', () => {
  const body = '{"a":1}';
  expect(
    read([bytes(`Content-Length:${body.length}\r\nContent-Type: x; charset=utf-8\r\n\r\n${body}`)]).messages,
  ).toEqual([{ a: 1 }]);
});

describe('what cannot be read is named, and the next message is read', () => {
  test.each([
    [
      'no number',
      'Content-Length: many\r\n\r\n',
      "A message has the Content-Length 'many', which is not a number of bytes.",
    ],
    [
      'negative',
      'Content-Length: -5\r\n\r\n',
      "A message has the Content-Length '-5', which is not a number of bytes.",
    ],
    ['empty', 'Content-Length: \r\n\r\n', "A message has the Content-Length '', which is not a number of bytes."],
    [
      'huge',
      'Content-Length: 99999999999\r\n\r\n{"seq":1}',
      'A message of 99999999999 bytes is longer than the 67108864 that are read.',
    ],
    ['not JSON', 'Content-Length: 3\r\n\r\n{"a', 'A message is not valid JSON.'],
    ['an empty body', 'Content-Length: 0\r\n\r\n', 'A message is not valid JSON.'],
    ['not UTF-8', 'Content-Length: 2\r\n\r\n\xff\xfe', 'A message is not valid JSON.'],
    ['no header', 'GET / HTTP/1.1\r\n\r\n', 'There are bytes before a Content-Length header.'],
    ['an endless header', `Content-Length: ${'1'.repeat(5000)}`, 'A message has a header of more than 4096 bytes.'],
  ])('%s', (_, text, reason) => {
    expect(read([bytes(text), good])).toEqual({ messages: [message], malformed: [reason] });
  });
});

test('blank lines between messages are nobody’s fault', () => {
  expect(read([good, bytes('\r\n\n'), good])).toEqual({ messages: [message, message], malformed: [] });
});

/** Cuts bytes into chunks at the given places. */
function cut(data: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...[...places].map((place) => place % (data.length + 1)).sort((a, b) => a - b), data.length];
  return sorted.slice(1).map((end, index) => data.subarray(sorted[index], end));
}

test('property: messages survive any cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.array(fc.nat(), { maxLength: 30 }), (values, places) => {
      const sent = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
      expect(read(cut(Buffer.concat(sent.map(frame)), places))).toEqual({ messages: sent, malformed: [] });
    }),
  );
});

test('property: any bytes are taken, and a message after a stretch without a header is read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 10 }), (noise, places) => {
      fc.pre(!Buffer.from(noise).includes('Content-Length'));
      expect(read(cut(Buffer.concat([noise, good]), places)).messages).toEqual([message]);
    }),
  );
});

test('a body of many chunks is not joined over and over', () => {
  const big = frame({ data: 'x'.repeat(8 * 1024 * 1024) });
  const chunks = Array.from({ length: Math.ceil(big.length / 1024) }, (_, n) =>
    big.subarray(n * 1024, n * 1024 + 1024),
  );
  const began = performance.now();
  expect(read(chunks).messages).toHaveLength(1);
  expect(performance.now() - began).toBeLessThan(2000);
});
