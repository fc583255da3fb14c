/** Functions, inlined calls and lines at every offset of real programs, with LLVM's symbolizer as the oracle. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SourceFrames } from '../../engine/source-frames.js';
import { instrument } from '../../engine/toolchain/instrument/instrument.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { demangle } from '../../engine/symbols/demangle.js';
import { symbolize } from './symbolizer.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => {
  programs[Symbol.dispose]();
});

const workload = (path: string): string => readFileSync(new URL(`../workloads/${path}`, import.meta.url), 'utf8');

const LAMBDAS = `#include <algorithm>
#include <vector>
namespace {
struct Adder {
  int more;
  int operator()(int a) const { return [&](int b) { return b * more + a; }(a + 1); }
};
template <typename F> __attribute__((always_inline)) inline int twice(F f, int a) {
  { int one = f(a); if (one > 3) return f(one); }
  return f(a + 2);
}
} // namespace
static inline int area(int w, int h) { return w * h; }
int main(int argc, char **argv) {
  std::vector<int> all(argc + 30);
  for (unsigned n = 0; n < all.size(); n++) all[n] = twice(Adder{argc}, (int)n) ^ area(n, argc);
  std::sort(all.begin(), all.end(), [](int a, int b) { return area(a, 3) < area(b, 3); });
  return all[argc] & 1;
}
`;

it.each([
  ['lambdas.cpp', 0, LAMBDAS, 0],
  ['lambdas.cpp', 2, LAMBDAS, 0.3],
  ['add.cu', 2, workload('cuda/add.cu'), 0.1],
  ['thrust_sort.cu', 2, workload('cuda/thrust_sort.cu'), 0.3],
] as const)('%s, -O%i', async (name, optimize, source, inlinedPart) => {
  const image = await programs.image({ [name]: source }, { optimize });
  const { sites, originalOffsets } = instrument(image.module, { kernels: [], registers: { start: 0, end: 0 } });
  const run = (args: readonly string[], files: Record<string, Uint8Array>): Promise<{ readonly output: string }> =>
    programs.compiler.run(args, files);
  const all = [...new Set([...sites, ...originalOffsets])].sort((a, b) => a - b);
  const frames = new SourceFrames(image);
  // Most of what is in a module are the libraries: a thousand places of the program's.
  const described = all.filter((offset) => frames.at(offset).length > 0);
  const step = Math.ceil(described.length / 1000);
  const offsets = described.filter((_, n) => n % step === 0);
  const expected = await symbolize(run, image.module.bytes, offsets);
  const names = [...new Set(offsets.flatMap((offset) => frames.at(offset).map((frame) => frame.functionName ?? '')))];
  const readable = await demangle(run, names);
  const byName = new Map(names.map((each, n) => [each, readable[n]]));
  let inlined = 0;
  for (const offset of offsets) {
    const got = frames.at(offset);
    if (got.length > 1) inlined++;
    const outermost = got.length - 1;
    expect({
      offset,
      // LLVM takes the outermost name from a table whose addresses are not DWARF's.
      frames: got.map((frame, n) => ({
        ...frame,
        functionName: n === outermost ? '' : byName.get(frame.functionName ?? ''),
      })),
    }).toEqual({
      offset,
      frames: expected
        .get(offset)
        ?.map((frame, n) => ({ ...frame, functionName: n === outermost ? '' : frame.functionName })),
    });
  }
  expect(offsets.length).toBeGreaterThan(30);
  expect(inlined).toBeGreaterThanOrEqual(offsets.length * inlinedPart);
});
