/**
 * One line on stderr that says what is going on, where stderr is a terminal.
 *
 * Invariant: the line is never left behind and never mixed into the program's output. It is erased before anything else
 * is written, and stays away while the program's last line has no end (a prompt, say).
 */
import { formatCount, formatNs, type RunProgress } from './engine.js';
import type { Terminal } from './terminal.js';

/** Not more often than the eye follows. */
const INTERVAL_MS = 100;
const ERASE_LINE = '\r\u001b[2K';
const NEWLINE = 0x0a;

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #enabled: boolean;
  readonly #now: () => number;
  #shown = false;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #phase: RunProgress['phase'] | null = null;
  #atLineStart = true;

  /** `now` in ms of real time. */
  constructor(terminal: Terminal, enabled: boolean, now: () => number) {
    this.#terminal = terminal;
    this.#enabled = enabled && terminal.stderrIsTerminal;
    this.#now = now;
  }

  show(progress: RunProgress): void {
    if (!this.#enabled || !this.#atLineStart) return;
    const nowMs = this.#now();
    if (progress.phase === this.#phase && nowMs - this.#shownAtMs < INTERVAL_MS) return;
    this.#phase = progress.phase;
    this.#shownAtMs = nowMs;
    this.#shown = true;
    const text = describeProgress(progress);
    this.#terminal.stderr(ERASE_LINE + text.slice(0, Math.max(0, (this.#terminal.columns ?? 80) - 1)));
  }

  /** Call before anything is written that may end up on the same screen. */
  erase(): void {
    if (!this.#shown) return;
    this.#shown = false;
    this.#shownAtMs = Number.NEGATIVE_INFINITY;
    this.#terminal.stderr(ERASE_LINE);
  }

  /** Call with the program's output that goes to the screen. */
  wrote(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#atLineStart = chunk[chunk.length - 1] === NEWLINE;
  }
}

function describeProgress({ phase, detail, simulatedNs, events }: RunProgress): string {
  const verb = { compile: 'compiling', link: 'linking', instrument: 'instrumenting', run: 'running' }[phase];
  const figures = [
    ...(simulatedNs === undefined ? [] : [`${formatNs(simulatedNs)} simulated`]),
    ...(events === undefined ? [] : [`${formatCount(events)} events`]),
  ];
  return [`${verb} ${detail}`.trimEnd(), ...figures].join(' · ');
}
