/** All pages that are open, in the panel and as editor tabs, and the ways from one to another. */
import * as vscode from 'vscode';
import type { HostMessage } from '../../media/messages.js';
import { PAGES, type PageName } from '../../media/page-html.js';
import { pageViews } from '../manifest.js';
import { PageHost, type PageServices } from './page-host.js';

const TITLES: Readonly<Record<PageName, () => string>> = {
  'residency-map': () => vscode.l10n.t('Residency Map'),
  memories: () => vscode.l10n.t('Memories'),
  timeline: () => vscode.l10n.t('Timeline'),
  events: () => vscode.l10n.t('Events'),
};

interface OpenPage {
  readonly page: PageName;
  readonly tab: boolean;
  readonly visible: boolean;
  readonly listening: boolean;
  readonly messages: number;
}

export class Pages implements vscode.Disposable {
  private readonly hosts = new Set<PageHost>();
  private readonly registered: vscode.Disposable[] = [];
  /** For the view that is about to be resolved. */
  private readonly waiting = new Map<PageName, HostMessage[]>();

  constructor(private readonly services: PageServices) {
    for (const page of PAGES) {
      this.registered.push(
        vscode.window.registerWebviewViewProvider(pageViews[page], {
          resolveWebviewView: (view) => {
            this.adopt(page, view, view.onDidChangeVisibility);
          },
        }),
        vscode.window.registerWebviewPanelSerializer(pageViews[page], {
          deserializeWebviewPanel: (panel) => {
            this.adopt(page, panel, panel.onDidChangeViewState);
            return Promise.resolve();
          },
        }),
      );
    }
  }

  /** As an editor tab beside what is open. */
  openTab(page: PageName): void {
    const open = [...this.hosts].find((host) => host.page === page && this.tabs.has(host));
    const tab = open && this.tabs.get(open);
    if (tab) {
      tab.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(pageViews[page], TITLES[page](), vscode.ViewColumn.Beside, {
      enableScripts: true,
      enableFindWidget: false,
    });
    this.adopt(page, panel, panel.onDidChangeViewState);
  }

  /** Shows something on a page: on one that is visible, otherwise in the panel. */
  async reveal(page: PageName, message: HostMessage | null): Promise<void> {
    const host = [...this.hosts].find((candidate) => candidate.page === page && candidate.visible);
    if (host) {
      if (message) host.postWhenReady(message);
      return;
    }
    if (message) this.waiting.set(page, [...(this.waiting.get(page) ?? []), message]);
    await vscode.commands.executeCommand(`${pageViews[page]}.focus`);
    const shown = [...this.hosts].find((candidate) => candidate.page === page && candidate.visible);
    if (shown) this.handOver(page, shown);
  }

  /** Pages that are open: whether each listens, how many messages it has got, what it wants to be kept. For tests. */
  opened(): OpenPage[] {
    return [...this.hosts].map((host) => ({
      page: host.page,
      tab: this.tabs.has(host),
      visible: host.visible,
      listening: host.listening,
      messages: host.messagesPosted,
    }));
  }

  /** What a page wanted to be kept last. For tests. */
  kept(page: PageName): unknown {
    return this.services.kept.get(page) ?? null;
  }

  dispose(): void {
    for (const host of this.hosts) host.dispose();
    vscode.Disposable.from(...this.registered).dispose();
  }

  private readonly tabs = new Map<PageHost, vscode.WebviewPanel>();

  private adopt(
    page: PageName,
    view: vscode.WebviewView | vscode.WebviewPanel,
    onDidChangeVisible: vscode.Event<unknown>,
  ): void {
    const frame = {
      webview: view.webview,
      get visible() {
        return view.visible;
      },
      onDidChangeVisible,
    };
    const host = new PageHost(page, frame, this.services);
    this.hosts.add(host);
    if ('viewColumn' in view) {
      this.tabs.set(host, view);
      view.iconPath = vscode.Uri.joinPath(this.services.extensionUri, 'media', 'icon.svg');
    }
    view.onDidDispose(() => {
      this.hosts.delete(host);
      this.tabs.delete(host);
      host.dispose();
    });
    this.handOver(page, host);
  }

  private handOver(page: PageName, host: PageHost): void {
    for (const message of this.waiting.get(page) ?? []) host.postWhenReady(message);
    this.waiting.delete(page);
  }
}
