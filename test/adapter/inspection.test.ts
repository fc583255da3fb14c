/** Threads, stacks, variables, expressions, memory and code, and the two ways in which a client may count and write. */
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { DebugError } from '../../engine/index.js';
import { decodeColumns } from '../../extension/adapter/column-codec.js';
import type { CustomBodies } from '../../extension/adapter/custom-requests.js';
import { FakeClient, file, frame, variable, type FakeSession } from './fakes.js';

let client: FakeClient;
let session: FakeSession;

beforeEach(async () => {
  client = new FakeClient();
  session = await client.stopped({}, { supportsMemoryEvent: true, supportsInvalidatedEvent: true });
  session.told.length = 0;
});

describe('stacks', () => {
  test('frames of the user, of libraries and of the engine look different', async () => {
    session.stackFrames = [
      frame({ id: 1, name: 'migrate_vma_unmap', path: null, line: 0, column: 0, codeOffset: null, kind: 'engine' }),
      frame({ id: 2, name: 'add(int, float *)', line: 11, column: 9 }),
      frame({ id: 3, name: '_start', path: null, line: 0, column: 0, codeOffset: 0x2640, kind: 'library' }),
    ];
    const body = await client.ask<{ stackFrames: { line: number }[] }>('stackTrace', { threadId: 1 });
    expect(body).toMatchObject({
      totalFrames: 3,
      stackFrames: [
        {
          id: 1,
          name: 'migrate_vma_unmap',
          source: { name: 'migrate_vma', sourceReference: 1, presentationHint: 'emphasize' },
          column: 1,
          canRestart: false,
          presentationHint: 'normal',
        },
        {
          id: 2,
          name: 'add(int, float *)',
          source: { name: 'add.cu', path: file, checksums: [{ algorithm: 'SHA256' }] },
          line: 11,
          column: 9,
          instructionPointerReference: '0x100',
          canRestart: true,
          presentationHint: 'normal',
          moduleId: 1,
        },
        { id: 3, name: '_start', line: 0, column: 0, presentationHint: 'subtle' },
      ],
    });
    const { content } = await client.ask<{ content: string }>('source', { sourceReference: 1 });
    expect(content.split('\n')[body.stackFrames[0]!.line - 1]).toBe('    migrate_vma_unmap');
  });

  test('a part of a long stack', async () => {
    session.stackFrames = Array.from({ length: 50 }, (_, id) => frame({ id, name: `f${id}(int)` }));
    const part = await client.ask('stackTrace', {
      threadId: 1,
      startFrame: 20,
      levels: 2,
      format: { parameters: false, line: true },
    });
    expect(part).toMatchObject({
      totalFrames: 50,
      stackFrames: [
        { id: 20, name: 'f20 Line 20' },
        { id: 21, name: 'f21 Line 20' },
      ],
    });
  });

  test('threads are there while the program runs, its stack is not', async () => {
    await client.ask('continue', { threadId: 1 });
    expect(await client.ask('threads')).toEqual({ threads: [{ id: 1, name: 'main' }] });
    expect(await client.refused('stackTrace', { threadId: 1 })).toBe('The program is running: pause it first.');
  });

  test('scopes', async () => {
    expect(await client.ask('scopes', { frameId: 1 })).toEqual({
      scopes: [{ name: 'Locals', presentationHint: 'locals', variablesReference: 11, expensive: false }],
    });
  });

  test('why the program stands: the whole record', async () => {
    const exception = {
      filter: 'deviceFault',
      headline: 'gpu0 page fault: write at page 0x20 of y',
      fields: [
        ['Page', '0x20'],
        ['Cost', '58 µs'],
      ] as const,
      data: { page: 32, durationNs: 58000 },
    };
    session.stopAt({ reason: 'exception', description: exception.headline, exception });
    expect(client.bodies('stopped').at(-1)).toMatchObject({ reason: 'exception', text: exception.headline });
    expect(await client.ask('exceptionInfo', { threadId: 1 })).toEqual({
      exceptionId: 'deviceFault',
      description: exception.headline,
      breakMode: 'always',
      details: {
        message: 'Page  0x20\nCost  58 µs',
        typeName: 'deviceFault',
        stackTrace: `#0 main at ${file}:20:5`,
      },
      data: { page: 32, durationNs: 58000 },
    });
  });

  test('there is no record of a stop that is none', async () => {
    expect(await client.refused('exceptionInfo', { threadId: 1 })).toBe('The program did not stop on an event.');
  });
});

