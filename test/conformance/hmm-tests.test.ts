/**
 * The rows of section 1.7 as programs: compiled, run, and asked for each row, on private and on coherent memory. A program runs once a memory,
 * whichever of its rows is looked at first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Engine, type RunObserver, type RunRequest } from '../../engine/index.js';
import { conformanceCase, conformanceGap } from './case.js';

const folder = fileURLToPath(new URL('programs', import.meta.url));
const DEVICES = ['0', '2'];
const SECTION = '1.7 in C';

/** Rows by program. */
const PROGRAMS = {
  'access.c': [
    'open_close',
    'anon_read',
    'anon_read_prot',
    'anon_write',
    'anon_write_prot',
    'anon_read_multiple',
    'file_read',
    'file_write',
    'mixedmap',
  ],
  'migrate.c': [
    'migrate',
    'migrate_fault',
    'migrate_release',
    'migrate_shared',
    'migrate_multiple',
    'exclusive',
    'snapshot',
  ],
  'huge.c': [
    'anon_write_huge',
    'migrate_anon_huge_empty',
    'migrate_anon_huge_zero',
    'migrate_anon_huge_free',
    'migrate_anon_huge_fault',
    'benchmark_thp_migration',
  ],
  'processes.c': ['anon_write_child_shared', 'anon_teardown'],
} as const;

let engine: Engine;
let scratch: string;
const runs = new Map<string, Promise<string>>();

beforeAll(() => {
  engine = new Engine();
  scratch = mkdtempSync(join(tmpdir(), 'faultline-conformance-'));
});

afterAll(() => {
  engine[Symbol.dispose]();
  rmSync(scratch, { recursive: true, force: true });
});

/** What the program printed, its errors included. */
function output(program: string, device: string): Promise<string> {
  const key = `${program} ${device}`;
  const known = runs.get(key);
  if (known) return known;
  const made = run(program, device);
  runs.set(key, made);
  return made;
}

async function run(program: string, device: string): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  const print = (chunk: Uint8Array): void => void (text += decoder.decode(chunk, { stream: true }));
  const observer: RunObserver = { stdout: print, stderr: print, progress: () => undefined };
  const request: RunRequest = {
    sources: [join(folder, program)],
    cwd: folder,
    includeDirs: [],
    defines: [],
    optimize: 1,
    programArguments: [device],
    stdin: 'none',
    env: {},
    dirs: [{ host: scratch, guest: '.', readOnly: false }],
    driver: 'hmm',
    machine: 'p100-pcie3',
    seed: 1,
    limits: {},
  };
  const outcome = await engine.run(request, observer, new AbortController().signal);
  return outcome.compiled ? text : JSON.stringify(outcome.diagnostics);
}

/** What the program said of a row. */
function verdict(text: string, row: string): string {
  const line = text.split('\n').find((each) => each.startsWith(`row ${row} `));
  return line?.slice(`row ${row} `.length) ?? `nothing:\n${text}`;
}

describe('hmm-tests as programs', () => {
  for (const [program, rows] of Object.entries(PROGRAMS)) {
    for (const row of rows) {
      conformanceCase(SECTION, row, async () => {
        for (const device of DEVICES) expect(verdict(await output(program, device), row)).toBe('pass');
      });
    }
  }
  for (const row of ['anon_write_hugetlbfs', 'compound'])
    conformanceGap(
      SECTION,
      row,
      'there is no pool of huge pages (MAP_HUGETLB): the program skips it, as the kernel’s does',
    );
});
