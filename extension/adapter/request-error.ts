/** What the client is told when a request cannot be served: one sentence. Nothing else of an error leaves the adapter. */

/** A request that cannot be served, for a reason that the user or the client can put right. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  /** @param showUser whether the editor should show it even where it would otherwise stay silent */
  constructor(
    message: string,
    readonly showUser = false,
  ) {
    super(message);
  }
}

/** The protocol's own word for a request that was withdrawn. */
export const CANCELLED = 'cancelled';

/**
 * The engine's own errors for what the user can put right: what cannot be done now, and a condition that does not parse. They are
 * known by their names, because they may come from another thread's copy of the class.
 */
export function isDebugError(error: unknown): error is Error {
  return error instanceof Error && ['DebugError', 'ConditionError'].includes(error.name);
}

/** A sentence for whatever was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof RequestError) return error.message;
  // As it is: what the engine says is a sentence already, or LLDB's own words, which begin with what the user has typed.
  if (isDebugError(error)) return error.message;
  if (error instanceof Error && 'hint' in error && typeof error.hint === 'string')
    return asSentence(`${error.message.replace(/[.:]+$/, '')}: ${lowerFirst(error.hint)}`);
  const message = error instanceof Error ? error.message : String(error);
  return `The debugger failed (${message.replace(/\.$/, '')}); please report this.`;
}

/** With a capital and a full stop. */
function asSentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** The longest path that a sentence still reads well with; of a longer one its end is what tells files apart. */
const LONGEST_PATH = 160;

/** What has room in a sentence. */
export function shortened(path: string): string {
  return path.length > LONGEST_PATH ? `…${path.slice(1 - LONGEST_PATH)}` : path;
}

/** A path in a sentence. */
export function quoted(path: string): string {
  return `'${shortened(path)}'`;
}
