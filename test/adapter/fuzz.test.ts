/** Hostile clients: whatever they send, the adapter does not throw, answers each request once, in one sentence, and goes on. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClient, file } from './fakes.js';
import { requests } from '../../extension/adapter/requests/table.js';

const commands = requests.map(({ command }) => command);
const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

/** Once everything that can be answered has been. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

function answers(client: FakeClient): P.Response[] {
  return client.messages.filter((message): message is P.Response => message.type === 'response');
}

function expectSentences(client: FakeClient): void {
  for (const { success, message } of answers(client)) {
    if (success) continue;
    expect(message).toMatch(/^cancelled$|[.!?]$/);
    expect(message).not.toMatch(/\n {4}at |TypeError|undefined is not|Cannot read prop|please report/);
    expect(message!.length).toBeLessThan(400);
  }
}

/** Arguments as they should be, to be spoiled. */
const sound: Readonly<Record<string, unknown>> = {
  initialize: { adapterID: 'x', linesStartAt1: true, pathFormat: 'path' },
  launch: { program: file, args: ['a'], env: { A: 'b' }, breakOn: ['migrate'], deviceMemory: '1M' },
  setBreakpoints: { source: { path: file }, breakpoints: [{ line: 3, column: 1, condition: 'x', mode: 'any' }] },
  setDataBreakpoints: { breakpoints: [{ dataId: '0x10:4:any', accessType: 'read' }] },
  dataBreakpointInfo: { name: '0x10', asAddress: true, bytes: 4 },
  setInstructionBreakpoints: { breakpoints: [{ instructionReference: '0x10', offset: 2 }] },
  setExceptionBreakpoints: { filters: ['error'], filterOptions: [{ filterId: 'migrate', condition: 'x' }] },
  stackTrace: { threadId: 1, startFrame: 0, levels: 20 },
  variables: { variablesReference: 11, start: 0, count: 100 },
  setVariable: { variablesReference: 11, name: 'x', value: '1' },
  evaluate: { expression: 'x', frameId: 1, context: 'hover' },
  completions: { text: 'abc', column: 2, frameId: 1 },
  readMemory: { memoryReference: '0x1000', offset: 0, count: 64 },
  writeMemory: { memoryReference: '0x1000', data: 'AAAA' },
  disassemble: { memoryReference: '0x10', instructionOffset: -4, instructionCount: 10 },
  source: { sourceReference: 1 },
  stepIn: { threadId: 1, granularity: 'line' },
  goto: { threadId: 1, targetId: 9 },
  gotoTargets: { source: { path: file }, line: 4 },
  restart: { arguments: { program: file } },
  'faultline/residency': { memoryReference: '0x1000', count: 4096 },
  'faultline/events': { filter: 'x', pages: { first: 1, count: 2 }, limit: 5 },
  'faultline/eventColumns': { kinds: ['migrate'], from: 1, to: 3 },
  'faultline/focus': { position: { block: [1, 0, 0], thread: [0, 0, 0] } },
};

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    -1,
    0,
    2 ** 53,
    1e308,
    1.5,
    '',
    '0x',
    '__proto__',
    [],
    {},
    true,
    '\u0000',
    'x'.repeat(500),
  ),
  fc.jsonValue(),
);

/** The value with something in it replaced, taken away or added. */
function spoil(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[step % (keys.length + 1)];
  if (key === undefined) return { ...copy, __proto__: replacement, extra: replacement };
  copy[key] = spoil(copy[key], rest, replacement);
  return copy;
}

const spoiled = fc
  .tuple(fc.constantFrom(...commands), fc.array(fc.nat(5), { maxLength: 3 }), odd, fc.boolean())
  .map(([command, path, replacement, whole]) => ({
    command,
    args: whole ? replacement : spoil(sound[command] ?? {}, path, replacement),
  }));

// These end the session, after which all is refused.
const lasting = spoiled.filter(({ command }) => !['disconnect', 'terminate', 'restart'].includes(command));

describe('property: any message', () => {
  test('that is no request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.jsonValue(), fc.record({ type: odd, seq: odd, command: odd }, { requiredKeys: [] })),
        async (message) => {
          const client = new FakeClient();
          client.adapter.handleMessage(message);
          await settled();
          expect(client.messages.length).toBeLessThanOrEqual(1);
          expectSentences(client);
          await client.initialize();
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    ['before anything', async () => Promise.resolve(new FakeClient())],
    [
      'after initialize',
      async () => {
        const client = new FakeClient();
        await client.initialize();
        return client;
      },
    ],
    [
      'while the program runs',
      async () => {
        const client = new FakeClient();
        await client.launched();
        return client;
      },
    ],
    [
      'while it stands',
      async () => {
        const client = new FakeClient();
        await client.stopped();
        return client;
      },
    ],
  ] as const)('%s', async (_, prepare) => {
    await fc.assert(
      fc.asyncProperty(fc.array(lasting, { minLength: 1, maxLength: 8 }), async (messages) => {
        const client = await prepare();
        const first = client.nextSequence;
        for (const { command, args } of messages) {
          void client.send(command, args);
          await settled();
        }
        expectSentences(client);
        // A launch waits for its configuration; all others are answered by now, once.
        for (const [index, { command }] of messages.entries()) {
          const count = answers(client).filter((answer) => answer.request_seq === first + index).length;
          if (command !== 'launch') expect([command, count]).toEqual([command, 1]);
        }
        await client.ask('disconnect');
      }),
      { numRuns: 150 },
    );
  });

  test('after the end', async () => {
    const client = new FakeClient();
    await client.stopped();
    await client.ask('disconnect');
    for (const command of commands.filter((name) => name !== 'disconnect')) {
      const said = await client.refused(command, sound[command]);
      expect(said).toBe(
        command === 'initialize' ? "'initialize' may be sent only once." : 'The debug session has ended.',
      );
    }
    await client.ask('disconnect');
  });
});

describe('the wrong order', () => {
  test('before initialize', async () => {
    expect(await new FakeClient().refused('launch', { program: file })).toBe("'launch' came before 'initialize'.");
  });

  test.each(
    commands.filter(
      (name) => !['initialize', 'launch', 'configurationDone', 'terminate', 'disconnect', 'cancel'].includes(name),
    ),
  )('%s before launch', async (command) => {
    const client = new FakeClient();
    await client.initialize();
    expect(await client.refused(command, sound[command])).toBe(`'${command}' came before a program was launched.`);
  });

  test('twice', async () => {
    const client = new FakeClient();
    await client.stopped();
    expect(await client.refused('initialize', {})).toBe("'initialize' may be sent only once.");
    expect(await client.refused('launch', { program: file })).toBe('This session has launched a program already.');
  });

  test('nobody knows it', async () => {
    const client = new FakeClient();
    await client.initialize();
    expect(await client.refused('attach', {})).toBe("There is no request 'attach'.");
    expect(await client.refused('constructor')).toBe("There is no request 'constructor'.");
    expect((await client.refused('x'.repeat(1000))).length).toBeLessThan(100);
  });
});

test('a failure of our own is one sentence, too', async () => {
  const client = new FakeClient();
  const session = await client.stopped();
  session.scopes = () => {
    throw new TypeError("Cannot read properties of undefined (reading 'x')");
  };
  expect(await client.refused('scopes', { frameId: 1 })).toBe(
    "The debugger failed (Cannot read properties of undefined (reading 'x')); please report this.",
  );
});
