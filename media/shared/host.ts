/**
 * The page's end of the line to its host: messages in, checked; messages out; questions with their answers; what the page keeps
 * for the next time it is opened.
 *
 * Invariant: whatever arrives and is no message, or fails while it is handled, is reported to the host and ends there.
 */
import {
  parseHostMessage,
  type HostMessage,
  type HostMessageOf,
  type PageMessage,
  type PageMessageOf,
} from '../messages.js';

type Type = HostMessage['type'];
type Answer = Extract<HostMessage, { request: number }>;
type Question = Extract<PageMessage, { request: number }>;
type WithoutRequest<Q> = Q extends Question ? Omit<Q, 'request'> : never;
/** Which answer a question gets. */
interface Answers {
  readonly pageDetails: 'pageDetails';
  readonly tile: 'tile';
  readonly eventDetails: 'eventDetails';
  readonly pick: 'eventDetails';
  readonly search: 'searchResult';
  readonly rangeSummary: 'rangeSummary';
  readonly rows: 'rows';
}

export class Host {
  readonly #api: WebviewApi<unknown>;
  readonly #handlers = new Map<Type, (message: never) => void>();
  readonly #questions = new Map<number, (answer: never) => void>();
  #requests = 0;

  constructor(api: WebviewApi<unknown>) {
    this.#api = api;
    window.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#receive(data));
    window.addEventListener('error', ({ message }) => {
      // Not an error: what an observer of sizes changes again is seen in the next frame.
      if (!message.startsWith('ResizeObserver loop')) this.send({ type: 'failed', message });
    });
  }

  on<T extends Type>(type: T, handler: (message: HostMessageOf<T>) => void): void {
    this.#handlers.set(type, handler);
  }

  send(message: PageMessage): void {
    this.#api.postMessage(message);
  }

  /** What is asked twice is answered twice: whoever asks decides whether he still wants to know. */
  ask<T extends keyof Answers>(
    question: WithoutRequest<PageMessageOf<T>> & { readonly type: T },
    then: (answer: HostMessageOf<Answers[T]>) => void,
  ): number {
    const request = ++this.#requests;
    this.#questions.set(request, then);
    this.#api.postMessage({ ...question, request });
    return request;
  }

  forget(request: number): void {
    this.#questions.delete(request);
  }

  /** What {@link keep} kept, unread: of this very view, otherwise what its host remembers of one that was closed. */
  get kept(): unknown {
    return this.#api.getState() ?? (JSON.parse(document.body.dataset.state ?? 'null') as unknown);
  }

  /** @param state plain data */
  keep(state: unknown): void {
    this.#api.setState(state);
    this.send({ type: 'keep', state });
  }

  #receive(data: unknown): void {
    try {
      const message = parseHostMessage(data);
      if ('request' in message) this.#answer(message);
      else (this.#handlers.get(message.type) as ((message: HostMessage) => void) | undefined)?.(message);
    } catch (error) {
      this.send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  #answer(answer: Answer): void {
    const then = this.#questions.get(answer.request) as ((answer: Answer) => void) | undefined;
    this.#questions.delete(answer.request);
    then?.(answer);
  }
}
