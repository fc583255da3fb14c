/** The timeline's page: wires messages, view, search, details, toolbar and what the page keeps. */
import * as v from 'valibot';
import type { EventText, HostMessageOf } from '../messages.js';
import { button, el, replaceChildren } from '../shared/dom.js';
import { formatCount, formatNs } from '../shared/format.js';
import { acknowledge, followVisibility } from '../shared/frame.js';
import { Host } from '../shared/host.js';
import { Kept } from '../shared/kept.js';
import { openMenu } from '../shared/menu.js';
import { Notice } from '../shared/notice.js';
import { translator } from '../shared/texts.js';
import { onThemeChange } from '../shared/theme.js';
import { control } from './controls.js';
import { Details, offers } from './details.js';
import type { Hit } from './lane-painter.js';
import { Search } from './search.js';
import { whole, zoomed, type TimeSpan } from './span.js';
import { TimelineView } from './view.js';

const span = v.object({ fromNs: v.number(), toNs: v.number() });
const schema = v.object({
  version: v.literal(2),
  span: v.nullable(span),
  range: v.nullable(span),
  /** The selected one. */
  event: v.nullable(v.object({ number: v.number(), timeNs: v.number() })),
  search: v.string(),
});

const host = new Host(acquireVsCodeApi());
const t = translator(document.body.dataset.texts);
const kept = new Kept(host, schema, (state) => restore(state));
const notice = new Notice(t);
const view = new TimelineView(host, t, () => keep());
const live = el('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
const card = el('div', { class: 'card', role: 'tooltip', hidden: true });
const summary = el('span', { class: 'summary' });
const details = new Details(host, t, () => {
  view.cursor = view.range = null;
  selected = null;
  details.hide();
  view.frame.invalidate();
  view.lanesElement.focus();
});
/** The event in the details. */
let selected: EventText | null = null;
let asked = 0;

/* --- search ----------------------------------------------------------------------------------------------------------- */

let shownHit = -1;
const search = new Search(host, t, (result, current) => {
  view.hits = { timesNs: result?.timesNs ?? new Float64Array(), current };
  const timeNs = result?.timesNs[current];
  const event = result?.numbers[current];
  if (timeNs !== undefined && event !== undefined && current !== shownHit) {
    view.bringIn(timeNs);
    choose(event, result?.lanes[current] ?? 0, timeNs);
  }
  shownHit = current;
  view.frame.invalidate();
});

/* --- selecting -------------------------------------------------------------------------------------------------------- */

function choose(event: number, lane: number, timeNs: number): void {
  view.cursor = { lane, timeNs, event };
  view.frame.invalidate();
  host.forget(asked);
  asked = host.ask({ type: 'eventDetails', event }, showDetails);
}

function chosen(hit: Hit): void {
  if (hit.kind === 'event') return choose(hit.event, hit.lane, hit.startNs);
  view.cursor = { lane: hit.lane, timeNs: (hit.fromNs + hit.toNs) / 2, event: null };
  view.frame.invalidate();
  host.forget(asked);
  asked = host.ask({ type: 'pick', lane: hit.lane, fromNs: hit.fromNs, toNs: hit.toNs }, showDetails);
}

function showDetails({ details: found, lane }: HostMessageOf<'eventDetails'>): void {
  selected = found;
  if (found === null) return details.hide();
  view.range = null;
  view.cursor = { lane, timeNs: found.timeNs, event: found.event };
  details.show(found);
  const said = t('timeline.laneEvent', found.headline, formatNs(found.timeNs));
  view.lanesElement.setAttribute('aria-valuenow', String(Math.round(found.timeNs)));
  view.lanesElement.setAttribute('aria-valuetext', said);
  live.textContent = said;
  view.frame.invalidate();
}

function ranged(range: TimeSpan | null, done: boolean): void {
  host.forget(asked);
  if (range === null) {
    view.cursor = null;
    selected = null;
    return details.hide();
  }
  selected = null;
  view.cursor = null;
  const zoom = (): void => view.show(range);
  details.range(range, [], zoom);
  if (!done) return;
  asked = host.ask({ type: 'rangeSummary', ...range }, ({ fields }) => {
    details.range(range, fields, zoom);
    live.textContent = fields.map(([label, value]) => `${label} ${value}`).join(', ');
  });
}

function hovered(hit: Hit | null, x: number, y: number): void {
  card.hidden = hit === null;
  if (hit === null) return;
  const lane = view.lanes[hit.lane]?.label ?? '';
  const [title, when] =
    hit.kind === 'event'
      ? [hit.text === '' ? lane : hit.text, formatNs(hit.startNs)]
      : [
          t('timeline.inRange', formatCount(hit.count)),
          t('timeline.viewValue', formatNs(hit.fromNs), formatNs(hit.toNs)),
        ];
  const busy = hit.kind === 'event' ? hit.durationNs : hit.busyNs;
  replaceChildren(
    card,
    el('div', { class: 'card-title' }, title),
    el('div', {}, hit.kind === 'event' && hit.text === '' ? when : `${lane} · ${when}`),
    busy === 0
      ? null
      : el('div', { class: 'card-label' }, hit.kind === 'event' ? formatNs(busy) : t('timeline.busy', formatNs(busy))),
  );
  card.style.left = `${Math.min(x + 12, innerWidth - card.offsetWidth - 4)}px`;
  card.style.top = `${Math.min(y + 16, innerHeight - card.offsetHeight - 4)}px`;
}

control(view, {
  hovered,
  chosen,
  ranged,
  open: () => {
    const source = selected?.source ?? null;
    if (source !== null) host.send({ type: 'openSource', path: source.path, line: source.line });
  },
  showInMap: () => {
    const pages = selected?.pages ?? null;
    if (pages !== null) host.send({ type: 'showInMap', ...pages });
  },
  run: () => {
    if (selected !== null) host.send({ type: 'runToEvent', event: selected.event });
  },
  menu: (x, y) => {
    if (selected !== null) openMenu(t('action.more'), offers(host, t, selected), x, y);
  },
  nextHit: (direction) => search.step(direction),
});

/* --- toolbar and state ------------------------------------------------------------------------------------------------ */

const zoomBy = (factor: number): void => {
  const { fromNs, toNs } = view.span;
  view.show(zoomed(view.span, factor, view.cursor?.timeNs ?? (fromNs + toNs) / 2));
};
const toolbar = el(
  'div',
  { class: 'toolbar', role: 'toolbar', 'aria-label': t('timeline.toolbar') },
  button({ icon: 'zoom-out', label: t('timeline.zoomOut'), shortcut: '-', run: () => zoomBy(2) }),
  button({ icon: 'zoom-in', label: t('timeline.zoomIn'), shortcut: '+', run: () => zoomBy(0.5) }),
  button({ icon: 'screen-full', label: t('timeline.fit'), shortcut: '0', run: () => view.showAll() }),
  el('span', { class: 'separator' }),
  search.element,
  el('span', { class: 'stretch' }),
  summary,
);

let keeping = 0;
/** Not in each frame of a movement, and not before what was kept has been restored. */
function keep(): void {
  if (kept.state !== null) return;
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    const shown = view.followsEnd ? null : view.span;
    const event = selected && { number: selected.event, timeNs: selected.timeNs };
    host.keep({ version: 2, span: shown, range: view.range, event, search: search.input.value });
  }, 200);
}

