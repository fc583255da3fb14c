/** Builds of small programs with the real Clang: messages, options, several files, and what the cache saves. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Toolchain, type BuildRequest, type BuildResult } from '../../engine/toolchain/build.js';
import { Compiler, type CompilerResponse } from '../../engine/toolchain/compiler.js';
import type { Diagnostic } from '../../engine/toolchain/diagnostics.js';
import { MalformedModule, WasmModule } from '../../engine/toolchain/instrument/wasm-module.js';
import { readDebugFunctions } from '../../engine/toolchain/debug-info.js';
import { CompiledPrograms, RUNTIME_FOLDER, testCache, writeFiles } from './compiled.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

const errorsOf = (result: BuildResult): readonly Diagnostic[] => {
  const diagnostics = result.ok ? result.image.diagnostics : result.diagnostics;
  return diagnostics.filter(({ severity }) => severity === 'error');
};
const warningsOf = (result: BuildResult): readonly string[] =>
  (result.ok ? result.image.diagnostics : result.diagnostics)
    .filter(({ severity }) => severity === 'warning')
    .map(({ message }) => message);

describe('a source that does not compile', () => {
  it('is reported with file, line and column, once for both passes', async () => {
    const result = await programs.build({ 'bad.cu': 'int main() {\n  int x = y;\n}\n' });
    expect(result.ok).toBe(false);
    expect(errorsOf(result)).toEqual([
      { file: 'bad.cu', line: 2, column: 11, severity: 'error', message: "use of undeclared identifier 'y'" },
    ]);
  });

  it('does not hide the next one’s errors', async () => {
    const result = await programs.build({
      'a.c': 'int f(void) { return a; }',
      'sub/b.c': '\nint g(void) { return b; }',
    });
    expect(errorsOf(result).map(({ file, line, column }) => [file, line, column])).toEqual([
      ['a.c', 1, 22],
      ['sub/b.c', 2, 22],
    ]);
  });

  it('is not what nvcc takes: a rounded constant in braces, <getopt.h> with <unistd.h>', async () => {
    const result = await programs.build({
      'a.cu':
        '#include <unistd.h>\n#include <getopt.h>\nint main() { const float least[] = {-999999999}; return least[0] > 0; }',
    });
    expect(errorsOf(result)).toEqual([]);
  });

  it('names a header that is missing, and errors in headers by the header', async () => {
    const missing = await programs.build({ 'a.c': '#include "none.h"\nint main(void) {}' });
    expect(errorsOf(missing)).toMatchObject([{ file: 'a.c', line: 1, message: "'none.h' file not found" }]);
    const inHeader = await programs.build(
      { 'a.c': '#include "bad.h"\nint main(void) {}', 'bad.h': '\nint f(\n;' },
      {},
      ['a.c'],
    );
    expect(errorsOf(inHeader)[0]).toMatchObject({ file: 'bad.h', line: 3 });
  });
});

describe('what counts on 64 bits of long', () => {
  const because = "'long', 'size_t' and pointers have 32 bits here";
  it.each([
    ['a shift', 'long f(long a) { return a << 32; }'],
    ['a shift into the sign', 'long f(void) { return 1L << 31; }'],
    ['a shift out of it', 'long f(void) { return 3L << 31; }'],
    ['a sum', 'long f(void) { return 2000000000L + 2000000000L; }'],
    ['a product of an alias', '#include <stddef.h>\nptrdiff_t f(void) { return (ptrdiff_t)70000 * 70000; }'],
    [
      'a product of unsigned ones',
      'unsigned long f(void) { static const unsigned long n = 4096UL * 1024 * 1024; return n; }',
    ],
    ['a constant', 'unsigned long f(void) { return 6364136223846793005UL; }'],
    ['a constant of an alias', '#include <stddef.h>\nconst size_t most = 1ull << 32;'],
    ['a counter as one of 64 bits', 'void f(unsigned long *n) { ++*(unsigned long long *)n; }'],
    ['a size as one of 64 bits', '#include <stddef.h>\nvoid f(size_t *n) { ++*(unsigned long long *)n; }'],
    ['the bits of a double', 'double f(long *bits) { return *(double *)bits; }'],
  ])('is an error with its line: %s', async (_, source) => {
    const result = await programs.build({ 'a.cpp': `${source}\nint main() {}` }, { longBits: 32 });
    const line = source.split('\n').length;
    expect(errorsOf(result)).toMatchObject([
      { file: 'a.cpp', line, message: expect.stringContaining(because) as string },
    ]);
  });

  it('and what does not is none', async () => {
    const source = `
      #include <cstdint>
      #include <cstddef>
      template <class T> T mix(T x) { if (sizeof(T) > 4) x ^= x >> 33; return x; }
      struct alignas(16) four { float x[4]; };
      void f(float *a, char *b, int64_t *c) { *(four *)a = {}; *(double *)b = 0; *(long long *)c = 0; }
      int main() { const size_t none = 0xffffffffffffffff; char c = 200; return (1 << 31) + mix(1u) + mix(1ull) + none + c > 0; }`;
    const result = await programs.build({ 'a.cpp': source });
    expect(result.ok && result.image.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining("'int' to 'char' changes value"),
    ]);
  });
});

describe('a source of C++ that names a library of kernels', () => {
  const main = (includes: string, sum: string): string => `
    ${includes}
    #include <vector>
    void fill(float *x, int n);
    int main() { ${sum} }`;
  const fill = '__global__ void f(float *x) { x[threadIdx.x] = 1; }\nvoid fill(float *x, int n) { f<<<1, n>>>(x); }';

  it.each([
    [
      'cuBLAS',
      'cuda',
      '#include <cuda_runtime.h>\n#include <cublas_v2.h>',
      'cublasHandle_t h; cublasCreate(&h); float r; cublasSasum(h, 4, 0, 1, &r);',
    ],
    ['cuBLAS by a header of its own', 'cuda', '#include "mine.h"', 'cublasHandle_t h; return cublasCreate(&h);'],
    [
      'Thrust',
      'cuda',
      '#include <thrust/device_vector.h>',
      'thrust::device_vector<float> v(4); fill(v.data().get(), 4);',
    ],
    [
      'cuFFT',
      'cuda',
      '#include <cufft.h>',
      'cufftHandle p; cufftPlan1d(&p, 8, CUFFT_C2C, 1); return cufftExecC2C(p, 0, 0, CUFFT_FORWARD);',
    ],
    ['cuBLASLt', 'cuda', '#include <cublasLt.h>', 'cublasLtHandle_t h; return cublasLtCreate(&h);'],
    ['cuBLASXt', 'cuda', '#include <cublasXt.h>', 'cublasXtHandle_t h; return cublasXtCreate(&h);'],
    [
      'hipSOLVER',
      'hip',
      '#include <hipsolver/hipsolver.h>',
      'hipsolverHandle_t h; hipsolverCreate(&h); return hipsolverDgetrf(h, 4, 4, 0, 4, 0, 0, 0, 0);',
    ],
    [
      'hipBLAS',
      'hip',
      '#include <hip/hip_runtime.h>\n#include <hipblas/hipblas.h>',
      'hipblasHandle_t h; return hipblasCreate(&h);',
    ],
    ['cuSPARSE', 'cuda', '#include <cusparse.h>', 'cusparseHandle_t h; return cusparseCreate(&h);'],
    ['hipSPARSE', 'hip', '#include <hipsparse/hipsparse.h>', 'hipsparseHandle_t h; return hipsparseCreate(&h);'],
  ])('is compiled for kernels, as it is linked elsewhere: %s', async (_, language, includes, body) => {
    const kernels = language === 'hip' ? 'fill.hip' : 'fill.cu';
    const files = { 'main.cpp': main(includes, body), [kernels]: fill, 'mine.h': '#include <cublas_v2.h>\n' };
    const result = await programs.build(files, {}, ['main.cpp', kernels]);
    expect(errorsOf(result)).toEqual([]);
    expect(result.ok && result.image.language).toBe(language);
  });

  it('but not for its headers alone: the host calls the runtime', async () => {
    const result = await programs.build({
      'a.cpp': '#include <cuda_runtime.h>\nint main() { return cudaDeviceSynchronize(); }',
    });
    expect(result.ok && result.image.language).toBe('c++');
  });
});

describe('macros of the command line', () => {
  const source = `
    static_assert(N == 4 && BARE == 1 && TWICE(3) == 6);
    #ifdef NDEBUG
    static_assert(__builtin_strcmp(TEXT, "assert is off") == 0);
    #endif
    __global__ void kernel() { assert(N == 4); }
    int main() { kernel<<<1, 1>>>(); return CHECKS; }`;
  const defines = ['N=4', 'BARE', 'TWICE(x)=((x)*2)', 'CHECKS=0'];

  it('are there after the precompiled header of CUDA as before a header that is not', async () => {
    const { ok } = await programs.build({ 'a.cu': source }, { defines });
    expect(ok).toBe(true);
    const without = await programs.build(
      { 'a.cu': source },
      { defines: [...defines, 'NDEBUG', 'TEXT="assert is off"'] },
    );
    expect(errorsOf(without)).toEqual([]);
  });
});

it.each([
  [
    'a kernel that launches a kernel',
    'inner<<<1, 1>>>();',
    'dynamic parallelism is not supported: launch the kernel from the host',
  ],
  ['PTX with 64-bit registers', 'long long x; asm("mov.b64 %0, 1;" : "=l"(x));', 'inline assembly (PTX'],
  ['PTX', 'int x; asm("mov.u32 %0, %%laneid;" : "=r"(x));', 'inline assembly (PTX'],
  ['a transform of several devices', 'cudaLibXtDesc d;', 'Faultline does not support several devices of cuFFT'],
])('refuses %s in words of its own', async (_, statement, words) => {
  const source = `#include <cufftXt.h>
    __global__ void inner() {}
    __global__ void outer() { ${statement} }
    int main() { outer<<<1, 1>>>(); }`;
  const result = await programs.build({ 'a.cu': source });
  expect(errorsOf(result)[0]).toMatchObject({ line: 3, message: expect.stringContaining(words) as string });
});

it('compiles many sources at once without a word from Node', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  const files = Array.from({ length: 12 }, (_, n) => [`f${n}.c`, `int f${n}(void) { return ${Math.random()}; }`]);
  const result = await programs.build({ 'a.c': 'int main(void) {}', ...(Object.fromEntries(files) as object) });
  process.off('warning', listen);
  expect(result.ok).toBe(true);
  expect(warnings).toEqual([]);
});

describe('linking', () => {
  it('names what nothing defines', async () => {
    const result = await programs.build({ 'a.c': 'void missing(void);\nint main(void) { missing(); }' });
    expect(result.ok).toBe(false);
    expect(errorsOf(result).map(({ message }) => message)).toContain(
      "missing is not defined by the program or by Faultline's runtime",
    );
  });

  it('takes C without declarations, and names a call that does not fit its function', async () => {
    const half = 'double half(double x) { return x / 2; }';
    const fits = await programs.build({
      'a.c': 'count(n) { return n + 1; }\nmain() { time(0); return later(count(1)); }\nint later(int n) { return n; }',
    });
    expect(fits.ok).toBe(true);
    const result = await programs.build({ 'a.c': 'int main(void) { return half(1.0); }', 'b.c': half });
    expect(errorsOf(result)).toMatchObject([
      { message: expect.stringMatching(/^half is called with other parameters/) as string },
    ]);
  });

  it('leaves type information to the C++ library where device code names it', async () => {
    const source = `
      struct Base { virtual ~Base() {} virtual int f() { return 1; } };
      template <class T> struct Derived : Base { int f() override { return sizeof(T); } };
      template struct Derived<float>;
      int main(int argc, char **) {
        Base *b = argc > 5 ? new Base : new Derived<float>;
        return dynamic_cast<Derived<float> *>(b) ? 0 : 1;
      }`;
    expect(errorsOf(await programs.build({ 'a.cu': source }))).toEqual([]);
  });

  it('takes C for C++ if a file of it names a header of C++', async () => {
    const files = {
      'a.c': 'int twice(int x);\nint main() { return twice(0); }\n',
      'b.c': '#include <chrono>\nint twice(int x) { return x * 2; }\n',
    };
    expect(await programs.build(files)).toMatchObject({ ok: true, image: { language: 'c++' } });
  });

  it.each([
    ['a.c', undefined, 'linux'],
    ['a.cpp', 'c++20', '!defined(linux) && !defined(unix)'],
    ['a.cu', undefined, 'defined(unix)'],
  ])('is on Linux for those who ask: %s', async (name, standard, more) => {
    const asks = `#include <stdlib.h>\n#if !defined(__linux__) || !defined(__unix__) || !(${more})\n#error elsewhere\n#endif\n`;
    expect(await programs.build({ [name]: `${asks}int main() { return 0; }\n` }, { standard })).toMatchObject({
      ok: true,
    });
  });

  it('has in <math.h> of C++ what libstdc++ has in it', async () => {
    const text = '#include <math.h>\nint main() { free(malloc(1)); return drand48() < 1 ? 0 : abs(1); }';
    expect(errorsOf(await programs.build({ 'a.cpp': text }))).toEqual([]);
  });

  it.each(['a.cpp', 'a.cu'])("takes `register` and the types of glibc's <stdlib.h>: %s", async (name) => {
    const text =
      '#include <cstdlib>\nint main() { register int i = 0; uint u = 1; ulong l = 2; return i * (int)(u + l); }';
    expect(errorsOf(await programs.build({ [name]: text }))).toEqual([]);
  });

  it('writes elements of device vectors to streams of any kind', async () => {
    const text = `
      #include <fstream>
      #include <iostream>
      #include <thrust/device_vector.h>
      int main() {
        thrust::device_vector<int> v(3, 7);
        std::ofstream file("numbers");
        file << v[0] << ' ' << v[1];
        std::cout << v[2] << std::endl;
        return 1 << v[0];
      }`;
    expect(errorsOf(await programs.build({ 'a.cu': text }))).toEqual([]);
  });

  it('has in <malloc.h> what glibc has in it', async () => {
    const text = '#include <malloc.h>\nint main(void) { free(memalign(64, 1)); free(valloc(1)); return 0; }';
    expect(errorsOf(await programs.build({ 'a.c': text }))).toEqual([]);
  });

  it('takes 64 bits where the API has a size_t', async () => {
    const text =
      '#include <cstdint>\nint main() { uint64_t a, b; size_t c, d; return cudaMemGetInfo(&a, &b) + cudaMemGetInfo(&c, &d); }';
    expect(errorsOf(await programs.build({ 'a.cu': text }))).toEqual([]);
  });

  it.each([
    [
      'by the header of its own that it includes',
      { 'a.cu': '#include "b.h"\n', 'b.h': '#include <hip/hip_runtime.h>\n' },
      {},
    ],
    ['by its compiler', { 'a.cu': '' }, { language: 'hip' }],
    [
      'not if its headers are of both',
      {
        'a.cu': '#include "b.h"\n',
        'b.h': '#ifdef __HIP__\n#include <hip/hip_runtime.h>\n#else\n#include <cuda_runtime.h>\n#endif\n',
      },
      {},
    ],
  ] as const)('tells HIP from CUDA %s', async (how, files, options) => {
    const text = `
      #if defined(__CUDA_ARCH__) && defined(__HIP__)
      #error an architecture of CUDA
      #endif
      __global__ void k(int *is) {
      #ifdef __HIP_DEVICE_COMPILE__
        *is = 1;
      #endif
      }
      int main() { return (int)FIRST(nullptr); }`;
    const isHip = !how.startsWith('not');
    const defines = [isHip ? 'FIRST=hipFree' : 'FIRST=cudaFree'];
    const result = await programs.build({ ...files, 'a.cu': files['a.cu'] + text }, { ...options, defines });
    expect(errorsOf(result)).toEqual([]);
    expect(result.ok && result.image.language).toBe(isHip ? 'hip' : 'cuda');
  });

  it('takes OpenMP of 5.2, too, and speaks of 5.1 if neither fits', async () => {
    const at = (pragma: string): Promise<BuildResult> =>
      programs.build({ 'a.c': `int a[4];\nint main(void) {\n#pragma omp ${pragma}\n  { a[0] = 1; }\n}\n` });
    expect(errorsOf(await at('target enter data map(a)\n#pragma omp target'))).toEqual([]);
    expect(errorsOf(await at('target map(wrong: a)'))).toMatchObject([
      { message: expect.stringMatching(/incorrect map type/) as string },
    ]);
  });

  it('says that there is no main', async () => {
    const result = await programs.build({ 'a.c': 'int f(void) { return 1; }' });
    expect(result.ok).toBe(false);
    expect(
      errorsOf(result)
        .map(({ message }) => message)
        .join(),
    ).toMatch(/\bmain\b/);
  });

  it('says that two files define one function', async () => {
    const result = await programs.build({
      'a.c': 'int main(void) {} int f;',
      'b.c': 'int f(void) { return 1; } int main(void) {}',
    });
    expect(result.ok).toBe(false);
    expect(
      errorsOf(result)
        .map(({ message }) => message)
        .join(),
    ).toMatch(/duplicate symbol: main/);
  });

  it('puts files of several languages together', async () => {
    const image = await programs.image({
      'main.cu':
        'extern "C" int c(void); int cpp(); __global__ void k() {}\nint main() { k<<<1, 1>>>(); return c() + cpp(); }',
      'c.c': 'int c(void) { return 1; }',
      'lib/cpp.cpp': '#include <vector>\nint cpp() { std::vector<int> v(3); return v.size(); }',
    });
    expect(image.sources).toEqual(['main.cu', 'c.c', 'lib/cpp.cpp']);
    expect(image.language).toBe('cuda');
    expect(image.kernels.map(({ name }) => name)).toEqual(['_Z1kv']);
  });
});

describe('warnings', () => {
  it('tell of formats that are wrong with any `long`, and not of those that are mended', async () => {
    const result = await programs.build({
      'a.c': '#include <stdio.h>\nint main(void) {\n  long big = 1;\n  printf("%lld %s\\n", big, 1);\n}\n',
    });
    expect(result.ok).toBe(true);
    expect(warningsOf(result)).toEqual([expect.stringMatching(/format specifies type 'char \*'/)]);
  });

  it('come again from the cache', async () => {
    const source = { 'a.c': '#include <stdio.h>\nint main(void) { printf("%d\\n", 1.5); }\n' };
    const first = await programs.build(source);
    const second = await programs.build(source);
    expect(warningsOf(first)).toHaveLength(1);
    expect(warningsOf(second)).toEqual(warningsOf(first));
  });
});

describe('options', () => {
  it('-D defines', async () => {
    const text = '#if N != 3 || !defined(FLAG)\n#error wrong\n#endif\nint main(void) {}';
    expect((await programs.build({ 'a.c': text }, { defines: ['N=3', 'FLAG'] })).ok).toBe(true);
    expect(errorsOf(await programs.build({ 'a.c': text }, { defines: ['N=4', 'FLAG'] }))).toMatchObject([
      { message: 'wrong' },
    ]);
  });

  it('-I searches folders inside and outside the project, in their order', async () => {
    const folder = join(programs.folder, 'includes');
    writeFiles(folder, {
      'p/main.c':
        '#include <value.h>\n#include "only.h"\n_Static_assert(VALUE == 1 && ONLY == 5, "");\nint main(void) {}',
      'p/first/value.h': '#define VALUE 1',
      'second/value.h': '#define VALUE 2',
      'second/only.h': '#define ONLY 5',
    });
    const includeFolders = [join(folder, 'p/first'), join(folder, 'second')];
    const request: BuildRequest = {
      sources: [join(folder, 'p/main.c')],
      includeFolders,
      defines: [],
      optimize: 0,
      standard: undefined,
    };
    const build = (change: Partial<BuildRequest>): Promise<BuildResult> =>
      programs.toolchain.build({ ...request, ...change }, () => undefined, new AbortController().signal);
    expect((await build({})).ok).toBe(true);
    expect((await build({ includeFolders: includeFolders.toReversed() })).ok).toBe(false);
  });

  it('-std chooses the language’s version', async () => {
    const text =
      'int main() { auto f = [](auto x) { return x; }; static_assert(__cplusplus >= VERSION, ""); return f(0); }';
    const at = (standard: string | undefined, version: string): Promise<BuildResult> =>
      programs.build({ 'a.cpp': text }, { standard, defines: [`VERSION=${version}`] });
    expect((await at('c++20', '202002L')).ok).toBe(true);
    expect((await at(undefined, '201703L')).ok).toBe(true);
    expect((await at(undefined, '202002L')).ok).toBe(false);
  });

  it('-O is honoured', async () => {
    const text = '#ifdef __OPTIMIZE__\n#error optimised\n#endif\nint main(void) {}';
    expect((await programs.build({ 'a.c': text }, { optimize: 0 })).ok).toBe(true);
    expect((await programs.build({ 'a.c': text }, { optimize: 2 })).ok).toBe(false);
  });
});

/** Counts what it passes on. */
class CountingCompiler extends Compiler {
  calls: string[] = [];

