/** What the user can put right: one sentence that says what happened, one that says what to do. */
export class EngineError extends Error {
  override readonly name = 'EngineError';

  /**
   * @param code stable, for scripts
   * @param hint what to do
   */
  constructor(
    readonly code: 'FL1001' | 'FL1002' | 'FL1003' | 'FL1004' | 'FL1005',
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
