/**
 * Golden transcripts: real programs under the real debugger, over standard input and output. Each becomes a text beside this file,
 * named after its test; `vitest -u` writes them anew, and the difference is what a user would notice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { Transcript } from './transcript.js';

const running: Transcript[] = [];
afterEach(() => {
  for (const transcript of running.splice(0)) transcript.kill();
});

/** Where programs may write. */
const data = mkdtempSync(join(tmpdir(), 'faultline-transcripts-'));
afterAll(() => {
  rmSync(data, { recursive: true, force: true });
});

function transcript(name: string, program: string, scenario: (t: Transcript) => Promise<void>): void {
  test(name, async () => {
    const t = new Transcript(program);
    running.push(t);
    try {
      await scenario(t);
    } catch (error) {
      throw new Error(`after\n${t.text}`, { cause: error });
    }
    await t.end();
    await expect(t.text).toMatchFileSnapshot(`transcripts/${name}.txt`);
  });
}

transcript('breakpoints', 'cuda/add.cu', async (t) => {
  await t.begin({
    lines: [
      { line: 7 },
      { line: 25, condition: 'i == 1000' },
      { line: 24, condition: 'i < 3', logMessage: 'i is {i}, x[i] is {x[i]}' },
      { line: 31, column: 5 },
      { line: 100 },
    ],
    functions: [{ name: 'add' }, { name: 'nothing' }],
  });
  await t.stop();
  await t.evaluate('i');
  await t.breakpoints([{ line: 31 }]);
  await t.go('continue');
  t.title('columns of a line');
  const { breakpoints } = await t.ask<P.BreakpointLocationsResponse['body']>('breakpointLocations', {
    source: { path: t.path },
    line: 24,
  });
  t.write(`  ${breakpoints.map(({ line, column }) => `${line}:${column ?? 0}`).join(' ')}`);
  t.title('the kernel, by its name; then its third block only; then only on the device');
  await t.go('continue');
  await t.breakpoints([{ line: 9, condition: 'blockIdx.x == 2 && threadIdx.x == 7' }]);
  await t.ask('setFunctionBreakpoints', { breakpoints: [] });
  await t.go('continue');
  await t.breakpoints([{ line: 11, mode: 'cpu' }, { line: 38 }]);
  await t.go('continue');
  await t.breakpoints([]);
  await t.go('continue');
});

transcript('stepping', 'cuda/template_struct.cu', async (t) => {
  await t.begin({ attributes: { stopOnEntry: true } });
  await t.stop();
  await t.go('next');
  await t.go('next');
  await t.go('stepIn');
  await t.stack();
  await t.go('next');
  await t.go('stepOut');
  t.title('an instruction, there and back');
  await t.go('next', { granularity: 'instruction' });
  await t.go('next', { granularity: 'instruction' });
  await t.go('stepBack', { granularity: 'instruction' });
  await t.go('stepBack');
  await t.go('stepBack');
  t.title('targets of a step');
  await t.breakpoints([{ line: 40 }]);
  await t.go('continue');
  const { targets } = await t.ask<P.StepInTargetsResponse['body']>('stepInTargets', { frameId: t.frameId });
  for (const { label, line } of targets) t.write(`  ${label} at line ${line ?? 0}`);
  await t.go('stepIn', { targetId: targets.at(-1)?.id });
  await t.stack();
  t.title('the frame again');
  const [, caller] = await t.frames();
  await t.go('restartFrame', { frameId: caller?.id });
  t.title('back to the last stop, and to a line');
  await t.go('reverseContinue');
  const goto = await t.ask<P.GotoTargetsResponse['body']>('gotoTargets', { source: { path: t.path }, line: 77 });
  await t.go('goto', { targetId: goto.targets[0]?.id });
});

transcript('values', 'cuda/template_struct.cu', async (t) => {
  await t.begin({ lines: [{ line: 80 }, { line: 40 }] });
  await t.stop();
  await t.variables({ names: ['width', 'height', 'photo', 'heights', 'colour'] });
  const photo = await t.evaluate('photo');
  const members = await t.children(photo!.variablesReference, {});
  await t.children(members.find(({ name }) => name === 'pixels')!.variablesReference, { indent: '      ' });
  await t.evaluate('photo.pixels[3].green');
  await t.evaluate('photo.at(3, 0).green');
  await t.evaluate('width * height + 1');
  await t.evaluate('heights.pixels[10]', 'watch', { hex: true });
  await t.evaluate('nothing');
  await t.evaluate('width +');
  await t.evaluate('photo.pixels', 'hover');
  t.title('changed');
  t.write(
    `  ${(await t.ask<{ value: string }>('setExpression', { expression: 'colour.red', value: '7', frameId: t.frameId })).value}`,
  );
  await t.evaluate('colour');
  t.write(`  ${await t.refusal('setExpression', { expression: 'width + 1', value: '3', frameId: t.frameId })}`);
  t.title('completed');
  const completed = await t.ask<P.CompletionsResponse['body']>('completions', {
    text: 'photo.',
    column: 7,
    frameId: t.frameId,
  });
  t.write(
    `  photo. ${completed.targets
      .map(({ label }) => label)
      .sort()
      .join(' ')}`,
  );
  t.title('in the kernel');
  await t.go('continue');
  await t.variables();
  await t.variables({ scope: 'Arguments' });
  await t.variables({ scope: 'Grid' });
  await t.evaluate('threadIdx.x + blockIdx.x * blockDim.x');
  await t.evaluate('pixel');
});