/** @returns false as long as the run has not come so far */
function restore({ span: shown, range, event, search: text }: v.InferOutput<typeof schema>): boolean {
  const needed = Math.max(shown?.toNs ?? 0, range?.toNs ?? 0, event?.timeNs ?? 0);
  if (whole(view.endNs).toNs < needed) return false;
  if (shown !== null) view.show(shown);
  view.range = range;
  if (range !== null) ranged(range, true);
  if (event !== null) asked = host.ask({ type: 'eventDetails', event: event.number }, showDetails);
  search.input.value = text;
  if (text !== '') search.ask(false);
  return true;
}

/* --- messages --------------------------------------------------------------------------------------------------------- */

function summarize({ events, endNs, overflow }: { events: number; endNs: number; overflow: number }): void {
  const said = [t('timeline.events', formatCount(events), formatNs(endNs))];
  if (overflow > 0) said.push(t('timeline.overflow', formatCount(overflow)));
  summary.textContent = said.join(' · ');
}

followVisibility(host, view.frame);
host.on('status', (status) => notice.status(status));
host.on('timelineReset', (message) => {
  notice.hasData = message.lanes.length > 0;
  view.reset(message);
  summarize(message);
  if (message.lanes.length > 0) kept.tryToShow();
  acknowledge(host, view.frame, message.seq);
});
host.on('timelineGrown', (message) => {
  view.grown(message);
  summarize(message);
  kept.tryToShow();
  acknowledge(host, view.frame, message.seq);
});
host.on('revealEvent', ({ event, timeNs }) => {
  view.bringIn(timeNs);
  choose(event, 0, timeNs);
});

onThemeChange((theme) => (view.theme = theme));
document.querySelector('#page')?.append(toolbar, notice.element, view.element, details.element, live, card);
host.send({ type: 'ready' });
