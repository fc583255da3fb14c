/** What `activate` gives to whoever asks for the extension's exports: the parts that tests look at. Not an interface to build on. */
import type { EngineLoader } from './session/engine-loader.js';
import type { Sessions } from './session/sessions.js';
import type { StatusBar } from './status/status-bar.js';
import type { AllocationsTree } from './views/allocations-tree.js';
import type { Pages } from './views/pages.js';
import type { ResidencyWatch } from './views/residency-watch.js';

export interface ExtensionState {
  readonly activationMs: number;
  readonly sessions: Sessions;
  readonly pages: Pages;
  readonly residency: ResidencyWatch;
  readonly allocations: AllocationsTree;
  readonly status: StatusBar;
  readonly engine: EngineLoader;
}