transcript('a vector', 'cuda/vector.cu', async (t) => {
  await t.begin({ lines: [{ line: 20 }, { line: 10, mode: 'first' }] });
  await t.stop();
  const vector = await t.evaluate('values');
  t.write(`  ${vector!.indexedVariables ?? 0} elements`);
  await t.children(vector!.variablesReference, { filter: 'indexed', start: 9990, count: 3 });
  await t.evaluate('values[5]');
  await t.evaluate('values.size()');
  await t.go('continue');
  await t.evaluate('values[i]');
});

transcript('threads of a grid', 'cuda/matmul.cu', async (t) => {
  await t.begin({ lines: [{ line: 21, mode: 'first' }] });
  await t.stop();
  await t.evaluate('tileA[0][0]');
  t.title('another thread');
  await t.go('faultline/focus', { position: { block: [3, 1, 0], thread: [4, 2, 0] } });
  await t.variables({ names: ['row', 'column', 'sum', 'tile'] });
  t.title('a block that does not exist');
  t.write(`  ${await t.refusal('faultline/focus', { position: { block: [8, 0, 0], thread: [0, 0, 0] } })}`);
});

transcript('steps over a barrier', 'programs/barrier.cu', async (t) => {
  await t.begin({ lines: [{ line: 5, condition: 'threadIdx.x == 1' }] });
  await t.stop();
  await t.breakpoints([]);
  for (const name of ['tile', 'tile', 'other', 'values[1]']) {
    await t.go('next');
    await t.evaluate(name);
  }
});

transcript('a migration, step by step', 'cuda/add.cu', async (t) => {
  await t.begin({ filters: { deviceFault: 'page in y' } });
  await t.stop();
  await t.exception();
  for (let phase = 1; phase <= 5; phase++) {
    await t.go('stepIn');
    await t.stack();
    await t.variables({ scope: 'Migration' });
    await t.variables({ scope: 'Pages' });
    const { runs } = await t.custom('faultline/residency', { memoryReference: await targetOf(t, 'y'), count: 1 });
    t.write(`  ${JSON.stringify(runs)}`);
  }
  await t.go('stepIn');
  t.title('step out finishes it');
  await t.filters({ migrate: '' });
  await t.go('continue');
  await t.go('stepIn');
  await t.filters({});
  await t.go('stepOut');
});

/** Where a pointer of the program's own innermost frame points. */
async function targetOf(t: Transcript, expression: string): Promise<string> {
  const frameId = (await t.frames()).find(({ source }) => source?.path !== undefined)?.id;
  const { memoryReference } = await t.ask<P.EvaluateResponse['body']>('evaluate', { expression, frameId });
  return memoryReference ?? '';
}

const filtered: readonly (readonly [filter: string, program: string, condition: string, attributes?: object])[] = [
  ['cpuFault', 'cuda/add.cu', 'page in y && from == gpu0'],
  ['deviceFault', 'cuda/add.cu', 'blockIdx.x == 4'],
  ['faultBatch', 'cuda/add.cu', '', { driver: 'uvm' }],
  ['thrash', 'programs/thrash.cu', '', { driver: 'uvm' }],
  ['migrate', 'cuda/add.cu', 'to == cpu'],
  ['evict', 'cuda/oversubscribe.cu', '', { deviceMemory: '1MiB', args: ['2'] }],
  ['invalidate', 'cuda/add.cu', 'page in x'],
  ['prefetch', 'c/hmm.c', 'to == gpu0'],
  ['expectFailed', 'programs/expectation.c', ''],
  ['race', 'programs/race.cu', ''],
  ['cow', 'programs/copy-on-write.c', 'page in value'],
  ['exclusive', 'programs/exclusive.c', ''],
  ['pinWait', 'programs/pin-wait.c', ''],
  ['writeback', 'programs/write-back.c', '', { dirs: [`${data}:/data`] }],
];

