/** The table of programs, and what single programs show: faults, migrations, reports. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listDrivers } from '../../engine/index.js';
import { Access, EventKind } from '../../engine/memory/event.js';
import { STACK_TOP } from '../../engine/execution/layout.js';
import { agentName, SYSTEM_NODE } from '../../engine/memory/units.js';
import { documented, folder, keepEngine, lineOf, run, SPECIAL, type Run } from './program.js';

const MIB = 2 ** 20;
const PAGE_BYTES = 4096;
/** Far behind the variables of any of these programs. */
const IMAGE_END = 0x0800_0000;
/** Two arrays of 2^20 floats. */
const ADD_PAGES = (4 * MIB) / PAGE_BYTES;
const STATUS: Readonly<Record<string, string>> = { SIGSEGV: '139', SIGABRT: '134', timeout: '124' };
const drivers = listDrivers().map(({ name }) => name);

keepEngine();

describe('the table of README.md', () => {
  it('names every program of the folder and no other', () => {
    const programs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /\.(?:c|cc|cpp|cxx|cu|hip)$/.test(path));
    expect(documented.toSorted()).toEqual(programs.toSorted());
  });

  it('names the status that the tests expect', () => {
    const table = readFileSync(`${folder}README.md`, 'utf8');
    for (const [program, { end }] of Object.entries(SPECIAL)) {
      const status = STATUS[String(end)];
      if (status) expect(table).toMatch(new RegExp(`\`${program}\`.*\\| ${status} +\\|`));
    }
  });
});

