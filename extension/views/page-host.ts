/**
 * One page in one webview, in the panel or in an editor tab: gives it its HTML, reads what it says, and begins its feed again
 * whenever it listens. A page that is hidden has no feed, so it costs nothing.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { parsePageMessage, type HostMessage, type PageMessage } from '../../media/messages.js';
import { pageHtml, type PageName } from '../../media/page-html.js';
import { TEXTS, type Texts } from '../../media/texts.js';

/** What a page shows, from the moment it listens until it is hidden. */
export interface Feed {
  /** Whatever is not for every page. @returns false if it is none of this page's */
  receive(message: PageMessage): boolean | Promise<boolean>;
  dispose(): void;
}

export interface PageChannel {
  post(message: HostMessage): void;
  failed(error: unknown): void;
}

export interface PageServices {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** What pages wanted to be kept last: a tab that was closed and is opened again is another webview. */
  readonly kept: Map<PageName, unknown>;
  createFeed(page: PageName, channel: PageChannel): Feed;
  /** What every page may ask: to open a source, another page, … */
  act(message: PageMessage): Promise<void>;
}

/** The parts that views and editor tabs have in common. */
export interface PageFrame {
  readonly webview: vscode.Webview;
  readonly visible: boolean;
  readonly onDidChangeVisible: vscode.Event<unknown>;
}

export class PageHost implements vscode.Disposable, PageChannel {
  private feed: Feed | null = null;
  private readonly subscriptions: vscode.Disposable[] = [];
  /** What is to be shown as soon as the page listens. */
  private pending: HostMessage[] = [];
  private posted = 0;

  constructor(
    readonly page: PageName,
    private readonly frame: PageFrame,
    private readonly services: PageServices,
  ) {
    const { webview } = frame;
    const media = vscode.Uri.joinPath(services.extensionUri, 'dist', 'media');
    webview.options = { enableScripts: true, localResourceRoots: [media] };
    this.subscriptions.push(
      webview.onDidReceiveMessage((message: unknown) => void this.receive(message)),
      frame.onDidChangeVisible(() => this.visibilityChanged()),
    );
    const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(media, file)).toString();
    webview.html = pageHtml({
      page,
      nonce: randomBytes(16).toString('base64url'),
      cspSource: webview.cspSource,
      scriptUri: uri(`${page}.js`),
      styleUri: uri(`${page}.css`),
      language: vscode.env.language,
      texts: translated(),
      state: services.kept.get(page) ?? null,
    });
  }

  get visible(): boolean {
    return this.frame.visible;
  }

  /** Whether the page listens. */
  get listening(): boolean {
    return this.feed !== null;
  }

  /** Messages that the page has got so far. */
  get messagesPosted(): number {
    return this.posted;
  }

  post(message: HostMessage): void {
    this.posted += 1;
    void this.frame.webview.postMessage(message);
  }

  /** Now, or as soon as the page listens. */
  postWhenReady(message: HostMessage): void {
    if (this.feed) this.post(message);
    else this.pending.push(message);
  }

  failed(error: unknown): void {
    this.services.log.warn(`${this.page}: ${error instanceof Error ? error.message : String(error)}`);
  }

  dispose(): void {
    this.feed?.dispose();
    this.feed = null;
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async receive(data: unknown): Promise<void> {
    try {
      const message = parsePageMessage(data);
      if (message.type === 'ready') this.begin();
      else if (message.type === 'keep') this.services.kept.set(this.page, message.state);
      else if (message.type === 'failed') this.failed(message.message);
      else if (!((await this.feed?.receive(message)) ?? false)) await this.services.act(message);
    } catch (error) {
      this.failed(error);
    }
  }

  private begin(): void {
    this.feed?.dispose();
    this.feed = this.services.createFeed(this.page, this);
    const { pending } = this;
    this.pending = [];
    for (const message of pending) this.post(message);
  }

  /** A page that is hidden is thrown away by the editor; shown again, it begins with `ready`. */
  private visibilityChanged(): void {
    if (this.frame.visible) return;
    this.feed?.dispose();
    this.feed = null;
  }
}

function translated(): Texts {
  return Object.fromEntries(Object.entries(TEXTS).map(([key, text]) => [key, vscode.l10n.t(text)])) as unknown as Texts;
}
