/** The residency map's page: wires messages, view, card, legend, toolbar and what the page keeps. */
import * as v from 'valibot';
import { CHANGED, PAGE_COUNT, PAGE_SIZE, type SourcePlace } from '../messages.js';
import { button, el, icon, replaceChildren } from '../shared/dom.js';
import { addressOf, formatAddress, formatBytes, formatCount } from '../shared/format.js';
import { acknowledge, followVisibility } from '../shared/frame.js';
import { Host } from '../shared/host.js';
import { Kept } from '../shared/kept.js';
import { openMenu, type MenuItem } from '../shared/menu.js';
import { Notice } from '../shared/notice.js';
import { translator } from '../shared/texts.js';
import { onThemeChange } from '../shared/theme.js';
import { Card } from './card.js';
import { countCodes, type Span } from './codes.js';
import { control, goToChange } from './controls.js';
import { Describer } from './describe.js';
import { Legend } from './legend.js';
import { ZOOMS } from './layout.js';
import { MapView } from './view.js';

const schema = v.object({
  version: v.literal(1),
  /** Null: everything is shown. */
  zoom: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ZOOMS.length - 1))),
  /** CSS pixels. */
  scrollTop: v.number(),
  focus: v.nullable(v.number()),
  span: v.nullable(v.object({ first: v.number(), end: v.number() })),
});

const host = new Host(acquireVsCodeApi());
const t = translator(document.body.dataset.texts);
const kept = new Kept(host, schema, (state) => restore(state));
let first = true;