for (const [filter, program, condition, attributes] of filtered)
  transcript(`stop on ${filter}`, program, async (t) => {
    await t.begin({ filters: { [filter]: condition }, ...(attributes && { attributes }) });
    await t.stop();
    await t.exception();
    await t.stack();
  });

transcript('threads that fault together', 'cuda/add.cu', async (t) => {
  await t.begin({ attributes: { driver: 'uvm' }, filters: { deviceFault: 'page in y' } });
  await t.stop();
  await t.exception();
  await t.variables();
  await t.filters({ deviceFault: 'block == 63' });
  await t.go('continue');
  await t.stack();
  t.title('the batch is serviced, a migration at a time');
  await t.filters({ faultBatch: '' });
  await t.go('continue');
  await t.stack();
  await t.go('stepIn');
  await t.stack();
  await t.variables({ scope: 'Migration' });
  await t.go('stepOut');
  await t.stack();
});

/** Every thread of the host with its stack. The one that runs stays the one that is looked at. */
async function everyStack(t: Transcript): Promise<void> {
  const { threadId } = t;
  const { threads } = await t.ask<P.ThreadsResponse['body']>('threads');
  for (const { id, name } of threads) {
    t.write(`  ${name}${id === threadId ? ', which has stopped' : ''}`);
    t.threadId = id;
    await t.stack();
  }
  t.threadId = threadId;
}

transcript('threads of the host', 'programs/threads.c', async (t) => {
  await t.begin({ lines: [{ line: 15 }] });
  await t.stop();
  await everyStack(t);
  t.title('a step over a call, in this thread only');
  await t.breakpoints([]);
  await t.go('next');
  await t.variables();
  await everyStack(t);
  t.title('the other thread comes to the same line');
  await t.breakpoints([{ line: 16 }]);
  await t.go('continue');
  await t.variables();
  await everyStack(t);
});

transcript('an OpenMP region', 'openmp/saxpy.c', async (t) => {
  await t.begin({ lines: [{ line: 12, condition: 'i == 300' }] });
  await t.stop();
  await t.stack();
  await t.variables();
  await t.evaluate('x[i]');
  await t.go('next');
});

transcript('a HIP kernel', 'hip/add.hip', async (t) => {
  await t.begin({ functions: [{ name: 'add' }] });
  await t.stop();
  await t.variables({ scope: 'Arguments' });
  await t.go('next');
});

transcript('a condition that does not parse', 'c/args.c', async (t) => {
  await t.begin({ filters: { migrate: 'bytes >', nonsense: '', evict: 'colour == red' } });
  await t.stop();
});

transcript('program errors', 'c/null_cpu.c', async (t) => {
  await t.begin({ filters: { error: '' } });
  await t.stop();
  await t.exception();
  await t.stack();
  await t.evaluate('list');
  t.title('one step before');
  await t.go('stepBack');
  t.title('and on');
  await t.go('continue');
  await t.go('continue');
});

transcript('an error in a kernel', 'cuda/null_kernel.cu', async (t) => {
  await t.begin({ filters: { error: '' } });
  await t.stop();
  await t.exception();
  await t.evaluate('values');
  await t.go('continue');
});

/** Asks what can be watched, and watches it. */
async function watch(t: Transcript, watched: readonly (P.DataBreakpointInfoArguments & { accessType?: string })[]) {
  const breakpoints: object[] = [];
  for (const { accessType, ...asked } of watched) {
    const info = await t.ask<P.DataBreakpointInfoResponse['body']>('dataBreakpointInfo', {
      ...asked,
      frameId: t.frameId,
    });
    t.write(`  ${info.description}: ${(info.accessTypes ?? []).join(' ')}`);
    if (info.dataId !== null) breakpoints.push({ dataId: info.dataId, accessType });
  }
  const body = await t.ask<{ breakpoints: P.Breakpoint[] }>('setDataBreakpoints', { breakpoints });
  for (const { verified, message } of body.breakpoints) t.write(`  ${verified ? 'set' : 'not set'} ${message ?? ''}`);
}

transcript('data breakpoints', 'cuda/add.cu', async (t) => {
  await t.begin({ lines: [{ line: 30 }] });
  await t.stop();
  await t.breakpoints([]);
  const events = async () => (await t.custom('faultline/events', { limit: 100_000 })).rows.length;
  const before = await events();
  t.title('the device reads, then writes');
  await watch(t, [
    { name: 'y[1000]', accessType: 'read', mode: 'device' },
    { name: 'y[1000]', accessType: 'write' },
    { name: 'status', accessType: 'readWrite' },
  ]);
  t.write(`  ${(await events()) - before} events came of it`);
  await t.go('continue');
  await t.evaluate('i');
  await t.go('continue');
  await t.evaluate('y[i]');
  await t.go('continue');
});

