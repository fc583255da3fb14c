/** From the words of a command line to an exit status. Every error a person can cause ends here as one clear sentence. */
import { parseCommandLine, type Command } from './arguments.js';
import { serveDebugAdapter } from './dap-command.js';
import { ExitStatus, isDriverFile, isEngineError, UsageError, type Engine, type Files } from './engine.js';
import {
  renderDriverCheck,
  renderDriverDetails,
  renderDrivers,
  renderMachineOverview,
  renderMachines,
} from './listings.js';
import { runProgram } from './run-command.js';
import type { Terminal } from './terminal.js';

export interface CommandLineSurroundings {
  readonly engine: Engine;
  readonly terminal: Terminal;
  readonly files: Files;
  readonly version: string;
  /** Real time, ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Show where an internal error came from. */
  readonly debug: boolean;
}

export async function runCommandLine(words: readonly string[], surroundings: CommandLineSurroundings): Promise<number> {
  const { engine, terminal, files, version, debug } = surroundings;
  try {
    const command = parseCommandLine(words, {
      files,
      version,
      drivers: engine.listDrivers().map(({ name }) => name),
      machines: engine.listMachines().map(({ name }) => name),
    });
    return await execute(command, surroundings);
  } catch (error) {
    if (error instanceof UsageError || isEngineError(error)) {
      terminal.stderr(`faultline: ${error.message} ${error.hint}\n`);
      return ExitStatus.usage;
    }
    if (surroundings.signal.aborted) {
      // Whoever ends us while the program is being built ends nothing that could be reported.
      terminal.stderr('faultline: Stopped before the program ran.\n');
      return ExitStatus.interrupted;
    }
    terminal.stderr(describeFailure(error, debug));
    return ExitStatus.engineFailed;
  }
}

/** An error that is our fault: one sentence, with the stack only for whoever asks for it. */
export function describeFailure(error: unknown, debug: boolean): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  // The stack of the thread that failed comes as the cause.
  const own = error instanceof Error ? (typeof error.cause === 'string' ? error.cause : error.stack) : undefined;
  const stack = debug ? `${own ?? ''}\n` : '';
  const hint = debug ? '' : ', with what FAULTLINE_DEBUG=1 prints';
  return `faultline: The engine failed: ${message}. This is a fault of Faultline: please report it${hint}.\n${stack}`;
}

async function execute(command: Command, surroundings: CommandLineSurroundings): Promise<number> {
  const { engine, terminal } = surroundings;
  switch (command.kind) {
    case 'run':
      return runProgram(command, surroundings);
    case 'dap':
      await serveDebugAdapter(command, terminal, surroundings.signal);
      return ExitStatus.ok;
    case 'machines': {
      const machines = engine.listMachines().filter(({ name }) => chosen(command.names, name));
      const render = command.names.length === 0 ? renderMachineOverview : renderMachines;
      terminal.stdout(command.json ? json({ schema: 1, machines }) : render(machines, WIDTH));
      return ExitStatus.ok;
    }
    case 'drivers': {
      const checks = await Promise.all(
        command.names.filter(isDriverFile).map((file) => engine.checkDriver(file, surroundings.files.cwd)),
      );
      const known = engine.listDrivers().filter(({ name }) => chosen(command.names, name));
      const drivers = [...known, ...checks.map(({ description, cases }) => ({ ...description, cases }))];
      const shown = command.names.length === 0 ? renderDrivers(drivers, WIDTH) : renderDriverDetails(drivers, WIDTH);
      terminal.stdout(command.json ? json({ schema: 1, drivers }) : shown);
      if (!command.json) terminal.stdout(checks.map(renderDriverCheck).join(''));
      return checks.every(({ cases }) => cases.every(({ broken }) => broken === null)) ? ExitStatus.ok : 1;
    }
    case 'text':
      terminal.stdout(command.text);
      return ExitStatus.ok;
  }
}

/** Listings look the same on a screen and in a pipe. */
const WIDTH = 100;

function chosen(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
