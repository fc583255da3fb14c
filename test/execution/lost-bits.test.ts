/** Results of `long` and `size_t` that 32 bits have no room for are told of by their lines; what is the same on Linux is not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lostBitsFlags } from '../../engine/toolchain/lost-bits.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const PROGRAM = String.raw`
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <numeric>
#include <unordered_map>
#include <vector>
#ifdef __CUDACC__
#include <thrust/device_vector.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
__global__ void draw(unsigned long *states, long *totals, size_t step) {
    states[threadIdx.x] = states[threadIdx.x] * 1103515245 + step; // a generator
    for (int i = 0; i < 3; i++)
        totals[threadIdx.x] += 1000000000; // a total
    states[threadIdx.x] += step - 2 * blockDim.x;
}
static void onDevice() {
    unsigned long *states;
    long *totals;
    cudaMallocManaged(&states, 32 * sizeof *states);
    cudaMallocManaged(&totals, 32 * sizeof *totals);
    for (int i = 0; i < 32; i++) states[i] = 12345 + i, totals[i] = i;
    draw<<<1, 32>>>(states, totals, 1);
    cudaDeviceSynchronize();
}
#endif
__attribute__((noinline)) static unsigned long hash(const char *text) {
    unsigned long h = 0;
    while (*text) h = (h << 5) ^ *text++; // a hash
    return h;
}
__attribute__((noinline)) static long narrowed(long long value) { return value; } // narrowed
__attribute__((noinline)) static long widened(unsigned value) { return value; } // widened
__attribute__((noinline)) static unsigned long flag(int n) { return 1ul << n; } // a flag
__attribute__((noinline)) static long scaled(long a, int n) { return a << n; } // scaled
__attribute__((noinline)) static size_t whole(double value) { return value; } // whole
__attribute__((noinline)) static size_t moved(size_t at, int by) { return at + by; }
__attribute__((noinline)) static long distance(size_t from, size_t to) { return to - from; }
__attribute__((noinline)) static unsigned long kept(long long value) { return value; }
int main(int argc, char **argv) {
    size_t n = (size_t)argc << 20;
    int step = -argc;
    switch (argv[1][0]) {
#ifdef __CUDACC__
    case 'd': onDevice(); break;
#endif
    case 'n': {
        std::vector<long> values(5, 500000000l * argc);
        printf("%ld\n", std::accumulate(values.begin(), values.end(), 0l)); // accumulated
        printf("%ld\n", std::inner_product(values.begin(), values.end(), values.begin(), 0l)); // inner product
        std::partial_sum(values.begin(), values.end(), values.begin(), std::plus<>()); // partial sums
        break;
    }
#ifdef __CUDACC__
    case 't': {
        thrust::device_vector<long> values(5, 500000000l * argc);
        printf("%ld\n", thrust::reduce(values.begin(), values.end(), 0l)); // reduced
        thrust::inclusive_scan(values.begin(), values.end(), values.begin(), thrust::plus<long>()); // scanned
        break;
    }
#endif
    case 'm': printf("%p\n", malloc(n * n * sizeof(double))); break;
    case 'g': {
        unsigned long state = 12345;
        for (int i = 0; i < 100; i++) state = state * 1103515245 + 12345;
        printf("%lu\n", state);
        break;
    }
    case 'l': {
        long long cells = 0;
        for (long rows = 1; rows < 100000000; rows *= 10) cells += rows * 1000;
        printf("%lld\n", cells);
        break;
    }
    case 's': {
        long total = 0, ratio = total / argc;
        for (int i = 0; i < 4096; i++) total += i << 12;
        printf("%ld %ld\n", total - ratio, -total);
        break;
    }
    case 'u': {
        size_t total = 0;
        for (size_t i = 0; i < 100000; i++) total += i; // to five billion
        printf("%zu\n", total);
        break;
    }
    case 'h': printf("%lu\n", hash("not eight letters")); break;
    case 'c': {
        printf("%ld %ld %ld\n", narrowed(argc), widened(argc), (long)whole(argc));
        printf("%ld\n", narrowed(3000000000ll * argc));
        printf("%ld\n", widened(3000000000u - argc));
        printf("%zu\n", whole(8e9 * argc));
        break;
    }
    case 'f': printf("%lu %lu\n", flag(argc + 28), flag(argc + 40)); break;
    case 'b': printf("%ld %ld %ld\n", scaled(argc, 20), scaled(-argc, 20), scaled(argc + 9, 30)); break;
    case 'k': {
        printf("%zu %ld %lu %lu\n", moved(argc, step * 2), distance(argc, 0), kept(-argc), kept(~0ull - argc));
        std::unordered_map<unsigned, int> counts;
        uint64_t hash = 14695981039346656037ull;
        unsigned small = 7;
        for (size_t i = 0; i < 1000; i++) {
            hash = (hash ^ i) * 1099511628211ull;
            small = small * 1103515245u + 12345u;
            counts[small]++;
            hash += i + step;
        }
        printf("%llu %zu %zu\n", (unsigned long long)hash, counts.size(), n * 8);
        break;
    }
    }
}`;
const lineWith = (text: string): number => PROGRAM.slice(0, PROGRAM.indexOf(text)).split('\n').length;

let programs: CompiledPrograms;
const built = new Map<string, PreparedProgram>();
beforeAll(async () => {
  programs = new CompiledPrograms();
  for (const name of ['a.cpp', 'a.cu'])
    for (const optimize of [0, 2] as const)
      built.set(`${name} ${String(optimize)}`, await prepared(programs, { [name]: PROGRAM }, { optimize }));
}, 120_000);
afterAll(() => programs[Symbol.dispose]());

async function linesOf(name: string, optimize: number, which: string): Promise<(number | undefined)[]> {
  const program = built.get(`${name} ${String(optimize)}`) ?? expect.fail('it was not built');
  const told: (readonly number[])[] = [];
  const ignored = (): void => undefined;
  const observer = { allocated: ignored, freed: ignored, named: ignored, launched: ignored };
  expect(
    run(program, [which], { observer: { ...observer, lostBits: (places) => told.push(places) } }).ending,
  ).toMatchObject({
    status: 0,
  });
  const lines = await Promise.all(told.map((places) => program.lineOf(places)));
  return [...new Set(lines)];
}

describe.each([0, 2])('at -O%i', (optimize) => {
  it.each([
    ['a.cpp', 'm', 'malloc(n * n'],
    ['a.cu', 'm', 'malloc(n * n'],
    ['a.cpp', 'g', 'state * 1103515245'],
    ['a.cpp', 'l', 'rows * 1000'],
    ['a.cpp', 's', 'total += i << 12'],
    ['a.cu', 's', 'total += i << 12'],
    ['a.cu', 'd', '// a generator', '// a total'],
    ['a.cpp', 'u', '// to five billion'],
    ['a.cu', 'u', '// to five billion'],
    ['a.cpp', 'h', '// a hash'],
    ['a.cpp', 'c', '// narrowed', '// widened', '// whole'],
    ['a.cpp', 'f', '// a flag'],
    ['a.cu', 'f', '// a flag'],
    ['a.cpp', 'n', '// accumulated', '// inner product', '// partial sums'],
    ['a.cu', 't', '// reduced', '// scanned'],
    ['a.cpp', 'b', '// scaled'],
    ['a.cu', 'b', '// scaled'],
  ])('%s %s: %s', async (name, which, ...texts) => {
    expect(await linesOf(name, optimize, which)).toEqual(texts.map(lineWith));
  });

  it.each(['a.cpp', 'a.cu'])('%s: not those of other types, nor what the library multiplies', async (name) => {
    expect(await linesOf(name, optimize, 'k')).toEqual([]);
  });
});

it('of checks that can tell nothing, nothing is left in optimized code', async () => {
  const header = (name: string): string =>
    readFileSync(fileURLToPath(new URL(`../../engine/toolchain/runtime/include/${name}`, import.meta.url)), 'utf8');
  const names = ['faultline_lost_bits.h', 'faultline_lost_bits.txt'];
  const files = {
    'hash.c': `
unsigned mixed(unsigned h, long long from) {
  h ^= h << 13;
  int narrowed = from;
  char byte = narrowed;
  unsigned long long wide = (unsigned long long)h << 60;
  return h + byte + (wide >> 60 != h);
}
unsigned long flag(int n) { return 1ul << n; }`,
    faultline: Object.fromEntries(names.map((name) => [name, header(name)])),
  };
  const ir = async (...more: string[]): Promise<string> => {
    const target = ['-triple', 'wasm32-unknown-wasip1', '-emit-llvm', '-O2', '-isystem', 'faultline'];
    const source = ['-x', 'c', 'hash.c', '-o', 'out.ll'];
    const { files: made, output } = await programs.compiler.run(
      ['clang', '-cc1', ...target, ...lostBitsFlags(2), ...more, ...source],
      files,
    );
    return typeof made['out.ll'] === 'string' ? made['out.ll'] : expect.fail(output);
  };
  const checks = /call void @__ubsan_handle_\w+/g;
  const told = /call void @__faultline_lost_bits/g;
  const front = await ir('-disable-llvm-passes');
  // Those of `mixed` and `flag`, and none of the header's own.
  expect([...new Set(front.match(checks))].length).toBeGreaterThan(1);
  for (const [body] of front.matchAll(/^define internal void @__ubsan_handle_[^]*?^}/gm))
    expect(body).not.toMatch(checks);
  const optimized = await ir();
  expect(optimized).not.toMatch(checks);
  const [mixed = ''] =
    /^define \S+ @mixed[^]*?^}/m.exec(optimized.replaceAll(/(?:dso_local|hidden|noundef|range\([^)]*\)) /g, '')) ?? [];
  expect(mixed).toContain('shl');
  expect(mixed).not.toMatch(told);
  expect(optimized.slice(optimized.indexOf('@flag'))).toMatch(told);
});
