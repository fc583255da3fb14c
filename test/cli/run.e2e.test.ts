/** The command as people and scripts use it: real processes of the bundled `dist/cli.js`, held to the contract. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const workloads = fileURLToPath(new URL('../workloads/', import.meta.url));

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-e2e-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
}

function start(words: readonly string[], cwd = workloads): ChildProcessWithoutNullStreams {
  const env = { ...process.env };
  delete env.FAULTLINE_DEBUG;
  // A group of its own, so that a test can ask whether anything of it is left.
  return spawn(process.execPath, [command, ...words], { cwd, env, detached: true, stdio: 'pipe' });
}

async function finish(child: ChildProcessWithoutNullStreams): Promise<Result> {
  const out: Buffer[] = [];
  const error: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => error.push(chunk));
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const bytes = Buffer.concat(out);
  return { status, signal, bytes, stdout: bytes.toString(), stderr: Buffer.concat(error).toString() };
}

async function faultline(words: readonly string[], { cwd, input = '' }: Surroundings = {}): Promise<Result> {
  const child = start(words, cwd);
  // A command that fails early does not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return finish(child);
}

/** Writes a source or another file into the folder of this run. */
function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Whether any process of a child's group is left. */
function isGone(child: ChildProcessWithoutNullStreams): boolean {
  try {
    process.kill(-child.pid!, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Resolves as soon as the child has printed a text. */
function printed(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  let seen = '';
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
  });
}

/** Shape of a value: keys in order, element shapes of arrays, `number`, `string`, `null`. */
type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };

const transfer = { count: 'number', totalBytes: 'number', minBytes: 'number', maxBytes: 'number' };
const copy = { count: 'number', totalBytes: 'number' };
const faults = { cpuFaults: 'number', deviceFaults: 'number', migratedBytes: 'number' };

/** The JSON document of the contract. An array stands for any number of such elements. */
const CONTRACT: Shape = {
  schema: 'number',
  program: { sources: ['string'], language: 'string', arguments: ['string'] },
  machine: 'string',
  driver: 'string',
  driverParameters: {},
  pageSize: 'number',
  seed: 'number',
  exit: { status: 'number', signal: 'string|null' },
  unifiedMemory: {
    hostToDevice: transfer,
    deviceToHost: transfer,
    deviceToDevice: transfer,
    deviceFaults: 'number',
    deviceFaultGroups: 'number',
    cpuFaults: 'number',
    evictedBytes: 'number',
    prefetchedBytes: 'number',
    thrashingPages: 'number',
    remoteMappings: 'number',
    invalidations: 'number',
    pinnedBytesPeak: 'number',
  },
  explicitCopies: { hostToDevice: copy, deviceToHost: copy },
  time: {
    simulatedNs: 'number',
    kernelNs: 'number',
    migrationNs: 'number',
    faultServiceNs: 'number',
    invalidationNs: 'number',
  },
  host: { compileMs: 'number', runMs: 'number', accesses: 'number', peakMemoryBytes: 'number' },
  kernels: [
    {
      name: 'string',
      launches: 'number',
      grid: ['number'],
      block: ['number'],
      deviceFaults: 'number',
      file: 'string|null',
      line: 'number|null',
    },
  ],
  allocations: [
    {
      id: 'number',
      kind: 'string',
      address: 'number',
      bytes: 'number',
      file: 'string|null',
      line: 'number|null',
      name: 'string|null',
      ...faults,
      finalResidency: { cpu: 'number', gpu0: 'number' },
    },
  ],
  lines: [{ file: 'string', line: 'number', ...faults }],
  findings: [],
};

/** Where a value differs from a shape; nothing if it does not. Sizes and times are whole and not negative. */
function mismatches(value: unknown, shape: Shape, path = '$'): string[] {
  if (typeof shape === 'string') {
    const type = value === null ? 'null' : typeof value;
    if (!shape.split('|').includes(type)) return [`${path} is ${type}, not ${shape}`];
    const whole = typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0);
    return whole ? [] : [`${path} is ${String(value)}`];
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path} is no array`];
    return value.flatMap((element, index) => mismatches(element, shape[0] as Shape, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${path} is no object`];
  const entries = Object.entries(shape);
  const keys = Object.keys(value).join(' ');
  const wanted = entries.map(([key]) => key).join(' ');
  if (keys !== wanted) return [`${path} has '${keys}', not '${wanted}'`];
  return entries.flatMap(([key, inner]) =>
    mismatches((value as Record<string, unknown>)[key], inner, `${path}.${key}`),
  );
}

