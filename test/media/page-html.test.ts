/** The HTML that every page comes in: nothing may run or load but what is ours, and nothing in it is code by mistake. */
import { expect, test } from 'vitest';
import { COLORS } from '../../media/colors.js';
import { contentSecurityPolicy, pageHtml, PAGES } from '../../media/page-html.js';
import { TEXTS } from '../../media/texts.js';

const options = {
  nonce: 'abc',
  cspSource: 'https://*.vscode-cdn.net',
  scriptUri: 'https://file+.vscode-resource.vscode-cdn.net/dist/media/timeline.js',
  styleUri: 'https://file+.vscode-resource.vscode-cdn.net/dist/media/timeline.css',
  language: 'en',
  texts: TEXTS,
  state: null,
};

test('the policy forbids everything and then allows our own', () => {
  const policy = contentSecurityPolicy(options);
  const directives = new Map(policy.split('; ').map((one) => [one.split(' ')[0], one.split(' ').slice(1)]));
  expect(directives.get('default-src')).toEqual(["'none'"]);
  expect(directives.get('script-src')).toEqual(["'nonce-abc'"]);
  for (const name of ['style-src', 'font-src', 'img-src']) expect(directives.get(name)).toEqual([options.cspSource]);
  expect(policy).not.toMatch(/unsafe|data:|\*(?!\.vscode-cdn)/);
});

test.each(PAGES)('%s: policy, nonce, one script, no inline code', (page) => {
  const html = pageHtml({ ...options, page });
  expect(html).toContain('http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;');
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).toMatch(/<script nonce="abc" src="[^"]+" defer><\/script>/);
  expect(html).not.toMatch(/<style|style=|\son\w+=/);
  expect(html).toContain(`<title>${TEXTS[`${page}.title`]}</title>`);
});

test('no value becomes markup', () => {
  const texts = { ...TEXTS, 'timeline.title': '</title><img src=x>', 'empty.none': '"><script>alert(1)</script>' };
  const state = { filter: '"><script>alert(2)</script>' };
  const html = pageHtml({ ...options, page: 'timeline', language: '"><b>', texts, state });
  expect(html.match(/<(script|img|b)\b/g)).toEqual(['<script']);
});

test('colours have a default for each kind of theme, and an id of ours', () => {
  for (const { id, description, ...defaults } of COLORS) {
    expect(id).toMatch(/^faultline\.[a-z0-9A-Z]+$/);
    expect(description).toMatch(/\.$/);
    expect(Object.keys(defaults).sort()).toEqual(['dark', 'highContrast', 'highContrastLight', 'light']);
    for (const value of Object.values(defaults)) expect(value).toMatch(/^#[0-9a-f]{6}$/);
  }
  expect(new Set(COLORS.map(({ id }) => id)).size).toBe(COLORS.length);
});
