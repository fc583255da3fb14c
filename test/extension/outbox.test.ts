/** One message at a time, made when the page has drawn the last one. */
import { expect, test } from 'vitest';
import { Outbox } from '../../extension/views/outbox.js';
import { pauseMs } from '../../extension/views/pacer.js';
import type { HostMessage } from '../../media/messages.js';

/** Everything that is due now. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function outbox(make: (seq: number, first: boolean) => HostMessage | null) {
  const posted: HostMessage[] = [];
  const errors: unknown[] = [];
  const box = new Outbox(
    (message) => posted.push(message),
    make,
    (error) => errors.push(error),
  );
  return { box, posted, errors };
}

const message = (seq: number, first: boolean): HostMessage => ({
  type: 'mapDelta',
  seq,
  ranges: new Uint32Array(),
  codes: new Uint8Array(),
  clearChanged: first,
});

test('the next message waits for the acknowledgement, and much that happens meanwhile becomes one', async () => {
  const { box, posted } = outbox(message);
  box.begin();
  await settled();
  for (let time = 0; time < 5; time += 1) box.poke();
  await settled();
  expect(posted).toMatchObject([{ seq: 1, clearChanged: true }]);
  box.acknowledged(1);
  await settled();
  expect(posted).toMatchObject([{ seq: 1 }, { seq: 2, clearChanged: false }]);
  box.acknowledged(2);
  await settled();
  expect(posted).toHaveLength(2);
});

test('nothing is made for a hidden page, and a page that comes back begins again', async () => {
  const made: number[] = [];
  const { box, posted } = outbox((seq, first) => {
    made.push(seq);
    return message(seq, first);
  });
  box.begin();
  await settled();
  box.end();
  box.acknowledged(1);
  box.poke();
  await settled();
  expect(made).toEqual([1]);
  box.begin();
  await settled();
  expect(posted.at(-1)).toMatchObject({ clearChanged: true });
});

test('a message that cannot be made does not stop the stream', async () => {
  let broken = true;
  const { box, posted, errors } = outbox((seq, first) => {
    if (broken) throw new Error('no');
    return message(seq, first);
  });
  box.begin();
  await settled();
  expect(errors).toHaveLength(1);
  broken = false;
  box.poke();
  await settled();
  expect(posted).toMatchObject([{ clearChanged: true }]);
});

test('an acknowledgement of something else is not taken for one', async () => {
  const { box, posted } = outbox(message);
  box.begin();
  await settled();
  box.poke();
  box.acknowledged(7);
  await settled();
  expect(posted).toHaveLength(1);
});

test('looking takes a tenth of the time, and less if nothing changes, but happens every two seconds', () => {
  expect(pauseMs(1, 0)).toBe(100);
  expect(pauseMs(50, 0)).toBe(500);
  expect(pauseMs(500, 0)).toBe(2000);
  expect(pauseMs(1, 3)).toBe(800);
  expect(pauseMs(1, 50)).toBe(2000);
});
