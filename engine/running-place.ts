/**
 * Where a program is while it runs, asked of its thread from outside: the thread computes and hears no messages, but V8's
 * inspector interrupts it between two operators, WebAssembly's loops included, and evaluates an expression there.
 */
import { Session } from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import type { AgentId } from './memory/units.js';
import type { Dimensions } from './trace/tables.js';

export interface RunningPlace {
  readonly agent: AgentId;
  /** Code offsets of the user's calls on the stack, innermost first. Of a kernel that waits at barriers, those of who launched it only. */
  readonly offsets: readonly number[];
  /** Id of the launch whose grid runs, 0 if none. */
  readonly launch: number;
  readonly block: Dimensions | null;
  readonly thread: Dimensions | null;
}

/** Name, in the global scope of the program's thread, of a function that tells its place. */
const TELLER = 'faultlinePlace';

/** A thread that sleeps cannot be interrupted. */
const ANSWER_MS = 500;

/** On the program's thread: answers whoever asks. */
export function tellPlace(place: () => RunningPlace): void {
  Object.assign(globalThis, { [TELLER]: () => JSON.stringify(place()) });
}

/** Undefined if the thread does not answer, or may not be asked here. */
export async function askPlace(worker: Worker): Promise<RunningPlace | undefined> {
  const session = new Session();
  let timer: NodeJS.Timeout | undefined;
  try {
    session.connect();
    return await new Promise<RunningPlace | undefined>((resolve) => {
      timer = setTimeout(() => {
        resolve(undefined);
      }, ANSWER_MS);
      session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
        // Its id is the inspector's own; its title begins with the thread's.
        if (!workerInfo.title.startsWith(`[worker ${String(worker.threadId)}]`)) return;
        const params = { expression: `${TELLER}()`, returnByValue: true };
        const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params });
        session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
      });
      session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
        resolve(answered(params.message));
      });
      session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) => {
        if (error) resolve(undefined);
      });
    });
  } catch {
    // No inspector here, or none for this thread's workers: the report does without.
    return undefined;
  } finally {
    clearTimeout(timer);
    session.disconnect();
  }
}

function answered(message: string): RunningPlace | undefined {
  const { result } = JSON.parse(message) as { result?: { result?: { value?: unknown } } };
  const value = result?.result?.value;
  return typeof value === 'string' ? (JSON.parse(value) as RunningPlace) : undefined;
}
