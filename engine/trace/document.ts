/**
 * The JSON document of a run: schema 1 of the command's contract. Everything but `host` is deterministic, so the same
 * program gives the same bytes. Fields are only ever added; order is that of the contract.
 */
import type { Summary } from './summary.js';

export interface RunDescription {
  /** As they were named on the command line. */
  readonly sources: readonly string[];
  readonly language: string;
  readonly arguments: readonly string[];
  readonly machine: string;
  readonly driver: string;
  /** What it was made with, defaults included. */
  readonly driverParameters: Readonly<Record<string, number>>;
  /** Bytes. */
  readonly pageSize: number;
  readonly seed: number;
  /** What the command's exit status says about the program. */
  readonly exit: { readonly status: number; readonly signal: string | null };
  readonly host: HostFigures;
}

/** Figures of the real machine: the only part that differs from run to run. */
export interface HostFigures {
  readonly compileMs: number;
  readonly runMs: number;
  /** Memory accesses the program made. */
  readonly accesses: number;
  readonly peakMemoryBytes: number;
}

/** The document's text, with a newline at its end. */
export function runDocument(run: RunDescription, summary: Summary): string {
  const document = {
    schema: 1,
    program: { sources: run.sources, language: run.language, arguments: run.arguments },
    machine: run.machine,
    driver: run.driver,
    driverParameters: run.driverParameters,
    pageSize: run.pageSize,
    seed: run.seed,
    exit: { status: run.exit.status, signal: run.exit.signal },
    unifiedMemory: summary.unifiedMemory,
    explicitCopies: summary.explicitCopies,
    time: summary.time,
    host: {
      compileMs: Math.round(run.host.compileMs),
      runMs: Math.round(run.host.runMs),
      accesses: run.host.accesses,
      peakMemoryBytes: run.host.peakMemoryBytes,
    },
    kernels: summary.kernels,
    allocations: summary.allocations,
    lines: summary.lines,
    findings: [],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
