/**
 * Tools for assistants: run a program, list what stands out, query events and residency. Answers are JSON, short enough to be read
 * whole. An editor without language models has no such interface: there they are left out.
 */
import { basename, isAbsolute, join } from 'node:path';
import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import * as vscode from 'vscode';
import { tools } from '../manifest.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { findingsOf } from './findings.js';

const { t } = vscode.l10n;
const MOST_CHARACTERS = 60_000;
const MOST_ROWS = 200;
const TIMEOUT_SECONDS = 60;

interface RunInput {
  readonly program: string;
  readonly args?: readonly string[];
  readonly driver?: string;
  readonly machine?: string;
  readonly deviceMemory?: string;
}

interface EventsInput {
  readonly filter?: string;
  readonly kinds?: string[];
  readonly limit?: number;
}

interface ResidencyInput {
  readonly allocation?: string;
}

export function registerLanguageModelTools(sessions: Sessions, extensionPath: string): vscode.Disposable {
  // Older editors, and forks without language models, have the namespace and not the function, or neither.
  const lm = (vscode as { lm?: Partial<typeof vscode.lm> }).lm;
  if (typeof lm?.registerTool !== 'function') return new vscode.Disposable(() => undefined);
  return vscode.Disposable.from(
    vscode.lm.registerTool<RunInput>(tools.run, {
      prepareInvocation: ({ input }) => ({
        invocationMessage: t('Running {0} on a simulated machine', basename(input.program)),
        confirmationMessages: {
          title: t('Run a program'),
          message: t('Compile {0} and run it in the sandbox of Faultline?', input.program),
        },
      }),
      invoke: async ({ input }, token) => answer(await run(input, extensionPath, token)),
    }),
    vscode.lm.registerTool<Record<string, never>>(tools.findings, {
      invoke: async () => answer(await findingsOf(inspected(sessions))),
    }),
    vscode.lm.registerTool<EventsInput>(tools.events, {
      invoke: async ({ input }) => {
        const { filter, kinds, limit = MOST_ROWS } = input;
        const found = await inspected(sessions).request('faultline/events', {
          ...(filter !== undefined && { filter }),
          ...(kinds !== undefined && { kinds }),
          limit: Math.max(1, Math.min(MOST_ROWS, limit)),
        });
        return answer(found);
      },
    }),
    vscode.lm.registerTool<ResidencyInput>(tools.residency, {
      invoke: async ({ input }) => {
        const { allocations } = await inspected(sessions).request('faultline/allocations', {});
        return answer(allocations.filter(({ name }) => input.allocation === undefined || name === input.allocation));
      },
    }),
  );
}

/** @throws Error that tells an assistant what to do */
function inspected(sessions: Sessions): ProgramSession {
  const session = sessions.current;
  if (session?.state === 'stopped' || session?.state === 'ended') return session;
  throw new Error(t('No program is stopped or has ended under the debugger. Ask the user to debug one with F5 first.'));
}

function answer(data: unknown): vscode.LanguageModelToolResult {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text;
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(cut)]);
}

/** Runs the packaged command: a process of its own, so that it can be ended. */
async function run(input: RunInput, extensionPath: string, token: vscode.CancellationToken): Promise<string> {
  if (!vscode.workspace.isTrusted) throw new Error(t('The workspace is not trusted, so its programs are not run.'));
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const program = isAbsolute(input.program) || folder === undefined ? input.program : join(folder, input.program);
  const options = [
    ...(input.driver === undefined ? [] : ['--driver', input.driver]),
    ...(input.machine === undefined ? [] : ['--machine', input.machine]),
    ...(input.deviceMemory === undefined ? [] : ['--device-memory', input.deviceMemory]),
  ];
  const args = [
    ...[
      join(extensionPath, 'dist', 'cli.js'),
      'run',
      program,
      '--json',
      '--timeout',
      String(TIMEOUT_SECONDS),
      ...options,
    ],
    ...(input.args === undefined ? [] : ['--', ...input.args]),
  ];
  return await new Promise((resolve, reject) => {
    const child = execFile(
      execPath,
      args,
      { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, maxBuffer: 64 * 2 ** 20 },
      (error, stdout, stderr) => {
        // A program that fails has a report, too.
        if (error && stderr === '' && stdout === '') reject(new Error(error.message));
        else resolve(`${stderr}\n${stdout}`.trim());
      },
    );
    token.onCancellationRequested(() => child.kill());
  });
}
