/**
 * `poll_oneoff`: sleep, `poll` and `select`.
 *
 * Invariant: it never waits in real time. Files and standard streams are always ready (standard input by being asked for input);
 * if nothing is ready, simulated time advances to the earliest deadline.
 * Source: `subscription` and `event` of wasi_snapshot_preview1.witx.
 */
import { Right } from './abi.js';
import type { Clocks } from './clocks.js';
import { Errno, WasiError } from './errno.js';
import type { DescriptorTable } from './file-descriptors.js';
import type { GuestMemory } from './guest-memory.js';

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const EventType = { clock: 0, fdRead: 1, fdWrite: 2 } as const;
const ABSOLUTE_TIME = 1;
const HANGUP = 1;
/** As many as there can be descriptors, and as many timers. */
const MAX_SUBSCRIPTIONS = 2048;

interface Happened {
  readonly userdata: bigint;
  readonly type: number;
  readonly errno: Errno;
  readonly bytes: bigint;
  readonly flags: number;
}

interface Timer {
  readonly userdata: bigint;
  readonly leftNs: bigint;
}

/** Writes the events to `output` and returns how many there are. */
export function pollOnce(
  memory: GuestMemory,
  descriptors: DescriptorTable,
  clocks: Clocks,
  input: number,
  output: number,
  count: number,
): number {
  if (count === 0 || count > MAX_SUBSCRIPTIONS) throw new WasiError(Errno.INVAL);
  const subscriptions = new DataView(memory.read(input, count * SUBSCRIPTION_BYTES).buffer);
  const happened: Happened[] = [];
  const timers: Timer[] = [];
  for (let at = 0; at < subscriptions.byteLength; at += SUBSCRIPTION_BYTES) {
    const userdata = subscriptions.getBigUint64(at, true);
    const type = subscriptions.getUint8(at + 8);
    const subject = subscriptions.getUint32(at + 16, true);
    if (type === EventType.clock) {
      const timeout = subscriptions.getBigUint64(at + 24, true);
      const absolute = (subscriptions.getUint16(at + 40, true) & ABSOLUTE_TIME) !== 0;
      clocks.originNs(subject); // fails for a clock that does not exist
      timers.push({ userdata, leftNs: absolute ? clocks.untilNs(subject, timeout) : timeout });
    } else if (type === EventType.fdRead || type === EventType.fdWrite) {
      happened.push({ userdata, type, ...readiness(descriptors, subject, type === EventType.fdRead) });
    } else {
      throw new WasiError(Errno.INVAL);
    }
  }
  // What is ready ends the call at once; only timers that have run out by then are told with it.
  const waitedNs =
    happened.length > 0
      ? 0n
      : timers.reduce((least, { leftNs }) => (leftNs < least ? leftNs : least), timers[0]!.leftNs);
  clocks.sleep(waitedNs);
  for (const { userdata, leftNs } of timers) {
    if (leftNs <= waitedNs)
      happened.push({ userdata, type: EventType.clock, errno: Errno.success, bytes: 0n, flags: 0 });
  }
  memory.write(output, encodeEvents(happened));
  return happened.length;
}

function readiness(
  descriptors: DescriptorTable,
  fd: number,
  reading: boolean,
): Pick<Happened, 'errno' | 'bytes' | 'flags'> {
  try {
    const descriptor = descriptors.get(fd);
    descriptor.demand(reading ? Right.fdRead : Right.fdWrite);
    if (!reading) return { errno: Errno.success, bytes: 0n, flags: 0 };
    const bytes = descriptor.available();
    return { errno: Errno.success, bytes, flags: bytes === 0n ? HANGUP : 0 };
  } catch (error) {
    // An error of one descriptor is an event of its own.
    if (error instanceof WasiError) return { errno: error.errno, bytes: 0n, flags: 0 };
    throw error;
  }
}

function encodeEvents(events: readonly Happened[]): Uint8Array {
  const bytes = new Uint8Array(events.length * EVENT_BYTES);
  const view = new DataView(bytes.buffer);
  events.forEach(({ userdata, type, errno, bytes: available, flags }, index) => {
    const at = index * EVENT_BYTES;
    view.setBigUint64(at, userdata, true);
    view.setUint16(at + 8, errno, true);
    view.setUint8(at + 10, type);
    view.setBigUint64(at + 16, available, true);
    view.setUint16(at + 24, flags, true);
  });
  return bytes;
}
