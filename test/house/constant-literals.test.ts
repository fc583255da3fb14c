/** Constants become literals in bundles, and what only looks like one does not. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @ts-expect-error The configuration of a tool is plain JavaScript without types.
import { constantLiterals } from '../../constant-literals.mjs';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faultline-literals-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const constants = `
export const SHIFT = 9, PAGES = 1 << SHIFT, MASK = ~(PAGES - 1);
export const Flag = { LOCKED: 1, DIRTY: PAGES | 2 };
export let Counted = 1; export const count = () => Counted++;
export function index(frame) { return frame & MASK }
export function early() { return late(2) }
export const Early = early();
export function late(value) { return value + 1 }
export function ofThis() { return this === undefined }
export let Swapped = 1; export const swap = () => ([Swapped] = [2]);
export const State = { IDLE: 0 }; export const run = () => (State.IDLE = 3);`;
const main = `
import * as c from './constants.js';
import { index, late, ofThis, Early, SHIFT, PAGES, MASK, Flag, Counted, Swapped, State } from './constants.js';
const shadowed = (SHIFT) => SHIFT * 2;
c.count(); c.swap(); c.run();
export const values = [PAGES + 0, MASK + 0, Flag.DIRTY + 0, 3 - MASK, shadowed(4), { SHIFT }.SHIFT, Counted + 0, Swapped + 0, State.IDLE + 0, index(513), late(6), ofThis(), Early];
export const at = (frame) => (frame >>> SHIFT) & Flag.LOCKED;`;

async function bundle(name: string, plugins: Plugin[]): Promise<{ text: string; values: unknown }> {
  const outfile = join(folder, name);
  await build({
    entryPoints: [join(folder, 'main.js')],
    outfile,
    bundle: true,
    format: 'esm',
    sourcemap: true,
    plugins,
  });
  const { values } = (await import(outfile)) as { values: unknown };
  return { text: await readFile(outfile, 'utf8'), values };
}

test('numbers are literals, small functions constants, and everything has the value that it has without', async () => {
  await writeFile(join(folder, 'constants.js'), constants);
  await writeFile(join(folder, 'main.js'), main);
  const plain = await bundle('plain.mjs', []);
  const literal = await bundle('literal.mjs', [constantLiterals as Plugin]);
  expect(literal.values).toEqual(plain.values);
  expect(literal.values).toEqual([512, -512, 514, 515, 8, 9, 2, 2, 3, 512, 7, true, 3]);
  expect(literal.text).toMatch(/frame >>> 9 {5}& 1 {10}/);
  expect(literal.text).toContain('Counted + 0');
  expect(literal.text).toContain('Swapped + 0');
  expect(literal.text).toContain('State.IDLE + 0');
  expect(literal.text).toContain('const index=(frame)=> {');
  expect(literal.text).toContain('const early=()=> {');
  expect(literal.text).toContain('function late(value)');
  expect(literal.text).toContain('function ofThis()');
  const lengths = (text: string): number[] => text.split('\n').map((line) => line.length);
  expect(lengths(literal.text)).toHaveLength(lengths(plain.text).length);
});
