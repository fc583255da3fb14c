/**
 * A driver's parameters (the kernel's module parameters): what can be set, between what, and what is set.
 *
 * Invariant: the values that a driver is made with are checked and complete: one for each of its parameters.
 */

export interface DriverParameter {
  /** As the real driver calls it. */
  readonly name: string;
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  /** One sentence, with the unit. */
  readonly description: string;
}

/** By name. */
export type DriverParameters = Readonly<Record<string, number>>;

/** A parameter that a driver does not have, or a value that it does not take; the message is one sentence for the user. */
export class DriverParameterError extends Error {
  readonly parameter: string;

  constructor(message: string, parameter: string) {
    super(message);
    this.name = 'DriverParameterError';
    this.parameter = parameter;
  }
}

/**
 * What was given over the defaults.
 * @throws DriverParameterError
 */
export function driverParameters(
  driver: string,
  known: readonly DriverParameter[],
  given: DriverParameters,
): DriverParameters {
  for (const [name, value] of Object.entries(given)) {
    const parameter = known.find((candidate) => candidate.name === name);
    if (parameter === undefined) {
      const choice = known.length === 0 ? 'it has none' : `it has ${known.map((each) => each.name).join(', ')}`;
      throw new DriverParameterError(`the driver ${driver} has no parameter '${name}': ${choice}`, name);
    }
    const { minimum, maximum } = parameter;
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      const range = `${String(minimum)} to ${String(maximum)}`;
      throw new DriverParameterError(
        `the parameter ${name} must be a whole number from ${range}, but is ${String(value)}`,
        name,
      );
    }
  }
  return { ...Object.fromEntries(known.map((parameter) => [parameter.name, parameter.default])), ...given };
}
