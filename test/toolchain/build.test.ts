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

describe('linking', () => {
  it('names what nothing defines', async () => {
    const result = await programs.build({ 'a.c': 'void missing(void);\nint main(void) { missing(); }' });
    expect(result.ok).toBe(false);
    expect(errorsOf(result).map(({ message }) => message)).toContain(
      "missing is not defined by the program or by Faultline's runtime",
    );
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
  it('tell of formats and shifts that a 32-bit `long` gets wrong', async () => {
    const result = await programs.build({
      'a.c': '#include <stdio.h>\nint main(void) {\n  long big = 1L << 40;\n  printf("%lld\\n", big);\n}\n',
    });
    expect(result.ok).toBe(true);
    expect(warningsOf(result)).toHaveLength(2);
    expect(warningsOf(result).join('\n')).toMatch(/format specifies type 'long long'/);
    expect(warningsOf(result).join('\n')).toMatch(/shift count >= width of type/);
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
