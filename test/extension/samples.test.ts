/** The samples do what their first lines say. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { Engine, exitStatusOf, type CompletedRun } from '../../engine/index.js';

const folder = fileURLToPath(new URL('../../extension/samples/', import.meta.url));
const samples = readdirSync(folder).filter((name) => !name.endsWith('.md'));

describe('samples', () => {
  const engine = new Engine();
  afterAll(() => engine[Symbol.dispose]());

  test.each(samples)('%s runs', async (name) => {
    let output = '';
    const observer = {
      stdout: (chunk: Uint8Array) => void (output += Buffer.from(chunk).toString()),
      stderr: () => undefined,
      progress: () => undefined,
    };
    const request = {
      sources: [name],
      cwd: folder,
      includeDirs: [],
      defines: [],
      optimize: 0,
      programArguments: [],
      stdin: 'none',
      env: {},
      dirs: [],
      driver: 'hmm',
      machine: 'p100-pcie3',
      seed: 1,
      limits: {},
    } as const;
    const outcome = await engine.run(request, observer, new AbortController().signal);
    expect(outcome.compiled).toBe(true);
    const { exit } = outcome as CompletedRun;
    expect(exitStatusOf(exit)).toBe(name === 'null_pointer.c' ? 139 : 0);
    expect(output).not.toBe('');
  });

  test('are those that the extension offers', () => {
    const offered = [
      ...readFileSync(new URL('../../extension/samples.ts', import.meta.url), 'utf8').matchAll(/file: '([^']+)'/g),
    ];
    expect(offered.map(([, name]) => name).sort()).toEqual([...samples].sort());
  });
});
