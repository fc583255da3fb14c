import { describe, expect, it } from 'vitest';
import { readProject } from '../../engine/project/project.js';
import { UsageError } from '../../engine/project/usage-error.js';
import { fakeFiles } from '../cli/fakes.js';

function read(project: string) {
  return readProject(
    'p',
    fakeFiles({ 'p/faultline.json': project, 'p/b.cu': '', 'p/a.cc': '', 'p/lib/c.c': '', 'p/x.h': '' }),
  );
}

function complaint(project: string): string {
  try {
    read(project);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error(`${project} is accepted`);
}

describe('faultline.json', () => {
  it('may be empty: then all sources of its directory are compiled', () => {
    expect(read('{}')).toEqual({ sources: ['p/a.cc', 'p/b.cu'], includeDirs: [], defines: [], env: {}, dirs: [] });
  });

  it('says what the options say, with paths that start at its directory', () => {
    const project = {
      $schema: 'https://example.com/schema.json',
      sources: ['b.cu', 'lib/c.c'],
      includes: ['include', '/usr/include'],
      defines: ['N=4'],
      std: 'c++20',
      optimize: 2,
      args: ['', '7'],
      env: { A: '1' },
      stdin: 'in.txt',
      dirs: ['data:/data:ro'],
      driver: 'pinned',
      driverParameters: { n: 2 },
      machine: './box.json',
      deviceMemory: '64M',
      devices: 2,
      filePages: '2025',
      pageTableUpdates: 'overlapped',
      daxMigration: true,
      seed: 9,
      timeout: 0.5,
      memoryLimit: 1_000_000,
    };
    expect(read(JSON.stringify(project))).toEqual({
      sources: ['p/b.cu', 'p/lib/c.c'],
      includeDirs: ['p/include', '/usr/include'],
      defines: ['N=4'],
      standard: 'c++20',
      optimize: 2,
      programArguments: ['', '7'],
      env: { A: '1' },
      stdinFile: 'p/in.txt',
      dirs: [{ host: 'p/data', guest: '/data', readOnly: true }],
      driver: 'pinned',
      driverParameters: { n: 2 },
      machine: 'p/box.json',
      deviceMemoryBytes: 64 * 2 ** 20,
      devices: 2,
      filePages: '2025',
      pageTableUpdates: 'overlapped',
      daxMigration: true,
      seed: 9,
      timeoutMs: 500,
      memoryLimitBytes: 1_000_000,
    });
  });

  it.each([
    ['[]', 'p/faultline.json must hold an object. Write for example { "sources": ["main.cu"] }.'],
    [
      '{"sources": "b.cu"}',
      `p/faultline.json: 'sources' must be a list of file names, but is "b.cu". Correct the field or leave it out.`,
    ],
    [
      '{"sources": ["b.cu", 7]}',
      `p/faultline.json: 'sources.1' must be a file name, but is 7. Correct the field or leave it out.`,
    ],
    [
      '{"sources": []}',
      `p/faultline.json: 'sources' must be a list of at least one file name, but is []. Correct the field or leave it out.`,
    ],
    [
      '{"optimize": "fast"}',
      `p/faultline.json: 'optimize' must be 0, 1, 2 or 3, but is "fast". Correct the field or leave it out.`,
    ],
    [
      '{"optimize": 4}',
      `p/faultline.json: 'optimize' must be 0, 1, 2 or 3, but is 4. Correct the field or leave it out.`,
    ],
    ['{"env": {"A": 1}}', `p/faultline.json: 'env.A' must be a text, but is 1. Correct the field or leave it out.`],
    ['{"args": [1]}', `p/faultline.json: 'args.0' must be a text, but is 1. Correct the field or leave it out.`],
    [
      '{"driverParameters": {"n": "2"}}',
      `p/faultline.json: 'driverParameters.n' must be a number, but is "2". Correct the field or leave it out.`,
    ],
    [
      '{"devices": 0}',
      `p/faultline.json: 'devices' must be a whole number from 1 to 8, but is 0. Correct the field or leave it out.`,
    ],
    [
      '{"devices": 1.5}',
      `p/faultline.json: 'devices' must be a whole number from 1 to 8, but is 1.5. Correct the field or leave it out.`,
    ],
    [
      '{"timeout": "5"}',
      `p/faultline.json: 'timeout' must be a number of seconds above 0, but is "5". Correct the field or leave it out.`,
    ],
    [
      '{"driver": null}',
      `p/faultline.json: 'driver' must be the name of a driver, but is null. Correct the field or leave it out.`,
    ],
    [
      '{"deviceMemory": true}',
      `p/faultline.json: 'deviceMemory' must be a size such as "64M" or a number of bytes, but is true. Correct the field or leave it out.`,
    ],
    [
      '{"deviceMemory": "much"}',
      `p/faultline.json: 'deviceMemory' needs a size, but is 'much'. Write bytes or a unit, such as 65536, 512K, 64M or 1.5G.`,
    ],
    [
      '{"source": ["b.cu"]}',
      /^p\/faultline\.json: there is no field 'source'\. Did you mean 'sources'\? Fields are sources, includes, /,
    ],
    ['{"dirs": [":"]}', /^p\/faultline\.json: 'dirs' needs HOST/],
    [
      '{"sources": ["no.cu"]}',
      `p/faultline.json: 'sources.0' names 'p/no.cu', which does not exist. Correct the name; it starts at the directory of the project.`,
    ],
    ['{"sources": ["x.h"]}', /^'p\/x\.h' is a header/],
    [
      '{\n  "driver": "hmm"\n  "seed": 1\n}',
      'p/faultline.json:3:3 is not valid JSON. Look for a missing comma or quote; comments are not allowed.',
    ],
    ['', 'p/faultline.json:1:1 is not valid JSON. Look for a missing comma or quote; comments are not allowed.'],
  ])('%s', (project, expected) => {
    if (typeof expected === 'string') expect(complaint(project)).toBe(expected);
    else expect(complaint(project)).toMatch(expected);
  });

  it('needs a source', () => {
    expect(() => readProject('p', fakeFiles({ 'p/faultline.json': '{}' }))).toThrow(
      "The project 'p' has no source files.",
    );
  });
});
