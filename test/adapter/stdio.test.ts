/** The adapter as other editors start it: `faultline dap`, over standard input and output and over TCP. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGone, start, Wire, workload } from './wire.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-dap-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The protocol's own client. It starts adapters without arguments only, so it is given a process. */
class TestClient extends DebugClient {
  constructor(child: ChildProcessWithoutNullStreams) {
    super('', '', 'faultline');
    this.defaultTimeout = 30_000;
    this.connect(child.stdout, child.stdin);
  }
}

test('a client of the protocol debugs a program', async () => {
  const child = start();
  const client = new TestClient(child);
  const ended = client.waitForEvent('exited', 30_000);
  await Promise.all([
    client.launch({ program: workload('c/args.c'), args: ['one', 'two'] }),
    client.configurationSequence(),
  ]);
  expect((await ended).body).toEqual({ exitCode: 0 });
  await client.disconnectRequest();
  child.stdin.end();
  await once(child, 'exit');
  expect(isGone(child)).toBe(true);
});

test('the process ends by itself when the client has disconnected', async () => {
  const child = start();
  const wire = new Wire(child.stdout, child.stdin);
  await wire.send('initialize', { adapterID: 'x' });
  await wire.send('disconnect');
  const [status] = (await once(child, 'exit')) as [number | null];
  expect(status).toBe(0);
});

describe('a client that goes away takes everything with it', () => {
  const endless = (): string => {
    const source = join(folder, 'endless.c');
    writeFileSync(source, 'volatile int n;\nint main(void)\n{\n    for (;;)\n        n++;\n}\n');
    return source;
  };

  test.each([
    ['while the program runs', {}, () => Promise.resolve()],
    ['while it stands', { stopOnEntry: true }, (wire: Wire) => wire.event('stopped')],
    ['while it runs without the debugger', { noDebug: true }, () => Promise.resolve()],
  ])('%s', async (_, attributes, wait) => {
    const child = start();
    const wire = new Wire(child.stdout, child.stdin);
    await wire.launch(endless(), attributes);
    await wait(wire);
    child.stdin.end();
    await once(child, 'exit');
    expect(isGone(child)).toBe(true);
  });

  test('in the middle of a build', async () => {
    const child = start();
    const wire = new Wire(child.stdout, child.stdin);
    await wire.send('initialize', { adapterID: 'x' });
    void wire.send('launch', { program: workload('cuda/add.cu'), defines: [`UNIQUE=${process.pid}`] });
    child.stdin.end();
    await once(child, 'exit');
    expect(isGone(child)).toBe(true);
  });

  test('when it does not even read any more', async () => {
    const child = start();
    const wire = new Wire(child.stdout, child.stdin);
    const source = join(folder, 'chatty.c');
    writeFileSync(source, '#include <stdio.h>\nint main(void)\n{\n    for (;;)\n        puts("more");\n}\n');
    await wire.launch(source);
    await wire.event('output');
    child.stdout.destroy();
    await once(child, 'exit');
    expect(isGone(child)).toBe(true);
  });
});

test('malformed input is answered, and the session goes on', async () => {
  const child = start();
  const wire = new Wire(child.stdout, child.stdin);
  wire.write('Content-Length: -1\r\n\r\nContent-Length: 3\r\n\r\n{{{');
  const answer = await wire.until(({ message }) => message === 'A message is not valid JSON.');
  expect(answer).toMatchObject({ type: 'response', success: false, request_seq: 0 });
  expect(await wire.send('initialize', { adapterID: 'x' })).toMatchObject({ success: true });
  child.stdin.end();
  await once(child, 'exit');
});

describe('over TCP', () => {
  test('each connection is a session of its own, on this computer only', async () => {
    const server = start('--port', '0');
    const [line] = (await once(server.stderr, 'data')) as [Buffer];
    const [, host, port] = /^faultline: Listening on (.*):(\d+)\n$/.exec(line.toString()) ?? [];
    expect(host).toBe('127.0.0.1');
    const connect = () => createConnection(Number(port), host);
    const sockets = [connect(), connect()] as const;
    const [one, two] = sockets.map((socket) => new Wire(socket, socket)) as [Wire, Wire];
    await one.send('initialize', { adapterID: 'x' });
    expect(await two.send('threads')).toMatchObject({ message: "'threads' came before 'initialize'." });
    await two.send('initialize', { adapterID: 'x' });
    sockets[0].destroy();
    expect(await two.send('disconnect')).toMatchObject({ success: true });
    await once(sockets[1], 'close');
    const third = connect();
    expect(await new Wire(third, third).send('initialize', {})).toMatchObject({ success: true });
    // Ctrl-C ends the server and whoever is connected.
    server.kill('SIGINT');
    await once(server, 'exit');
    expect(isGone(server)).toBe(true);
  });

  test('a port that is taken is named', async () => {
    const server = start('--port', '0');
    const [line] = (await once(server.stderr, 'data')) as [Buffer];
    const port = /:(\d+)\n$/.exec(line.toString())?.[1] ?? '';
    const other = start('--port', port);
    const [text] = (await once(other.stderr, 'data')) as [Buffer];
    expect(text.toString()).toMatch(new RegExp(`^faultline: The debug adapter cannot listen on 127.0.0.1:${port}: `));
    const [status] = (await once(other, 'exit')) as [number | null];
    expect(status).toBe(2);
    server.kill('SIGTERM');
    await once(server, 'exit');
  });

  test.each([
    [['--port', 'x'], '--port needs a whole number from 0 to 65535'],
    [['--host', '0.0.0.0'], '--host is the address of a port, and no port is given.'],
  ])('%j', async (words, sentence) => {
    const child = start(...words);
    const [text] = (await once(child.stderr, 'data')) as [Buffer];
    expect(text.toString()).toContain(sentence);
    await once(child, 'exit');
  });
});
