/** How a run ended, as a number and in words: the contract's numbers of the command and of a debugged program, in one place. */
import type { CompletedRun } from './run.js';

export const ExitStatus = {
  ok: 0,
  usage: 2,
  doesNotCompile: 65,
  engineFailed: 71,
  overBudget: 78,
  timeout: 124,
  aborted: 134,
  interrupted: 130,
} as const;

/** Of a program that was compiled and run. */
export function exitStatusOf({ status, signal, reason }: CompletedRun['exit']): number {
  switch (reason) {
    case 'exited':
      // A status is a byte, as wait(2) reports it.
      return status & 0xff;
    case 'signal':
      return signalStatus(signal);
    case 'timeout':
      return ExitStatus.timeout;
    case 'interrupted':
      return ExitStatus.interrupted;
    case 'budget':
      return ExitStatus.overBudget;
  }
}

/** How the program ended, in a few words, for the report's first line. */
export function endingOf({ status, signal, reason }: CompletedRun['exit'], overBudget = false): string {
  switch (reason) {
    case 'exited':
      return overBudget ? `exit ${status & 0xff}, over budget` : `exit ${status & 0xff}`;
    case 'signal':
      return `killed by ${signal ?? 'a signal'}`;
    case 'timeout':
      return 'timed out';
    case 'interrupted':
      return 'interrupted';
    case 'budget':
      return 'stopped, over budget';
  }
}

/** 128 + the signal's number on Linux, as a shell has it, whatever the host; every kind of trap counts as abort. */
const SIGNAL_STATUS: ReadonlyMap<string, number> = new Map([
  ['SIGINT', ExitStatus.interrupted],
  ['SIGBUS', 135],
  ['SIGKILL', 137],
  ['SIGSEGV', 139],
  ['SIGPIPE', 141],
  ['SIGTERM', 143],
]);

function signalStatus(signal: string | null): number {
  return (signal === null ? undefined : SIGNAL_STATUS.get(signal)) ?? ExitStatus.aborted;
}