describe('values', () => {
  test('a variable with everything that is known of it', async () => {
    session.children = [
      variable({
        name: 'p',
        value: '0x20000',
        type: 'float *',
        reference: 5,
        namedChildren: 1,
        memoryAddress: 0x20000,
        readOnly: true,
      }),
      variable({ name: 'a', reference: 6, indexedChildren: 1000, type: null, evaluateName: null }),
    ];
    expect(await client.ask('variables', { variablesReference: 11, start: 0, count: 2, filter: 'named' })).toEqual({
      variables: [
        {
          name: 'p',
          value: '0x20000',
          type: 'float *',
          variablesReference: 5,
          namedVariables: 1,
          memoryReference: '0x20000',
          evaluateName: 'x',
          presentationHint: { kind: 'data', attributes: ['readOnly'] },
        },
        { name: 'a', value: '42', variablesReference: 6, indexedVariables: 1000 },
      ],
    });
    expect(session.told).toEqual([['variables', 11, 0, 2, 'named']]);
  });

  test.each([
    ['255', 4, '0xff'],
    ['-1', 4, '0xffffffff'],
    ['-1', 1, '0xff'],
    ["97 'a'", 1, "0x61 'a'"],
    ['1.5', 4, '1.5'],
    ['cudaSuccess', 4, 'cudaSuccess'],
  ])('%s of %i bytes in hexadecimal', async (value, bytes, expected) => {
    session.result = variable({ value, bytes });
    expect(await client.ask('evaluate', { expression: 'x', format: { hex: true } })).toMatchObject({
      result: expected,
    });
  });

  test('an expression that does not parse gives the message of LLDB', async () => {
    session.result = new DebugError("use of undeclared identifier 'z'");
    expect(await client.refused('evaluate', { expression: 'z', context: 'watch' })).toBe(
      "use of undeclared identifier 'z'",
    );
  });

  test('a hover shows where the value is', async () => {
    session.result = variable({ address: 0x2000, memoryAddress: 0x2000 });
    session.runs = [
      { firstPage: 2, pageCount: 1, node: 'gpu0', state: 'resident', readers: ['gpu0'], writers: ['gpu0'] },
    ];
    expect(await client.ask('evaluate', { expression: 'x', context: 'hover', frameId: 1 })).toMatchObject({
      result: '42  ·  on gpu0 since event 123',
    });
    expect(session.told).toEqual([
      ['evaluate', 'x', 1],
      ['residency', 0x2000, 4],
    ]);
    expect(await client.ask('evaluate', { expression: 'x', context: 'watch' })).toMatchObject({ result: '42' });
  });

  test('of a pointer, a hover shows where its target is', async () => {
    session.result = variable({ value: '0x2000', address: 0x9000, memoryAddress: 0x2000 });
    session.runs = [{ firstPage: 2, pageCount: 1, node: null, state: 'none', readers: [], writers: [] }];
    expect(await client.ask('evaluate', { expression: 'x', context: 'hover' })).toMatchObject({
      result: '0x2000  ·  pointee without memory yet',
    });
  });

  test.each(['i++', 'f(x)', 'x = 3', 'x += 1'])('a hover does not evaluate %s', async (expression) => {
    expect(await client.refused('evaluate', { expression, context: 'hover' })).toMatch(/could change the program/);
    expect(session.told).toEqual([]);
  });

  test.each(['x == 3', 'a[i] >= b->c', 'x != y'])('a hover evaluates %s', async (expression) => {
    await client.ask('evaluate', { expression, context: 'hover' });
    expect(session.told[0]).toEqual(['evaluate', expression, null]);
  });

  test('what is changed is told to those who show it', async () => {
    expect(await client.ask('setVariable', { variablesReference: 11, name: 'x', value: '7' })).toMatchObject({
      value: '7',
    });
    expect(await client.ask('setExpression', { expression: 'a[1]', value: '8', frameId: 2 })).toMatchObject({
      value: '8',
    });
    expect(session.told).toEqual([
      ['setVariable', 11, 'x', '7'],
      ['setExpression', 'a[1]', '8', 2],
    ]);
    expect(client.bodies('memory')[0]).toEqual({ memoryReference: '0x2000', offset: 0, count: 4 });
    expect(client.bodies('invalidated')).toEqual([{ areas: ['variables'] }, { areas: ['variables'] }]);
  });

  test('completions replace what was typed, in the line where it was typed', async () => {
    const text = 'int a;\nb + max';
    expect(await client.ask('completions', { text, column: 8, line: 2, frameId: 1 })).toEqual({
      targets: [{ label: 'maxError', text: 'maxError', type: 'variable', start: 12, length: 3 }],
    });
    expect(session.told).toEqual([['completions', 'b + max', 8, 1]]);
  });
});