describe('cuda/add.cu', () => {
  const source = 'cuda/add.cu';
  const lines = {
    allocation: lineOf(source, 'cudaMallocManaged(&x'),
    fillX: lineOf(source, 'x[i] = 1.0f'),
    fillY: lineOf(source, 'y[i] = 2.0f'),
    kernel: lineOf(source, 'y[i] = x[i] + y[i]'),
    check: lineOf(source, 'std::fabs(y[i] - 3.0f)'),
    signature: lineOf(source, '__global__ void add'),
  };
  const at = ({ summary }: Run, line: number): unknown => summary.lines.find((row) => row.line === line);

  it('migrates every page that the device touches, and back what the CPU reads (hmm)', async () => {
    const result = await run(source);
    const { unifiedMemory, allocations, kernels, explicitCopies } = result.summary;
    const page = { minBytes: PAGE_BYTES, maxBytes: PAGE_BYTES };
    expect(unifiedMemory).toMatchObject({
      hostToDevice: { count: 2 * ADD_PAGES, totalBytes: 8 * MIB, ...page },
      deviceToHost: { count: ADD_PAGES, totalBytes: 4 * MIB, ...page },
      deviceToDevice: { count: 0, totalBytes: 0 },
      deviceFaults: 2 * ADD_PAGES,
      evictedBytes: 0,
      pinnedBytesPeak: 0,
    });
    expect(explicitCopies.hostToDevice.count + explicitCopies.deviceToHost.count).toBe(0);
    expect(kernels).toMatchObject([
      {
        name: 'add(int, float const*, float*)',
        launches: 1,
        grid: [64, 1, 1],
        block: [256, 1, 1],
        deviceFaults: 2 * ADD_PAGES,
        file: 'add.cu',
        line: lines.signature,
      },
    ]);
    const place = { kind: 'managed', bytes: 4 * MIB, file: 'add.cu', line: lines.allocation, deviceFaults: ADD_PAGES };
    expect(allocations).toMatchObject([
      { ...place, name: 'x', cpuFaults: ADD_PAGES, migratedBytes: 4 * MIB },
      { ...place, name: 'y', cpuFaults: 2 * ADD_PAGES, migratedBytes: 8 * MIB },
    ]);
    const where = (line: number): object => ({ file: 'add.cu', line });
    const none = { cpuFaults: 0, deviceFaults: 0, migratedBytes: 0 };
    const faults = { ...none, cpuFaults: ADD_PAGES };
    expect(at(result, lines.fillX)).toEqual({ ...where(lines.fillX), ...faults });
    expect(at(result, lines.fillY)).toEqual({ ...where(lines.fillY), ...faults });
    expect(at(result, lines.check)).toEqual({ ...where(lines.check), ...faults, migratedBytes: 4 * MIB });
    expect(at(result, lines.kernel)).toEqual({
      ...where(lines.kernel),
      ...none,
      deviceFaults: 2 * ADD_PAGES,
      migratedBytes: 8 * MIB,
    });
  });

  it('moves nothing and pins what the device touches (pinned)', async () => {
    const result = await run(source, { driver: 'pinned' });
    const { unifiedMemory, lines: rows } = result.summary;
    expect(unifiedMemory.hostToDevice.count + unifiedMemory.deviceToHost.count).toBe(0);
    expect(unifiedMemory.pinnedBytesPeak).toBeGreaterThanOrEqual(8 * MIB);
    expect(unifiedMemory.remoteMappings).toBeGreaterThan(0);
    // Managed memory is pinned when it is allocated: nobody has to fault on it.
    expect(unifiedMemory.deviceFaults).toBe(0);
    expect(rows.reduce((sum, row) => sum + row.migratedBytes, 0)).toBe(0);
    expect(at(result, lines.kernel)).toBeUndefined();
    expect(result.summary.kernels).toMatchObject([{ name: 'add(int, float const*, float*)', line: lines.signature }]);
    expect(result.summary.allocations).toMatchObject([
      { name: 'x', line: lines.allocation, migratedBytes: 0 },
      { name: 'y', line: lines.allocation, migratedBytes: 0 },
    ]);
  });

  it('attributes faults to the same lines when optimized', async () => {
    const result = await run(source, { optimize: 2 });
    expect(result.summary.unifiedMemory).toMatchObject({
      hostToDevice: { totalBytes: 8 * MIB },
      deviceToHost: { totalBytes: 4 * MIB },
      deviceFaults: 2 * ADD_PAGES,
    });
    expect(at(result, lines.kernel)).toMatchObject({ deviceFaults: 2 * ADD_PAGES, cpuFaults: 0 });
    expect(at(result, lines.fillX)).toMatchObject({ cpuFaults: ADD_PAGES });
    expect(at(result, lines.fillY)).toMatchObject({ cpuFaults: ADD_PAGES });
    expect(at(result, lines.check)).toMatchObject({ cpuFaults: ADD_PAGES });
  });

  it('has events that agree with the totals', async () => {
    const { outcome, summary } = await run(source);
    const { trace } = outcome;
    expect(trace.recorded).toBe(trace.length);
    expect(trace.count({ kinds: [EventKind.deviceFault] })).toBe(summary.unifiedMemory.deviceFaults);
    expect(trace.count({ kinds: [EventKind.migrate] })).toBe(3 * ADD_PAGES);
    expect(trace.count({ kinds: [EventKind.launch] })).toBe(1);
    // The host goes on while the device works: each of them has its own time, which goes forward.
    const last = new Map<string, number>();
    for (const number of trace.select({})) {
      const { timeNs, agent, launch, kind } = trace.event(number);
      const whose = kind === EventKind.launch || launch === 0 ? 'the host' : `launch ${launch}`;
      expect(timeNs, `event ${number} of ${agentName(agent)}`).toBeGreaterThanOrEqual(last.get(whose) ?? 0);
      last.set(whose, timeNs);
    }
    expect([...last.keys()]).toHaveLength(2);
  });
});

