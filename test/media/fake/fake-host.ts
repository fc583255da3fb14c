/**
 * The host's part, inside the page under test: gives it what VS Code would (`acquireVsCodeApi`, theme variables), keeps what the
 * page says, and answers its questions from sample data. Injected before the page's own script; `window.fake` is how a test
 * reaches it.
 */
import { COLORS, cssVariable } from '../../../media/colors.js';
import { parsePageMessage, type HostMessage, type PageMessage } from '../../../media/messages.js';
import * as samples from './samples.js';
import { THEMES, type ThemeName } from './themes.js';

type Answer = (question: PageMessage) => HostMessage | null;

export class FakeHost {
  /** What the page said, checked as the extension checks it. */
  readonly sent: PageMessage[] = [];
  readonly samples = samples;
  /** What is wrong with what the page said. */
  readonly complaints: string[] = [];
  /** Set to null by a test that wants no answers. */
  answer: Answer | null = null;
  #seq = 0;
  readonly #waiting = new Map<number, () => void>();

  receive(data: unknown): void {
    try {
      const message = parsePageMessage(structuredClone(data));
      this.sent.push(message);
      if (message.type === 'failed') this.complaints.push(message.message);
      if (message.type === 'ack') this.#waiting.get(message.seq)?.();
      const answer = this.answer?.(message) ?? null;
      if (answer !== null) this.post(answer);
    } catch (error) {
      this.complaints.push(String(error));
    }
  }

  post(message: HostMessage): void {
    window.postMessage(message, '*');
  }

  /** Sends a message with the next `seq`; resolves with the ms until it was acknowledged. */
  async deliver(message: HostMessage): Promise<number> {
    const seq = ++this.#seq;
    const began = performance.now();
    const acknowledged = new Promise<void>((resolve) => this.#waiting.set(seq, resolve));
    this.post({ ...message, seq } as HostMessage);
    await acknowledged;
    return performance.now() - began;
  }

  count(type: PageMessage['type']): number {
    return this.sent.filter((message) => message.type === type).length;
  }

  last<Type extends PageMessage['type']>(type: Type): Extract<PageMessage, { type: Type }> | undefined {
    return this.sent.findLast((message): message is Extract<PageMessage, { type: Type }> => message.type === type);
  }

  theme(name: ThemeName): void {
    const { kind, variables } = THEMES[name];
    const { style } = document.documentElement;
    for (const [variable, value] of Object.entries(variables)) style.setProperty(`--vscode-${variable}`, value);
    for (const color of COLORS) {
      const value = { dark: color.dark, light: color.light, hc: color.highContrast, hcLight: color.highContrastLight };
      style.setProperty(cssVariable(color.id), value[kind]);
    }
    document.body.className = THEMES[name].className;
  }

  /** Draws so many frames, doing something before each; resolves with the ms that each took, drawing by the GPU included. */
  async frames(count: number, step: (n: number) => void): Promise<number[]> {
    const times: number[] = [];
    for (let n = 0; n < count; n++) {
      await new Promise(requestAnimationFrame);
      const began = performance.now();
      step(n);
      // The page's own frame runs in the next animation frame; the one after tells that it is on the screen.
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - began);
    }
    return times;
  }
}

declare global {
  interface Window {
    readonly fake: FakeHost;
  }
}

const STATE = 'state';
const host = new FakeHost();
Object.assign(window, {
  fake: host,
  acquireVsCodeApi: () => ({
    postMessage: (message: unknown) => host.receive(message),
    getState: () => JSON.parse(sessionStorage.getItem(STATE) ?? 'null') as unknown,
    setState: (state: unknown) => sessionStorage.setItem(STATE, JSON.stringify(state)),
  }),
});
const theme = new URLSearchParams(location.search).get('theme') ?? 'dark';
document.addEventListener('readystatechange', () => {
  if (document.readyState === 'interactive') host.theme(theme as ThemeName);
});
