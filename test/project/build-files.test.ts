/** Programs that other tools build: what a compilation database or a Makefile says of them is taken, and nothing else. */
import { describe, expect, it } from 'vitest';
import { buildFileIn, flagsBeside, readBuildFile } from '../../engine/project/build-files.js';
import { readMakefile } from '../../engine/project/makefile.js';
import { UsageError } from '../../engine/project/usage-error.js';
import { fakeFiles } from '../cli/fakes.js';

const sources = { 'p/main.cu': '', 'p/util.cu': '', 'p/old.cu': '' };

function ofDatabase(entries: unknown, only?: readonly string[]) {
  const files = fakeFiles({
    ...sources,
    'p/include/a.h': '',
    'p/x/b.h': '',
    'p/compile_commands.json': JSON.stringify(entries),
  });
  return readBuildFile('p/compile_commands.json', files, only);
}

describe('a compilation database', () => {
  it('gives sources, include directories, macros and a version of the language', () => {
    const build = ofDatabase([
      {
        directory: '/work/p/build',
        file: '../main.cu',
        command: 'nvcc -O3 -I../include -isystem ../x -I/opt/none -DN=4 "-DTEXT=\\"a b\\"" --std=c++20 -c ../main.cu',
      },
      {
        directory: '/work/p',
        file: 'util.cu',
        arguments: ['nvcc', '-I', 'include', '-DN=4', '-UTEXT', '-std=c++20', 'util.cu'],
      },
      { directory: '/work/p', file: 'asm.s', command: 'as -DN=9 asm.s' },
    ]);
    expect(build).toEqual({
      sources: ['p/main.cu', 'p/util.cu'],
      includeDirs: ['p/include', 'p/x'],
      defines: ['N=4', 'TEXT="a b"'],
      standard: 'c++20',
    });
  });

  it('is asked for the flags of one source only', () => {
    const entries = [
      { directory: '/work/p', file: 'main.cu', command: 'nvcc -DN=1 main.cu' },
      { directory: '/work/p', file: 'util.cu', command: 'nvcc -DN=2 util.cu' },
    ];
    expect(ofDatabase(entries, ['p/util.cu']).defines).toEqual(['N=2']);
    expect(() => ofDatabase(entries)).toThrow(/gives the macro 'N' different values/);
  });

  it.each([
    ['{', /not valid JSON/],
    ['{}', /not what a compilation database has there/],
    ['[{"directory": "/", "file": 3}]', /0\.file is not what/],
    ['[]', /names no source file/],
  ])('%s is refused', (text, message) => {
    const read = () => readBuildFile('p/compile_commands.json', fakeFiles({ 'p/compile_commands.json': text }));
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });

  it('is looked for as clangd does it, for sources that are named by themselves', () => {
    const entry = { directory: '/work/p', file: 'src/a.c', command: 'cc -DDEEP -std=gnu89 src/a.c' };
    const files = fakeFiles({
      'p/src/a.c': '',
      'p/src/Makefile': 'CFLAGS=-DBESIDE',
      'p/build/compile_commands.json': JSON.stringify([entry]),
    });
    expect(flagsBeside(['p/src/a.c'], files)).toEqual({ includeDirs: [], defines: ['DEEP'], standard: 'gnu89' });
    expect(flagsBeside(['p/src/b.c'], files)).toEqual({ includeDirs: [], defines: [] });
  });
});

