/** Threads as a person's tool numbers them: the host's and the devices' in one list. */
import type { CallStack } from '../execution/debug-hooks.js';
import { DebugError } from './types.js';
import type { ProgramState } from './messages.js';

/** The host's first thread, main; a device's thread is number 2 + its device's, and the host's others come behind the most devices. */
const MAIN_THREAD = 1;
const MOST_DEVICE_THREADS = 98;

export function hostThread(id: number): number {
  return id === MAIN_THREAD ? MAIN_THREAD : MOST_DEVICE_THREADS + MAIN_THREAD + id;
}

/** Before main runs. */
export const BEFORE_MAIN = { id: MAIN_THREAD, name: 'main', waits: null };

export function isHostThread(threadId: number): boolean {
  return threadId === MAIN_THREAD || threadId > MAIN_THREAD + MOST_DEVICE_THREADS;
}

export function threadOf({ agent, hostThread: id }: Pick<ProgramState, 'agent' | 'hostThread'>): number {
  return agent === 0 ? hostThread(id) : MAIN_THREAD + agent;
}

/** Where a thread's call records are: in memory, or copied while another thread runs. @throws DebugError if there is no such thread */
export function callStackOf(
  state: ProgramState,
  threadId: number,
): { readonly stack: CallStack; readonly copied?: Uint8Array } {
  const { hostStack, deviceStack, hostThreads, hostThread: running } = state;
  if (threadId === hostThread(running)) return { stack: hostStack };
  if (deviceStack && threadId === threadOf(state)) return { stack: deviceStack };
  const other = hostThreads.find(({ id }) => hostThread(id) === threadId);
  if (!other) throw new DebugError(`There is no thread ${String(threadId)}.`);
  return { stack: { from: hostStack.from, to: hostStack.from + other.records.length }, copied: other.records };
}