transcript('a page that is watched for migrating', 'cuda/add.cu', async (t) => {
  await t.begin({ lines: [{ line: 30 }] });
  await t.stop();
  await t.breakpoints([]);
  await watch(t, [{ name: await targetOf(t, 'y'), asAddress: true, bytes: 4096, mode: 'migrate' }]);
  await t.go('continue');
  await t.stack();
  await t.go('continue');
  await t.stack();
  await t.go('continue');
});

transcript('memory and code', 'c/args.c', async (t) => {
  await t.begin({ attributes: { args: ['3', 'two'], stopOnEntry: true } });
  await t.stop();
  const [top] = await t.frames();
  const { instructions } = await t.ask<{ instructions: P.DisassembledInstruction[] }>('disassemble', {
    memoryReference: top?.instructionPointerReference,
    instructionOffset: -2,
    instructionCount: 6,
  });
  for (const { instruction, line, symbol, presentationHint } of instructions)
    t.write(`  ${presentationHint ?? ''}${instruction}  │ ${symbol ?? ''}:${line ?? 0}`);
  t.title('a breakpoint at an instruction');
  const { breakpoints } = await t.ask<{ breakpoints: P.Breakpoint[] }>('setInstructionBreakpoints', {
    breakpoints: [{ instructionReference: instructions.at(-1)!.address }],
  });
  t.write(`  ${breakpoints.map(({ verified }) => (verified ? 'set' : 'not set')).join()}`);
  await t.go('continue');
  t.title('bytes');
  const argv = await t.evaluate('argv[1]');
  const reference = argv!.memoryReference!;
  const read = async (args: object) => {
    const { data = '', unreadableBytes = 0 } = await t.ask<NonNullable<P.ReadMemoryResponse['body']>>(
      'readMemory',
      args,
    );
    t.write(`  ${Buffer.from(data, 'base64').toString('hex')} and ${unreadableBytes} unreadable`);
  };
  await read({ memoryReference: reference, count: 2 });
  await t.ask('writeMemory', { memoryReference: reference, data: Buffer.from('5').toString('base64') });
  await t.evaluate('argv[1]');
  await read({ memoryReference: '0xfffffff0', count: 32 });
  t.title('the end');
  await t.ask('setInstructionBreakpoints', { breakpoints: [] });
  await t.go('continue');
});

transcript('input, restart and end', 'c/args.c', async (t) => {
  await t.begin({ attributes: { args: ['0'], stdin: { text: 'größer\n' } }, lines: [{ line: 12 }] });
  await t.stop();
  t.title('again');
  await t.ask('restart');
  await t.stop();
  await t.breakpoints([]);
  await t.go('continue');
});

transcript('pause and leave', 'cuda/endless.cu', async (t) => {
  await t.begin({ lines: [{ line: 6, mode: 'first' }] });
  await t.stop();
  await t.breakpoints([]);
  t.write('> continue, then pause');
  await t.ask('continue', { threadId: t.threadId });
  await t.ask('pause', { threadId: t.threadId });
  await t.stop();
  t.title('over');
  await t.ask('terminate');
  await t.stop();
});

transcript('what the views ask', 'cuda/add.cu', async (t) => {
  await t.begin({ lines: [{ line: 38 }] });
  await t.stop();
  const say = (body: object): void => t.write(`  ${JSON.stringify(body, hidden)}`);
  const { allocations } = await t.custom('faultline/allocations', {});
  for (const allocation of allocations.filter(({ name }) => name === 'x' || name === 'y')) say(allocation);
  const y = allocations.find(({ name }) => name === 'y')!;
  t.title('where y is');
  say(await t.custom('faultline/residency', { memoryReference: `0x${y.address.toString(16)}`, count: y.bytes }));
  t.title('what happened to its first page');
  const { rows } = await t.custom('faultline/pageHistory', {
    page: y.address / 4096,
  });
  for (const { kind, agent, source, target, cause, line } of rows) say({ kind, agent, source, target, cause, line });
  t.title('sums');
  const sums = await t.custom('faultline/aggregate', { by: 'kind', filter: 'page in y' });
  for (const sum of sums.rows) say(sum);
  t.title('some migrations');
  const some = await t.custom('faultline/events', {
    kinds: ['migrate'],
    filter: 'page in y',
    limit: 2,
  });
  for (const { number, kind, firstPage, pageCount } of some.rows) say({ number, kind, firstPage, pageCount });
  say({ more: some.more });
  t.title('back to the first of them');
  await t.go('faultline/runToEvent', { event: some.rows[0]?.number });
});

/** Times are another's tests' business. */
function hidden(key: string, value: unknown): unknown {
  return key.endsWith('Ns') ? undefined : value;
}
