/** docs/machine.schema.json says of a machine file what the engine says of it. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadMachine, machineNames } from '../../engine/machine/machine.js';
import { profiles } from '../../engine/machine/profiles/index.js';
import manifest from '../../package.json' with { type: 'json' };
import { machineFileSchema, SCHEMA_FILE } from './machine-file-schema.js';

const accepts = new Ajv({ strict: false }).compile(machineFileSchema());

/** What the engine says of each field; that two fields contradict each other is beyond a schema. */
function engineAccepts(json: unknown): boolean {
  try {
    loadMachine(json);
    return true;
  } catch (error) {
    return !/, but is | is missing: | is not a field /.test((error as Error).message);
  }
}

/** A machine file that extends nothing, with a link between devices. */
function complete(): Record<string, unknown> {
  const { devices, links, cpu, costs } = loadMachine('p100-pcie3');
  const { device, link } = { device: { ...devices[0] }, link: { ...links[0] } };
  return {
    name: 'mine',
    title: 'Mine',
    devices: 1,
    cpu: { ...cpu },
    device,
    link,
    peers: { ...link },
    costs: { ...costs },
  };
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, '', 'x', true, false, 0, -1, 0.5, 3, [], [4096], ['x'], {}),
  fc.constantFrom<unknown>({ value: 1, source: 'me' }, { value: 'x', source: 'me' }, { value: 1 }),
);

describe('docs/machine.schema.json', () => {
  it('is made of the schema that the engine checks machines with', () => {
    expect(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')), 'after a change that is meant: npm run machines').toEqual(
      machineFileSchema(),
    );
  });

  it.each(machineNames)('accepts %s', (name) => {
    expect(accepts(profiles[name]), JSON.stringify(accepts.errors)).toBe(true);
  });

  it('agrees with the engine on any field of any group, whatever stands there or does not', () => {
    const whole = complete();
    expect(accepts(whole)).toBe(true);
    const places = Object.entries(whole).flatMap(([group, fields]) => [
      [group],
      [`${group}x`],
      ...(typeof fields === 'object' ? Object.keys({ ...fields, extra: 0 }).map((field) => [group, field]) : []),
    ]);
    const change = fc.record({ place: fc.constantFrom(...places), value: fc.option(junk, { nil: undefined }) });
    fc.assert(
      fc.property(change, ({ place: [group = '', field], value }) => {
        const changed = structuredClone(whole);
        const target = field === undefined ? changed : (changed[group] as Record<string, unknown>);
        if (value === undefined) Reflect.deleteProperty(target, field ?? group);
        else target[field ?? group] = value;
        expect(accepts(changed), JSON.stringify(changed)).toBe(engineAccepts(changed));
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it.each([
    [{ name: 'mine', extends: 'gh200' }, true],
    [{ name: 'mine', extends: ['linux-costs', 'sm_75', 'pcie3'], device: { multiprocessors: 2 } }, true],
    [{ name: 'mine', extends: 'gh200', device: { multiprocessors: { value: 2, source: 'me' } } }, true],
    [{ name: 'mine', extends: 'gh200', device: { cores: 2 } }, false],
    [{ name: 'mine', extends: 'gh900' }, false],
    [{ extends: 'gh200' }, false],
    [{ name: 'mine', cpu: {} }, false],
  ])('says of %j: %s', (json, verdict) => {
    expect(accepts(json)).toBe(verdict);
    if (!verdict) expect(engineAccepts(json)).toBe(false);
  });

  it('is what VS Code completes machine files with', () => {
    const { jsonValidation } = manifest.contributes;
    expect(jsonValidation).toEqual([
      { fileMatch: ['machine.json', '*.machine.json'], url: './docs/machine.schema.json' },
    ]);
    expect(readFileSync(new URL('../../.vscodeignore', import.meta.url), 'utf8')).toContain(
      '!docs/machine.schema.json\n',
    );
  });
});
