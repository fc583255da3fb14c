/**
 * Progress of what takes long. Nothing is shown for what is done within half a second, so that a warm compiler and a short
 * step do not make the editor flicker.
 */
import type { Client } from './client.js';
import type { EventSink } from './events.js';

const QUIET_MS = 500;

export interface Progress {
  /** What is being done now: `compile add.cu`. */
  update(message: string): void;
  end(message?: string): void;
}

const silent: Progress = { update: () => undefined, end: () => undefined };

export class ProgressReporter {
  private count = 0;
  private readonly cancels = new Map<string, () => void>();

  constructor(
    private readonly client: Client,
    private readonly events: EventSink,
  ) {}

  /**
   * @param requestId the request that the progress belongs to, or null
   * @param cancel what a click on "Cancel" does
   */
  start(title: string, requestId: number | null, cancel: () => void): Progress {
    if (this.client.capabilities.supportsProgressReporting !== true) return silent;
    this.count += 1;
    const progressId = `faultline-${this.count}`;
    let latest = '';
    let shown = false;
    const timer = setTimeout(() => {
      shown = true;
      this.cancels.set(progressId, cancel);
      this.events('progressStart', {
        progressId,
        title,
        cancellable: true,
        ...(requestId !== null && { requestId }),
        ...(latest !== '' && { message: latest }),
      });
    }, QUIET_MS);
    let ended = false;
    return {
      update: (message) => {
        if (message === latest || ended) return;
        latest = message;
        if (shown) this.events('progressUpdate', { progressId, message });
      },
      end: (message) => {
        if (ended) return;
        ended = true;
        clearTimeout(timer);
        this.cancels.delete(progressId);
        if (shown) this.events('progressEnd', { progressId, ...(message !== undefined && { message }) });
      },
    };
  }

  /** False if there is no such progress, or no longer. */
  cancel(progressId: string): boolean {
    const cancel = this.cancels.get(progressId);
    cancel?.();
    return cancel !== undefined;
  }
}