/** The document without what differs from run to run. */
function withoutHost(json: string): string {
  const cut = json.replace(/\n {2}"host": \{[^}]*\},/, '');
  expect(cut).not.toBe(json);
  return cut;
}

/** The JSON at the end of what was printed. */
function documentOf(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.slice(stdout.indexOf('{\n  "schema"'))) as Record<string, unknown>;
}

describe('run --json', () => {
  it('is the contract, and the same bytes twice but for `host`', async () => {
    const words = ['run', 'cuda/add.cu', '--json'];
    const [first, second] = [await faultline(words), await faultline(words)];
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/^add: max error 0\n\{\n/);
    expect(first.stdout.endsWith('}\n')).toBe(true);
    expect(withoutHost(second.stdout)).toBe(withoutHost(first.stdout));
    const document = documentOf(first.stdout);
    expect(mismatches(document, CONTRACT)).toEqual([]);
    expect(document).toMatchObject({
      schema: 1,
      program: { sources: ['add.cu'], language: 'cuda', arguments: [] },
      machine: 'p100-pcie3',
      driver: 'hmm',
      pageSize: 4096,
      seed: 1,
      exit: { status: 0, signal: null },
      findings: [],
    });
    for (const rows of ['kernels', 'allocations', 'lines']) expect(document[rows]).not.toEqual([]);
  });

  it('is complete when nothing happens on a device', async () => {
    const source = write('nothing.c', 'int main(void) { return 0; }\n');
    const { status, stdout } = await faultline(['run', source, '--json', '--quiet']);
    expect(status).toBe(0);
    const document = documentOf(stdout);
    expect(mismatches(document, CONTRACT)).toEqual([]);
    expect(document).toMatchObject({ kernels: [], unifiedMemory: { deviceFaults: 0 }, explicitCopies: {} });
  });

  it('tells how a program ended', async () => {
    const { status, stdout } = await faultline(['run', 'c/null_cpu.c', '--json', '--', 'one', 'two words']);
    expect(status).toBe(139);
    const document = documentOf(stdout);
    expect(mismatches(document, CONTRACT)).toEqual([]);
    expect(document).toMatchObject({
      program: { arguments: ['one', 'two words'] },
      exit: { status: 139, signal: 'SIGSEGV' },
    });
  });

  it('goes to a file that is named, and leaves stdout to the program', async () => {
    const path = join(folder, 'report.json');
    const { status, stdout } = await faultline(['run', 'cuda/add.cu', '--json', path]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'add: max error 0\n' });
    expect(mismatches(JSON.parse(readFileSync(path, 'utf8')), CONTRACT)).toEqual([]);
  });
});

