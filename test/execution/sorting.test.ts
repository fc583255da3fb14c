/** qsort sorts, in the order and as fast as glibc's does, with room for the elements a second time and without. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

let programs: CompiledPrograms;
let program: PreparedProgram;
beforeAll(async () => {
  programs = new CompiledPrograms();
  const source = readFileSync(new URL('programs/sorting.c', import.meta.url), 'utf8');
  program = await prepared(programs, { 'sorting.c': source }, { optimize: 2 });
});
afterAll(() => programs[Symbol.dispose]());

describe('qsort', () => {
  it('sorts elements of all sizes, keeps the order of what is equal, and compares no more than n log n times', () => {
    expect(run(program, [])).toMatchObject({ ending: { status: 0 }, output: 'sorted\n' });
  });

  it('sorts where there is no memory', () => {
    const options = { memoryLimitBytes: 64 * 1024 * 1024 };
    expect(run(program, ['tight'], options)).toMatchObject({ ending: { status: 0 }, output: 'sorted\n' });
  });
});
