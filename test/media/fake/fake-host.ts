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

  /** Sends a message; resolves when the page has handled it. */
  async tell(message: HostMessage): Promise<void> {
    // Listeners are called in the order in which they came, and the page's came first.
    const handled = new Promise((resolve) => window.addEventListener('message', resolve, { once: true }));
    this.post(message);
    await handled;
  }

  /** Resolves when a frame that was asked for before has been drawn, and what it asked for, too. */
  async drawn(frame = window.requestAnimationFrame.bind(window)): Promise<void> {
    for (let n = 0; n < 2; n++) await new Promise(frame);
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

  /** What a person asked for: without what the page itself fetches, answers and keeps, which goes out in its own time. */
  get asked(): PageMessage[] {
    const own = new Set<PageMessage['type']>(['ready', 'ack', 'keep', 'rows', 'tile']);
    return this.sent.filter(({ type }) => !own.has(type));
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

  /** Does something in each of so many frames; resolves with the ms from one frame to the next. */
  async frames(count: number, step: (n: number) => void): Promise<number[]> {
    const times: number[] = [];
    let last = await nextFrame();
    for (let n = 0; n < count; n++) {
      step(n);
      const now = await nextFrame();
      times.push(now - last);
      last = now;
    }
    return times;
  }

  /** A million pages: ms from the message until the cells are on the canvas, and ms a frame while scrolling. */
  async measureMap(): Promise<{ readonly firstPaintMs: number; readonly frameMs: readonly number[] }> {
    const reset = samples.million();
    const began = performance.now();
    await this.deliver(reset);
    finish();
    const firstPaintMs = performance.now() - began;
    const cell = document.querySelector<HTMLElement>('.focus')!;
    for (const key of ['0', '+', '+', '+']) cell.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    const scroller = document.querySelector<HTMLElement>('.scroller')!;
    await this.frames(10, () => (scroller.scrollTop += 10));
    const frameMs = await this.frames(120, (n) => (scroller.scrollTop += n % 40 === 39 ? 900 : 37));
    return { firstPaintMs, frameMs };
  }

  /** A million events: ms from the message until every tile in view is drawn, and ms a frame while panning. */
  async measureTimeline(): Promise<{ readonly openMs: number; readonly frameMs: readonly number[] }> {
    const run = samples.bigTimeline(1_000_000);
    const answer = samples.answerTimeline(run);
    let answered = 0;
    this.answer = (question) => {
      answered += 1;
      return answer(question);
    };
    const began = performance.now();
    await this.deliver(run.reset);
    for (let before = -1; before !== answered;) {
      before = answered;
      await nextFrame();
    }
    const openMs = performance.now() - began;
    const lanes = document.querySelector<HTMLElement>('.lanes')!;
    const wheel = (init: WheelEventInit): boolean =>
      lanes.dispatchEvent(new WheelEvent('wheel', { cancelable: true, clientX: 600, clientY: 150, ...init }));
    for (let n = 0; n < 12; n++) {
      wheel({ deltaY: -120, ctrlKey: true });
      await nextFrame();
    }
    const frameMs = await this.frames(120, (n) => wheel({ deltaX: n < 60 ? 24 : -24 }));
    return { openMs, frameMs };
  }
}

async function nextFrame(): Promise<number> {
  await new Promise(requestAnimationFrame);
  return performance.now();
}

/** Waits for the graphics processor: reading a pixel needs all that was drawn before. */
function finish(): void {
  const canvas = document.querySelector<HTMLCanvasElement>('.stage canvas');
  const gl = canvas?.getContext('webgl2');
  if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  else canvas?.getContext('2d')?.getImageData(0, 0, 1, 1);
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
