/** `faultline run`: compiles and runs a program, passes its output through, writes report and JSON, and gives the status. */
import { isAbsolute, join } from 'node:path';
import type { RunCommand } from './arguments.js';
import { exceededBudgets } from './budget.js';
import { countDiagnostics, renderDiagnostics } from './diagnostics.js';
import {
  endingOf,
  faultHeadline,
  ExitStatus,
  exitStatusOf,
  painter,
  renderReport,
  runDocument,
  summarize,
  UsageError,
  type CompletedRun,
  type Engine,
  type Files,
  type RunObserver,
  type RunRequest,
  type SourceText,
  type Summary,
} from './engine.js';
import { ProgressLine } from './progress.js';
import type { Terminal } from './terminal.js';

export interface RunSurroundings {
  readonly engine: Engine;
  readonly terminal: Terminal;
  readonly files: Files;
  /** Real time, ms. */
  readonly now: () => number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
}

/** @throws UsageError, and what the engine throws. */
export async function runProgram(
  command: RunCommand,
  { engine, terminal, files, now, signal }: RunSurroundings,
): Promise<number> {
  const { request, json, quiet } = command;
  const colour = command.colour && terminal.colour;
  const progress = new ProgressLine(terminal, !quiet, now);
  const output = new ProgramOutput(terminal, progress);

  let outcome;
  try {
    outcome = await engine.run(request, output, signal);
  } finally {
    progress.erase();
  }
  output.endLine('stderr');
  const diagnostics = outcome.diagnostics ?? [];
  if (!outcome.compiled) {
    terminal.stderr(renderDiagnostics(diagnostics, painter(colour)) + countDiagnostics(diagnostics));
    return ExitStatus.doesNotCompile;
  }

  const summary = summarize(outcome.trace, outcome.tables, outcome.pageSize);
  const exceeded = exceededBudgets(request.limits, summary);
  const programStatus = exitStatusOf(outcome.exit);
  const status = exceeded.length > 0 && programStatus === ExitStatus.ok ? ExitStatus.overBudget : programStatus;

  terminal.stderr(renderDiagnostics(diagnostics, painter(colour)));
  if (!quiet) {
    const style = { width: terminal.columns ?? 0, colour, sourceText: sourceReader(files, outcome.projectFolder) };
    terminal.stderr(report(outcome, summary, exceeded, style));
  } else if (outcome.fault !== null || outcome.exit.reason === 'timeout') {
    // As a shell does: a status alone would tell nobody why.
    const why = outcome.fault === null ? [] : [`${faultHeadline(outcome.fault)}.`];
    for (const sentence of [...why, ...(outcome.notes ?? [])]) terminal.stderr(`faultline: ${sentence}\n`);
  }
  for (const sentence of exceeded) terminal.stderr(`faultline: ${sentence}\n`);
  if (json.to !== 'nowhere') {
    const text = document(request, outcome, summary, status);
    if (json.to === 'file') {
      try {
        terminal.writeFile(json.path, text);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new UsageError(
          `The JSON could not be written to '${json.path}': ${reason}.`,
          'Name a file that can be written.',
        );
      }
    } else {
      output.endLine('stdout');
      terminal.stdout(text);
    }
  }
  return status;
}

/** Passes the program's output through and keeps the progress line out of it. */
class ProgramOutput implements RunObserver {
  readonly #terminal: Terminal;
  readonly #progress: ProgressLine;
  readonly #lastByte = { stdout: NEWLINE, stderr: NEWLINE };

  constructor(terminal: Terminal, progress: ProgressLine) {
    this.#terminal = terminal;
    this.#progress = progress;
  }

  stdout(chunk: Uint8Array): void {
    if (this.#terminal.stdoutIsTerminal) {
      this.#progress.erase();
      this.#progress.wrote(chunk);
    }
    this.#lastByte.stdout = chunk.at(-1) ?? this.#lastByte.stdout;
    this.#terminal.stdout(chunk);
  }

  stderr(chunk: Uint8Array): void {
    this.#progress.erase();
    this.#progress.wrote(chunk);
    this.#lastByte.stderr = chunk.at(-1) ?? this.#lastByte.stderr;
    this.#terminal.stderr(chunk);
  }

  progress(progress: Parameters<RunObserver['progress']>[0]): void {
    this.#progress.show(progress);
  }

  /** What we write next begins on a line of its own. */
  endLine(stream: 'stdout' | 'stderr'): void {
    const onOneScreen = stream === 'stderr' && this.#terminal.stdoutIsTerminal && this.#terminal.stderrIsTerminal;
    if (this.#lastByte[stream] !== NEWLINE || (onOneScreen && this.#lastByte.stdout !== NEWLINE))
      this.#terminal[stream]('\n');
    this.#lastByte[stream] = NEWLINE;
    if (onOneScreen) this.#lastByte.stdout = NEWLINE;
  }
}

const NEWLINE = 0x0a;

function report(
  outcome: CompletedRun,
  summary: Summary,
  exceeded: readonly string[],
  style: { width: number; colour: boolean; sourceText: SourceText },
): string {
  const { tables, trace, exit } = outcome;
  const dropped = trace.recorded - trace.length;
  const notes = [...(outcome.notes ?? [])];
  if (dropped > 0) {
    notes.push(
      tables.overflow === null
        ? `the event log reached its memory limit; ${dropped} later events are not in these figures.`
        : `the event log reached its memory limit; ${dropped} later events are in these figures but cannot be looked at one by one.`,
    );
  }
  return renderReport(
    {
      sources: outcome.sources,
      language: outcome.language,
      machine: outcome.machineName,
      driver: outcome.driverName,
      pageSize: outcome.pageSize,
      ending: endingOf(exit, exceeded.length > 0),
      succeeded: exitStatusOf(exit) === ExitStatus.ok && exceeded.length === 0,
      fault: outcome.fault,
      summary,
      nodes: tables.nodes,
      allocations: tables.allocations,
      notes,
    },
    style,
  );
}

function document(request: RunRequest, outcome: CompletedRun, summary: Summary, status: number): string {
  return runDocument(
    {
      sources: outcome.sources,
      language: outcome.language,
      arguments: request.programArguments,
      machine: outcome.machineName,
      driver: outcome.driverName,
      driverParameters: outcome.driverParameters,
      pageSize: outcome.pageSize,
      seed: request.seed,
      exit: { status, signal: outcome.exit.signal },
      host: outcome.host,
    },
    summary,
  );
}

/** Lines of the sources as they lie on the disk; each file is read once. */
function sourceReader(files: Files, projectFolder: string): SourceText {
  const read = new Map<string, readonly string[]>();
  return (file, line) => {
    let lines = read.get(file);
    if (lines === undefined) {
      const path = isAbsolute(file) ? file : join(projectFolder, file);
      lines = files.kind(path) === 'file' ? new TextDecoder().decode(files.read(path)).split(/\r?\n/) : [];
      read.set(file, lines);
    }
    return lines[line - 1] ?? null;
  };
}
