/**
 * A program that migrates a million pages in one run, with all four pages open: the editor goes on, and the pages end where the
 * program ended. The bounds are generous: a computer that is busy with other things is slow, one that stands still is another matter.
 */
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { settings } from '../../../extension/manifest.js';
import type { ProgramSession } from '../../../extension/session/program-session.js';
import { eventsAgree, hideAll, mapAgrees, openAll, PAGE_NAMES } from './views-at-work.js';
import {
  configure,
  debugWorkload,
  eventually,
  extension,
  inWindow,
  lineShown,
  listening,
  noted,
  stopAll,
  until,
} from './workbench.js';

/** What still counts as going on. */
const MOST_GAP_MS = 2000;
const NS_PER_MS = 1e6;
/** It takes a tenth of that on a computer that has nothing else to do. */
const PATIENCE_MS = 240_000;

const goOn = (): unknown => vscode.commands.executeCommand('workbench.action.debug.continue');

async function stopAtEntry(pages: number, rounds: number): Promise<ProgramSession> {
  // The summary of a run would come when it likes, over the tabs.
  await configure(settings.summaryAtEnd, false);
  const args = [String(pages), String(rounds)];
  const program = await until('stopped', () => debugWorkload('cuda/sweeps.cu', { args, stopOnEntry: true }));
  await lineShown();
  return program;
}

async function stopAndReset(): Promise<void> {
  await stopAll();
  await configure(settings.summaryAtEnd, undefined);
}

describe('a program that migrates a million pages', function () {
  this.timeout(PATIENCE_MS);
  const pages = 2 ** 15;
  let program: ProgramSession;
  before(async () => {
    program = await stopAtEntry(pages, 16);
    await openAll();
  });
  after(stopAndReset);

  it('lets the editor and its window go on', async () => {
    const told = new Map((await listening()).map(({ page, messages }) => [page, messages]));
    assert.deepEqual([...told.keys()].sort(), [...PAGE_NAMES].sort());
    const ended = until('ended', goOn, PATIENCE_MS);
    await eventually(
      () => program.state,
      (state) => state === 'running',
      'the program does not run',
    );
    await inWindow({ do: 'watchFrames' });
    const loop = monitorEventLoopDelay({ resolution: 20 });
    loop.enable();
    let longestCommandMs = 0;
    let commandsRun = 0;
    while (program.state === 'running') {
      // To the window and back.
      const started = performance.now();
      await vscode.commands.executeCommand('setContext', 'faultline.tested', commandsRun);
      longestCommandMs = Math.max(longestCommandMs, performance.now() - started);
      commandsRun += 1;
      for (const { page, messages } of await listening()) if (messages > told.get(page)! + 2) told.delete(page);
      await turn();
    }
    await ended;
    loop.disable();
    const longestFrameMs = (await inWindow({ do: 'longestFrame' })) as number;
    const longestHostMs = loop.max / NS_PER_MS;
    for (const [name, value] of Object.entries({
      longestCommandMs,
      longestFrameMs,
      longestHostMs,
      commandsRun,
    }))
      noted.set(`busy.${name}`, Math.round(value));
    assert.deepEqual([...told.keys()], [], 'pages that were told nothing while it ran');
    assert.ok(commandsRun > 100, `only ${commandsRun} commands were answered while it ran`);
    assert.ok(longestCommandMs < MOST_GAP_MS, `a command took ${longestCommandMs} ms`);
    assert.ok(longestHostMs < MOST_GAP_MS, `the extension host stood still for ${longestHostMs} ms`);
    assert.ok(longestFrameMs < MOST_GAP_MS, `a page or the window drew nothing for ${longestFrameMs} ms`);
  });

  it('migrated them, and computed what it should', async () => {
    assert.equal(program.exitCode, 0);
    const { rows } = await program.request('faultline/aggregate', { by: 'kind', kinds: ['migrate'] });
    assert.ok((rows[0]?.pages ?? 0) >= 2 ** 20, `${rows[0]?.pages} pages`);
  });

  it('leaves a map of where the pages are, and every event in the timeline and in the list', async () => {
    assert.deepEqual(await mapAgrees(program, 'words'), [pages / 2, pages / 2]);
    await eventsAgree(program);
  });
});

describe('views that are hidden', function () {
  this.timeout(PATIENCE_MS);
  let program: ProgramSession;
  before(async () => {
    program = await stopAtEntry(2048, 4);
    await openAll();
    await hideAll();
  });
  after(stopAndReset);

  it('are told nothing and ask for nothing while a program runs', async () => {
    const state = await extension();
    const { adapter } = program;
    assert.ok(adapter);
    const before = state.pages.opened();
    assert.ok(before.length >= PAGE_NAMES.length, 'hidden is not closed');
    const asked: string[] = [];
    const ask = adapter.ask.bind(adapter);
    adapter.ask = (command, args) => {
      if (program.state === 'running') asked.push(command);
      return ask(command, args);
    };
    try {
      await until('ended', goOn, PATIENCE_MS);
    } finally {
      adapter.ask = ask;
    }
    const { rows } = await program.request('faultline/aggregate', { by: 'kind', kinds: ['migrate'] });
    assert.equal(rows[0]?.pages, 2048 * 8 + 1024);
    assert.deepEqual(asked, []);
    assert.deepEqual(state.pages.opened(), before);
  });

  it('catch up when they are shown', async () => {
    await openAll();
    assert.deepEqual(await mapAgrees(program, 'words'), [1024, 1024]);
    await eventsAgree(program);
  });
});
