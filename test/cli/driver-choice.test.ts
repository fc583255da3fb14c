/** A request for a driver: refused in one sentence before anything is compiled, or complete. */
import { describe, expect, it } from 'vitest';
import { chooseDriver } from '../../engine/driver-choice.js';
import type { DriverDescription } from '../../engine/drivers/registry.js';
import { EngineError } from '../../engine/engine-error.js';

const known: readonly DriverDescription[] = [
  {
    name: 'tuned',
    title: 'Tuned',
    description: 'Has parameters.',
    sources: [],
    parameters: [
      { name: 'threshold', default: 51, minimum: 1, maximum: 100, description: 'Percent.' },
      { name: 'enable', default: 1, minimum: 0, maximum: 1, description: 'Whether at all.' },
    ],
  },
  { name: 'plain', title: 'Plain', description: 'Has none.', sources: [], parameters: [] },
];

function complaint(driver: string, driverParameters: Readonly<Record<string, number>>): string {
  try {
    chooseDriver({ driver, driverParameters }, known);
  } catch (error) {
    if (error instanceof EngineError) return `${error.code} ${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error('the request is accepted');
}

describe('a driver is chosen', () => {
  it('with every parameter at its default or as given', () => {
    expect(chooseDriver({ driver: 'tuned' }, known)).toEqual({
      name: 'tuned',
      parameters: { threshold: 51, enable: 1 },
    });
    expect(chooseDriver({ driver: 'tuned', driverParameters: { enable: 0 } }, known).parameters).toEqual({
      threshold: 51,
      enable: 0,
    });
  });

  it.each([
    ['none', {}, "FL1001 There is no driver 'none'. Choose one of tuned, plain."],
    [
      'tuned',
      { treshold: 5 },
      "FL1001 The driver tuned has no parameter 'treshold': it has threshold, enable. See faultline drivers tuned.",
    ],
    ['plain', { n: 5 }, "FL1001 The driver plain has no parameter 'n': it has none. See faultline drivers plain."],
    [
      'tuned',
      { threshold: 101 },
      'FL1001 The parameter threshold must be a whole number from 1 to 100, but is 101. See faultline drivers tuned.',
    ],
    [
      'tuned',
      { threshold: 1.5 },
      'FL1001 The parameter threshold must be a whole number from 1 to 100, but is 1.5. See faultline drivers tuned.',
    ],
  ])('or refused: %s %j', (driver, given, sentence) => {
    expect(complaint(driver, given)).toBe(sentence);
  });
});
