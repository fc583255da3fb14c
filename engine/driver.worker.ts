/**
 * A thread for a user's driver before any program runs: reads its files, takes the types out of TypeScript, says what the driver is, and puts
 * it through the conformance kit if asked to. The engine ends this thread when a call does not return.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { transform } from 'sucrase';
import { callTeller, driverComplaint, evaluateDriver, makeUserDriver } from './driver-source.js';
import type { DriverTask, DriverTaskMessage } from './driver-task.js';
import { checkDriver } from './drivers/kit/kit.js';
import { driverParameters } from './drivers/parameters.js';
import { describeUserDriver } from './drivers/user/user-driver.js';

const port = parentPort;
if (!port) throw new Error('a driver is looked at in a worker thread only');
const post = (message: DriverTaskMessage): void => {
  port.postMessage(message);
};
const task = workerData as DriverTask;
const files: Record<string, string> = {};
const calling = callTeller(new Int32Array(task.watch));

function read(path: string): string {
  return (files[path] ??= commonJs(path));
}

/** Lines stay where they are; modules become CommonJS, so that they are evaluated at once and under their own names. */
function commonJs(path: string): string {
  const text = readFileSync(path, 'utf8');
  const isTypeScript = /\.[cm]?ts$/.test(path);
  return transform(text, {
    transforms: isTypeScript ? ['typescript', 'imports'] : ['imports'],
    filePath: path,
    disableESTransforms: true,
  }).code;
}

try {
  calling('create');
  const module = evaluateDriver(task.path, read);
  calling(undefined);
  const source = { path: task.path, files };
  const description = describeUserDriver(module);
  post({ type: 'described', source, description });
  if (task.check) {
    const parameters = driverParameters(module.name, description.parameters, task.parameters);
    checkDriver(
      () => makeUserDriver(source, parameters, { calling }),
      (result) => {
        post({ type: 'case', result });
      },
    );
  }
  post({ type: 'done' });
} catch (error) {
  post({ type: 'refused', message: driverComplaint({ path: task.path, files }, error, task.cwd) });
}
