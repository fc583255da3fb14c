/**
 * The HTML of every page: one function, shared by the extension, which gives it to a webview, and by the tests, which serve it to
 * a browser. No `vscode`, no DOM.
 *
 * Invariant: nothing is allowed but one script with this load's nonce and styles, fonts and images from our own folder; every
 * value is escaped.
 */
import type { Texts } from './texts.js';

export const PAGES = ['residency-map', 'memories', 'timeline', 'events'] as const;
export type PageName = (typeof PAGES)[number];

export interface PageOptions {
  readonly page: PageName;
  /** Of this load alone. */
  readonly nonce: string;
  /** Where styles, fonts and images may come from: `webview.cspSource`. */
  readonly cspSource: string;
  /** Of `dist/media/<page>.js` and `dist/media/<page>.css`, as the page may load them. */
  readonly scriptUri: string;
  readonly styleUri: string;
  /** BCP 47: `vscode.env.language`. */
  readonly language: string;
  /** `TEXTS`, translated. */
  readonly texts: Texts;
  /** What such a page wanted to be kept last; plain data, null if nothing. */
  readonly state: unknown;
}

export function contentSecurityPolicy({ nonce, cspSource }: Pick<PageOptions, 'nonce' | 'cspSource'>): string {
  return [
    "default-src 'none'",
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
}

export function pageHtml(options: PageOptions): string {
  const { page, nonce, scriptUri, styleUri, language, texts, state } = options;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escape(contentSecurityPolicy(options))}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escape(texts[`${page}.title`])}</title>
    <link rel="stylesheet" href="${escape(styleUri)}">
    <script nonce="${escape(nonce)}" src="${escape(scriptUri)}" defer></script>
  </head>
  <body data-texts="${escape(JSON.stringify(texts))}" data-state="${escape(JSON.stringify(state))}">
    <main id="page" class="${page}">
      <h1 class="visually-hidden">${escape(texts[`${page}.title`])}</h1>
    </main>
  </body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