describe('cuda/oversubscribe.cu', () => {
  it('evicts when the device is full, and still computes right', async () => {
    const { outcome, stdout, summary } = await run('cuda/oversubscribe.cu', {
      deviceMemoryBytes: 16 * MIB,
      programArguments: ['32'],
    });
    expect(outcome.exit).toMatchObject({ status: 0, reason: 'exited' });
    expect(stdout).toContain('0 words are wrong, the sum is right');
    expect(summary.unifiedMemory.evictedBytes).toBeGreaterThanOrEqual(16 * MIB);
  });

  it("shows the program's own allocations only, not those of the C library for its arguments", async () => {
    const { summary } = await run('cuda/oversubscribe.cu', { programArguments: ['1'] });
    expect(summary.allocations).toMatchObject([{ name: 'words', bytes: MIB }]);
  });

  it('evicts nothing where there is room', async () => {
    const { summary } = await run('cuda/oversubscribe.cu', { programArguments: ['8'] });
    expect(summary.unifiedMemory).toMatchObject({
      evictedBytes: 0,
      deviceFaults: (8 * MIB) / PAGE_BYTES,
      hostToDevice: { totalBytes: 8 * MIB },
    });
  });
});

describe('a null pointer', () => {
  it('in a kernel is a report of the device, the line and the thread', async () => {
    const { outcome, stdout } = await run('cuda/null_kernel.cu');
    expect(outcome.exit).toMatchObject({ signal: 'SIGSEGV', reason: 'signal' });
    expect(stdout).toBe('null_kernel: about to launch\n');
    const { fault } = outcome;
    expect(fault).toMatchObject({
      kind: 'access',
      signal: 'SIGSEGV',
      reason: 'null',
      access: Access.write,
      address: 0,
      bytes: 4,
      block: [0, 0, 0],
      thread: [0, 0, 0],
    });
    expect(agentName(fault!.agent)).toBe('gpu0');
    expect(fault!.stack[0]).toMatchObject({
      functionName: 'fill(int*, int)',
      file: 'null_kernel.cu',
      line: lineOf('cuda/null_kernel.cu', 'values[i] = value;'),
    });
    expect(fault!.stack[1]).toMatchObject({ functionName: 'main', line: lineOf('cuda/null_kernel.cu', 'fill<<<') });
  });

  it('in a kernel leaves the kernel in the list', async () => {
    const { summary } = await run('cuda/null_kernel.cu');
    expect(summary.kernels).toMatchObject([{ name: 'fill(int*, int)', launches: 1 }]);
  });

  it('on the CPU is a report with the stack', async () => {
    const { outcome, stdout } = await run('c/null_cpu.c');
    expect(outcome.exit).toMatchObject({ signal: 'SIGSEGV', reason: 'signal' });
    expect(stdout).toBe('null_cpu: value 2\n');
    const { fault } = outcome;
    // `value` lies behind the pointer `next`.
    expect(fault).toMatchObject({
      kind: 'access',
      reason: 'null',
      access: Access.read,
      address: 4,
      bytes: 4,
      thread: null,
    });
    expect(agentName(fault!.agent)).toBe('cpu');
    expect(fault!.stack.slice(0, 2)).toMatchObject([
      { functionName: 'valueAt', file: 'null_cpu.c', line: lineOf('c/null_cpu.c', 'return list->value;') },
      { functionName: 'main', file: 'null_cpu.c', line: lineOf('c/null_cpu.c', 'valueAt(&first, 2)') },
    ]);
  });
});

