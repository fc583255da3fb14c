/** What suites do with our pages: open all four at once, hide them, and compare what they show with what the program says. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, pageViews } from '../../../extension/manifest.js';
import type { ProgramSession } from '../../../extension/session/program-session.js';
import { PAGE_SIZE, Place } from '../../../media/messages.js';
import { eventually, extension, fed, inWindow, listening } from './workbench.js';

export const PAGE_NAMES = ['residency-map', 'memories', 'timeline', 'events'] as const;
export type PageName = (typeof PAGE_NAMES)[number];

const tabCommands: Readonly<Record<PageName, string>> = {
  'residency-map': commands.openMap,
  memories: commands.openMemories,
  timeline: commands.openTimeline,
  events: commands.openEvents,
};

const MOST_TRIES = 3;

/** Map and memories in the panel, timeline and events as tabs, each beside the one that has the focus. */
export async function openAll(): Promise<void> {
  await vscode.commands.executeCommand(`${pageViews['residency-map']}.focus`);
  await fed('residency-map');
  await fed('memories');
  for (const page of ['timeline', 'events'] as const) await openTab(page);
}

/** Opens a page as a tab. An editor that shows where a program has stopped may come late, and lie over it: then it is opened once more. */
export async function openTab(page: PageName): Promise<void> {
  for (let tries = 1; ; tries++) {
    await vscode.commands.executeCommand(tabCommands[page]);
    try {
      await fed(page);
      return;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
    }
  }
}

/** The panel is closed, and tabs lie behind a text; none is closed. */
export async function hideAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closePanel');
  for (const group of vscode.window.tabGroups.all.filter(
    ({ activeTab }) => !(activeTab?.input instanceof vscode.TabInputText),
  )) {
    const document = await vscode.workspace.openTextDocument({ content: 'In front of a page.' });
    await vscode.window.showTextDocument(document, { viewColumn: group.viewColumn, preview: false });
  }
  await eventually(listening, (open) => open.length === 0, 'hidden pages listen');
}

/** In a page: an element's text, or one of its attributes. */
export async function read(page: PageName, selector: string, attribute?: string): Promise<string> {
  const found = await inWindow({ do: 'read', page, selector, ...(attribute !== undefined && { attribute }) });
  return typeof found === 'string' ? found.trim() : '';
}

/** The map has, for each page of an area, the place that the program says. @returns pages by node */
export async function mapAgrees(program: ProgramSession, name: string): Promise<number[]> {
  const { residency } = await extension();
  const { allocations } = await program.request('faultline/allocations', {});
  const allocation = allocations.find((candidate) => candidate.name === name);
  assert.ok(allocation, `nothing is called ${name}`);
  const { address, bytes } = allocation;
  const { runs } = await program.request('faultline/residency', {
    memoryReference: `0x${address.toString(16)}`,
    count: bytes,
  });
  const first = address / PAGE_SIZE;
  const places = ['cpu', 'gpu0'];
  const expected = new Uint8Array(Math.ceil(bytes / PAGE_SIZE));
  for (const { node, firstPage, pageCount } of runs) {
    const place = node === null ? Place.nowhere : Place.firstNode + places.indexOf(node);
    expected.fill(place, firstPage - first, firstPage - first + pageCount);
  }
  await eventually(
    () => residency.current?.codes.subarray(first, first + expected.length).map((code) => code & 0x0f) ?? null,
    (codes) => codes !== null && Buffer.compare(codes, expected) === 0,
    `the map shows another state of ${name}`,
  );
  const counts = places.map((_, node) => expected.filter((place) => place === Place.firstNode + node).length);
  // What the page itself has counted: the device holds nothing else.
  const onDevice = counts[1]!.toLocaleString('en');
  await eventually(
    () => read('residency-map', '.legend'),
    (legend) => legend.includes(onDevice),
    `the page does not say that ${onDevice} pages are on the device`,
  );
  return counts;
}

/** Timeline and list have as many events as the log; a kernel's end is no event of the timeline. */
export async function eventsAgree(program: ProgramSession): Promise<void> {
  const { rows } = await program.request('faultline/aggregate', { by: 'kind' });
  const events = rows.reduce((sum, row) => sum + row.events, 0);
  const kernels = rows.find(({ key }) => key === 'complete')?.events ?? 0;
  for (const [page, count] of [
    ['events', events],
    ['timeline', events - kernels],
  ] as const) {
    await eventually(
      () => read(page, '.summary'),
      (summary) => summary.includes(count.toLocaleString('en')),
      `${page} does not show ${count} events`,
    );
  }
}
