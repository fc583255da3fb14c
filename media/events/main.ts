/** The events list's page, which is also the history of pages: wires messages, list, filter, export and what the page keeps. */
import * as v from 'valibot';
import type { HostMessageOf } from '../messages.js';
import { button, el, icon, replaceChildren } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import { acknowledge, followVisibility } from '../shared/frame.js';
import { Host } from '../shared/host.js';
import { Kept } from '../shared/kept.js';
import { openMenu, type MenuItem } from '../shared/menu.js';
import { Notice } from '../shared/notice.js';
import { translator } from '../shared/texts.js';
import { textsOf } from './columns.js';
import { EventList } from './list.js';
import { RowCache, type Row } from './row-cache.js';

const PAUSE_MS = 250;

const schema = v.object({
  version: v.literal(1),
  filter: v.string(),
  kinds: v.nullable(v.array(v.string())),
  active: v.number(),
  scrollTop: v.number(),
});

const host = new Host(acquireVsCodeApi());
const t = translator(document.body.dataset.texts);
const kept = new Kept(host, schema, (state) => restore(state));
const notice = new Notice(t);

/* --- list ------------------------------------------------------------------------------------------------------------- */

const list = new EventList(t, (arrived) => new RowCache(host, arrived), {
  open: (row) => host.send({ type: 'openEventSource', event: numberOf(row) }),
  run: (row) => host.send({ type: 'runToEvent', event: numberOf(row) }),
  copy: (row) => host.send({ type: 'copy', text: textsOf(row).join('\t') }),
  menu: (row, x, y) => openMenu(t('action.more'), offers(row), x, y),
  drawn: () => keep(),
});

function numberOf({ rows, at }: Row): number {
  return rows.numbers[at]!;
}

function offers(row: Row): MenuItem[] {
  const event = numberOf(row);
  const pages = { firstPage: row.rows.firstPages[row.at]!, pageCount: row.rows.pageCounts[row.at]! };
  const enabled = pages.pageCount > 0;
  return [
    { icon: 'go-to-file', label: t('action.source'), run: () => host.send({ type: 'openEventSource', event }) },
    { icon: 'debug-continue', label: t('action.run'), run: () => host.send({ type: 'runToEvent', event }) },
    {
      icon: 'graph-line',
      label: t('action.timeline'),
      group: true,
      run: () => host.send({ type: 'showInTimeline', event }),
    },
    { icon: 'map', label: t('action.map'), enabled, run: () => host.send({ type: 'showInMap', ...pages }) },
    { icon: 'history', label: t('action.history'), enabled, run: () => host.send({ type: 'showHistory', ...pages }) },
    {
      icon: 'copy',
      label: t('action.copy'),
      group: true,
      run: () => host.send({ type: 'copy', text: textsOf(row).join('\t') }),
    },
  ];
}

/* --- filter ----------------------------------------------------------------------------------------------------------- */

let kinds: readonly string[] | null = null;
let allKinds: readonly string[] = [];
let timer = 0;

const label = t('events.filter');
const input = el('input', {
  type: 'text',
  class: 'input',
  placeholder: label,
  'aria-label': label,
  'aria-describedby': 'filter-error',
  spellcheck: 'false',
});
const error = el('p', { class: 'error', id: 'filter-error', role: 'alert', hidden: true });
const kindsButton = button({ icon: 'filter', label: t('events.allKinds'), text: true, run: () => chooseKinds() });
kindsButton.setAttribute('aria-haspopup', 'menu');
input.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(sendFilter, PAUSE_MS);
});
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') sendFilter();
  else if (event.key === 'Escape') {
    input.value = '';
    sendFilter();
  } else if (event.key === 'ArrowDown') list.focus();
  else return;
  event.preventDefault();
});

function sendFilter(): void {
  clearTimeout(timer);
  host.send({ type: 'filter', filter: input.value.trim(), kinds: kinds === null ? null : [...kinds] });
}