const describe = new Describer(t);
const legend = new Legend(t, describe);
const card = new Card(host, t, describe);
const view = new MapView({
  t,
  renderer: rendererIn(location.search),
  open: (source) => openSource(source),
  drawn: () => afterDraw(),
});
const notice = new Notice(t);
const live = el('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });

/* --- toolbar ---------------------------------------------------------------------------------------------------------- */

const summary = el('span', { class: 'summary' });
const goto = el('input', { type: 'text', class: 'input', placeholder: t('map.goto'), 'aria-label': t('map.goto') });
const nextChange = button({
  icon: 'diff-modified',
  label: t('map.nextChange'),
  shortcut: 'N',
  run: () => {
    goToChange(view, 1);
    selectionChanged(true);
  },
});
const toolbar = el(
  'div',
  { class: 'toolbar', role: 'toolbar', 'aria-label': t('map.toolbar') },
  button({ icon: 'zoom-out', label: t('map.zoomOut'), shortcut: '-', run: () => view.setZoom(view.zoom - 1) }),
  button({ icon: 'zoom-in', label: t('map.zoomIn'), shortcut: '+', run: () => view.setZoom(view.zoom + 1) }),
  button({ icon: 'screen-full', label: t('map.fit'), shortcut: '0', run: () => view.fit() }),
  el('span', { class: 'separator' }),
  nextChange,
  el('span', { class: 'field' }, icon('search'), goto),
  el('span', { class: 'stretch' }),
  summary,
);
goto.addEventListener('keydown', ({ key }) => {
  if (key === 'Enter') goTo(goto.value.trim());
});

/** Tests ask for one in the page's address; the host never does. */
function rendererIn(search: string): 'auto' | 'webgl' | 'software' {
  const asked = new URLSearchParams(search).get('renderer');
  return asked === 'webgl' || asked === 'software' ? asked : 'auto';
}

function goTo(text: string): void {
  const named = view.areas.find(({ name }) => name === text) ?? view.areas.find(({ name }) => name.startsWith(text));
  const page = named?.firstPage ?? Math.floor(Number(text) / PAGE_SIZE);
  if (text === '' || view.layout.blockOf(page) === undefined) {
    live.textContent = t('map.gotoNothing', text);
    goto.setAttribute('aria-invalid', 'true');
    return;
  }
  goto.removeAttribute('aria-invalid');
  reveal({ first: page, end: page + 1 });
}

function reveal(span: Span): void {
  view.selection.select(span);
  view.show(span.first);
  view.cell.focus({ preventScroll: true });
  selectionChanged(true);
}

/* --- selection -------------------------------------------------------------------------------------------------------- */

const actions = el('div', { class: 'actions', role: 'toolbar', 'aria-label': t('map.selection'), hidden: true });
const selected = el('span', { class: 'selected' });

/** What can be done with pages: the same in the menu and beside the selection. */
function offers({ first, end }: Span): MenuItem[] {
  const area = view.layout.blockOf(first)?.area;
  const pages = { firstPage: first, pageCount: end - first };
  const bytes = { address: addressOf(first), bytes: (end - first) * PAGE_SIZE };
  const source = area?.source ?? null;
  return [
    {
      icon: 'debug-breakpoint-data',
      label: t('map.dataBreakpoint'),
      run: () => host.send({ type: 'addDataBreakpoint', ...bytes }),
    },
    { icon: 'file-binary', label: t('map.hex'), run: () => host.send({ type: 'openHex', ...bytes }) },
    {
      icon: 'go-to-file',
      label: t('map.allocatingLine'),
      group: true,
      enabled: source !== null,
      run: () => {
        if (source !== null) openSource(source);
      },
    },
    { icon: 'arrow-swap', label: t('map.movingLine'), run: () => host.send({ type: 'openLastMove', ...pages }) },
    { icon: 'history', label: t('action.history'), run: () => host.send({ type: 'showHistory', ...pages }) },
    {
      icon: 'copy',
      label: t('map.copyAddress'),
      group: true,
      run: () => host.send({ type: 'copy', text: formatAddress(addressOf(first)) }),
    },
  ];
}

/** The selected pages, or else those of the focused cell. */
function subject(): Span | null {
  const { span, focus } = view.selection;
  if (span !== null || focus === null) return span;
  const block = view.layout.blockOf(focus);
  return block === undefined ? null : view.layout.spanOf(block, view.layout.cellOf(block, focus));
}

function openSource({ path, line }: SourcePlace): void {
  host.send({ type: 'openSource', path, line });
}

function selectionChanged(announce: boolean): void {
  const { span } = view.selection;
  actions.hidden = span === null;
  if (span !== null) {
    view.stay();
    describeSelection(span);
    const items = offers(span);
    replaceChildren(
      actions,
      selected,
      el('span', { class: 'stretch' }),
      ...items.map((item) => {
        const one = button({ icon: item.icon ?? 'none', label: item.label, run: item.run });
        one.disabled = item.enabled === false;
        return one;
      }),
      button({ icon: 'close', label: t('map.clear'), shortcut: 'Esc', run: clearSelection }),
    );
  }
  const about = subject();
  const area = about === null ? undefined : view.layout.blockOf(about.first)?.area;
  if (about !== null && area !== undefined) {
    const said = [describe.within(area, about), describe.range(about), describe.states(view.codes.pages, about)];
    view.cell.setAttribute('aria-label', said.join(', '));
    if (announce && span !== null) live.textContent = [describe.pages(span), ...said].join(', ');
  }
  if (card.shown && announce) card.hide();
}

function describeSelection(span: Span): void {
  const area = view.layout.blockOf(span.first)?.area;
  if (area === undefined) return;
  const size = formatBytes((span.end - span.first) * PAGE_SIZE);
  replaceChildren(
    selected,
    el('strong', {}, describe.within(area, span)),
    ` ${t('map.selected', describe.range(span), size, describe.states(view.codes.pages, span))}`,
  );
  selected.title = selected.textContent;
}

function clearSelection(): void {
  view.selection.clear();
  view.frame.invalidate();
  view.cell.focus({ preventScroll: true });
  selectionChanged(false);
}

control(view, {
  hovered: (span, pointer) => showCard(span, pointer),
  moved: selectionChanged,
  menu: (x, y) => {
    const span = subject();
    card.hide();
    if (span !== null) openMenu(t('action.more'), offers(span), x, y);
  },
  explain: () => {
    const { focus } = view.selection;
    const rect = focus === null ? null : view.rectOf(focus);
    if (rect !== null) showCard(subject(), rect);
  },
  dismiss: () => card.hide(),
  openMove: () => {
    const span = subject();
    if (span !== null) host.send({ type: 'openLastMove', firstPage: span.first, pageCount: span.end - span.first });
  },
});

function showCard(span: Span | null, near: DOMRect): void {
  const area = span === null ? undefined : view.layout.blockOf(span.first)?.area;
  if (span === null || area === undefined) return card.hide();
  card.show({ area, span, states: describe.states(view.codes.pages, span) }, near);
}

/* --- drawing ---------------------------------------------------------------------------------------------------------- */

let counts: Uint32Array | null = null;

function afterDraw(): void {
  const zoom = ZOOMS[view.zoom]!;
  const perCell = 4 ** zoom.level;
  counts ??= countAll();
  const pages = counts.reduce((sum, count, code) => ((code & 0xf) === 0 ? sum : sum + count), 0);
  const cells = perCell === 1 ? t('map.onePerCell') : t('map.perCell', formatCount(perCell));
  const software = view.renderer.kind === 'software' ? ` · ${t('map.software')}` : '';
  summary.textContent = `${t('map.summary', formatCount(pages), formatBytes(pages * PAGE_SIZE))} · ${cells}${software}`;
  nextChange.disabled = !counts.some((count, code) => count > 0 && (code & CHANGED) !== 0);
  legend.draw(counts, view.palette, view.scale, JSON.stringify(view.palette));
  keep();
}

function countAll(): Uint32Array {
  return countCodes(view.codes.pages, { first: 0, end: PAGE_COUNT });
}

let keeping = 0;
/** Not in each frame of a scroll, and not before what was kept has been restored. */
function keep(): void {
  if (first || kept.state !== null) return;
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    const { focus, span } = view.selection;
    host.keep({ version: 1, zoom: view.fits ? null : view.zoom, scrollTop: view.scroller.scrollTop, focus, span });
  }, 200);
}