  constructor(private readonly real: Compiler | undefined) {
    super(new URL('file:///nowhere'));
  }

  override run(...request: Parameters<Compiler['run']>): Promise<CompilerResponse> {
    this.calls.push(request[0].find((argument) => argument.startsWith('project/')) ?? request[0][0]!);
    if (!this.real) throw new Error('the compiler was called');
    return this.real.run(...request);
  }
}

describe('the cache', () => {
  it('serves a second build without the compiler, and compiles what changed alone', async () => {
    const cache = testCache();
    const folder = join(programs.folder, 'cached');
    // Different in each run of the tests, so that the first build is one.
    const stamp = `int stamp = ${String(Date.now() % 1e9)};\n`;
    writeFiles(folder, {
      'a.c': `${stamp}int b(void);\nint main(void) { return b(); }`,
      'lib/b.c': `int b(void) { return 2; }`,
    });
    const request: BuildRequest = {
      sources: [join(folder, 'a.c'), join(folder, 'lib/b.c')],
      includeFolders: [],
      defines: [],
      optimize: 0,
      standard: undefined,
    };
    const build = (compiler: Compiler): Promise<BuildResult> =>
      new Toolchain(compiler, cache, RUNTIME_FOLDER).build(request, () => undefined, new AbortController().signal);
    const first = new CountingCompiler(programs.compiler);
    const built = await build(first);
    expect(first.calls).toEqual(expect.arrayContaining(['project/a.c', 'wasm-ld']));
    const none = new CountingCompiler(undefined);
    const again = await build(none);
    expect(none.calls).toEqual([]);
    if (!built.ok || !again.ok) throw new Error('the program does not compile');
    expect(again.image.key).toBe(built.image.key);
    expect(again.image.debugFunctions).toEqual(built.image.debugFunctions);

    writeFiles(folder, { 'lib/b.c': `int b(void) { return 3; } // ${stamp}` });
    const changed = new CountingCompiler(programs.compiler);
    const other = await build(changed);
    expect(changed.calls).toContain('wasm-ld');
    expect(changed.calls).toContain('project/lib/b.c');
    expect(other.ok && other.image.key !== built.image.key).toBe(true);
  });

  it('is asked with the flags: other options compile again', async () => {
    const files = { 'a.c': 'int main(void) { return 0; }' };
    const keys: string[] = [];
    for (const defines of [[], ['A=1'], ['A=2']]) {
      const result = await programs.build(files, { defines });
      if (result.ok) keys.push(result.image.key);
    }
    expect(keys).toHaveLength(3);
  });

  it('keeps no failure', async () => {
    const files = { 'a.c': 'int main(void) { return broken; }' };
    const first = await programs.build(files);
    const second = await programs.build(files);
    expect(errorsOf(second)).toEqual(errorsOf(first));
    expect(errorsOf(second)).toHaveLength(1);
  });
});