function chooseKinds(): void {
  const choose = (chosen: readonly string[] | null): void => {
    kinds = chosen;
    nameKinds();
    sendFilter();
  };
  const { left, bottom } = kindsButton.getBoundingClientRect();
  const items = allKinds.map((kind) => ({
    label: kind,
    checked: kinds === null || kinds.includes(kind),
    run: () => {
      const now = kinds ?? allKinds;
      const next = now.includes(kind) ? now.filter((one) => one !== kind) : [...now, kind];
      choose(next.length === allKinds.length ? null : next);
    },
  }));
  openMenu(
    t('events.kinds'),
    [{ icon: 'clear-all', label: t('events.allKinds'), run: () => choose(null) }, ...items],
    left,
    bottom + 2,
  );
}

function nameKinds(): void {
  const text = kinds === null ? t('events.allKinds') : t('events.someKinds', kinds.length);
  replaceChildren(kindsButton, icon('filter'), text, icon('chevron-down'));
  kindsButton.title = kinds === null ? text : kinds.join(', ');
}

/* --- toolbar and scope ------------------------------------------------------------------------------------------------ */

const summary = el('span', { class: 'summary', role: 'status' });
const exportAs = (format: 'csv' | 'json'): void => host.send({ type: 'export', format });
const toolbar = el(
  'div',
  { class: 'toolbar', role: 'toolbar', 'aria-label': t('events.toolbar') },
  el('span', { class: 'field wide' }, icon('search'), input),
  kindsButton,
  el('span', { class: 'stretch' }),
  summary,
  button({ icon: 'table', label: t('events.exportCsv'), run: () => exportAs('csv') }),
  button({ icon: 'json', label: t('events.exportJson'), run: () => exportAs('json') }),
);
const scopeTitle = el('strong', {});
const scope = el(
  'div',
  { class: 'scope', hidden: true },
  icon('history'),
  scopeTitle,
  el('span', { class: 'stretch' }),
  button({
    icon: 'list-flat',
    label: t('events.clearScope'),
    text: true,
    run: () => host.send({ type: 'clearScope' }),
  }),
);
const nothing = el('p', { class: 'nothing', hidden: true }, t('events.none'));

let keeping = 0;
let keptActive = -1;
/** A choice at once, for the page may be closed; not each frame of a scroll; and not before what was kept has been restored. */
function keep(): void {
  if (kept.state !== null) return;
  clearTimeout(keeping);
  const write = (): void => {
    const { active, scrollTop } = list;
    keptActive = active;
    host.keep({ version: 1, filter: input.value, kinds, active, scrollTop });
  };
  if (list.active === keptActive) keeping = setTimeout(write, 200);
  else write();
}

/* --- messages --------------------------------------------------------------------------------------------------------- */

/** What the list was filtered by when it came, and how long it is. */
let shown = { filter: '', total: 0 };

/** @returns false as long as the list is not filtered as it was, or not as long */
function restore({ filter, active, scrollTop }: v.InferOutput<typeof schema>): boolean {
  if (shown.filter !== filter.trim() || shown.total <= active) return false;
  list.scrollTop = scrollTop;
  // In a window of another height it may lie outside.
  list.go(active);
  return true;
}

function show(message: HostMessageOf<'eventsReset'>): void {
  allKinds = message.kinds;
  notice.hasData = message.kinds.length > 0 || message.total > 0;
  list.reset(message.generation, message.total, message.grown);
  const wrong = message.error !== null;
  input.setAttribute('aria-invalid', String(wrong));
  error.hidden = !wrong;
  error.textContent = message.error ?? '';
  nothing.hidden = message.total > 0;
  const said = [t('events.count', formatCount(message.total))];
  if (message.overflow > 0) said.push(t('events.overflow', formatCount(message.overflow)));
  summary.textContent = said.join(' · ');
  scope.hidden = message.scope === null;
  scopeTitle.textContent = message.scope === null ? '' : t('events.scope', message.scope.title);
  nameKinds();
}

followVisibility(host, list.frame);
host.on('status', (status) => notice.status(status));
host.on('eventsReset', (message) => {
  show(message);
  shown = message;
  kept.tryToShow();
  acknowledge(host, list.frame, message.seq);
});

document.querySelector('#page')?.append(toolbar, error, scope, notice.element, nothing, list.element);
host.send({ type: 'ready' });
if (kept.state !== null && (kept.state.filter !== '' || kept.state.kinds !== null)) {
  input.value = kept.state.filter;
  kinds = kept.state.kinds;
  sendFilter();
}
