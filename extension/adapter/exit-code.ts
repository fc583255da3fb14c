/** The exit code that a debugged program reports: the numbers of the `faultline` command's contract. */
import type { CompletedRun } from '../../engine/index.js';

/** 128 + the signal's number on Linux, whatever the host; every kind of trap counts as abort. */
const SIGNAL_CODES: ReadonlyMap<string, number> = new Map([
  ['SIGINT', 130],
  ['SIGBUS', 135],
  ['SIGKILL', 137],
  ['SIGSEGV', 139],
  ['SIGPIPE', 141],
  ['SIGTERM', 143],
]);
const ABORTED = 134;

export function exitCodeOf({ status, signal, reason }: CompletedRun['exit']): number {
  switch (reason) {
    case 'exited':
      // A status is a byte, as wait(2) reports it.
      return status & 0xff;
    case 'signal':
      return SIGNAL_CODES.get(signal ?? '') ?? ABORTED;
    case 'timeout':
      return 124;
    case 'interrupted':
      return 130;
    case 'budget':
      return 78;
  }
}

/** How the program ended, in a few words. */
export function endingOf({ status, signal, reason }: CompletedRun['exit']): string {
  switch (reason) {
    case 'exited':
      return `exit ${status & 0xff}`;
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
