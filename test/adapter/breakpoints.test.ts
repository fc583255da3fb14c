/** Breakpoints of every kind: what the engine is told, and what the client hears. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DebugError } from '../../engine/index.js';
import { FakeClient, file, variable, type FakeSession } from './fakes.js';

let client: FakeClient;
let session: FakeSession;

beforeEach(async () => {
  client = new FakeClient();
  session = await client.stopped();
  session.told.length = 0;
});

const source = { path: file };

test('lines, with everything that can be said of them', async () => {
  const body = await client.ask<{ breakpoints: unknown[] }>('setBreakpoints', {
    source,
    breakpoints: [
      { line: 12, column: 9, condition: 'i > 3', hitCondition: '% 2', mode: 'device' },
      { line: 13, logMessage: 'i is {i}', condition: '' },
    ],
  });
  expect(session.told).toEqual([
    [
      'setBreakpoints',
      file,
      [
        { line: 12, column: 9, condition: 'i > 3', hitCondition: '% 2', mode: 'device' },
        { line: 13, logMessage: 'i is {i}' },
      ],
    ],
  ]);
  expect(body.breakpoints).toMatchObject([
    { id: 3, verified: true, line: 12, column: 3, source: { name: 'add.cu', path: file } },
    { id: 4, verified: true, line: 13 },
  ]);
});

test('what cannot be set says why', async () => {
  session.unverified = true;
  expect(await client.ask('setBreakpoints', { source, lines: [100] })).toEqual({
    breakpoints: [{ id: 3, verified: false, reason: 'failed', message: 'There is no code at this line or after it.' }],
  });
});

test('what cannot be set now says why, and is set with the next build', async () => {
  session.setBreakpoints = () => Promise.reject(new DebugError('This breakpoint needs a stopped program.'));
  expect(await client.ask('setBreakpoints', { source, lines: [12] })).toEqual({
    breakpoints: [{ id: 3, verified: false, reason: 'failed', message: 'This breakpoint needs a stopped program.' }],
  });
  await client.ask('restart', { arguments: { program: file, seed: 2 } });
  expect(client.engine.session.told).toContainEqual(['setBreakpoints', file, [{ line: 12 }]]);
  expect(client.bodies('breakpoint')).toMatchObject([
    { reason: 'changed', breakpoint: { id: 3, verified: true, line: 12 } },
  ]);
});

test('a hit is told under the number that the client knows', async () => {
  await client.ask('setBreakpoints', { source, breakpoints: [{ line: 12 }] });
  await client.ask('setFunctionBreakpoints', { breakpoints: [{ name: ' add ' }] });
  expect(session.told.at(-1)).toEqual(['setFunctionBreakpoints', [{ name: 'add' }]]);
  session.stopAt({ reason: 'function breakpoint', breakpointIds: [104, 103] });
  expect(client.bodies('stopped').at(-1)).toEqual({
    reason: 'function breakpoint',
    description: 'Hit breakpoint',
    threadId: 1,
    allThreadsStopped: true,
    hitBreakpointIds: [3, 4],
    position: { event: 7, step: 3 },
  });
  // Replaced breakpoints are no longer known.
  await client.ask('setBreakpoints', { source, breakpoints: [] });
  session.stopAt({ breakpointIds: [103] });
  expect(client.bodies('stopped').at(-1)).not.toHaveProperty('hitBreakpointIds');
});

test('locations, also within columns', async () => {
  expect(await client.ask('breakpointLocations', { source, line: 12 })).toEqual({
    breakpoints: [
      { line: 12, column: 5 },
      { line: 12, column: 20 },
    ],
  });
  expect(session.told).toEqual([['breakpointLocations', file, 12, 12]]);
  expect(await client.ask('breakpointLocations', { source, line: 12, column: 6, endColumn: 30 })).toEqual({
    breakpoints: [{ line: 12, column: 20 }],
  });
});

test('instructions', async () => {
  const breakpoints = [{ instructionReference: '0x100', offset: -16, condition: 'n == 1' }];
  expect(await client.ask('setInstructionBreakpoints', { breakpoints })).toEqual({
    breakpoints: [{ id: 3, verified: true, instructionReference: '0xf0' }],
  });
  expect(session.told).toEqual([['setInstructionBreakpoints', [{ codeOffset: 0xf0, condition: 'n == 1' }]]]);
});

test('event filters, with and without conditions, are answered in their order', async () => {
  const args = { filters: ['error'], filterOptions: [{ filterId: 'migrate', condition: 'page in x' }] };
  expect(await client.ask('setExceptionBreakpoints', args)).toEqual({
    breakpoints: [
      { id: 3, verified: true },
      { id: 4, verified: true },
    ],
  });
  expect(session.told).toEqual([['setEventFilters', [{ id: 'error' }, { id: 'migrate', condition: 'page in x' }]]]);
});

describe('data', () => {
  const info = (args: object) => client.ask<{ dataId: string | null }>('dataBreakpointInfo', args);

  test('a child of a container', async () => {
    session.children = [variable({ name: 'y' }), variable({ name: 'x', address: 0x2000, bytes: 8 })];
    expect(await info({ variablesReference: 11, name: 'x' })).toEqual({
      dataId: '0x2000:8:any',
      description: 'x (8 bytes at 0x2000)',
      accessTypes: ['read', 'write', 'readWrite'],
      canPersist: false,
    });
    expect(session.told).toEqual([['variables', 11]]);
  });

  test('an element far down an array is asked for by itself', async () => {
    session.children = [variable({ name: '[70000]', address: 0x9000 })];
    expect((await info({ variablesReference: 11, name: '[70000]' })).dataId).toBe('0x9000:4:any');
    expect(session.told).toEqual([['variables', 11, 70000, 1, 'indexed']]);
  });

  test('an expression, some of its bytes, in a mode', async () => {
    session.result = variable({ address: 0x2000, bytes: 64 });
    expect(await info({ name: 'a[1]', frameId: 1, bytes: 4, mode: 'device' })).toMatchObject({
      dataId: '0x2000:4:device',
      description: 'a[1] (4 bytes at 0x2000, device)',
    });
    expect(session.told).toEqual([['evaluate', 'a[1]', 1]]);
  });

  test('a range of addresses', async () => {
    expect(await info({ name: '0x20000', asAddress: true, bytes: 4096 })).toMatchObject({
      dataId: '0x20000:4096:any',
      description: '4096 bytes at 0x20000',
    });
    expect(await info({ name: '0xffffffff', asAddress: true, bytes: 2 })).toMatchObject({ dataId: null });
    expect(await client.refused('dataBreakpointInfo', { name: 'x', asAddress: true })).toMatch(/^'dataBreakpointInfo'/);
  });

  test.each([
    [variable({ address: null }), "'x' is in a register of this moment, not in memory."],
    [variable({ address: 1, bytes: null }), "'x' has no size."],
  ])('what cannot be watched says why', async (result, description) => {
    session.result = result;
    expect(await info({ name: 'x' })).toEqual({ dataId: null, description });
  });

  test('a variable that is not there', async () => {
    expect(await info({ variablesReference: 11, name: 'z' })).toEqual({
      dataId: null,
      description: "There is no variable 'z' here.",
    });
  });

  test('that a page migrates is a mode, because it is no access', async () => {
    session.result = variable({ address: 0x2000 });
    const { dataId, ...rest } = await info({ name: 'x', mode: 'migrate' });
    expect(rest).not.toHaveProperty('accessTypes');
    const breakpoints = [
      { dataId, condition: 'n == 1' },
      { dataId: '0x3000:2:first', accessType: 'read', hitCondition: '2' },
      { dataId: '0x3000:2:any' },
    ];
    await client.ask('setDataBreakpoints', { breakpoints });
    expect(session.told.at(-1)).toEqual([
      'setDataBreakpoints',
      [
        { address: 0x2000, bytes: 4, access: 'migrate', condition: 'n == 1' },
        { address: 0x3000, bytes: 2, access: 'read', mode: 'first', hitCondition: '2' },
        { address: 0x3000, bytes: 2, access: 'write', mode: 'any' },
      ],
    ]);
  });

  test('an id that was not given out', async () => {
    expect(await client.refused('setDataBreakpoints', { breakpoints: [{ dataId: 'x' }] })).toBe(
      "'x' is not a data id that this session has given out.",
    );
    const long = await client.refused('setDataBreakpoints', { breakpoints: [{ dataId: 'x'.repeat(1000) }] });
    expect(long).toBe(`'…${'x'.repeat(159)}' is not a data id that this session has given out.`);
  });
});
