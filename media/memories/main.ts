/** The memories' page: the CPU's on the left, each device's on the right, and the link between. */
import type { HostMessageOf } from '../messages.js';
import { el, replaceChildren } from '../shared/dom.js';
import { formatNs } from '../shared/format.js';
import { acknowledge, Frame, followVisibility } from '../shared/frame.js';
import { Host } from '../shared/host.js';
import { Notice } from '../shared/notice.js';
import { translator } from '../shared/texts.js';
import { linkPanel } from './link-panel.js';
import { memoryPanel } from './memory-panel.js';

const host = new Host(acquireVsCodeApi());
const t = translator(document.body.dataset.texts);
const notice = new Notice(t);
const board = el('div', { class: 'board' });
const time = el('p', { class: 'time' });
const scroller = el('div', {
  class: 'memories-scroll',
  tabindex: 0,
  role: 'region',
  'aria-label': t('memories.title'),
});
scroller.append(board, time);

let data: HostMessageOf<'memories'> | null = null;
const frame = new Frame(draw);

function draw(): void {
  if (data === null) return;
  const { nodes, links, history, timeNs } = data;
  const [cpu, ...devices] = nodes.map((node, index) => memoryPanel(t, node, index, history));
  const rows = devices.map((device, n) => {
    const between = links.filter(({ from, to }) => Math.min(from, to) === 0 && Math.max(from, to) === n + 1);
    const among = links.filter(({ from, to }) => Math.min(from, to) > 0 && Math.max(from, to) === n + 1);
    return el(
      'div',
      { class: 'pair' },
      el('div', { class: 'links' }, ...[...between, ...among].map((link) => linkPanel(t, link, nodes))),
      device,
    );
  });
  replaceChildren(board, cpu ?? null, el('div', { class: 'pairs' }, ...rows));
  time.textContent = t('memories.at', formatNs(timeNs));
}

followVisibility(host, frame);
host.on('status', (status) => notice.status(status));
host.on('memories', (message) => {
  data = message;
  notice.hasData = message.nodes.length > 0;
  frame.invalidate();
  acknowledge(host, frame, message.seq);
});

document.querySelector('#page')?.append(notice.element, scroller);
host.send({ type: 'ready' });
