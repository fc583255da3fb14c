/** docs/machines.md: template.md with tables of what the machines' files say. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as v from 'valibot';
import { formatFigure } from '../../engine/cli/listings.js';
import type { Figure } from '../../engine/cli/engine.js';
import { loadMachine, machineNames, type DeviceSpec } from '../../engine/machine/machine.js';
import { parts, profiles } from '../../engine/machine/profiles/index.js';
import { costsSchema, cpuSchema, deviceSchema, linkSchema, machineSchema } from '../../engine/machine/schema.js';

export const DOCUMENT = fileURLToPath(new URL('../../docs/machines.md', import.meta.url));

type Entries = Readonly<Record<string, v.GenericSchema>>;

export async function machinesDocument(): Promise<string> {
  const template = readFileSync(new URL('template.md', import.meta.url), 'utf8');
  const tables: Readonly<Record<string, () => string>> = {
    overview,
    fields,
    parts: () => sections(Object.keys(parts), parts),
    machines: () => sections(machineNames, profiles),
  };
  const filled = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => tables[name]?.() ?? '');
  return format(filled, { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' });
}

function overview(): string {
  const rows = machineNames.map((name) => {
    const { title, devices, links, peers } = loadMachine(name);
    const [device] = devices;
    const [link] = links;
    if (!device || !link) throw new RangeError(`the machine ${name} has no device`);
    return [
      `\`${name}\``,
      title,
      device.architecture,
      device.multiprocessors,
      device.memoryIsSystemMemory ? "the system's" : formatFigure('memoryBytes', device.memoryBytes),
      formatFigure('memoryBandwidthBytesPerSecond', device.memoryBandwidthBytesPerSecond),
      `${link.name}, ${formatFigure('peakBytesPerSecond', link.peakBytesPerSecond)}`,
      peers === null ? '–' : formatFigure('peakBytesPerSecond', peers.peakBytesPerSecond),
      supportLevel(device),
    ];
  });
  return table(
    ['Name', '', 'Target', 'Multiprocessors', 'Memory', 'Bandwidth', 'Link', 'Between devices', 'Unified memory'],
    rows,
  );
}

/** CUDA's names of them, by the attributes that a program can ask for. */
function supportLevel(device: DeviceSpec): string {
  if (!device.concurrentManagedAccess) return 'limited';
  if (!device.pageableMemoryAccess) return 'managed';
  if (device.pageableMemoryAccessUsesHostPageTables) return 'hardware coherent';
  return device.xnack ? 'software coherent (XNACK on)' : 'software coherent';
}

function fields(): string {
  const groups: readonly (readonly [string, Entries])[] = [
    ['', machineSchema.entries],
    ['cpu.', cpuSchema.entries],
    ['device.', deviceSchema.entries],
    ['link.', linkSchema.entries],
    ['costs.', costsSchema.entries],
  ];
  const rows = groups.flatMap(([prefix, entries]) =>
    Object.entries(entries).map(([field, schema]) => [`\`${prefix}${field}\``, meaning(schema)]),
  );
  return `${table(['Field', 'Meaning'], rows)}\n\nThe fields of \`peers\` are those of \`link\`.`;
}

function meaning(schema: v.GenericSchema): string {
  const wrapped = 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
  const text = v.getDescription(wrapped);
  if (text === undefined) throw new TypeError('a field of a machine has no description');
  return text;
}

function sections(names: readonly string[], files: Readonly<Record<string, unknown>>): string {
  return names.map((name) => section(name, files[name])).join('\n\n');
}

/** Fields of a file that are no figures. */
const TEXTS: readonly string[] = ['name', 'title', 'extends'];

function section(name: string, file: unknown): string {
  if (!isObject(file)) throw new TypeError(`${name} is not a machine`);
  const { title, extends: bases } = file as { readonly title?: string; readonly extends?: string | readonly string[] };
  const intro = [
    ...(title === undefined ? [] : [`${title}.`]),
    ...(bases === undefined
      ? []
      : [
          `Extends ${[bases]
            .flat()
            .map((base) => `\`${base}\``)
            .join(', ')}.`,
        ]),
  ];
  const rows = figures(Object.fromEntries(Object.entries(file).filter(([field]) => !TEXTS.includes(field))), '');
  return [`### ${name}`, intro.join(' '), table(['Figure', '', 'Source'], rows)].join('\n\n');
}

function figures(json: unknown, path: string): string[][] {
  if (!isObject(json)) return [[`\`${path}\``, formatFigure(path, json as Figure), '']];
  if ('value' in json) return [[`\`${path}\``, formatFigure(path, json.value as Figure), String(json.source)]];
  return Object.entries(json).flatMap(([field, value]) => figures(value, path === '' ? field : `${path}.${field}`));
}

function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
