/** What is freed and was never recorded costs no look at the stack: programs of lists free millions of such blocks. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { CallSites } from '../../engine/execution/call-sites.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const LISTS = `
#include <cstdio>
#include <cstdlib>
#include <list>
int main(int count, char **arguments) {
    int blocks = std::atoi(arguments[1]), recorded = std::atoi(arguments[2]);
    long long sum = 0;
    for (int turn = 0; turn < 10; turn++) {
        std::list<int> numbers;
        for (int i = 0; i < blocks / 10; i++) numbers.push_back(i);
        for (int n : numbers) sum += n;
    }
    for (int i = 0; i < recorded; i++) std::free(std::malloc(5000));
    std::printf("%lld\\n", sum);
}`;

let programs: CompiledPrograms;
let program: PreparedProgram;

beforeAll(async () => {
  programs = new CompiledPrograms();
  program = await prepared(programs, { 'lists.cpp': LISTS });
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

/** How often a run looks at the stack. */
function looks(blocks: number, recorded: number): number {
  const stack = vi.spyOn(CallSites.prototype, 'stack');
  try {
    expect(run(program, [String(blocks), String(recorded)]).ending).toEqual({ status: 0, signal: null });
    return stack.mock.calls.length;
  } finally {
    stack.mockRestore();
  }
}

it('small blocks are freed without a look', () => {
  // The pages that hold them fault, and that is looked at: a few hundred blocks share one.
  expect(looks(10_000, 0)).toBeLessThan(200);
});

it('blocks that were recorded tell where they are freed', () => {
  expect(looks(100, 40) - looks(100, 0)).toBeGreaterThanOrEqual(80);
});