/* --- messages --------------------------------------------------------------------------------------------------------- */

followVisibility(host, view.frame);
host.on('status', (status) => notice.status(status));
host.on('mapReset', ({ seq, nodes, areas, ranges, codes }) => {
  view.codes.clear();
  view.codes.apply(ranges, codes);
  describe.nodes = nodes;
  counts = null;
  view.setAreas(areas, nodes.length);
  view.changed({ first: 0, end: PAGE_COUNT });
  notice.hasData = areas.length > 0;
  view.measure();
  if (areas.length > 0) view.whenSized(begin);
  selectionChanged(false);
  acknowledge(host, view.frame, seq);
});
host.on('mapDelta', ({ seq, areas, ranges, codes, clearChanged }) => {
  if (clearChanged) view.codes.clearChanged();
  const span = view.codes.apply(ranges, codes);
  counts = null;
  if (areas !== undefined) {
    view.setAreas(areas, describe.nodes.length);
    notice.hasData = areas.length > 0;
    if (areas.length > 0) view.whenSized(begin);
  }
  view.changed(clearChanged ? { first: 0, end: PAGE_COUNT } : span);
  selectionChanged(false);
  acknowledge(host, view.frame, seq);
});
host.on('reveal', ({ firstPage, pageCount }) => reveal({ first: firstPage, end: firstPage + pageCount }));

function begin(): void {
  if (first) view.fit();
  first = false;
  kept.tryToShow();
}

/** @returns false as long as what was selected is not there */
function restore({ zoom, scrollTop, focus, span }: v.InferOutput<typeof schema>): boolean {
  if (zoom === null) view.fit();
  else view.setZoom(zoom);
  if (focus !== null && view.layout.blockOf(span?.first ?? focus) === undefined) return false;
  view.scroller.scrollTop = scrollTop;
  view.selection.focus = focus;
  if (span !== null) view.selection.select(span);
  view.selection.settle(view.layout);
  selectionChanged(false);
  return true;
}

onThemeChange((theme) => (view.theme = theme));
document
  .querySelector('#page')
  ?.append(toolbar, notice.element, view.element, actions, legend.element, live, card.element);
host.send({ type: 'ready' });
