/** Standard algorithms with execution policies, in C++ and in CUDA: they run one step after another. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run } from './compiled-program.js';

const PROGRAM = String.raw`
#include <algorithm>
#include <cstdio>
#include <execution>
#include <numeric>
#include <vector>
int main() {
    std::vector<int> x(1000), y(1000, 3);
    std::iota(x.begin(), x.end(), 0);
    std::for_each(std::execution::par_unseq, x.begin(), x.end(), [](int &value) { value = 999 - value; });
    std::sort(std::execution::par, x.begin(), x.end());
    std::transform(std::execution::par_unseq, x.begin(), x.end(), y.begin(), y.begin(), [](int a, int b) { return a + b; });
    int dot = std::transform_reduce(std::execution::par_unseq, x.begin(), x.end(), y.begin(), 0);
    std::printf("%d %d %d\n", x[10], std::reduce(std::execution::seq, y.begin(), y.end(), 0), dot);
}`;

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

it.each(['a.cpp', 'a.cu'])('%s: the same as without, and no warning', async (name) => {
  const image = await programs.image({ [name]: PROGRAM }, { optimize: 2 });
  expect(image.diagnostics).toEqual([]);
  const { ending, output } = run(await prepared(programs, { [name]: PROGRAM }, { optimize: 2 }), []);
  expect(ending).toMatchObject({ status: 0 });
  // The sum of i + 3, and of i * (i + 3), for i below 1000.
  expect(output).toBe(`10 ${String(499_500 + 3_000)} ${String(332_833_500 + 3 * 499_500)}\n`);
});