describe('the exit status', () => {
  it('is 139 after a null pointer, with a report that names the place', async () => {
    const kernel = await faultline(['run', 'cuda/null_kernel.cu']);
    expect(kernel.status).toBe(139);
    expect(kernel.stdout).toBe('null_kernel: about to launch\n');
    const text = kernel.stderr.replaceAll(/\s+/g, ' ');
    expect(text).toMatch(
      /SIGSEGV: gpu0 wrote 4 bytes at 0x0+ \(NULL page\) in fill\(int\*, int\) at null_kernel\.cu:8/,
    );
    expect(kernel.stderr).not.toContain('    at ');
    const cpu = await faultline(['run', 'c/null_cpu.c']);
    expect(cpu.status).toBe(139);
    expect(cpu.stderr.replaceAll(/\s+/g, ' ')).toMatch(/SIGSEGV: cpu read 4 bytes at 0x0*4 \(NULL page\) in valueAt/);
  });

  it('comes with what led to it: memory that 32-bit addresses have no room for', async () => {
    const source = write(
      'large.c',
      '#include <stdlib.h>\nint main(void) {\n  volatile char *first = malloc(3000u << 20);\n  volatile int *second = malloc(800u << 20);\n  *second = first[0];\n}\n',
    );
    const { status, stderr } = await faultline(['run', source, '--quiet']);
    expect(status).toBe(139);
    expect(stderr).toMatch(/^faultline: SIGSEGV: cpu .* at large\.c:5\.\n/);
    expect(stderr).toContain('the allocation of 800.0 MiB at large.c:4 failed: addresses have 32 bits here');
  });

  it('comes with the source line in the report, from wherever the command runs', async () => {
    const { stderr } = await faultline(['run', 'c/null_cpu.c']);
    expect(stderr).toMatch(/> +14 \| +return list->value;/);
  });

  it('is 124 after --timeout, and nothing is left', async () => {
    const child = start(['run', 'cuda/endless.cu', '--timeout', '1']);
    child.stdin.end();
    const { status, stdout, stderr } = await finish(child);
    expect(status).toBe(124);
    expect(stdout).toBe('endless: waiting for a flag that is never set\n');
    expect(stderr).toContain('timed out');
    expect(isGone(child)).toBe(true);
  });

  it('is the program’s own, which gets its arguments and its input', async () => {
    const { status, stdout, stderr } = await faultline(['run', 'c/args.c', '--', '41', 'two words', '--json'], {
      input: 'first\nsecond',
    });
    expect(status).toBe(41);
    expect(stdout).toBe(
      ['1 is "41"', '2 is "two words"', '3 is "--json"'].map((text) => `args: argument ${text}\n`).join('') +
        'first\nsecond',
    );
    expect(stderr).toContain('args: 12 bytes of input\n');
  });

  it('is 78 when a budget is exceeded', async () => {
    const { status, stderr } = await faultline(['run', 'cuda/add.cu', '--max-faults', '10']);
    expect(status).toBe(78);
    expect(stderr).toMatch(/^faultline: .*--max-faults allows \(10\)\.$/m);
  });

  it('is 0 when a budget is kept', async () => {
    const { status } = await faultline(['run', 'cuda/add.cu', '--max-faults', '1000000', '--max-migrated', '1G']);
    expect(status).toBe(0);
  });

  it('is 65 where the sources do not compile, with file, line and column', async () => {
    const source = write('broken.cu', '__global__ void k() {}\nint main()\n{\n    int x = missing;\n}\n');
    const { status, stdout, stderr } = await faultline(['run', source]);
    expect(status).toBe(65);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^\S*broken\.cu:4:13: error: use of undeclared identifier 'missing'$/m);
    expect(stderr).not.toContain('    at ');
  });

  it('is 65 where a function is missing when linking', async () => {
    const source = write('unlinked.c', 'int elsewhere(void);\nint main(void) { return elsewhere(); }\n');
    const { status, stderr } = await faultline(['run', source]);
    expect(status).toBe(65);
    expect(stderr).toMatch(/error: elsewhere is not defined/);
  });
});

