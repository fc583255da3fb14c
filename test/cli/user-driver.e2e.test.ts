/** Drivers of a user's own through the built command: the example of the guide, and one bad driver of each sort. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-driver-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function faultline(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'dist/cli.js'), ...words], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const PROGRAM = `
#include <cstdio>
__global__ void twice(int *a, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) a[i] *= 2; }
int main() {
    const int n = 64 * 1024;
    int *a;
    cudaMallocManaged(&a, n * sizeof *a);
    for (int i = 0; i < n; i++) a[i] = i;
    twice<<<n / 256, 256>>>(a, n);
    cudaDeviceSynchronize();
    long long sum = 0;
    for (int i = 0; i < n; i++) sum += a[i];
    printf("%lld\\n", sum);
}
`;

const FAULT = `deviceFault(device, page, access) {
      this.tools.recordFault(device, page, access); this.tools.faultIn(page, access); return this.tools.map(device, page, access); },`;

/** A whole driver around the body of one method; the body stands on line 4. */
const driver = (method: string): string => `export default {
  name: 'bad',
  create: () => ({ attach({ tools, mm }) { this.tools = tools; this.mm = mm; },
    ${method}
    ${method.includes('deviceFault(') ? '' : FAULT}
  }),
};
`;

beforeAll(() => {
  writeFileSync(join(folder, 'twice.cu'), PROGRAM);
  const guide = readFileSync(join(root, 'docs/drivers.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  expect(example.split('\n').length).toBeLessThan(70);
  writeFileSync(join(folder, 'neighbours.ts'), example);
  writeFileSync(join(folder, 'plain.js'), driver('').replace("'bad'", "'plain'"));
  writeFileSync(join(folder, 'common.js'), `module.exports = require('./plain').default;\n`);
});

const run = (file: string, ...more: string[]): Promise<Ended> =>
  faultline('run', 'twice.cu', '--driver', file, ...more);

describe('the example of the guide', () => {
  it('passes the conformance kit', async () => {
    const { status, stdout } = await faultline('drivers', './neighbours.ts');
    expect(stdout).toMatch(/^neighbours {2}A driver of your own\n/);
    expect(stdout).toContain('pages = 16  (1 to 512)');
    expect(stdout).toMatch(/\nAll 12 cases pass\.\n$/);
    expect(status).toBe(0);
  });

  it('runs programs, and its parameter counts', async () => {
    const faults = async (pages: string): Promise<unknown> => {
      const { status, stdout } = await run('./neighbours.ts', '--param', `pages=${pages}`, '--json', '--quiet');
      expect(status).toBe(0);
      const [sum, ...json] = stdout.split('\n');
      expect(sum).toBe('4294901760');
      const document = JSON.parse(json.join('\n')) as {
        driver: string;
        driverParameters: unknown;
        unifiedMemory: { deviceFaults: number };
      };
      expect(document).toMatchObject({ driver: 'neighbours', driverParameters: { pages: Number(pages) } });
      return document.unifiedMemory.deviceFaults;
    };
    expect(await faults('1')).toBe(64);
    expect(await faults('16')).toBe(4);
  });

  it('refuses parameters that it does not have, before anything is compiled', async () => {
    const { status, stderr } = await run('./neighbours.ts', '--param', 'page=1');
    expect(stderr).toContain("The driver neighbours has no parameter 'page': it has pages.");
    expect(status).toBe(2);
  });

  it('may be JavaScript, of either kind of module', async () => {
    for (const file of ['./plain.js', 'common.js'])
      expect(await run(file, '--quiet')).toMatchObject({ status: 0, stdout: '4294901760\n' });
  });
});

describe('a driver that cannot be loaded', () => {
  it.each([
    [
      'syntax.js',
      'export default {\n  name: "x",,\n};\n',
      /^faultline: The driver syntax\.js:2 threw SyntaxError: Unexpected token/,
    ],
    [
      'types.ts',
      'const n: number = 1;\nthrow new TypeError(`no ${n}`);\n',
      /^faultline: The driver types\.ts:2 threw TypeError: no 1\. /,
    ],
    ['empty.js', '', /^faultline: The driver empty\.js cannot be used: .*name must be/],
    [
      'nofault.js',
      'export default { name: "x", create: () => ({ attach() {} }) };',
      /nofault\.js cannot be used: what create returns has no function deviceFault/,
    ],
    [
      'imports.js',
      'import fs from "node:fs";\nexport default { fs };\n',
      /imports\.js:1 cannot be used: it imports 'node:fs', and may import its own files only/,
    ],
    ['forever.js', 'for (;;);\n', /^faultline: The driver forever\.js did not return for 5 s in create\. /],
  ])(
    '%s',
    async (file, text, complaint) => {
      writeFileSync(join(folder, file), text);
      const { status, stderr } = await run(file);
      expect(stderr).toMatch(complaint);
      expect(status).toBe(2);
    },
    60_000,
  );

  it('because there is none', async () => {
    expect((await run('./none.js')).stderr).toContain("There is no driver file './none.js'.");
  });
});

describe('a driver that does what no driver may ends the run and is blamed', () => {
  it.each([
    [
      'throws',
      'deviceFault() { return this.missing.page; },',
      /^faultline: The driver bad\.js:4 threw TypeError: .* in deviceFault\. /,
    ],
    ['loops', 'deviceFault() { for (;;); },', /The driver bad\.js:4 did not return for 5 s in deviceFault\. /],
    [
      'returns nonsense',
      'deviceFault() { return true; },',
      /bad\.js:4 returned true where the result of a fault is expected in deviceFault\. /,
    ],
    [
      'lies about a fault',
      'deviceFault() { return { ok: true }; },',
      /bad\.js:4 said that a fault is resolved, and gpu0 still may not access page 0x[0-9a-f]+, in deviceFault\. /,
    ],
    [
      'writes a page table',
      'deviceFault(device, page, access) { const r = this.tools.map(device, page, access); this.mm.pageTable.set(page, 0); return r; },',
      /bad\.js:4 broke a rule \(page 0x[0-9a-f]+: gpu0 has an entry for it and the CPU's table has none\) in deviceFault\. /,
    ],
    [
      'widens a permission',
      'deviceFault(device, page, access) { const r = this.tools.map(device, page, access); this.mm.permissions[0][page + 0] = 7; return r; },',
      /bad\.js:4 broke a rule \(page 0x[0-9a-f]+: the CPU may do more than its entry allows\) in deviceFault\. /,
    ],
    [
      'refuses in other words',
      'allocated() { return -1234; },',
      /bad\.js:4 returned -1234 where 0 or an errno is expected in allocated\. /,
    ],
  ])(
    '%s',
    async (_, method, complaint) => {
      writeFileSync(join(folder, 'bad.js'), driver(method));
      const { status, stdout, stderr } = await run('bad.js', '--quiet');
      expect(stderr).toMatch(complaint);
      expect([status, stdout]).toEqual([2, '']);
    },
    60_000,
  );

  it('and the kit says which cases it fails', async () => {
    writeFileSync(
      join(folder, 'bad.js'),
      driver(
        'makeRoom() { return true; },\n migrateToRam() { return { ok: true }; }, deviceFault(device, page, access) { this.tools.faultIn(page, access); this.tools.moveToDevice(device, page, 1); return this.tools.map(device, page, access); },',
      ),
    );
    const { status, stdout } = await faultline('drivers', 'bad.js');
    expect(stdout).toMatch(
      /^FAIL migrateToRam brings a page back\n.*said that it brought page 0x[0-9a-f]+ back, which is still on a device, in migrateToRam$/m,
    );
    expect(stdout).toMatch(
      /^FAIL makeRoom frees what the device holds\n.*said that it made room and freed no frame in makeRoom$/m,
    );
    expect(stdout).toMatch(/of 12 cases fail\.\n$/);
    expect(status).toBe(1);
  });
});