describe('cuda/endless.cu', () => {
  const source = 'cuda/endless.cu';
  /** What keeps this process alive: another thread of ours has a port. */
  const ports = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

  it('has begun before its time limit counts, however short', async () => {
    const { outcome } = await run(source, { timeoutMs: 1 });
    expect(outcome.exit).toMatchObject({ reason: 'timeout', signal: null });
  });

  it.each(drivers)('ends by its time limit, leaves a trace that can be read and no thread (%s)', async (driver) => {
    const before = ports();
    const { outcome, summary, stdout } = await run(source, { driver, timeoutMs: 1000 });
    expect(ports()).toBe(before);
    expect(outcome.exit).toMatchObject({ reason: 'timeout', signal: null });
    expect(outcome.host.runMs).toBeGreaterThanOrEqual(900);
    expect(stdout).toContain('waiting for a flag');
    expect(outcome.trace.length).toBeGreaterThan(0);
    expect(outcome.trace.event(0).timeNs).toBeGreaterThanOrEqual(0);
    expect(summary.allocations).toMatchObject([{ name: 'flag', kind: 'managed', bytes: 4 }]);
  });

  it('ends when it is interrupted in the kernel, and says what the kernel did', async () => {
    const before = ports();
    const abort = new AbortController();
    // The fault of the kernel is the last thing that happens before the loop goes on for ever.
    let events = 0;
    const { outcome, summary } = await run(
      source,
      {},
      (progress) => {
        if ((progress.events ?? 0) > 0 && progress.events === events) abort.abort();
        events = progress.events ?? 0;
      },
      abort.signal,
    );
    expect(outcome.exit).toMatchObject({ reason: 'interrupted', signal: null });
    expect(ports()).toBe(before);
    expect(summary.unifiedMemory.deviceFaults).toBe(1);
    expect(summary.lines).toContainEqual(
      expect.objectContaining({ line: lineOf(source, 'while (*flag == 0)'), deviceFaults: 1 }),
    );
  });

  it('shows the kernel that was running, and where', async () => {
    const { outcome, summary } = await run(source, { timeoutMs: 1000 });
    expect(summary.kernels).toMatchObject([{ name: 'waitForFlag(int volatile*)', launches: 1 }]);
    const line = lineOf(source, '__global__ void waitForFlag');
    expect(outcome.notes).toEqual([
      expect.stringContaining(
        `was in waitForFlag(int volatile*) at endless.cu:${String(line + 1)}, called from main at`,
      ),
    ]);
  });
});

describe('cuda/stack_global.cu', () => {
  it('faults on the pages of the stack and of the image, and these move (hmm)', async () => {
    const source = 'cuda/stack_global.cu';
    const { outcome, summary } = await run(source);
    const line = lineOf(source, 'target[i] += source[i]');
    const arrayBytes = 2048 * 4;
    expect(summary.lines.find((row) => row.line === line)).toMatchObject({ cpuFaults: 0 });
    const bytesByKind = new Map<string, number>();
    for (const number of outcome.trace.select({ kinds: [EventKind.migrate] })) {
      const { firstPage, extra, target } = outcome.trace.event(number);
      if (target === SYSTEM_NODE) continue;
      const address = firstPage * PAGE_BYTES;
      const kind = address < STACK_TOP ? 'stack' : address < IMAGE_END ? 'image' : 'elsewhere';
      bytesByKind.set(kind, (bytesByKind.get(kind) ?? 0) + extra);
    }
    expect([...bytesByKind.keys()].toSorted()).toEqual(['image', 'stack']);
    expect(bytesByKind.get('stack')).toBeGreaterThanOrEqual(arrayBytes);
    expect(bytesByKind.get('image')).toBeGreaterThanOrEqual(arrayBytes);
    expect(summary.unifiedMemory.deviceFaults).toBeGreaterThanOrEqual((2 * arrayBytes) / PAGE_BYTES);
    expect(summary.unifiedMemory.deviceToHost.totalBytes).toBeGreaterThanOrEqual(2 * arrayBytes);
  });
});

describe('explicit copies', () => {
  it('of cuda/matmul.cu are counted apart from migrations', async () => {
    const { summary } = await run('cuda/matmul.cu');
    expect(summary.explicitCopies.hostToDevice.count).toBeGreaterThanOrEqual(2);
    expect(summary.explicitCopies.deviceToHost.count).toBeGreaterThanOrEqual(1);
    expect(summary.allocations.filter(({ kind }) => kind === 'device')).toHaveLength(3);
  });

  it('of map clauses are counted, too', async () => {
    const { summary } = await run('openmp/stencil.c');
    expect(summary.explicitCopies.hostToDevice.totalBytes).toBeGreaterThanOrEqual(2 * 96 * 96 * 8);
    expect(summary.explicitCopies.deviceToHost.totalBytes).toBeGreaterThanOrEqual(96 * 96 * 8);
  });
});

describe('a target region', () => {
  it.each([0, 2] as const)('runs as a kernel at -O%d', async (optimize) => {
    const { summary } = await run('openmp/stencil.c', { optimize });
    expect(summary.kernels).toMatchObject([{ launches: 40, file: 'stencil.c' }]);
  });
});
