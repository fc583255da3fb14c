/** The report at a program's end: that of `faultline run`, for the debug console. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { renderReport, summarize, type CompletedRun, type SourceText } from '../../engine/index.js';
import type { Client } from './client.js';
import { endingOf, exitStatusOf } from '../../engine/index.js';

/** Characters in a line of a debug console that is as wide as it usually is. */
const WIDTH = 80;

export function reportOf(run: CompletedRun, client: Client): string {
  const { trace, tables, exit } = run;
  const dropped = trace.recorded - trace.length;
  return renderReport(
    {
      sources: run.sources,
      language: run.language,
      machine: run.machineName,
      driver: run.driverName,
      pageSize: run.pageSize,
      ending: endingOf(exit),
      succeeded: exitStatusOf(exit) === 0,
      fault: run.fault,
      summary: summarize(trace, tables, run.pageSize),
      nodes: tables.nodes,
      allocations: tables.allocations,
      notes: [
        ...(run.notes ?? []),
        ...(dropped > 0
          ? [`the event log reached its memory limit; ${dropped} later events cannot be looked at.`]
          : []),
      ],
    },
    {
      width: WIDTH,
      colour: client.capabilities.supportsANSIStyling === true,
      sourceText: sourceReader(run.projectFolder),
    },
  );
}

/** Lines of the sources as they lie on the disk; each file is read once. */
function sourceReader(folder: string): SourceText {
  const read = new Map<string, readonly string[]>();
  return (file, line) => {
    let lines = read.get(file);
    if (lines === undefined) {
      lines = linesOf(resolve(folder, file));
      read.set(file, lines);
    }
    return lines[line - 1] ?? null;
  };
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    // The file has gone meanwhile: the report does without its text.
    return [];
  }
}
