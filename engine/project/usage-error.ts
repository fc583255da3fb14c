/** Something that the user can put right: one sentence saying what is wrong, one saying what to do. Ends with status 2. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** An engine's error for the user: known by what it carries, so that it may come from another thread's copy of the class. */
export function isEngineError(error: unknown): error is Error & { code: string; hint: string } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'hint' in error &&
    typeof error.hint === 'string'
  );
}