describe('wrong usage ends with 2 and one clear line', () => {
  const cases: readonly (readonly [what: string, words: readonly string[], said: RegExp])[] = [
    ['a missing file', ['run', 'cuda/ad.cu'], /There is no file 'cuda\/ad\.cu'\. .*add\.cu/],
    ['an unknown driver', ['run', 'cuda/add.cu', '--driver', 'hmn'], /There is no driver 'hmn'\. .*hmm/],
    ['an unknown machine', ['run', 'cuda/add.cu', '--machine', 'p100'], /There is no machine 'p100'\. .*p100-pcie3/],
    ['an unknown option', ['run', 'cuda/add.cu', '--drive', 'hmm'], /[Uu]nknown option '--drive'.*--driver/],
    ['a bad size', ['run', 'cuda/add.cu', '--device-memory', 'lots'], /--device-memory.*'lots'/],
    ['a bad number', ['run', 'cuda/add.cu', '--devices', '9'], /--devices.*9/],
    ['a bad level', ['run', 'cuda/add.cu', '-O7'], /-O.*7/],
    ['a bad timeout', ['run', 'cuda/add.cu', '--timeout', '-1'], /--timeout/],
    ['no file', ['run'], /file/],
    ['no command', [], /No command/],
    ['an unknown command', ['rum', 'cuda/add.cu'], /There is no command 'rum'\. .*run/],
    ['a file that is no source', ['run', 'README.md'], /'README\.md' is not a source file/],
    ['a missing directory', ['run', 'c/files.c', '--dir', 'nowhere:/data'], /There is no directory 'nowhere'/],
    ['a missing input', ['run', 'c/args.c', '--std-in', 'nowhere.txt'], /nowhere\.txt/],
    ['a missing machine file', ['run', 'cuda/add.cu', '--machine', './none.json'], /none\.json/],
  ];

  it.each(cases)('%s', async (_, words, said) => {
    const { status, stdout, stderr } = await faultline(words);
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^faultline: [^\n]+[.!?]\n$|^faultline: [^\n]+\n$/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('a faultline.json with a wrong type', async () => {
    write('project/main.c', 'int main(void) { return 0; }\n');
    write('project/faultline.json', '{ "sources": ["main.c"], "optimize": "fast" }\n');
    const { status, stderr } = await faultline(['run', join(folder, 'project')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^faultline: [^\n]*faultline\.json[^\n]*optimize[^\n]*0, 1, 2 or 3[^\n]*\n$/);
  });

  it('a faultline.json that is no JSON', async () => {
    write('torn/faultline.json', '{ "sources": [');
    const { status, stderr } = await faultline(['run', join(folder, 'torn')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^faultline: [^\n]*faultline\.json[^\n]*\n$/);
  });

  it('a machine file that contradicts itself', async () => {
    const path = write('contradiction.json', '{ "name": "mine", "extends": "gh200", "device": { "xnack": true } }\n');
    const { status, stderr } = await faultline(['run', 'cuda/add.cu', '--machine', path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^faultline: 'device\.xnack' of the machine file must be false unless .* 'amd'/);
  });

  it('a machine file with a wrong type', async () => {
    const path = write('machine.json', '{ "name": 5 }\n');
    const { status, stderr } = await faultline(['run', 'cuda/add.cu', '--machine', path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^faultline: [^\n]+\n$/);
    expect(stderr).not.toContain('    at ');
  });
});

describe('a project', () => {
  it('is a directory with a faultline.json', async () => {
    write('good/main.c', '#include "part.h"\nint main(void) { return part() + SEVEN; }\n');
    write('good/part.c', '#include "part.h"\nint part(void) { return 2; }\n');
    write('good/part.h', 'int part(void);\n');
    write('good/faultline.json', '{ "sources": ["main.c", "part.c"], "defines": ["SEVEN=7"] }\n');
    const { status, stderr } = await faultline(['run', join(folder, 'good')]);
    expect(stderr).not.toContain('error');
    expect(status).toBe(9);
  });
});

describe('Ctrl-C', () => {
  it('ends a kernel that never ends within two seconds, and nothing is left', async () => {
    const child = start(['run', 'cuda/endless.cu']);
    const finished = finish(child);
    await printed(child, 'waiting for a flag');
    const began = performance.now();
    child.kill('SIGINT');
    const { status, signal, stderr } = await finished;
    expect(performance.now() - began).toBeLessThan(2000);
    expect({ status, signal }).toEqual({ status: 130, signal: null });
    expect(stderr).toContain('interrupted');
    expect(isGone(child)).toBe(true);
  });
});

describe('standard streams', () => {
  const binary = `#include <stdio.h>
int main(void)
{
    for (int i = 255; i >= 0; i--)
        putchar(i);
    for (int c = getchar(); c != EOF; c = getchar())
        putchar(c);
    return 0;
}
`;

  it('carry any bytes untouched', async () => {
    const source = write('binary.c', binary);
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    const input = Buffer.concat([all, Buffer.alloc(100_000, 0xfe), all]);
    const { status, bytes } = await faultline(['run', source], { input });
    expect(status).toBe(0);
    expect(bytes.equals(Buffer.concat([Buffer.from(all.toReversed()), input]))).toBe(true);
  });

  it('stay apart from the report and end with the JSON', async () => {
    const source = write('binary.c', binary);
    const { bytes, stderr } = await faultline(['run', source, '--json']);
    expect(bytes.subarray(0, 256).equals(Buffer.from(Array.from({ length: 256 }, (_, index) => 255 - index)))).toBe(
      true,
    );
    expect(bytes[256]).toBe(0x0a);
    expect(mismatches(JSON.parse(bytes.subarray(257).toString()), CONTRACT)).toEqual([]);
    expect(stderr).toContain('Totals');
  });

  it('are read from a file with --std-in', async () => {
    const input = write('input.txt', 'from a file');
    const { stdout } = await faultline(['run', 'c/args.c', '--std-in', input], { input: 'not this' });
    expect(stdout).toBe('from a file');
  });

  it('may be closed by the reader without a word', async () => {
    const source = write(
      'forever.c',
      '#include <stdio.h>\nint main(void)\n{\n    for (;;)\n        puts("again");\n}\n',
    );
    const child = start(['run', source]);
    child.stdin.end();
    child.stdout.once('data', () => child.stdout.destroy());
    const { status, stderr } = await finish(child);
    // As a shell tells of SIGPIPE.
    expect(status).toBe(141);
    expect(stderr).not.toMatch(/EPIPE|Error| {4}at /);
    expect(isGone(child)).toBe(true);
  });
});

describe('files', () => {
  const reader = `#include <errno.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        FILE *file = fopen(argv[i], argv[1]);
        char text[64] = "written";
        if (file == NULL) {
            printf("%s: %s\\n", argv[i], strerror(errno));
            continue;
        }
        if (argv[1][0] == 'w')
            fputs(text, file);
        else if (fgets(text, sizeof text, file) == NULL)
            strcpy(text, "nothing");
        printf("%s: %s\\n", argv[i], text);
        fclose(file);
    }
    return 0;
}
`;

  it('outside the program’s folder cannot be read', async () => {
    const source = write('inside/reader.c', reader);
    write('inside/own.txt', 'own');
    const secret = write('secret.txt', 'secret');
    symlinkSync(secret, join(folder, 'inside', 'link.txt'));
    const paths = ['own.txt', '../secret.txt', './../secret.txt', secret, '/etc/passwd', 'link.txt'];
    const { status, stdout } = await faultline(['run', source, '--', 'r', ...paths]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^own\.txt: own\n/);
    expect(stdout).not.toMatch(/: (?:secret|root|nothing)/);
    expect(stdout.trim().split('\n')).toHaveLength(paths.length);
  });

  it('can be read and written where --dir says so', async () => {
    const source = write('inside/reader.c', reader);
    write('data/given.txt', 'given');
    const data = join(folder, 'data');
    const read = await faultline(['run', source, '--dir', `${data}:/data:ro`, '--', 'r', '/data/given.txt']);
    expect(read.stdout).toBe('/data/given.txt: given\n');
    const refused = await faultline(['run', source, '--dir', `${data}:/data:ro`, '--', 'w', '/data/new.txt']);
    expect(refused.stdout).not.toContain('written');
    expect(readdirSync(data)).toEqual(['given.txt']);
    const written = await faultline(['run', source, '--dir', `${data}:/data`, '--', 'w', '/data/new.txt', 'own.txt']);
    expect(written.stdout).toMatch(/^\/data\/new\.txt: written\nown\.txt: (?!written)/);
    expect(readFileSync(join(data, 'new.txt'), 'utf8')).toBe('written');
  });
});

describe('the lists', () => {
  it('drivers', async () => {
    const { status, stdout, stderr } = await faultline(['drivers']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^pinned /m);
    expect(stdout).toMatch(/^hmm /m);
    const json = await faultline(['drivers', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ schema: 1, drivers: expect.arrayContaining([]) as unknown });
  });

  it('machines, with figures and sources', async () => {
    const { status, stdout } = await faultline(['machines']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^p100-pcie3 /m);
    expect(stdout).toMatch(/^h100-pcie5 /m);
    expect(stdout).toContain('Sources');
    const json = await faultline(['machines', 'h100-pcie5', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ schema: 1, machines: [{ name: 'h100-pcie5' }] });
  });

  it('of options: help and version', async () => {
    const help = await faultline(['run', '--help']);
    expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: '' });
    expect(help.stdout).toContain('--device-memory');
    const version = await faultline(['--version']);
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('an oversubscribed device', () => {
  it('evicts and computes right', async () => {
    const words = ['run', 'cuda/oversubscribe.cu', '--device-memory', '16M', '--json', '--quiet', '--', '24'];
    const { status, stdout, stderr } = await faultline(words);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^oversubscribe: 24 MiB, 3 passes, 0 words are wrong, the sum is right\n/);
    const { unifiedMemory } = documentOf(stdout) as { unifiedMemory: { evictedBytes: number } };
    expect(unifiedMemory.evictedBytes).toBeGreaterThan(0);
  });
});