describe('progress and cancelling', () => {
  it('tells what is compiled, and stops when it is told to', async () => {
    const folder = join(programs.folder, 'progress');
    writeFiles(folder, { 'a.cu': 'int main() {}' });
    const request: BuildRequest = {
      sources: [join(folder, 'a.cu')],
      includeFolders: [],
      defines: [],
      optimize: 0,
      standard: undefined,
    };
    const seen: string[] = [];
    const controller = new AbortController();
    const build = (): Promise<BuildResult> =>
      programs.toolchain.build(request, ({ phase, detail }) => seen.push(`${phase} ${detail}`), controller.signal);
    await build();
    expect(seen).toEqual(['compile a.cu', 'compile a.cu (device)', 'link a.cu']);
    controller.abort();
    await expect(build()).rejects.toThrow(/abort/i);
  });
});

it('a compiled module that is cut off or damaged is refused and nothing else', async () => {
  const image = await programs.image({ 'a.c': 'int main(void) { return 0; }' });
  const { bytes } = image.module;
  let state = 12345;
  const random = (below: number): number => (state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff) % below;
  for (let n = 0; n < 60; n++) {
    const damaged = n % 2 === 0 ? bytes.slice(0, random(bytes.length)) : bytes.slice();
    for (let k = 0; k < 40; k++) damaged[random(damaged.length || 1)] = random(256);
    try {
      readDebugFunctions(new WasmModule(damaged));
    } catch (error) {
      expect(error instanceof MalformedModule || error instanceof RangeError, String(error)).toBe(true);
    }
  }
});
