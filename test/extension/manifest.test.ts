/** `package.json` and the code of the extension name the same things, and the package holds what the code needs. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  commands,
  containers,
  contextKeys,
  heatColors,
  pageViews,
  problemMatcher,
  section,
  settings,
  tools,
  treeViews,
  walkthrough,
} from '../../extension/manifest.js';
import { COLORS } from '../../media/colors.js';
import { TEXTS } from '../../media/texts.js';

interface Manifest {
  main: string;
  icon: string;
  bin: { faultline: string };
  activationEvents: string[];
  dependencies: Record<string, string>;
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string }[]>;
    configuration: { properties: Record<string, unknown> };
    views: Record<string, { id: string }[]>;
    viewsContainers: { panel: { id: string }[] };
    languageModelTools: { name: string }[];
    problemMatchers: { name: string }[];
    walkthroughs: { id: string; steps: { media: { markdown: string } }[] }[];
    colors: { id: string; description: string; defaults: Record<string, string> }[];
    languages: { configuration: string }[];
    grammars: { path: string }[];
    debuggers: { type: string; languages: string[] }[];
    breakpoints: { language: string }[];
  };
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const { contributes } = manifest;

const sources = (await readdir(`${root}extension`, { recursive: true }))
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'));

const nls = JSON.parse(read('package.nls.json')) as Record<string, string>;
const localised = (text: string) => nls[/^%(.+)%$/.exec(text)?.[1] ?? ''] ?? text;

describe('texts', () => {
  test('of the manifest stand in package.nls.json, each once used', () => {
    const used = [...read('package.json').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
    expect([...new Set(used)].sort()).toEqual(Object.keys(nls).sort());
  });

  test('of the code and of the pages stand in the bundle for translators', () => {
    const bundle = JSON.parse(read('l10n/bundle.l10n.json')) as Record<string, string>;
    const code = sources.map((path) => read(`extension/${path}`)).join('\n');
    // A text may be given in either quotes.
    const texts = [...code.matchAll(/\bt\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)].map(([, single, double]) =>
      (single ?? double ?? '').replaceAll("\\'", "'"),
    );
    const wanted = [...new Set([...texts, ...Object.values(TEXTS)])].sort();
    expect(Object.keys(bundle).sort()).toEqual(wanted);
    for (const [key, value] of Object.entries(bundle)) expect(value).toBe(key);
  });
});

describe('names', () => {
  test('commands of the code and of the manifest are the same', () => {
    expect(contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(commands).sort());
  });

  test('menus name commands that exist', () => {
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    expect(Object.values(commands)).toEqual(expect.arrayContaining(inMenus));
  });

  test('every command is registered by the code', () => {
    const code = sources.map((path) => read(`extension/${path}`)).join('\n');
    for (const name of Object.keys(commands)) expect(code).toContain(`registerCommand(commands.${name},`);
  });

  test('settings of the code and of the manifest are the same', () => {
    const names = Object.values(settings).map((name) => `${section}.${name}`);
    expect(Object.keys(contributes.configuration.properties).sort()).toEqual(names.sort());
    const code = sources.filter((path) => path !== 'manifest.ts').map((path) => read(`extension/${path}`));
    for (const name of Object.keys(settings)) expect(code.join('\n')).toContain(`settings.${name}`);
  });

  test('views, and what they are in, are the same', () => {
    const views = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id));
    expect(views.sort()).toEqual([...Object.values(pageViews), ...Object.values(treeViews)].sort());
    expect(contributes.viewsContainers.panel.map(({ id }) => id)).toEqual(Object.values(containers));
    expect(manifest.activationEvents).toEqual(
      expect.arrayContaining(Object.values(pageViews).map((id) => `onWebviewPanel:${id}`)),
    );
  });

  test('tools, matchers and walkthroughs are the same', () => {
    expect(contributes.languageModelTools.map(({ name }) => name)).toEqual(Object.values(tools));
    expect(contributes.problemMatchers.map(({ name }) => `$${name}`)).toEqual([problemMatcher]);
    expect(contributes.walkthroughs.map(({ id }) => id)).toEqual([walkthrough]);
  });

  test('colours are those of the pages and of the heat scale', () => {
    const pages = COLORS.map(({ id, description, light, dark, highContrast, highContrastLight }) => ({
      id,
      description,
      defaults: { light, dark, highContrast, highContrastLight },
    }));
    const contributed = contributes.colors.map((color) => ({ ...color, description: localised(color.description) }));
    expect(contributed.slice(0, pages.length)).toEqual(pages);
    expect(contributed.slice(pages.length).map(({ id }) => id)).toEqual([...heatColors]);
  });

  test('when clauses ask for context keys that the code sets', () => {
    const clauses = [...read('package.json').matchAll(/"when": "([^"]*)"/g)].map(([, clause]) => clause ?? '');
    const ours = clauses.flatMap((clause) =>
      [...clause.matchAll(/(?<![\w.= ]|== )faultline\.\w+/g)].map(([key]) => key),
    );
    expect([...new Set(ours)]).toEqual(Object.values(contextKeys));
  });

  test('commands in the walkthrough exist', () => {
    const named = [...read('package.nls.json').matchAll(/command:(faultline\.\w+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(Object.values(commands)).toContain(name);
  });

  test('no other file spells a contributed name', () => {
    const spelling = sources.filter(
      (path) => path !== 'manifest.ts' && /['"`]faultline\./.test(read(`extension/${path}`)),
    );
    expect(spelling).toEqual([]);
  });

  test('breakpoints can be set in every language of the debugger', () => {
    expect(contributes.breakpoints.map(({ language }) => language)).toEqual(contributes.debuggers[0]?.languages);
  });
});

describe('package', () => {
  const shipped = read('.vscodeignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));

  test('files that the manifest names exist', () => {
    const paths = [
      manifest.icon,
      ...contributes.languages.map(({ configuration }) => configuration),
      ...contributes.grammars.map(({ path }) => path),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown)),
    ];
    expect(paths.filter((path) => !existsSync(root + path))).toEqual([]);
  });

  test('the bundle leaves out exactly the packages that are shipped beside it', () => {
    const listed = /const runtimePackages = \[(.*)\];/.exec(read('esbuild.config.mjs'))?.[1] ?? '';
    const external = [...listed.matchAll(/'([^']+)'/g)].map(([, name]) => name);
    const inPackage = shipped.flatMap(
      (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? [],
    );
    // What the packages themselves depend on ships with them.
    const theirs = external.flatMap((name) => {
      const { dependencies = {} } = JSON.parse(read(`node_modules/${name ?? ''}/package.json`)) as Partial<Manifest>;
      return Object.keys(dependencies);
    });
    expect(inPackage.sort()).toEqual([...external, ...theirs].sort());
    expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining(external));
  });
});
