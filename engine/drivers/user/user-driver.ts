/**
 * A driver of the user's own: what its file exports, and what it may use. This is a public interface: it is added to, never changed.
 * The guide is docs/drivers.md.
 */

import type { Driver, DriverContext } from '../driver.js';
import type { DriverParameter, DriverParameters } from '../parameters.js';
import type { DeviceTools } from './device-tools.js';

export interface UserDriverContext extends DriverContext {
  readonly tools: DeviceTools;
}

/** As {@link Driver}; what it does not have is done as the driver `hmm` does it. */
export interface UserDriver extends Partial<Omit<Driver, 'name' | 'attach' | 'deviceFault'>> {
  /** Called once, before the program starts. */
  attach(context: UserDriverContext): void;
  deviceFault: Driver['deviceFault'];
}

/** The default export of a driver's file. */
export interface UserDriverModule {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: readonly DriverParameter[];
  /** @param parameters checked and complete */
  create(parameters: DriverParameters): UserDriver;
}

/** What is known of a driver from its file. */
export interface UserDriverDescription {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly sources: readonly string[];
  readonly parameters: readonly DriverParameter[];
}

/** The file does not say what a driver has to say; the message is a part of a sentence. */
export class UserDriverShapeError extends Error {
  override readonly name = 'UserDriverShapeError';
}

/** @throws UserDriverShapeError */
export function asUserDriverModule(exported: unknown): UserDriverModule {
  const module = isRecord(exported) && isRecord(exported.default) ? exported.default : undefined;
  if (module === undefined) throw new UserDriverShapeError('it has no default export that is an object');
  if (typeof module.name !== 'string' || !/^[a-z][a-z0-9_-]*$/.test(module.name))
    throw new UserDriverShapeError('its name must be a text of lower-case letters, digits, - and _');
  if (module.description !== undefined && typeof module.description !== 'string')
    throw new UserDriverShapeError('its description must be a text');
  if (typeof module.create !== 'function') throw new UserDriverShapeError('it has no function create');
  const { parameters = [] } = module;
  if (!Array.isArray(parameters) || !parameters.every(isParameter))
    throw new UserDriverShapeError(
      'its parameters must be a list of { name, default, minimum, maximum, description }, with whole numbers',
    );
  // What was checked is what is used.
  return module as unknown as UserDriverModule;
}

export function describeUserDriver({
  name,
  description = '',
  parameters = [],
}: UserDriverModule): UserDriverDescription {
  return { name, title: 'A driver of your own', description, sources: [], parameters };
}

/** @throws UserDriverShapeError */
export function asUserDriver(made: unknown): UserDriver {
  for (const method of ['attach', 'deviceFault']) {
    if (!isRecord(made) || typeof made[method] !== 'function')
      throw new UserDriverShapeError(`what create returns has no function ${method}`);
  }
  return made as UserDriver;
}

function isParameter(value: unknown): boolean {
  if (!isRecord(value) || typeof value.name !== 'string' || typeof value.description !== 'string') return false;
  const { default: standard, minimum, maximum } = value;
  return (
    [standard, minimum, maximum].every(Number.isInteger) &&
    Number(minimum) <= Number(standard) &&
    Number(standard) <= Number(maximum)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
