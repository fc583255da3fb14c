/**
 * One memory: how much is in use, of which kind, what lies there, and how it filled. Drawn as SVG and text.
 * Invariant: pinned + fixed + evictable = used; each kind has a pattern of its own beside its shade.
 */
import type { HostMessageOf, MemoryNode } from '../messages.js';
import { el, icon, svg } from '../shared/dom.js';
import { formatBytes } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';

const BAR = 26;
const WIDTH = 1000;
const SPARK = 44;
const MOST_AREAS = 5;

type Kind = 'pinned' | 'fixed' | 'evictable' | 'free';
type History = HostMessageOf<'memories'>['history'];

export function memoryPanel(t: Translate, node: MemoryNode, index: number, history: History): HTMLElement {
  const { label, totalBytes, usedBytes, peakBytes } = node;
  const total = Math.max(totalBytes ?? peakBytes, usedBytes, 1);
  const used = formatBytes(usedBytes);
  const amount =
    totalBytes === null ? t('memories.noLimit', used) : t('memories.ofTotal', used, formatBytes(totalBytes));
  const share = totalBytes === null ? null : t('memories.share', Math.round((usedBytes / total) * 100));
  return el(
    'section',
    { class: `memory node${index === 0 ? 0 : ((index - 1) % 4) + 1}`, 'aria-label': label },
    el(
      'header',
      {},
      icon(index === 0 ? 'server' : 'chip'),
      el('h2', {}, label),
      el('span', { class: 'amount' }, amount),
      el('span', { class: 'stretch' }),
      el('span', { class: 'share' }, share),
    ),
    bar(t, node, total, index),
    kinds(t, node, total, index),
    el('div', { class: 'below' }, areas(t, node, total), spark(t, node, index, history)),
  );
}

function partsOf({ pinnedBytes, usedBytes, evictableBytes, totalBytes }: MemoryNode, total: number): [Kind, number][] {
  const fixed = Math.max(0, usedBytes - pinnedBytes - evictableBytes);
  const parts: [Kind, number][] = [
    ['pinned', pinnedBytes],
    ['fixed', fixed],
    ['evictable', evictableBytes],
  ];
  if (totalBytes !== null) parts.push(['free', Math.max(0, total - usedBytes)]);
  return parts;
}