describe('memory', () => {
  const base64 = (...bytes: number[]): string => Buffer.from(bytes).toString('base64');

  test('bytes, and how many after them cannot be read', async () => {
    session.memory.set(0x1ffe, Uint8Array.of(1, 2));
    session.memory.set(0x4000, Uint8Array.of(9));
    const read = (args: object) => client.ask('readMemory', args);
    expect(await read({ memoryReference: '0x1000', offset: 0xffe, count: 2 })).toEqual({
      address: '0x1ffe',
      data: base64(1, 2),
    });
    expect(await read({ memoryReference: '0x1ffe', count: 0x3000 })).toEqual({
      address: '0x1ffe',
      data: base64(1, 2),
      unreadableBytes: 0x2000,
    });
    expect(await read({ memoryReference: '0x8000', count: 16 })).toEqual({ address: '0x8000', unreadableBytes: 16 });
    expect(await read({ memoryReference: '0x0', offset: -4, count: 16 })).toMatchObject({ unreadableBytes: 16 });
    expect(await read({ memoryReference: '0xfffffff0', count: 32 })).toMatchObject({ unreadableBytes: 32 });
    expect(await read({ memoryReference: '0x1ffe', count: 0 })).toEqual({ address: '0x1ffe' });
  });

  test('writing is all or nothing, unless a part is enough', async () => {
    session.memory.set(0x2000, new Uint8Array(4));
    const write = { memoryReference: '0x2000', data: base64(1, 2) };
    expect(await client.ask('writeMemory', write)).toEqual({ bytesWritten: 2 });
    expect(session.told).toEqual([['writeMemory', 0x2000, [1, 2]]]);
    expect(client.bodies('memory')).toEqual([{ memoryReference: '0x2000', offset: 0, count: 2 }]);
    const longer = { memoryReference: '0x2002', data: base64(1, 2, 3, 4) };
    expect(await client.refused('writeMemory', longer)).toBe('Not all of the 4 bytes at 0x2002 are mapped.');
    expect(await client.ask('writeMemory', { ...longer, allowPartial: true })).toEqual({ bytesWritten: 2 });
    const nowhere = { memoryReference: '0x9000', data: base64(1), allowPartial: true };
    expect(await client.ask('writeMemory', nowhere)).toEqual({ bytesWritten: 0 });
    expect(await client.refused('writeMemory', { memoryReference: '0x2000', data: '§' })).toMatch(/bytes in base64/);
    expect(await client.refused('writeMemory', { memoryReference: '0xffffffff', data: base64(1, 2) })).toMatch(
      /^Addresses reach/,
    );
  });

  test('as many instructions as were asked for, even where there is no code', async () => {
    const line = (codeOffset: number) => ({
      codeOffset,
      bytes: '20 00',
      text: 'local.get 0',
      functionName: 'add',
      path: file,
      line: 11,
      column: 0,
    });
    session.disassembled = [line(0x10), line(0x12), line(0x14)];
    const body = await client.ask<{ instructions: { address: string; presentationHint?: string }[] }>('disassemble', {
      memoryReference: '0x12',
      instructionOffset: -3,
      instructionCount: 6,
    });
    expect(session.told).toEqual([['disassemble', 0x12, -3, 6]]);
    expect(body.instructions.map(({ address, presentationHint }) => [address, presentationHint])).toEqual([
      ['0xe', 'invalid'],
      ['0xf', 'invalid'],
      ['0x10', undefined],
      ['0x12', undefined],
      ['0x14', undefined],
      ['0x15', 'invalid'],
    ]);
    expect(body.instructions[2]).toMatchObject({
      instructionBytes: '20 00',
      instruction: 'local.get 0',
      symbol: 'add',
      location: { path: file },
      line: 11,
    });
  });

  test('the program as a module, and its files', async () => {
    expect(await client.ask('modules', {})).toMatchObject({
      modules: [{ id: 1, name: 'add.wasm', isUserCode: true, isOptimized: false }],
      totalModules: 1,
    });
    expect(await client.ask('loadedSources')).toMatchObject({ sources: [{ name: 'add.cu', path: file }] });
    expect(await client.ask('source', { source: { path: file }, sourceReference: 0 })).toMatchObject({
      mimeType: 'text/x-cuda',
    });
    expect(await client.refused('source', { source: { path: '/etc/passwd' }, sourceReference: 0 })).toBe(
      "'/etc/passwd' is not a file of the program.",
    );
    expect(await client.refused('source', { sourceReference: 9 })).toBe('There is no text under that number.');
  });
});

