/** `package.json` and the code of the extension name the same things, and the package holds what the code needs. */
import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../extension/manifest.js';

interface Manifest {
  main: string;
  icon: string;
  bin: { faultline: string };
  dependencies: Record<string, string>;
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string }[]>;
    configuration?: { properties: Record<string, unknown> };
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
    const used = sources.flatMap((path) => [...read(`extension/${path}`).matchAll(/getConfiguration\(/g)]);
    expect(used).toHaveLength(Object.keys(contributes.configuration?.properties ?? {}).length);
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
