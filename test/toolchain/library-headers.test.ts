/** Sources that name headers of the C++ library get them precompiled, and mean what they mean without. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildRequest } from '../../engine/toolchain/build.js';
import type { CompilerRequest, CompilerResponse } from '../../engine/toolchain/compiler.js';
import { LIBRARY_HEADERS, namesLibrary } from '../../engine/toolchain/library-headers.js';
import type { SourceTree } from '../../engine/toolchain/source-tree.js';
import { CompiledPrograms } from './compiled.js';

const tree = (
  project: SourceTree['files'],
  includeFolders: string[] = [],
  more: SourceTree['files'] = {},
): SourceTree => ({
  projectFolder: '/p',
  sources: ['a.cpp'],
  includeFolders,
  files: { project, ...more },
  fingerprint: [],
});

describe('a source names the library', () => {
  it.each<[string, SourceTree, string[], boolean]>([
    ['itself', tree({ 'a.cpp': 'int x;\n # include <vector>\n' }), [], true],
    ['not by small headers', tree({ 'a.cpp': '#include <cmath>\n#include <cstdio>\n#include <stdio.h>\n' }), [], false],
    ['not by headers that are not precompiled', tree({ 'a.cpp': '#include <regex>\n' }), [], false],
    ['by a header of its own', tree({ 'a.cpp': '#include "b/b.h"\n', b: { 'b.h': '#include <map>\n' } }), [], true],
    [
      'by one of a folder',
      tree({ 'a.cpp': '#include <b.h>' }, ['inc'], { inc: { 'b.h': '#include <map>' } }),
      [],
      true,
    ],
    ['not by a file that it does not name', tree({ 'a.cpp': '', 'b.cpp': '#include <map>\n' }), [], false],
    ['by headers that name each other, once', tree({ 'a.cpp': '#include "a.cpp"\n' }), [], false],
    ['by what it uses', tree({ 'a.cpp': '' }), ['iostream'], true],
  ])('%s', (_, files, implied, expected) => {
    expect(namesLibrary(files, 'a.cpp', implied)).toBe(expected);
  });
});

describe('with the library precompiled', () => {
  let programs: CompiledPrograms;
  const requests: CompilerRequest[] = [];
  beforeAll(() => {
    programs = new CompiledPrograms();
    const { compiler } = programs;
    const run = compiler.run.bind(compiler);
    compiler.run = (args, files, signal): Promise<CompilerResponse> => {
      requests.push({ arguments: args, files });
      return run(args, files, signal);
    };
  });
  afterAll(() => programs[Symbol.dispose]());

  /** Whether each pass of the last build had precompiled headers. */
  const passes = (): readonly boolean[] =>
    requests
      .filter(({ arguments: args }) => args[1] === '-cc1' && args.some((argument) => argument.startsWith('project/')))
      .map(
        ({ arguments: args, files }) =>
          args.includes('-include-pch') && Object.values(files).some((file) => file instanceof Uint8Array),
      );

  /** No content that was compiled before. */
  const fresh = (text: string): string => `${text}// ${String(Math.random())}\n`;
  const build = async (text: string, options: Partial<BuildRequest> = {}): Promise<string[]> => {
    requests.length = 0;
    const result = await programs.build({ 'a.cpp': fresh(text) }, options);
    const diagnostics = result.ok ? result.image.diagnostics : result.diagnostics;
    return diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  };

  it('every header is there', async () => {
    const text = LIBRARY_HEADERS.map((name) => `#include <${name}>\n`).join('');
    expect(await build(`${text}int main() { return std::vector<int>().size(); }\n`)).toEqual([]);
    expect(passes()).toEqual([true]);
  });

  it('another version of the language has headers of its own', async () => {
    const text = '#include <vector>\nstatic_assert(__cplusplus == 202002L);\nint main() {}\n';
    expect(await build(text, { standard: 'c++20' })).toEqual([]);
    expect(passes()).toEqual([true]);
  });

  it('macros mean what they mean without: NDEBUG, too', async () => {
    const text = '#include <vector>\nint main() { assert(undeclared); return N - 3; }\n';
    expect(await build(text, { defines: ['NDEBUG', 'N=3'] })).toEqual([]);
    expect(passes()).toEqual([true]);
    expect(await build(text, { defines: ['N=3'] })).toEqual(["use of undeclared identifier 'undeclared'"]);
  });

  it('a name that more headers make ambiguous compiles without', async () => {
    const text = '#include <vector>\nusing namespace std;\nint accumulate = 0;\nint main() { return accumulate; }\n';
    expect(await build(text)).toEqual([]);
    expect(passes()).toEqual([true, false]);
  });
});
