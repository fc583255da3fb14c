/** What `package.json` says of launch configurations is what the adapter reads. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EVENT_FILTERS, FILE_PAGES, PAGE_TABLE_UPDATES, listDrivers, listMachines } from '../../engine/index.js';
import {
  attributeNames,
  launchDefaults,
  readLaunchConfiguration,
} from '../../extension/adapter/launch-configuration.js';
import { FakeEngine, file } from './fakes.js';

interface Attribute {
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly examples?: readonly string[];
  readonly markdownDescription?: string;
  readonly anyOf?: readonly Attribute[];
  readonly pattern?: string;
  readonly items?: { readonly anyOf: readonly [Attribute, { readonly properties: { readonly filter: Attribute } }] };
}

interface Configuration {
  readonly type: string;
  readonly request: string;
  readonly name: string;
  readonly [attribute: string]: unknown;
}

interface Debugger {
  readonly configurationAttributes: {
    readonly launch: { readonly required: readonly string[]; readonly properties: Readonly<Record<string, Attribute>> };
  };
  readonly initialConfigurations: readonly Configuration[];
  readonly configurationSnippets: readonly { readonly body: Configuration }[];
}

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const localised = read('package.json').replace(/"%([^%"]+)%"/g, (_, key: string) => JSON.stringify(texts[key]));
const manifest = JSON.parse(localised) as { contributes: { debuggers: [Debugger] } };
const [contributed] = manifest.contributes.debuggers;
const { properties, required } = contributed.configurationAttributes.launch;

test('the attributes are the same', () => {
  expect(Object.keys(properties)).toEqual(attributeNames);
  expect(required).toEqual(['program']);
});

test('each is described, in sentences', () => {
  for (const [name, { markdownDescription }] of Object.entries(properties))
    expect([name, markdownDescription]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/s)]);
});

test('defaults are the same', () => {
  for (const [name, value] of Object.entries(launchDefaults))
    expect([name, properties[name]?.default]).toEqual([name, value]);
});

test('what can be chosen is what there is', () => {
  const [named, file] = properties.driver?.anyOf ?? [];
  expect(named?.enum).toEqual(listDrivers().map(({ name }) => name));
  expect(new RegExp(file?.pattern ?? '').test('./own.ts')).toBe(true);
  expect(named?.enumDescriptions).toEqual(listDrivers().map(({ description }) => description));
  expect(properties.filePages?.enum).toEqual(FILE_PAGES);
  expect(properties.pageTableUpdates?.enum).toEqual(PAGE_TABLE_UPDATES);
  expect(properties.machine?.examples).toEqual(listMachines().map(({ name }) => name));
  const [id, object] = properties.breakOn!.items!.anyOf;
  for (const filter of [id, object.properties.filter]) {
    expect(filter.enum).toEqual(EVENT_FILTERS.map((known) => known.id));
    expect(filter.enumDescriptions).toEqual(EVENT_FILTERS.map(({ description }) => description));
  }
});

describe('every configuration that is offered can be launched', () => {
  const offered = [
    ...contributed.initialConfigurations,
    ...contributed.configurationSnippets.map(({ body }) => body),
  ].map((configuration) => [configuration.name, configuration] as const);
  test.each(offered)('%s', (_, configuration) => {
    // As the editor does it: `^"…"` is a text that is inserted as it is, `${1:x}` a place with a proposal.
    const written = JSON.stringify(configuration)
      .replace(/"\^\\"(.*?)\\""/g, (_whole, inserted: string) => JSON.stringify(inserted.replaceAll('\\\\', '')))
      .replaceAll(/\$\{\d+:(.*?)\}/g, '$1')
      .replaceAll(/\$\{file\}|\$\{workspaceFolder\}\/[\w.]+/g, file);
    const { warnings } = readLaunchConfiguration(JSON.parse(written), new FakeEngine());
    expect(warnings).toEqual([]);
    expect(configuration).toMatchObject({ type: 'faultline', request: 'launch' });
  });
});
