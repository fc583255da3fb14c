/** What the suites share: the extension's own state, sessions to wait for, and hands in the window. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { section } from '../../../extension/manifest.js';
import type { ExtensionState } from '../../../extension/extension-state.js';
import type { ProgramSession, ProgramState } from '../../../extension/session/program-session.js';
import type { Order } from '../server/hands.js';

const PATIENCE_MS = 45_000;

/** Figures that are reported besides the counts. */
export const noted = new Map<string, number>();

export async function extension(): Promise<ExtensionState> {
  const found = vscode.extensions.getExtension<ExtensionState>('faultline.faultline');
  assert.ok(found, 'the extension is not installed');
  return await found.activate();
}

export async function openProgram(name: string): Promise<vscode.TextEditor> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder, 'no folder is open');
  return await vscode.window.showTextDocument(vscode.Uri.file(join(folder, name)), {
    preview: false,
    viewColumn: vscode.ViewColumn.One,
  });
}

/** Copies a program of `test/workloads/` into the folder that is open. @returns its path there */
export async function copyWorkload(path: string): Promise<string> {
  const root = process.env.FAULTLINE_WORKBENCH_ROOT;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(root !== undefined && folder !== undefined, 'nobody says where the project and its programs are');
  const copy = join(folder, basename(path));
  await copyFile(join(root, 'test', 'workloads', path), copy);
  return copy;
}

/** Debugs a program of `test/workloads/`. */
export async function debugWorkload(path: string, configuration: object = {}): Promise<void> {
  await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
    type: 'faultline',
    request: 'launch',
    name: path,
    program: await copyWorkload(path),
    ...configuration,
  });
}

/** When the editor has shown where the program stands, it takes the focus from nothing any more, and covers nothing. */
export async function lineShown(): Promise<void> {
  await eventually(
    () =>
      vscode.debug.activeStackItem instanceof vscode.DebugStackFrame && vscode.window.activeTextEditor !== undefined,
    Boolean,
    'the line is not shown',
  );
}

/** A setting of ours, in the folder that is open. Undefined: its default. */
export async function configure(setting: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration(section).update(setting, value, vscode.ConfigurationTarget.Workspace);
}

/** The line, counted from 0, that contains a text. */
export function lineOf({ document }: vscode.TextEditor, text: string): number {
  const line = document
    .getText()
    .split(/\r?\n/)
    .findIndex((candidate) => candidate.includes(text));
  assert.notEqual(line, -1, `no line contains ${text}`);
  return line;
}

/** Does something, and waits until the shown program has come to a state that it was not in before. */
export async function until(
  state: ProgramState,
  act: () => unknown,
  patienceMs = PATIENCE_MS,
): Promise<ProgramSession> {
  const { sessions } = await extension();
  const reached = new Promise<ProgramSession>((resolve, reject) => {
    const failed = setTimeout(() => {
      subscription.dispose();
      reject(new Error(`The program did not come to '${state}': it is '${sessions.current?.state ?? 'not there'}'.`));
    }, patienceMs);
    const subscription = sessions.onDidChange((session) => {
      if (session?.state !== state) return;
      clearTimeout(failed);
      subscription.dispose();
      resolve(session);
    });
  });
  await act();
  return await reached;
}

/** Waits until something holds that no event tells of: what a page in a frame shows. */
export async function eventually<T>(
  look: () => T | PromiseLike<T>,
  holds: (value: T) => boolean,
  what: string,
): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(value)}`);
    await pause(50);
  }
}

interface ListeningPage {
  readonly page: string;
  readonly tab: boolean;
  readonly messages: number;
}

/** Pages that listen, and how many messages each has got. */
export async function listening(): Promise<ListeningPage[]> {
  const { pages } = await extension();
  return pages.opened().filter((page) => page.listening);
}

/** Waits until a page has got its state and its first data. */
export async function fed(page: string): Promise<void> {
  await eventually(
    listening,
    (open) => open.some((view) => view.page === page && view.messages >= 2),
    `${page} does not listen`,
  );
}

/** Whether the window can be touched: there are hands for it, if the runner has a browser. */
const hands = process.env.FAULTLINE_WORKBENCH_HANDS;

export async function inWindow(order: Order): Promise<unknown> {
  assert.ok(hands, 'nobody has hands in the window');
  const response = await fetch(hands, { method: 'POST', body: JSON.stringify(order) });
  const { result, error } = (await response.json()) as { result?: unknown; error?: string };
  assert.equal(error, undefined);
  return result;
}

/** Checks one of the event filters under Breakpoints. */
export async function checkFilter(label: string, on: boolean): Promise<void> {
  await vscode.commands.executeCommand('workbench.debug.action.focusBreakpointsView');
  await inWindow({ do: 'check', label, on });
}

export async function topFrame(session: ProgramSession): Promise<{ name: string; line: number }> {
  const threadId = session.stop?.threadId ?? 1;
  const { stackFrames } = (await session.ask('stackTrace', { threadId, levels: 1 })) as {
    stackFrames: { name: string; line: number }[];
  };
  assert.ok(stackFrames[0]);
  return stackFrames[0];
}

export async function stopAll(): Promise<void> {
  vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
  const { sessions } = await extension();
  const running = sessions.current;
  if (running && running.state !== 'ended' && running.state !== 'closed')
    await until('closed', () => vscode.debug.stopDebugging(running.debugSession));
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Leaves a picture of the window behind for each test that fails. */
export async function pictureOf(title: string): Promise<void> {
  const root = process.env.FAULTLINE_WORKBENCH_ROOT;
  if (hands === undefined || root === undefined) return;
  const name = title.replace(/[^\w]+/g, '-').slice(0, 60);
  await inWindow({ do: 'screenshot', path: join(root, 'out', 'workbench', `${name}.png`) });
}
