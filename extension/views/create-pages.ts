/** Puts pages, their feeds and what the feeds read together. */
import * as vscode from 'vscode';
import type { PageName } from '../../media/page-html.js';
import type { EngineLoader } from '../session/engine-loader.js';
import type { Sessions } from '../session/sessions.js';
import { EventStore } from './event-store.js';
import { EventsFeed } from './events-feed.js';
import { EventsScope } from './events-scope.js';
import { MapFeed } from './map-feed.js';
import { MemoriesFeed } from './memories-feed.js';
import { PageActions } from './page-actions.js';
import type { Feed, PageChannel } from './page-host.js';
import { Pages } from './pages.js';
import { ResidencyWatch } from './residency-watch.js';
import { StopHistory } from './stop-history.js';
import { TimelineFeed } from './timeline-feed.js';

export interface CreatedPages {
  readonly pages: Pages;
  readonly residency: ResidencyWatch;
  readonly scope: EventsScope;
  /** What the feeds read. */
  readonly feeds: vscode.Disposable;
}

export function createPages(
  extensionUri: vscode.Uri,
  sessions: Sessions,
  engine: EngineLoader,
  log: vscode.LogOutputChannel,
): CreatedPages {
  const residency = new ResidencyWatch(sessions, log);
  const store = new EventStore(sessions, log);
  const stops = new StopHistory(sessions);
  const scope = new EventsScope();
  const actions = new PageActions(sessions, scope, () => pages);
  const createFeed = (page: PageName, channel: PageChannel): Feed => {
    switch (page) {
      case 'residency-map':
        return new MapFeed(channel, sessions, residency, engine);
      case 'memories':
        return new MemoriesFeed(channel, sessions, residency, store, engine);
      case 'timeline':
        return new TimelineFeed(channel, sessions, store, stops);
      case 'events':
        return new EventsFeed(channel, sessions, scope);
    }
  };
  const pages: Pages = new Pages({
    extensionUri,
    log,
    kept: new Map(),
    createFeed,
    act: (message) => actions.act(message),
  });
  return { pages, residency, scope, feeds: vscode.Disposable.from(residency, store, stops, scope) };
}