function bar(t: Translate, node: MemoryNode, total: number, index: number): SVGElement {
  const parts = partsOf(node, total);
  let x = 0;
  const rects = parts.map(([kind, bytes]) => {
    const width = (bytes / total) * WIDTH;
    const rect = svg('rect', { class: kind, x, y: 0, width, height: BAR, fill: fillOf(kind, index) });
    x += width;
    return rect;
  });
  const peak = (Math.min(node.peakBytes, total) / total) * WIDTH;
  const said = parts.map(([kind, bytes]) => `${nameOf(t, kind)} ${formatBytes(bytes)}`).join(', ');
  return svg(
    'svg',
    { class: 'bar', viewBox: `0 0 ${WIDTH} ${BAR}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': said },
    patterns(index),
    ...rects,
    svg('line', { class: 'peak', x1: peak, x2: peak, y1: 0, y2: BAR, 'vector-effect': 'non-scaling-stroke' }),
  );
}

function fillOf(kind: Kind, index: number): string {
  if (kind === 'free') return 'transparent';
  return kind === 'fixed' ? 'var(--node)' : `url(#${kind}${index})`;
}

/** Evictable is striped, pinned is checked. */
function patterns(index: number): SVGElement {
  const pattern = (id: string, size: number, ...shapes: SVGElement[]): SVGElement =>
    svg('pattern', { id, width: size, height: size, patternUnits: 'userSpaceOnUse' }, ...shapes);
  return svg(
    'defs',
    {},
    pattern(
      `evictable${index}`,
      8,
      svg('rect', { width: 8, height: 8, class: 'soft' }),
      svg('path', { d: 'M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6', class: 'stripe' }),
    ),
    pattern(
      `pinned${index}`,
      8,
      svg('rect', { width: 8, height: 8, class: 'solid' }),
      svg('rect', { x: 2, y: 2, width: 4, height: 4, class: 'pin' }),
    ),
  );
}

function kinds(t: Translate, node: MemoryNode, total: number, index: number): HTMLElement {
  const items = partsOf(node, total).flatMap(([kind, bytes]) => {
    if (bytes === 0 && kind !== 'free') return [];
    const swatch = svg('svg', { class: 'swatch', viewBox: '0 0 12 12', 'aria-hidden': 'true' });
    swatch.append(svg('rect', { class: kind, width: 12, height: 12, fill: fillOf(kind, index) }));
    return [el('li', {}, swatch, `${nameOf(t, kind)} `, el('span', { class: 'count' }, formatBytes(bytes)))];
  });
  const peak = el(
    'li',
    {},
    el('span', { class: 'peak-swatch', 'aria-hidden': 'true' }),
    t('memories.peak', formatBytes(node.peakBytes)),
  );
  return el('ul', { class: 'kinds' }, ...items, peak);
}

function nameOf(t: Translate, kind: Kind): string {
  return t(`memories.${kind}`);
}

function areas(t: Translate, { label, areas: all, usedBytes }: MemoryNode, total: number): HTMLElement {
  const shown = all.slice(0, MOST_AREAS);
  const rest = all.slice(MOST_AREAS);
  const rows = shown.map(({ name, bytes }) => areaRow(name, bytes, total));
  if (rest.length > 0) {
    rows.push(
      areaRow(
        t('memories.others', rest.length),
        rest.reduce((sum, { bytes }) => sum + bytes, 0),
        total,
      ),
    );
  }
  if (usedBytes === 0) rows.push(el('li', { class: 'nothing' }, t('memories.nothing')));
  return el('ul', { class: 'what', 'aria-label': t('memories.whatLies', label) }, ...rows);
}

function areaRow(name: string, bytes: number, total: number): HTMLElement {
  const share = svg('svg', {
    class: 'area-bar',
    viewBox: '0 0 100 1',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  share.append(svg('rect', { width: Math.max(0.5, (bytes / total) * 100), height: 1, fill: 'var(--node)' }));
  return el(
    'li',
    {},
    el('span', { class: 'name', title: name }, name),
    share,
    el('span', { class: 'count' }, formatBytes(bytes)),
  );
}

/** Bytes in use over time, as steps. */
function spark(
  t: Translate,
  { label, totalBytes, usedBytes }: MemoryNode,
  index: number,
  history: History,
): HTMLElement {
  const used = history.usedBytes[index] ?? new Float64Array();
  const { timesNs } = history;
  const most = used.reduce((a, b) => Math.max(a, b), 1);
  const top = totalBytes !== null && totalBytes < most * 4 ? totalBytes : most;
  const end = Math.max(1, timesNs.at(-1) ?? 1);
  let line = '';
  used.forEach((bytes, n) => {
    const x = ((timesNs[n] ?? 0) / end) * WIDTH;
    const y = SPARK - 1 - (bytes / top) * (SPARK - 3);
    line += n === 0 ? `M${x.toFixed(1)} ${y.toFixed(1)}` : `H${x.toFixed(1)}V${y.toFixed(1)}`;
  });
  const said = t('memories.history', label, formatBytes(most), formatBytes(usedBytes));
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${SPARK}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': said },
    svg('path', { class: 'spark-area', d: line === '' ? '' : `${line}H${WIDTH}V${SPARK}H0Z` }),
    svg('path', {
      class: 'spark-line',
      d: line === '' ? '' : `${line}H${WIDTH}`,
      'vector-effect': 'non-scaling-stroke',
    }),
  );
  return el('figure', { class: 'spark' }, el('figcaption', {}, t('memories.overTime')), picture);
}
