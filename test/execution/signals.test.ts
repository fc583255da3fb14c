/** How a program ends itself: SIGABRT by abort(), by an assertion or by raise(), and what a handler changes. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

let programs: CompiledPrograms;
let program: PreparedProgram;

beforeAll(async () => {
  programs = new CompiledPrograms();
  const source = readFileSync(new URL('programs/signals.c', import.meta.url), 'utf8');
  program = await prepared(programs, { 'signals.c': source });
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

const HANDLER = 1;
const IGNORED = 2;
const RAISE = 4;
const ASSERT = 8;
const ABORT = 16;

it.each([
  ['raise() with a handler', HANDLER | RAISE, 'caught 6\non\n', false],
  ['raise() of what is ignored', IGNORED | RAISE, 'on\n', false],
  ['raise() alone', RAISE, '', true],
  ['an assertion', ASSERT, '', true],
  ['an assertion with a handler', HANDLER | ASSERT, 'caught 6\n', true],
  ['abort()', ABORT, '', true],
  ['abort() with a handler', HANDLER | ABORT, 'caught 6\n', true],
  ['abort() where the signal is ignored', IGNORED | ABORT, '', true],
])('%s', (_, what, printed, ends) => {
  const { ending, output } = run(program, [String(what)]);
  expect(output.replace(/^Assertion failed: .*\n/m, '')).toBe(printed);
  if (ends) expect(ending.signal).toMatchObject({ signal: 'SIGABRT', message: 'the program called abort()' });
  else expect(ending).toEqual({ status: 0, signal: null });
});
