/** Launch attributes: what becomes of them, and the one sentence that names what is missing or wrong. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readLaunchConfiguration } from '../../extension/adapter/launch-configuration.js';
import { FakeEngine, file } from './fakes.js';

const engine = new FakeEngine();
const folder = mkdtempSync(join(tmpdir(), 'faultline-launch-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
writeFileSync(join(folder, 'input.txt'), '1 2\n');
writeFileSync(join(folder, 'main.c'), 'int main(void) { return 0; }\n');

const read = (attributes: object) => readLaunchConfiguration(attributes, engine);

test('a program is enough', () => {
  expect(read({ program: file })).toEqual({
    request: {
      sources: [file],
      cwd: dirname(file),
      includeDirs: [],
      defines: [],
      optimize: 0,
      programArguments: [],
      stdin: 'none',
      env: {},
      dirs: [{ host: dirname(file), guest: '.', readOnly: true }],
      driver: 'hmm',
      machine: 'p100-pcie3',
      seed: 1,
      limits: {},
    },
    noDebug: false,
    stopOnEntry: false,
    breakOn: [],
    warnings: [],
  });
});

describe('a folder', () => {
  const project = (name: string, texts: Readonly<Record<string, string>>): string => {
    const directory = join(folder, name);
    mkdirSync(directory);
    for (const [file, text] of Object.entries(texts)) writeFileSync(join(directory, file), text);
    return directory;
  };

  test('with a project of ours says what the attributes do not, but for how much is optimized', () => {
    const directory = project('ours', {
      'faultline.json': JSON.stringify({
        sources: ['b.cu'],
        args: ['1'],
        env: { A: 'x', B: 'x' },
        optimize: 2,
        driver: 'hmm',
        stdin: 'words.txt',
        includes: ['include'],
      }),
      'a.cu': '',
      'b.cu': '',
      'words.txt': 'some words',
    });
    const { request } = read({ program: directory, env: { B: 'y' }, driver: 'pinned' });
    expect(request).toMatchObject({
      sources: [join(directory, 'b.cu')],
      cwd: directory,
      includeDirs: [join(directory, 'include')],
      programArguments: ['1'],
      env: { A: 'x', B: 'y' },
      optimize: 0,
      driver: 'pinned',
      dirs: [{ host: directory, guest: '.', readOnly: true }],
    });
    expect(new TextDecoder().decode(request.stdin as Uint8Array)).toBe('some words');
    expect(read({ program: directory, noDebug: true }).request.optimize).toBe(2);
    expect(read({ program: join(directory, 'faultline.json') }).request.sources).toEqual(request.sources);
  });

  test('with a Makefile says what is compiled, and a source beside it is compiled with its flags', () => {
    const directory = project('made', {
      Makefile: 'CFLAGS = -Icommon -DN=4\nSRC = one.c two.c\nall: $(SRC)\n',
      'one.c': '',
      'two.c': '',
      'three.c': '',
    });
    mkdirSync(join(directory, 'common'));
    const whole = read({ program: directory, defines: ['M=1'] }).request;
    expect(whole).toMatchObject({ sources: ['one.c', 'two.c'], cwd: directory, includeDirs: ['common'] });
    expect(whole.defines).toEqual(['N=4', 'M=1']);
    const alone = read({ program: join(directory, 'three.c') }).request;
    expect(alone).toMatchObject({ sources: [join(directory, 'three.c')], includeDirs: ['common'], defines: ['N=4'] });
  });

  test('that does not say it well is told of in a sentence', () => {
    const directory = project('wrong', { 'faultline.json': '{ "sources": ["none.cu"] }' });
    expect(() => read({ program: directory })).toThrow(/'sources.0' names '.*none.cu', which does not exist. Correct/);
  });
});

test('everything can be said', () => {
  const attributes = {
    program: ['main.c'],
    args: ['-n', '4'],
    env: { OMP_NUM_THREADS: '4', HOME: null },
    stdin: 'input.txt',
    cwd: folder,
    includeDirs: ['include'],
    defines: ['N=4'],
    optimize: 2,
    standard: 'c17',
    language: 'hip',
    driver: 'pinned',
    driverParameters: { n: 2 },
    machine: 'p100-pcie3',
    deviceMemory: '1.5 GiB',
    devices: 2,
    filePages: '2014',
    pageTableUpdates: 'batched',
    daxMigration: true,
    pageSize: 4096,
    seed: 7,
    stopOnEntry: true,
    breakOn: ['migrate', { filter: 'cpuFault', condition: 'page in x' }],
    dirs: ['.:/data:ro'],
    timeout: 0.5,
    memoryLimit: 65536,
    noDebug: true,
  };
  expect(read(attributes)).toEqual({
    request: {
      sources: ['main.c'],
      cwd: folder,
      includeDirs: ['include'],
      defines: ['N=4'],
      optimize: 2,
      standard: 'c17',
      language: 'hip',
      programArguments: ['-n', '4'],
      stdin: Buffer.from('1 2\n'),
      env: { OMP_NUM_THREADS: '4' },
      dirs: [
        { host: folder, guest: '.', readOnly: true },
        { host: '.', guest: '/data', readOnly: true },
      ],
      driver: 'pinned',
      driverParameters: { n: 2 },
      machine: 'p100-pcie3',
      deviceMemoryBytes: 1.5 * 1024 ** 3,
      devices: 2,
      filePages: '2014',
      pageTableUpdates: 'batched',
      daxMigration: true,
      seed: 7,
      timeoutMs: 500,
      memoryLimitBytes: 65536,
      limits: {},
    },
    noDebug: true,
    stopOnEntry: true,
    breakOn: [{ id: 'migrate' }, { id: 'cpuFault', condition: 'page in x' }],
    warnings: [],
  });
});

test('the input itself can be given', () => {
  expect(read({ program: file, stdin: { text: 'é\n' } }).request.stdin).toEqual(new TextEncoder().encode('é\n'));
});

test('a folder that is named the working directory replaces the own one', () => {
  expect(read({ program: file, dirs: [`${folder}:.`] }).request.dirs).toEqual([
    { host: folder, guest: '.', readOnly: false },
  ]);
});

describe('sizes', () => {
  test.each([
    ['64MiB', 64 * 1024 ** 2],
    ['64M', 64 * 1024 ** 2],
    ['512 kb', 512 * 1024],
    ['4096', 4096],
    [4096, 4096],
  ])('%j', (deviceMemory, bytes) => {
    expect(read({ program: file, deviceMemory }).request.deviceMemoryBytes).toBe(bytes);
  });
});

describe('what is missing or wrong is named in one sentence', () => {
  const say = "The launch configuration: '";
  test.each<[object, string]>([
    [{}, "The launch configuration needs 'program'."],
    [{ program: 7 }, `${say}program' must be the path of a source file, a list of them, or a folder, but is 7.`],
    [{ program: [] }, `${say}program' must be the path of a source file, a list of them, or a folder, but is [].`],
    [
      { program: `/no/${'x'.repeat(500)}.cu` },
      `${say}program' is "…${'x'.repeat(156)}.cu", but there is no such file.`,
    ],
    [{ program: '/no/add.cu' }, `${say}program' is "/no/add.cu", but there is no such file.`],
    [{ program: folder }, `The directory '${folder}' holds no faultline.json, compile_commands.json or Makefile.`],
    [
      { program: [file, folder] },
      `${say}program' is ${JSON.stringify(folder)}, but that is a folder: it stands alone, or name its source files.`,
    ],
    [
      { program: join(folder, 'input.txt') },
      `${say}program' is ${JSON.stringify(join(folder, 'input.txt'))}, but sources end in .c, .cc, .cpp, .cxx, .cu, .hip.`,
    ],
    [{ program: file, args: 'a' }, `${say}args' must be a list, but is "a".`],
    [{ program: file, args: [1] }, `${say}args.0' must be a text, but is 1.`],
    [{ program: file, env: { A: 1 } }, `${say}env.A' must be a text, but is 1.`],
    [{ program: file, optimize: 4 }, `${say}optimize' must be 0, 1, 2 or 3, but is 4.`],
    [{ program: file, driver: 'hmmm' }, `${say}driver' is "hmmm", but there are hmm, pinned.`],
    [{ program: file, machine: 'x' }, `${say}machine' is "x", but there are p100-pcie3.`],
    [{ program: file, machine: 'x.json' }, `${say}machine' is "x.json", but there is no such file.`],
    [
      { program: file, deviceMemory: 'much' },
      `${say}deviceMemory' must be a size such as "64MiB" or a number of bytes, but is "much".`,
    ],
    [{ program: file, devices: 9 }, `${say}devices' must be a whole number from 1 to 8, but is 9.`],
    [
      { program: file, pageSize: 65536 },
      `${say}pageSize' must be 4096, the only page size of this version, but is 65536.`,
    ],
    [{ program: file, seed: -1 }, `${say}seed' must be a whole number from 0 to 4294967295, but is -1.`],
    [{ program: file, stopOnEntry: 'yes' }, `${say}stopOnEntry' must be true or false, but is "yes".`],
    [{ program: file, timeout: 0 }, `${say}timeout' must be a number of seconds above 0, but is 0.`],
    [{ program: file, cwd: '/no' }, `${say}cwd' is "/no", but there is no such folder.`],
    [{ program: file, dirs: ['a:b:c'] }, `${say}dirs' is "a:b:c", but it must be HOST[:GUEST][:ro].`],
    [{ program: file, dirs: ['/no'] }, `${say}dirs' is "/no", but there is no such folder.`],
    [
      { program: file, stdin: 'no.txt' },
      `${say}stdin' is "no.txt", but that file cannot be read; write { "text": … } for the input itself.`,
    ],
  ])('%j', (attributes, sentence) => {
    expect(() => read(attributes)).toThrow(sentence);
  });

  test('an event filter that does not exist', () => {
    expect(() => read({ program: file, breakOn: ['fault'] })).toThrow(
      /'breakOn' is "fault", but event filters are error, /,
    );
    expect(() => read({ program: file, breakOn: [{ condition: 'x' }] })).toThrow(/'breakOn.0' must be the id of/);
  });
});

test('a slip of the finger is told, what other tools keep there is not', () => {
  const said = { program: file, stopOnEntri: true, __sessionId: 'x', name: 'n', console: 'x', myTool: {} };
  expect(read(said).warnings).toEqual([
    "The launch configuration has an unknown attribute 'stopOnEntri'; is 'stopOnEntry' meant?",
  ]);
});
