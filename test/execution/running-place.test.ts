/** Where a program is when it is ended from outside, or by an operator that traps: the line, whatever it computes there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Engine, type RunRequest } from '../../engine/index.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOOPS = String.raw`
#include <cstdio>
#include <cstdlib>
__device__ __noinline__ unsigned mix(unsigned *words) {
    unsigned rounds = 0;
    for (; words[1] != 12345; rounds++) // on the device
        words[1] = words[1] * 1664525u + 1013904222u; // even
    return rounds;
}
__global__ void spin(unsigned *words) { words[threadIdx.x] = mix(words); }
__global__ void barriers(unsigned *words) {
    while (words[0] != 1) // at barriers
        __syncthreads();
}
__attribute__((noinline)) unsigned count(unsigned *words) {
    unsigned rounds = 0;
    for (; words[1] != 12345; rounds++) // on the host
        words[1] = words[1] * 1664525u + 1013904222u; // even
    return rounds;
}
__attribute__((noinline)) int quotient(int a, int b) {
    int more = a + 1;
    return more / b; // divides
}
int main(int argc, char **argv) {
    unsigned *words;
    cudaMallocManaged(&words, 4096);
    words[0] = 2;
    switch (argv[1][0]) {
    case 'd': spin<<<2, 32>>>(words); break;
    case 'b': barriers<<<2, 32>>>(words); break;
    case 'h': words[0] = count(words); break;
    case 'q': words[0] = quotient(argc, atoi("0")); break;
    }
    return (int)words[0];
}
`;
const REGION = String.raw`
#include <cstdlib>
__attribute__((noinline)) void sweep(unsigned *words, unsigned many) {
#pragma omp target teams distribute parallel for
    for (int i = 1; i < 8; i++)
        for (; words[i] != many; words[i * (many == 1 ? 1 : 1 << 27)] *= 4) {}
}
int main(int, char **argv) {
    sweep((unsigned *)calloc(16, 4), argv[1][0] == 't' ? 1 : 2);
    return 0;
}
`;
const lineWith = (text: string): number => LOOPS.slice(0, LOOPS.indexOf(text)).split('\n').length;

let folder: string;
let engine: Engine;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-place-'));
  writeFileSync(join(folder, 'loops.cu'), LOOPS);
  engine = new Engine();
});
afterAll(() => {
  engine[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

async function run(which: string, optimize: 0 | 2, source = 'loops.cu'): ReturnType<Engine['run']> {
  const request: RunRequest = {
    sources: [source],
    cwd: folder,
    includeDirs: [],
    defines: [],
    optimize,
    programArguments: [which],
    stdin: 'none',
    env: {},
    dirs: [],
    driver: 'hmm',
    machine: 'p100-pcie3',
    seed: 1,
    limits: {},
    timeoutMs: 1000,
  };
  const ignored = (): void => undefined;
  const observer = { stdout: ignored, stderr: ignored, progress: ignored };
  return engine.run(request, observer, new AbortController().signal);
}

it.each([
  [
    'd',
    0,
    'mix(unsigned int*)',
    'on the device',
    'called from spin(unsigned int*) at',
    'gpu0, block (0,0,0) thread (0,0,0)',
  ],
  [
    'd',
    2,
    'mix(unsigned int*)',
    'on the device',
    'called from spin(unsigned int*) at',
    'gpu0, block (0,0,0) thread (0,0,0)',
  ],
  ['h', 0, 'count(unsigned int*)', 'on the host', 'called from main at', '(cpu)'],
  ['h', 2, 'count(unsigned int*)', 'on the host', 'called from main at', '(cpu)'],
  ['b', 2, 'barriers(unsigned int*)', '__global__ void barriers', 'called from main at', 'gpu0, block (0,0,0)'],
] as const)('a program that hangs (%s, -O%d) was in %s', async (which, optimize, name, text, caller, who) => {
  const outcome = await run(which, optimize);
  if (!outcome.compiled) throw new Error(outcome.diagnostics.map(({ message }) => message).join());
  expect(outcome.exit.reason).toBe('timeout');
  const [note = ''] = outcome.notes ?? [];
  const line = lineWith(text);
  const lines = which === 'b' ? [line] : [line, line + 1];
  expect(lines.map((each) => `was in ${name} at loops.cu:${String(each)}, ${caller} loops.cu`)).toContain(
    /was in .* at loops\.cu:\d+, called from .*? at loops\.cu/.exec(note)?.[0],
  );
  expect(note).toContain(who);
});

it('a division by zero is where it stands, not where its function was called', async () => {
  const outcome = await run('q', 0);
  if (!outcome.compiled) throw new Error('it does not compile');
  const { fault } = outcome;
  expect(fault).toMatchObject({ kind: 'trap', signal: 'SIGFPE' });
  expect(fault?.stack[0]).toMatchObject({ functionName: 'quotient(int, int)', line: lineWith('// divides') });
  expect(fault?.stack[1]).toMatchObject({ functionName: 'main', line: lineWith("case 'q'") });
});

it.each(['t', 'f'])('a target region is called by the function around it, each region once (%s)', async (which) => {
  writeFileSync(join(folder, 'region.cpp'), REGION);
  const outcome = await run(which, 2, 'region.cpp');
  if (!outcome.compiled) throw new Error('it does not compile');
  const line = REGION.slice(0, REGION.indexOf('#pragma')).split('\n').length;
  const name = `sweep(unsigned int*, unsigned int), target region of line ${String(line)}`;
  if (which === 't')
    expect(outcome.notes?.[0]).toContain(
      `was in ${name} at region.cpp:${String(line + 2)}, called from sweep(unsigned int*, unsigned int) at`,
    );
  else {
    expect(outcome.fault?.stack.map(({ functionName }) => functionName)).toEqual([
      name,
      'sweep(unsigned int*, unsigned int)',
      'main',
    ]);
  }
});

it('a target region of main is main’s', async () => {
  writeFileSync(
    join(folder, 'main.c'),
    'int main(int argc, char **argv) {\n#pragma omp target\n  *(volatile int *)(argc << 29) = 1;\n  return 0;\n}\n',
  );
  const outcome = await run('m', 0, 'main.c');
  if (!outcome.compiled) throw new Error('it does not compile');
  expect(outcome.fault?.stack.map(({ functionName }) => functionName)).toEqual([
    'main, target region of line 2',
    'main',
  ]);
});
