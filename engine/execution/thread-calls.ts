/**
 * What the runtime's C asks about threads (runtime/include/faultline_threads.h): queues where threads wait for each other, making, joining
 * and ending threads, sleeping. Queues are first in, first out, and a thread that is woken has what it waited for: nobody can take it
 * from between.
 */
import { HostThread, type HostThreads, type SuspendableCall, type ThreadHost } from './host-threads.js';
import type { Instance } from './instance.js';
import type { RuntimeImport } from './runtime-import.js';

/** wasi-libc's numbers. */
const EAGAIN = 6;
const EDEADLK = 16;
const EINVAL = 28;
const ESRCH = 71;
const ETIMEDOUT = 73;

/** By the runtime's `enum engine_wait`. */
const WAITS_FOR = [
  'waits for the mutex',
  'waits for a condition',
  'waits to read what is locked',
  'waits to write what is locked',
  'waits at a semaphore',
  'waits at a barrier',
  'waits for an initialization',
  'waits for the spin lock',
];

/** A thread's stack, and its own variables above it. */
export interface ThreadMemory {
  readonly stackTop: number;
  readonly tlsBase: number;
  release(): void;
}

export interface ThreadCallsHost extends ThreadHost {
  readonly threads: HostThreads;
  /** Undefined if there is no room. @param stackBytes 0 for the usual size */
  mapThread(stackBytes: number, guardBytes: number, name: string): ThreadMemory | undefined;
  /** Writes a word of the program's, as it would itself. */
  write(address: number, value: number): void;
  writeText(address: number, text: string, bytes: number): void;
}

interface Waiter {
  readonly thread: number;
  woken: boolean;
}

export function threadCalls(host: ThreadCallsHost): Record<string, RuntimeImport> {
  const { threads } = host;
  const queues = new Map<number, Waiter[]>();
  const deadline = (timeoutNs: number): number | undefined => (timeoutNs < 0 ? undefined : host.nowNs() + timeoutNs);

  function* wait(queue: number, kind: number, owner: number, timeoutNs: number): SuspendableCall {
    const waiter: Waiter = { thread: threads.current.id, woken: false };
    const waiting = queues.get(queue);
    if (waiting) waiting.push(waiter);
    else queues.set(queue, [waiter]);
    const reason = {
      what: WAITS_FOR[kind] ?? 'waits',
      ...(owner !== 0 && { owner: () => host.linear.words(owner, 1)[0] ?? 0 }),
    };
    const outcome = yield { reason, ready: () => waiter.woken, untilNs: deadline(timeoutNs) };
    if (outcome === 'ready') return 0;
    leave(queue, waiter);
    return 1;
  }

  function leave(queue: number, waiter: Waiter): void {
    const left = (queues.get(queue) ?? []).filter((other) => other !== waiter);
    if (left.length > 0) queues.set(queue, left);
    else queues.delete(queue);
  }

  function wake(queue: number, most: number): number {
    const waiting = queues.get(queue) ?? [];
    const woken = waiting.splice(0, most);
    if (waiting.length === 0) queues.delete(queue);
    for (const waiter of woken) waiter.woken = true;
    return woken[0]?.thread ?? 0;
  }

  function create(entry: number, start: number, argument: number, sizes: readonly number[], detached: boolean): number {
    const [stackBytes = 0, guardBytes = 0] = sizes;
    const enter = (instance: Instance): unknown => instance.callIndirect(entry, start, argument);
    const made = threads.add((id) => {
      const memory = host.mapThread(stackBytes, guardBytes, `stack of thread ${String(id)}`);
      if (!memory) return undefined;
      return new HostThread(id, enter, memory.stackTop, memory.tlsBase, () => {
        memory.release();
      });
    });
    if (!made) return -EAGAIN;
    made.detached = detached;
    return made.id;
  }

  function* join(id: number, result: number, timeoutNs: number): SuspendableCall {
    const target = threads.thread(id);
    if (!target) return ESRCH;
    if (target === threads.current) return EDEADLK;
    if (target.detached || target.joined) return EINVAL;
    target.joined = true;
    if (!target.done) {
      const reason = { what: 'waits for % to end', owner: () => id };
      const outcome = yield { reason, ready: () => target.done, untilNs: deadline(timeoutNs) };
      if (outcome === 'timeout') {
        target.joined = false;
        return ETIMEDOUT;
      }
    }
    host.write(result, target.result);
    threads.forget(target);
    return 0;
  }

  function detach(id: number): number {
    const target = threads.thread(id);
    if (!target) return ESRCH;
    if (target.detached) return EINVAL;
    target.detached = true;
    if (target.done) threads.forget(target);
    return 0;
  }

  function* sleep(ns: number): SuspendableCall {
    yield { reason: { what: 'sleeps' }, ready: () => false, untilNs: host.nowNs() + Math.max(0, ns) };
    return 0;
  }

  return {
    preempt: threads.suspending(() => threads.preempt()),
    thread_create: (entry = 0, start = 0, argument = 0, stack = 0, guard = 0, detached = 0, errno = 0) => {
      threads.errnoAddress = errno >>> 0;
      return create(entry, start, argument, [stack >>> 0, guard >>> 0], detached !== 0);
    },
    thread_self: () => threads.current.id,
    thread_last: () => Number(threads.threads.length === 1),
    thread_exit: (result = 0) => {
      threads.exit(result);
    },
    thread_join: threads.suspending((id = 0, result = 0, timeoutNs = -1) => join(id, result >>> 0, timeoutNs)),
    thread_detach: (id = 0) => detach(id),
    thread_wait: threads.suspending((queue = 0, kind = 0, owner = 0, timeoutNs = -1) =>
      wait(queue >>> 0, kind, owner >>> 0, timeoutNs),
    ),
    thread_wake: (queue = 0, most = 0) => wake(queue >>> 0, most >>> 0),
    thread_yield: threads.suspending(() => threads.yieldNow()),
    thread_sleep: threads.suspending((ns = 0) => sleep(ns)),
    thread_name: (id = 0, name = 0) => {
      const thread = threads.thread(id);
      if (thread) thread.name = host.linear.text(name >>> 0, 16);
    },
    thread_named: (id = 0, name = 0, bytes = 0) => {
      host.writeText(name >>> 0, threads.thread(id)?.name ?? '', bytes >>> 0);
    },
  };
}
