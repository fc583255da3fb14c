/** Where the command writes: the two streams of a process, as an interface, so that a run is tested without a process. */

export interface Terminal {
  /** The program's output and the JSON document, byte for byte. */
  stdout(chunk: Uint8Array | string): void;
  /** The program's errors, the report, progress. */
  stderr(chunk: Uint8Array | string): void;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  /** Characters in a line of stderr; null if it is no terminal. */
  readonly columns: number | null;
  /** Whether escape codes for colour are welcome on stderr. */
  readonly colour: boolean;
  /** @throws what the host throws */
  writeFile(path: string, text: string): void;
}

/** https://no-color.org, and terminals that say they understand nothing. */
export function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  return isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
