/** Names of a program's places are kept, so that no run has to load a demangler for its report. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepare } from '../../engine/prepare.js';
import { SourceMap } from '../../engine/source-map.js';
import { ContentCache } from '../../engine/toolchain/cache.js';
import { instrument } from '../../engine/toolchain/instrument/instrument.js';
import { CompiledPrograms, temporaryFolder } from '../toolchain/compiled.js';

const SOURCE = `#include <cstdio>
#include <cstdlib>
template <typename T> static int compare(const void *a, const void *b)
{
    return *(const T *)a - *(const T *)b; /* compares */
}
__attribute__((noinline)) static void fill(int *numbers, int more)
{
    for (int i = 0; i < 64; i++)
        numbers[i] = (i * 37) % 64 * more; /* writes */
}
int main(int argc, char **argv)
{
    int *numbers = (int *)malloc(sizeof(int) * 64); /* allocates */
    fill(numbers, argc);
    if (argc > 1)
        qsort(numbers, 64, sizeof(int), compare<int>); /* sorts */
    printf("%d\\n", numbers[argc]); /* prints */
    return 0;
}
`;
const lineWith = (text: string): number => SOURCE.slice(0, SOURCE.indexOf(text)).split('\n').length;

let programs: CompiledPrograms;
let folder: string;
beforeAll(() => {
  programs = new CompiledPrograms();
  folder = temporaryFolder();
});
afterAll(() => {
  programs[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

it.each([0, 2] as const)(
  'every place of the user has its name once a program is prepared, at -O%d',
  async (optimize) => {
    const cache = new ContentCache(folder);
    const image = await programs.image({ 'places.cpp': SOURCE }, { optimize });
    const program = await prepare(
      image,
      new SourceMap((args, files) => programs.compiler.run(args, files), image, cache),
      programs.compiler,
      cache,
    );
    const other = new SourceMap(() => Promise.reject(new Error('a tool was asked')), image, cache);
    const { sites } = instrument(image.module, { kernels: [], registers: { start: 0, end: 0 } });
    const offsets = [...sites, ...program.originalOffsets];
    await other.resolve(offsets.filter((offset) => other.isUser(offset)));
    const told = offsets.map((offset) => other.at(offset));
    const names = new Set(told.map((frame) => frame?.functionName));
    for (const name of ['main', 'fill(int*, int)', 'int compare<int>(void const*, void const*)'])
      expect(names).toContain(name);
    const lines = new Set(told.map((frame) => frame?.line));
    for (const text of ['compares', 'allocates', 'writes', 'sorts', 'prints']) expect(lines).toContain(lineWith(text));
  },
);
