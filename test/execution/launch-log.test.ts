/** What the program's thread writes of its launches, the engine's reads at any moment, without a message for each. */
import { describe, expect, it } from 'vitest';
import type { LaunchRecord } from '../../engine/execution/launcher.js';
import { LaunchReader, LaunchWriter } from '../../engine/launch-log.js';

const launch = (id: number, more: Partial<LaunchRecord> = {}): LaunchRecord => ({
  id,
  kernel: `kernel${String(id % 3)}`,
  kernelOffset: 100 + (id % 3),
  grid: [id, 2, 1],
  block: [32, 4, 1],
  startNs: id * 10,
  endNs: id * 10,
  bytesAccessed: 0,
  ...more,
});

function log(): { writer: LaunchWriter; reader: LaunchReader; messages: (() => void)[] } {
  const reader = new LaunchReader();
  const messages: (() => void)[] = [];
  const writer = new LaunchWriter({
    onChunk: (chunk) => {
      messages.push(() => {
        reader.addChunk(chunk);
      });
    },
    onKernel: (name) => {
      messages.push(() => {
        reader.addKernel(name);
      });
    },
  });
  return { writer, reader, messages };
}

describe('the log of launches', () => {
  it('has every launch, with its end, over many chunks, and takes a message for each chunk and kernel', () => {
    const { writer, reader, messages } = log();
    const ended = Array.from({ length: 10_000 }, (_, n) => launch(n + 1, { endNs: n * 10 + 15, bytesAccessed: n }));
    for (const record of ended) {
      writer.write(launch(record.id));
      writer.write(record);
    }
    expect(messages.length).toBe(3 + 3);
    for (const deliver of messages) deliver();
    expect(reader.records()).toEqual(ended);
    expect(reader.records()).toEqual(ended);
  });

  it('has the launch that is under way, and its end once there is one', () => {
    const { writer, reader, messages } = log();
    expect(reader.records()).toEqual([]);
    writer.write(launch(1));
    for (const deliver of messages) deliver();
    expect(reader.records()).toEqual([launch(1)]);
    // How many threads a team has is known when it has begun.
    writer.write(launch(1, { endNs: 99, block: [128, 1, 1] }));
    writer.write(launch(4));
    expect(reader.records()).toEqual([launch(1, { endNs: 99, block: [128, 1, 1] }), launch(4)]);
  });

  it('waits for a name that is on its way', () => {
    const { writer, reader, messages } = log();
    writer.write(launch(1));
    const [chunk, name] = messages;
    chunk?.();
    expect(reader.records()).toEqual([]);
    name?.();
    expect(reader.records()).toEqual([launch(1)]);
  });
});