describe('a Makefile', () => {
  const atHand = ['main.cu', 'reference.cu', 'test.cu'];
  const flags = (text: string): readonly string[] => readMakefile(text, atHand, () => false).words;

  it('gives the words of its flags, with variables in them', () => {
    const text = [
      'ROOT = ../common',
      'INCLUDES := -I$(ROOT) -I${ROOT}/sub # where headers are',
      'CFLAGS := $(EXTRA) $(INCLUDES) -std=c++14 \\',
      '  -DN=8',
      'NVCC_FLAGS += -D\'NAME="x y"\'',
      'program = main',
      '\tCFLAGS = -DIN_A_RULE',
    ].join('\n');
    expect(flags(text)).toEqual([
      '-I../common',
      '-I../common/sub',
      '-I../common',
      '-I../common/sub',
      '-std=c++14',
      '-DN=8',
      '-DNAME="x y"',
    ]);
  });

  it('has conditions', () => {
    const text = [
      'DEBUG = no',
      'ifeq ($(DEBUG),yes)',
      'CFLAGS += -DONE',
      'ifdef DEBUG',
      'CFLAGS += -DINNER',
      'endif',
      'else ifneq "$(DEBUG)" "yes"',
      'CFLAGS += -DTWO',
      'else',
      'CFLAGS += -DTHREE',
      'endif',
      'ifndef MISSING',
      'CFLAGS += -DFOUR',
      'endif',
      'CFLAGS ?= -DFIVE',
    ].join('\n');
    expect(flags(text)).toEqual(['-DTWO', '-DFOUR']);
  });

  it('names sources by themselves or as objects; if it does not, all count', () => {
    expect(readMakefile('source = main.cu ./reference.cu\n', atHand, () => false).sources).toEqual([
      'main.cu',
      'reference.cu',
    ]);
    expect(readMakefile('app: main.o test.o\n\tnvcc $^\n', atHand, () => false).sources).toEqual([
      'main.cu',
      'test.cu',
    ]);
    const twice = ['main.c', 'main.cu', 'util.c', 'util.cu'];
    expect(readMakefile('source = main.cu util.cu\nobj = $(source:.cu=.o)\n', twice, () => false).sources).toEqual([
      'main.cu',
      'util.cu',
    ]);
    expect(readMakefile('obj = main.o util.o\n%.o: %.cu\n\tnvcc -c $<\n', twice, () => false).sources).toEqual([
      'main.cu',
      'util.cu',
    ]);
    expect(readMakefile('SRC = $(wildcard *.cu)\n', atHand, () => false).sources).toEqual(atHand);
  });

  it('names sources by the functions of make, and flags in the commands that compile', () => {
    const files = fakeFiles({
      'p/Makefile': [
        'SRC_DIR = src',
        'CU := $(wildcard $(SRC_DIR)/*.cu)',
        'OBJ := $(patsubst $(SRC_DIR)/%.cu,bin/%.o,$(CU)) $(sort $(wildcard more/b*.cpp more/none/*.c))',
        'bin/%.o: $(SRC_DIR)/%.cu',
        '\tnvcc $(FLAGS) -I inc -DN=$(words $(CU)) -c -o $@ $<',
        '\techo -DNOT',
      ].join('\n'),
      'p/src/one.cu': '',
      'p/src/two.cu': '',
      'p/src/three.c': '',
      'p/more/b.cpp': '',
      'p/more/a.cpp': '',
      'p/inc/x.h': '',
    });
    expect(readBuildFile('p/Makefile', files)).toMatchObject({
      sources: ['p/more/b.cpp', 'p/src/one.cu', 'p/src/two.cu'],
      includeDirs: ['p/inc'],
      defines: ['N='],
    });
  });

  it.each([
    ['$(x:.cu=.o)', 'a.o b.o c.cpp'],
    ['$(x:%.cu=bin/%.o)', 'bin/a.o bin/b.o c.cpp'],
    ['$(basename $(x))', 'a b c'],
    ['$(sort c $(x) a.cu)', 'a.cu b.cu c c.cpp'],
    ['$(addsuffix .o,$(basename d/e.cu))', 'd/e.o'],
    ['$(strip   $(x)  )', 'a.cu b.cu c.cpp'],
    ['$(shell rm -rf .)', ''],
  ])('%s is %s', (text, expected) => {
    const words = flags(`x = a.cu b.cu c.cpp\nFLAGS = ${text}\n`);
    expect(words.join(' ')).toBe(expected);
  });

  it('that names no source, where there is none, says so', () => {
    const files = fakeFiles({ 'p/Makefile': 'all:\n\tcmake .\n' });
    expect(() => readBuildFile('p/Makefile', files)).toThrow('p/Makefile names no source file.');
  });

  it('that names variables in circles comes to an end', () => {
    const circle = Array.from(
      { length: 26 },
      (_, at) => `V${at}FLAGS = ${`$(V${(at + 1) % 26}FLAGS) `.repeat(40)}`,
    ).join('\n');
    expect(flags(circle)).toEqual([]);
    expect(flags(`AFLAGS = ${'-Dx '.repeat(20_000)}\nBFLAGS = ${'$(AFLAGS)'.repeat(20_000)}`).length).toBeLessThan(
      40_000,
    );
  });

  it.each(['%.o: %.cu util.cu', 'main.o : main.cu util.cu'])(
    'includes what an object depends on besides its source: %s',
    (rule) => {
      const files = fakeFiles({
        ...sources,
        'p/Makefile': `source = main.cu\nobj = $(source:.cu=.o)\n${rule}\n\tnvcc -c $<`,
      });
      expect(readBuildFile('p/Makefile', files).sources).toEqual(['p/main.cu']);
    },
  );

  it('names sources elsewhere by the rules of their objects', () => {
    const files = fakeFiles({
      ...sources,
      'common/read.cpp': '',
      'p/Makefile':
        'SPATH = ../common\nobj = main.o read.o\nread.o : $(SPATH)/read.cpp $(SPATH)/read.h\n\tnvcc -c $<\nnone.o: ../none.cpp\n\tx',
    });
    expect(readBuildFile('p/Makefile', files).sources).toEqual(['common/read.cpp', 'p/main.cu']);
  });

  it('names sources in directories below', () => {
    const files = fakeFiles({
      'p/main.cpp': '',
      'p/util/num.cpp': '',
      'p/Makefile': 'source = main.cpp ./util/num.cpp\nobj = $(source:.cpp=.o)\n./util/num.o: ./util/num.cpp\n',
    });
    expect(readBuildFile('p/Makefile', files).sources).toEqual(['p/main.cpp', 'p/util/num.cpp']);
  });

  it.each([
    ['-x cu', 'cuda'],
    ['-x hip', 'hip'],
    ['-x c++', undefined],
  ])('says what C++ is taken for: %s', (flags, language) => {
    const files = fakeFiles({ ...sources, 'p/Makefile': `CFLAGS = ${flags}\n` });
    expect(readBuildFile('p/Makefile', files).language).toBe(language);
  });

  it.each([
    ['hipcc', 'hip'],
    ['/opt/rocm/bin/hipcc', 'hip'],
    ['$(ROCM)/bin/hipcc -O3', 'hip'],
    ['hipcc -x cu', 'cuda'],
    ['nvcc', undefined],
  ])('says so by its compiler, too: %s', (compiler, language) => {
    for (const name of ['CC', 'CXX', 'HIPCC']) {
      const files = fakeFiles({ ...sources, 'p/Makefile': `ROCM = /opt/rocm\n${name} = ${compiler}\n` });
      expect(readBuildFile('p/Makefile', files).language).toBe(language);
    }
    const entry = { directory: '/p', file: 'main.cu', command: `${compiler.replace('$(ROCM)', '/r')} -c main.cu` };
    const database = fakeFiles({ ...sources, 'p/compile_commands.json': JSON.stringify([entry]) });
    expect(readBuildFile('p/compile_commands.json', database).language).toBe(language);
  });

  it('makes a directory a program; old C++ is compiled as the C++ of the headers', () => {
    const files = fakeFiles({
      ...sources,
      'p/inc/a.h': '',
      'p/Makefile': 'CXXFLAGS = -std=c++11 -Iinc -I/opt/none -DX\nobj = main.o util.o',
    });
    expect(buildFileIn('p', files)).toBe('p/Makefile');
    expect(readBuildFile('p/Makefile', files)).toEqual({
      sources: ['p/main.cu', 'p/util.cu'],
      includeDirs: ['p/inc'],
      defines: ['X'],
    });
    expect(flagsBeside(['p/old.cu'], files)).toEqual({ includeDirs: ['p/inc'], defines: ['X'] });
  });
});
