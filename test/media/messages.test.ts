/** The boundary between pages and host: what is no message does not get through, on either side. */
import { expect, test } from 'vitest';
import { CHANGED, MessageError, parseHostMessage, parsePageMessage, residencyCode } from '../../media/messages.js';

test('a message comes through as it is', () => {
  const delta = {
    type: 'mapDelta',
    seq: 3,
    ranges: new Uint32Array([16, 2]),
    codes: new Uint8Array([2, 3]),
    clearChanged: false,
  };
  expect(parseHostMessage(delta)).toEqual(delta);
  expect(parsePageMessage({ type: 'ack', seq: 3 })).toEqual({ type: 'ack', seq: 3 });
});

test.each([
  [undefined],
  ['ready'],
  [{ type: 'nonsense' }],
  [{ type: 'ack' }],
  [{ type: 'ack', seq: -1 }],
  [{ type: 'openHex', address: 4096, bytes: '8' }],
  [{ type: 'export', format: 'exe' }],
])('%j is no message of a page', (message) => {
  expect(() => parsePageMessage(message)).toThrow(MessageError);
});

test('columns have to be typed arrays', () => {
  const delta = { type: 'mapDelta', seq: 1, ranges: [0, 1], codes: new Uint8Array(1), clearChanged: false };
  expect(() => parseHostMessage(delta)).toThrow('ranges: a Uint32Array');
});

test('a residency code is a byte of place, condition and change', () => {
  expect(residencyCode(2, 'plain', false)).toBe(2);
  expect(residencyCode(3, 'pinned', true)).toBe(CHANGED | (3 << 4) | 3);
});
