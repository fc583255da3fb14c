/** Every rule about imports bites: each case is one import that must not be, found by the rule named for it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IConfiguration } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error The configuration of a tool is plain JavaScript without types.
import untypedConfiguration from '../../.dependency-cruiser.mjs';

const { options, ...ruleSet } = untypedConfiguration as IConfiguration & { options: ICruiseOptions };

let house: string;
beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'faultline-imports-'));
});
afterAll(async () => {
  await rm(house, { recursive: true });
});

/** Packages that the house has in `node_modules`, by how its `package.json` declares them. */
const packages = { dependencies: 'declared', devDependencies: 'for-developers', nothing: 'undeclared' };

/** What stands for `vscode`, of which only types exist outside the editor; without it, a folder above would be asked. */
const editorTypes = '@types/vscode';

/** Builds a house of the given files, each with what it imports, and returns the names of the rules it breaks. */
async function brokenRules(imports: Record<string, string[]>): Promise<string[]> {
  const room = await mkdtemp(join(house, 'case-'));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(room, path)), { recursive: true });
    await writeFile(join(room, path), text);
  };
  const { dependencies, devDependencies } = packages;
  const declared = {
    dependencies: { [dependencies]: '1' },
    devDependencies: { [devDependencies]: '1', [editorTypes]: '1' },
  };
  await write('package.json', JSON.stringify({ name: 'house', ...declared }));
  for (const name of Object.values(packages)) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, '');
  }
  await write(`node_modules/${editorTypes}/package.json`, JSON.stringify({ name: editorTypes, types: 'index.d.ts' }));
  await write(`node_modules/${editorTypes}/index.d.ts`, "declare module 'vscode' {}\n");
  const files = Object.fromEntries(Object.values(imports).flatMap((targets) => targets.filter(isOurs).map(noImports)));
  Object.assign(files, imports);
  for (const [path, targets] of Object.entries(files)) {
    const up = '../'.repeat(path.split('/').length - 1);
    const specifier = (target: string) => (isOurs(target) ? up + target.replace(/\.ts$/, '.js') : target);
    await write(path, ['export {};\n', ...targets.map((target) => `import '${specifier(target)}';\n`)].join(''));
  }

  const result = await cruise(Object.keys(files), { ...options, ruleSet, baseDir: room, validate: true });
  const { summary } = result.output as ICruiseResult;
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

const isOurs = (target: string) => target.endsWith('.ts');
const noImports = (path: string): [string, string[]] => [path, []];

describe('forbidden', () => {
  test.each([
    ['engine-memory', 'engine/memory/vma.ts', 'engine/hmm/mirror.ts'],
    ['engine-memory', 'engine/memory/vma.ts', 'engine/machine/clock.ts'],
    ['engine-hmm', 'engine/hmm/mirror.ts', 'engine/drivers/uvm.ts'],
    ['engine-hmm', 'engine/hmm/mirror.ts', 'engine/machine/clock.ts'],
    ['engine-drivers', 'engine/drivers/uvm.ts', 'engine/execution/grid.ts'],
    ['engine-drivers', 'engine/drivers/uvm.ts', 'engine/trace/columns.ts'],
    ['engine-machine', 'engine/machine/clock.ts', 'engine/memory/units.ts'],
    ['engine-toolchain', 'engine/toolchain/compiler.ts', 'engine/memory/units.ts'],
    ['engine-execution', 'engine/execution/grid.ts', 'engine/symbols/dwarf.ts'],
    ['engine-execution', 'engine/execution/grid.ts', 'engine/trace/columns.ts'],
    ['engine-symbols', 'engine/symbols/dwarf.ts', 'engine/toolchain/compiler.ts'],
    ['engine-trace', 'engine/trace/columns.ts', 'engine/memory/address-space.ts'],
    ['engine-cli', 'engine/cli/main.ts', 'engine/execution/grid.ts'],
    ['engine-root', 'engine/index.ts', 'engine/cli/main.ts'],
    ['engine-root', 'engine/index.ts', 'extension/extension.ts'],
    ['engine-without-editor', 'engine/index.ts', 'vscode'],
    ['engine-without-editor', 'engine/index.ts', '@vscode/debugprotocol'],
    ['engine-without-editor', 'engine/index.ts', '@vscode/debugadapter'],
    ['extension', 'extension/extension.ts', 'engine/memory/units.ts'],
    ['extension', 'extension/extension.ts', 'media/timeline/main.ts'],
    ['adapter-without-editor', 'extension/adapter/session.ts', 'vscode'],
    ['adapter-without-editor', 'extension/adapter/session.ts', 'extension/extension.ts'],
    ['media', 'media/page.ts', 'engine/index.ts'],
    ['media', 'media/page.ts', 'extension/views/panel.ts'],
    ['resolvable', 'engine/index.ts', 'no-such-package'],
    ['declared-package', 'engine/index.ts', packages.nothing],
    ['no-development-package', 'engine/index.ts', packages.devDependencies],
  ])('%s: %s imports %s', async (rule, from, to) => {
    expect(await brokenRules({ [from]: [to] })).toContain(rule);
  });

  test('no-cycles: two files import each other', async () => {
    const files = { 'engine/memory/a.ts': ['engine/memory/b.ts'], 'engine/memory/b.ts': ['engine/memory/a.ts'] };
    expect(await brokenRules(files)).toEqual(['no-cycles']);
  });
});

describe('allowed', () => {
  test.each([
    ['engine/hmm/mirror.ts', ['engine/memory/vma.ts']],
    ['engine/drivers/uvm.ts', ['engine/memory/vma.ts', 'engine/hmm/mirror.ts', 'engine/machine/clock.ts']],
    ['engine/execution/grid.ts', ['engine/memory/vma.ts', 'engine/drivers/uvm.ts', 'engine/toolchain/compiler.ts']],
    ['engine/trace/columns.ts', ['engine/memory/event.ts', 'engine/memory/units.ts']],
    ['engine/cli/main.ts', ['engine/index.ts']],
    ['engine/index.ts', ['engine/memory/vma.ts', 'engine/trace/columns.ts', 'engine/execution/grid.ts']],
    ['engine/machine/machine.ts', ['node:fs', packages.dependencies]],
    ['extension/extension.ts', ['engine/index.ts', 'engine/trace/format.ts', 'vscode']],
    ['extension/adapter/session.ts', ['engine/index.ts', 'extension/adapter/paging.ts']],
    ['extension/views/panel.ts', ['media/messages.ts']],
    ['test/memory/vma.test.ts', ['engine/memory/vma.ts', 'extension/extension.ts']],
  ])('%s imports %s', async (from, to) => {
    expect(await brokenRules({ [from]: to })).toEqual([]);
  });
});