describe('requests of our own', () => {
  test('residency, history, allocations, events, sums', async () => {
    await client.ask('faultline/residency', { memoryReference: '0x20000', offset: 16, count: 4096 });
    expect(session.told).toEqual([['residency', 0x20010, 4096]]);
    expect(await client.ask('faultline/pageHistory', { page: 2 })).toMatchObject({
      rows: [{ number: 5 }, { number: 123 }],
    });
    expect(await client.ask('faultline/allocations')).toMatchObject({ allocations: [{ name: 'x', path: file }] });
    const query = { filter: 'page in x', from: 3, pages: { first: 1, count: 2 }, limit: 10 };
    expect(await client.ask('faultline/events', query)).toMatchObject({ rows: [{ number: 5, line: 12 }], more: true });
    expect(session.told.at(-1)).toEqual(['events', query]);
    const told = await client.ask<CustomBodies['faultline/eventColumns']>('faultline/eventColumns', { limit: 1 });
    const { kind, target, firstPage, timeNs } = decodeColumns(told.columns);
    expect([told.names.kind[kind[0]!], told.names.node[target[0]!], firstPage[0], timeNs[0]]).toEqual([
      'migrate',
      'gpu0',
      32,
      70,
    ]);
    expect(session.told.at(-1)).toEqual(['eventColumns', { limit: 1 }]);
    expect(await client.ask('faultline/aggregate', { by: 'kind', kinds: ['migrate'] })).toMatchObject({
      rows: [{ key: 'migrate', bytes: 8192 }],
    });
    expect(session.told.at(-1)).toEqual(['aggregate', { kinds: ['migrate'] }, 'kind']);
  });

  test('focus and going to an event tell the client that the program runs', async () => {
    const position = { block: [3, 0, 0], thread: [17, 0, 0] };
    await client.ask('faultline/focus', { position });
    expect(session.told).toEqual([['focus', position]]);
    expect(client.bodies('continued')).toHaveLength(1);
    expect(await client.refused('faultline/runToEvent', { event: 3 })).toBe('The program is running: pause it first.');
    session.stopAt();
    await client.ask('faultline/runToEvent', { event: 3 });
    expect(session.told.at(-1)).toEqual(['runToEvent', 3]);
    expect(client.bodies('continued')).toHaveLength(2);
  });

  test.each([
    ['faultline/residency', { memoryReference: 'x', count: 1 }, /'memoryReference' must be an address/],
    ['faultline/pageHistory', { page: 2 ** 20 }, /'page' must be a page below 1048576/],
    ['faultline/events', { limit: 0 }, /'limit' must be at least 1/],
    ['faultline/aggregate', { by: 'day' }, /'by' must be "kind"/],
    ['faultline/focus', { position: { block: [1, 2], thread: [0, 0, 0] } }, /'position.block/],
    ['faultline/runToEvent', {}, /needs 'event'/],
  ])('%s checks %j', async (command, args, sentence) => {
    expect(await client.refused(command, args)).toMatch(sentence);
  });
});

describe('going on', () => {
  const thread = { threadId: 1 };
  test.each([
    ['continue', thread, ['continue']],
    ['next', thread, ['step', 'over', 'statement']],
    ['next', { ...thread, granularity: 'line' }, ['step', 'over', 'line']],
    ['stepIn', { ...thread, granularity: 'instruction', targetId: 4 }, ['step', 'in', 'instruction', 4]],
    ['stepOut', thread, ['step', 'out', 'statement']],
    ['stepBack', { ...thread, granularity: 'instruction' }, ['stepBack', 'instruction']],
    ['reverseContinue', thread, ['reverseContinue']],
    ['restartFrame', { frameId: 2 }, ['restartFrame', 2]],
    ['goto', { ...thread, targetId: 9 }, ['goto', 9]],
  ])('%s %j', async (command, args, told) => {
    await client.ask(command, args);
    expect(session.told.map((call) => call.filter((item) => item !== undefined))).toEqual([told]);
    expect(await client.refused(command, args)).toBe('The program is running: pause it first.');
  });

  test('the answer comes before the stop, even if the stop comes at once', async () => {
    const go = session.continue.bind(session);
    session.continue = () => {
      go();
      session.stopAt({ reason: 'pause' });
    };
    client.messages.length = 0;
    await client.ask('continue', thread);
    expect(client.messages.map(({ type }) => type)).toEqual(['response', 'event']);
  });

  test('pausing what stands is no error', async () => {
    await client.ask('pause', thread);
    expect(session.told).toEqual([]);
    await client.ask('continue', thread);
    await client.ask('pause', thread);
    expect(session.told.at(-1)).toEqual(['pause']);
  });

  test('a target that is gone is named, where the user sees it', async () => {
    const response = await client.send('goto', { ...thread, targetId: 1 });
    expect(response).toMatchObject({ success: false, message: 'This target is gone: ask for targets again.' });
    expect(response.body).toMatchObject({ error: { showUser: true, format: '{sentence}' } });
  });

  test('targets', async () => {
    expect(await client.ask('stepInTargets', { frameId: 1 })).toEqual({
      targets: [{ id: 4, label: 'fill(int*)', line: 20, column: 9 }],
    });
    expect(await client.ask('gotoTargets', { source: { path: file }, line: 30 })).toEqual({
      targets: [{ id: 9, label: 'line 30', line: 30, column: 2 }],
    });
  });
});

test('lines and columns from 0 and URIs, in both directions', async () => {
  const other = new FakeClient();
  const counted = { linesStartAt1: false, columnsStartAt1: false, pathFormat: 'uri' };
  const uri = pathToFileURL(file).href;
  const fake = await other.stopped({}, counted);
  fake.told.length = 0;
  expect(await other.ask('stackTrace', { threadId: 1 })).toMatchObject({
    stackFrames: [{ line: 19, column: 4, source: { path: uri } }],
  });
  await other.ask('setBreakpoints', { source: { path: uri }, breakpoints: [{ line: 0, column: 0 }] });
  expect(fake.told).toEqual([['setBreakpoints', file, [{ line: 1, column: 1 }]]]);
  expect(await other.ask('faultline/events', {})).toMatchObject({ rows: [{ line: 11, path: uri }] });
  expect(await other.ask('completions', { text: 'max', column: 3 })).toMatchObject({
    targets: [{ start: 0, length: 3 }],
  });
  expect(await other.refused('breakpointLocations', { source: { path: 'http://x/y' }, line: 3 })).toBe(
    "'http://x/y' is not the URI of a file on this computer.",
  );
  expect(await client.refused('breakpointLocations', { source: { path: file }, line: 0 })).toBe(
    'There is no line 0: lines are counted from 1.',
  );
  expect(await client.refused('breakpointLocations', { source: { path: 'add.cu' }, line: 1 })).toBe(
    "'add.cu' is not an absolute path.",
  );
});

describe('output', () => {
  const bytes = new TextEncoder().encode('größer\n');

  test('a character that is split over chunks is one character; what comes together is one event', async () => {
    for (const byte of bytes) session.observer.stdout(Uint8Array.of(byte));
    await client.event('output');
    expect(client.bodies('output')).toEqual([{ category: 'stdout', output: 'größer\n' }]);
  });

  test('the streams keep their order, and output comes before the stop that follows it', () => {
    session.observer.stdout(bytes.subarray(0, 3));
    session.observer.stderr(new TextEncoder().encode('oh\n'));
    session.observer.stdout(bytes.subarray(3));
    session.stopAt();
    expect(client.events.slice(-4).map(({ event, body }) => [event, (body as { output?: string }).output])).toEqual([
      ['output', 'gr'],
      ['output', 'oh\n'],
      ['output', 'ößer\n'],
      ['stopped', undefined],
    ]);
  });

  test('log points are at their place', () => {
    session.observer.logged('i is 3', { path: file, line: 12, column: 5 });
    expect(client.bodies('output')).toMatchObject([
      { category: 'console', output: 'i is 3\n', source: { path: file }, line: 12, column: 5 },
    ]);
  });
});

test('a request that takes too long can be given up', async () => {
  session.evaluate = () => new Promise(() => undefined);
  const requestId = client.nextSequence;
  const evaluation = client.send('evaluate', { expression: 'forever()', context: 'repl' });
  await client.ask('cancel', { requestId });
  expect(await evaluation).toMatchObject({ success: false, message: 'cancelled' });
});
