/** Processes of compiled programs: what fork, waitpid and pipes promise, and that a run is the same every time. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const PROCESSES = readFileSync(new URL('programs/processes.c', import.meta.url), 'utf8');

/** What a case of processes.c prints; each ends with 0. */
const PRINTED: Readonly<Record<string, string>> = {
  copies: 'child 2 2 2 2, parent is mine: 1\n1 exited 7\nparent 1 1 1 1\nnone left 1\n',
  crashes: '1 killed 11\n1 killed 6\n1 killed 8\n',
  tree: 'nodes 15\n',
  order: 'before\nparent\nchild\nafter\n',
  orphan: 'gone\norphan of 1\n',
  pipes: 'sum 30, end 0\n1 exited 3\n',
  much: 'read 300000\nbroken 1\n',
  polling: 'asked 1 exited 4\n',
  files: 'child read abc\nparent read def\n',
  threads: 'in a thread 5\n1 exited 6\n',
  many: '255 1 255\n',
};

let programs: CompiledPrograms;
let program: PreparedProgram;

beforeAll(async () => {
  programs = new CompiledPrograms();
  program = await prepared(programs, { 'processes.c': PROCESSES });
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

describe('processes', () => {
  it.each(Object.entries(PRINTED))('%s', (name, printed) => {
    const { ending, output } = run(program, [name], { stdin: 'abcdef' });
    expect({ output, ending }).toEqual({ output: printed, ending: { status: 0, signal: null } });
  });

  it.each(['copies', 'tree', 'pipes', 'much'])('run the same every time: %s', (name) => {
    const first = run(program, [name]);
    expect(first.events.length).toBeGreaterThan(5);
    expect(run(program, [name])).toEqual(first);
  });

  it('that wait for each other end the program with a sentence', () => {
    const { signal } = run(program, ['stuck']).ending;
    expect(signal).toMatchObject({ signal: 'SIGABRT', message: 'every thread waits: main waits for a child process' });
  });

  it('cannot become another program, and it is said so', () => {
    expect(run(program, ['exec']).ending.signal).toMatchObject({
      message: 'execv is not supported: there is no other program to run',
    });
  });

  it('leave no frame behind', () => {
    let left = -1;
    const frames = (name: string): number => {
      run(program, [name], {
        prepare: (debuggee) => {
          const { mm } = debuggee;
          const runProgram = debuggee.run.bind(debuggee);
          debuggee.run = () => {
            const ending = runProgram();
            mm.exit();
            left = mm.physical.system.usedFrames;
            return ending;
          };
        },
      });
      return left;
    };
    expect(frames('tree')).toBe(frames('exec'));
  });
});

const SHARED = String.raw`
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    volatile int *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    volatile int *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *shared = *own = 1;
    if (fork() == 0) {
        printf("child sees %d %d\n", *shared, *own);
        *shared = *own = 2;
        while (*shared != 3) {}
        shared[1024] = 4;
        exit(0);
    }
    while (*shared != 2) {}
    printf("parent sees %d %d\n", *shared, *own);
    *shared = 3;
    wait(NULL);
    printf("and then %d\n", shared[1024]);
    return 0;
}
`;

describe('shared memory', () => {
  it('has the same bytes in parent and child, who both spin until the other has written', async () => {
    const sharing = await prepared(programs, { 'shared.c': SHARED });
    const { ending, output } = run(sharing, []);
    expect({ output, ending }).toEqual({
      output: 'child sees 1 1\nparent sees 2 1\nand then 4\n',
      ending: { status: 0, signal: null },
    });
  });
});
