/** What VS Code gives to a page inside a webview, beside the DOM. Source: the webview guide of the VS Code API. */

interface WebviewApi<State> {
  /** Sends a message to the extension; typed arrays arrive as such. */
  postMessage(message: unknown): void;
  getState(): State | undefined;
  setState(state: State): State;
}

/** May be called once per page. */
declare function acquireVsCodeApi<State = unknown>(): WebviewApi<State>;
