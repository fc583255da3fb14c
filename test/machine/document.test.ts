/** The committed docs/machines.md says what the machines' files say. `npm run machines` writes it anew. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadMachine } from '../../engine/machine/machine.js';
import { DOCUMENT, machinesDocument } from './document.js';

it('docs/machines.md has every figure of the machines and their sources', async () => {
  const generated = await machinesDocument();
  expect(readFileSync(DOCUMENT, 'utf8'), 'after a change that is meant: npm run machines').toBe(generated);
});

it('the machine file that it shows is one', () => {
  const [, example = ''] = /```json\n(.*?)```/s.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const machine = loadMachine(JSON.parse(example));
  expect([machine.name, machine.devices.length, machine.links[0]?.name]).toEqual([
    'two-small-cards',
    2,
    'PCIe 4.0 x16',
  ]);
  expect(machine.sources['costs.faultBatchNs']).toBe('measured on our own');
});
