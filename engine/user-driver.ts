/** A driver of the user's own, seen from the engine's thread, which never evaluates it: loaded and checked in a worker that can be ended. */
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { driverComplaint, type DriverSource } from './driver-source.js';
import type { DriverTask, DriverTaskMessage } from './driver-task.js';
import { DriverWatch, MOST_CALL_MS } from './driver-watch.js';
import type { DriverCaseResult } from './drivers/kit/kit.js';
import { DriverFailure, type DriverCall } from './drivers/user/guarded-driver.js';
import type { DriverParameters } from './drivers/parameters.js';
import type { UserDriverDescription } from './drivers/user/user-driver.js';
import { EngineError } from './engine-error.js';

export interface LoadedUserDriver {
  readonly source: DriverSource;
  readonly description: UserDriverDescription;
  /** Of the conformance kit, if it was asked for; the last one is missing if it did not end. */
  readonly cases: readonly DriverCaseResult[];
}

export interface LoadOptions {
  /** A path, relative to `cwd`. */
  readonly file: string;
  readonly cwd: string;
  /** The bundled `driver.worker.js`. */
  readonly workerFile: URL;
  readonly parameters?: DriverParameters;
  readonly check?: boolean;
}

const POLL_MS = 100;
export const DRIVER_HINT =
  'docs/drivers.md says what a driver may do; faultline drivers FILE puts one through all of it.';

/** @throws EngineError */
export async function loadUserDriver(options: LoadOptions): Promise<LoadedUserDriver> {
  const { file, cwd, workerFile, parameters = {}, check = false } = options;
  const path = resolve(cwd, file);
  const watch = new DriverWatch();
  const task: DriverTask = { path, cwd, parameters, check, watch: watch.buffer };
  const worker = new Worker(workerFile, { workerData: task, execArgv: [], stdin: false });
  let loaded: Omit<LoadedUserDriver, 'cases'> | undefined;
  const cases: DriverCaseResult[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((done, reject) => {
      timer = setInterval(() => {
        const call = watch.stuck(performance.now());
        if (call !== undefined) reject(neverReturned(loaded?.source ?? { path, files: {} }, call, cwd));
      }, POLL_MS);
      worker.on('message', (message: DriverTaskMessage) => {
        if (message.type === 'described') loaded = message;
        else if (message.type === 'case') cases.push(message.result);
        else if (message.type === 'done') done();
        else reject(new EngineError('FL1005', message.message, DRIVER_HINT));
      });
      worker.on('error', (error: unknown) => {
        reject(new EngineError('FL1005', driverComplaint({ path }, error, cwd), DRIVER_HINT));
      });
      worker.on('exit', () => {
        reject(new EngineError('FL1005', `The driver ${file} ended its thread.`, DRIVER_HINT));
      });
    });
  } finally {
    clearInterval(timer);
    worker.removeAllListeners();
    await worker.terminate();
  }
  if (loaded === undefined) throw new EngineError('FL1005', `The driver ${file} says nothing of itself.`, DRIVER_HINT);
  return { source: loaded.source, description: loaded.description, cases };
}

/** A watchdog has found that a call does not return. */
export function neverReturned(source: DriverSource, call: DriverCall, cwd: string): EngineError {
  const failure = new DriverFailure('', call, `did not return for ${String(MOST_CALL_MS / 1000)} s`);
  return new EngineError('FL1005', driverComplaint(source, failure, cwd), DRIVER_HINT);
}
