/**
 * The driver that a request asks for, checked before anything is compiled: that there is one of this name, and that it takes the
 * parameters it is given.
 */
import { DriverParameterError, driverParameters, type DriverParameters } from './drivers/parameters.js';
import { driverDescriptions, type DriverDescription } from './drivers/registry.js';
import type { DriverSource } from './driver-source.js';
import { EngineError } from './engine-error.js';
import type { RunRequest } from './trace/run.js';
import { isDriverFile } from './project/source-names.js';
import { loadUserDriver } from './user-driver.js';

export interface ChosenDriver {
  readonly name: string;
  /** Complete: a value for each of its parameters. */
  readonly parameters: DriverParameters;
  /** Of a driver of the user's own. */
  readonly source?: DriverSource;
}

/**
 * @param workerFile the bundled `driver.worker.js`, which loads a driver that is a file
 * @throws EngineError
 */
export async function chosenDriver(
  request: Pick<RunRequest, 'driver' | 'driverParameters' | 'cwd'>,
  workerFile: URL,
): Promise<ChosenDriver> {
  if (!isDriverFile(request.driver)) return chooseDriver(request);
  const { source, description } = await loadUserDriver({ file: request.driver, cwd: request.cwd, workerFile });
  return { ...chooseDriver({ ...request, driver: description.name }, [description]), source };
}

/**
 * @param known what there is to choose from
 * @throws EngineError
 */
export function chooseDriver(
  request: Pick<RunRequest, 'driver' | 'driverParameters'>,
  known: readonly DriverDescription[] = driverDescriptions,
): ChosenDriver {
  const found = known.find(({ name }) => name === request.driver);
  if (found === undefined) {
    const names = known.map(({ name }) => name).join(', ');
    throw new EngineError('FL1001', `There is no driver '${request.driver}'.`, `Choose one of ${names}.`);
  }
  try {
    return {
      name: found.name,
      parameters: driverParameters(found.name, found.parameters, request.driverParameters ?? {}),
    };
  } catch (error) {
    if (!(error instanceof DriverParameterError)) throw error;
    throw new EngineError('FL1001', sentence(error.message), `See faultline drivers ${found.name}.`);
  }
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
