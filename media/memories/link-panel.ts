/**
 * A link between two memories, with what went over it each way. An arrow is as thick as its share of the traffic.
 * Invariant: what the arrows show stands beside them in numbers.
 */
import type { HostMessageOf, Link } from '../messages.js';
import { el, svg } from '../shared/dom.js';
import { formatBytes, formatCount, formatNs } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';

const THICKEST = 16;
const THINNEST = 1.5;
const HEIGHT = 26;
const WIDTH = 200;

export function linkPanel(t: Translate, link: Link, nodes: HostMessageOf<'memories'>['nodes']): HTMLElement {
  const from = nodes[link.from]?.label ?? '';
  const to = nodes[link.to]?.label ?? '';
  const most = Math.max(link.forward.bytes, link.backward.bytes, 1);
  return el(
    'section',
    { class: 'route', 'aria-label': `${from} – ${to}` },
    el(
      'div',
      { class: 'route-name' },
      link.label,
      ' ',
      el('span', { class: 'count' }, t('memories.rate', formatBytes(link.bytesPerSecond))),
    ),
    way(t, from, to, link.forward, most, link.to, false),
    way(t, to, from, link.backward, most, link.from, true),
  );
}

function way(
  t: Translate,
  from: string,
  to: string,
  { bytes, transfers, recentBytes, busyNs }: Link['forward'],
  most: number,
  target: number,
  leftwards: boolean,
): HTMLElement {
  const [size, count, recent] = [formatBytes(bytes), formatCount(transfers), formatBytes(recentBytes)];
  const said = t('memories.traffic', from, to, size, count, recent);
  const class_ = `way node${target === 0 ? 0 : ((target - 1) % 4) + 1}${recentBytes > 0 ? ' recent' : ''}`;
  return el(
    'div',
    { class: class_ },
    el('div', { class: 'way-title' }, el('span', {}, t('memories.direction', from, to)), el('strong', {}, size)),
    arrow(bytes / most, leftwards, said),
    el(
      'div',
      { class: 'way-numbers' },
      [t('memories.transfers', count), t('memories.recent', recent), t('memories.busy', formatNs(busyNs))].join(' · '),
    ),
  );
}

function arrow(share: number, leftwards: boolean, said: string): SVGElement {
  const half = Math.max(THINNEST, share * THICKEST) / 2;
  const middle = HEIGHT / 2;
  const head = Math.max(5, half + 4);
  const neck = WIDTH - head * 1.4;
  const points = [
    [0, middle - half],
    [neck, middle - half],
    [neck, middle - head],
    [WIDTH, middle],
    [neck, middle + head],
    [neck, middle + half],
    [0, middle + half],
  ].map(([x, y]) => `${leftwards ? WIDTH - (x ?? 0) : (x ?? 0)},${y ?? 0}`);
  return svg(
    'svg',
    { class: share === 0 ? 'arrow idle' : 'arrow', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': said },
    svg('polygon', { points: points.join(' '), 'vector-effect': 'non-scaling-stroke' }),
  );
}
