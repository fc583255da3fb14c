/** Programs that use <sys/mman.h>, compiled and run: each checks itself. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../../engine/drivers/registry.js';
import { Debuggee } from '../../engine/execution/debuggee.js';
import type { Ending } from '../../engine/execution/debuggee-options.js';
import type { ExecutableProgram } from '../../engine/execution/program.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { CAUSES, EVENT_KINDS, type MemoryEvent } from '../../engine/memory/event.js';
import { FILE_PAGES_MODES, type PageCacheOptions } from '../../engine/memory/page-cache.js';
import { FILE_PAGES } from '../../engine/index.js';
import { prepare } from '../../engine/prepare.js';
import { SourceMap } from '../../engine/source-map.js';
import { CompiledPrograms, temporaryFolder, testCache } from '../toolchain/compiled.js';

const NAMES = ['anonymous.c', 'files.c', 'system.c', 'processes.c'] as const;
const ON_DEVICE = 'device.cu';
const sources = fileURLToPath(new URL('mman/', import.meta.url));

let programs: CompiledPrograms;
const built = new Map<string, ExecutableProgram>();

beforeAll(async () => {
  programs = new CompiledPrograms();
  const text = (name: string): string => readFileSync(join(sources, name), 'utf8');
  for (const name of [...NAMES, ON_DEVICE]) {
    const image = await programs.image({
      [name]: `${text('check.h')}\n#line 2\n${text(name).replace('#include "check.h"', '')}`,
    });
    const symbols = new SourceMap((args, files) => programs.compiler.run(args, files), image, testCache());
    built.set(name, await prepare(image, symbols, programs.compiler, testCache()));
  }
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

const UPSTREAM: PageCacheOptions = { filePages: 'upstream', daxMigration: false };

interface Ran {
  readonly ending: Ending;
  readonly output: string;
  readonly events: readonly MemoryEvent[];
  /** Kinds of what was allocated and mapped. */
  readonly kinds: ReadonlySet<string>;
  readonly folder: string;
}

function run(name: string, args: readonly string[] = [], pageCache = UPSTREAM): Ran {
  const program = built.get(name);
  if (program === undefined) throw new Error(`${name} was not compiled`);
  const clock = new VirtualClock();
  const events: MemoryEvent[] = [];
  const kinds = new Set<string>();
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  let output = '';
  using debuggee = new Debuggee({
    program,
    machine: loadMachine('p100-pcie3', {}),
    driver: createDriver('hmm'),
    clock,
    createSink: () => ({ record: (event) => events.push({ ...event }) - 1 }),
    observer: {
      allocated: ({ kind }) => void kinds.add(kind),
      freed: () => undefined,
      named: () => undefined,
      launched: () => undefined,
    },
    memoryLimitBytes: 2 ** 30,
    pageCache,
    wasi: {
      args: ['program', ...args],
      env: {},
      preopens: [{ host: folder, guest: '.', readOnly: false }],
      stdin: () => null,
      stdout: (chunk) => void (output += Buffer.from(chunk).toString()),
      stderr: (chunk) => void (output += Buffer.from(chunk).toString()),
      seed: 1,
    },
  });
  const ending = debuggee.run();
  // Throws if a frame is lost.
  debuggee.exit();
  return { ending, output, events, kinds, folder };
}

it.each(NAMES)('%s finds nothing wrong', (name) => {
  const { output, ending } = run(name);
  expect(output).toBe('');
  expect(ending).toEqual({ status: 0, signal: null });
});

it('what a program maps itself is told apart by what is behind it', () => {
  expect([...run('anonymous.c').kinds]).toEqual(expect.arrayContaining(['anonymous', 'shared']));
  expect([...run('files.c').kinds]).toContain('file');
  const dax = run(ON_DEVICE, ['upstream', 'dax'], { filePages: 'upstream', daxMigration: true });
  expect([...dax.kinds]).toEqual(expect.arrayContaining(['file', 'dax']));
});

describe('what is left to the end of the program', () => {
  it('is written back then', () => {
    const { folder, events } = run('files.c', ['exit']);
    expect(readFileSync(join(folder, 'exit.txt'), 'latin1').slice(0, 9)).toBe('at exit\0a');
    const last = events.filter(({ kind }) => EVENT_KINDS[kind] === 'writeback').at(-1);
    expect(CAUSES[last?.cause ?? 0]).toBe('exit');
  });

  it('is written back by a program that a signal ends, too', () => {
    const { folder, ending } = run('files.c', ['beyond']);
    expect(ending.signal).toMatchObject({ signal: 'SIGBUS', reason: 'beyond-file' });
    expect(readFileSync(join(folder, 'exit.txt'), 'latin1').slice(0, 7)).toBe('at exit');
  });
});

describe.each(FILE_PAGES_MODES)('a kernel writes a mapped file, mode %s', (filePages) => {
  it.each([false, true])('and every way to its bytes sees them; DAX migration: %s', (daxMigration) => {
    const args = daxMigration ? [filePages, 'dax'] : [filePages];
    const { output, ending, folder } = run(ON_DEVICE, args, { filePages, daxMigration });
    expect(output).toBe('');
    expect(ending).toEqual({ status: 0, signal: null });
    expect(readFileSync(join(folder, 'data.bin'))[0]).toBe(9);
  });
});

it('the modes have the same names everywhere', () => {
  expect(FILE_PAGES).toEqual(FILE_PAGES_MODES);
});
