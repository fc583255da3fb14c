/** What pointer and keys mean on the lanes. Invariant: whatever the pointer can do, the keyboard can. */
import { neighbour, type Hit } from './lane-painter.js';
import { panned, zoomed, type TimeSpan } from './span.js';
import type { TimelineView } from './view.js';

export interface Intents {
  readonly hovered: (hit: Hit | null, x: number, y: number) => void;
  /** An event, or a column of many, is chosen. */
  readonly chosen: (hit: Hit) => void;
  readonly ranged: (range: TimeSpan | null, done: boolean) => void;
  readonly open: () => void;
  readonly showInMap: () => void;
  readonly run: () => void;
  readonly menu: (x: number, y: number) => void;
  /** The next hit of the search. */
  readonly nextHit: (direction: 1 | -1) => void;
}

/** CSS pixels: less is a click. */
const DRAG = 4;
const WHEEL = 1.0015;

export function control(view: TimelineView, intents: Intents): void {
  usePointer(view, intents);
  useKeys(view, intents);
}

function usePointer(view: TimelineView, intents: Intents): void {
  const { lanesElement: element, frame } = view;
  let began: { readonly x: number; readonly timeNs: number; readonly pan: boolean; readonly span: TimeSpan } | null =
    null;
  let ranging = false;

  element.addEventListener('pointerdown', (event) => {
    if (event.button > 1) return;
    began = { x: event.clientX, timeNs: view.timeAt(event.clientX), pan: event.button === 1, span: view.span };
    ranging = false;
    element.setPointerCapture(event.pointerId);
    if (event.button === 1) event.preventDefault();
  });
  element.addEventListener('pointermove', (event) => {
    view.pointerNs = view.timeAt(event.clientX);
    frame.invalidate();
    if (began === null) {
      intents.hovered(view.hitAt(event.clientX, event.clientY), event.clientX, event.clientY);
      return;
    }
    if (began.pan) {
      view.show(panned(began.span, (began.x - event.clientX) * view.time.nsPerPixel, view.endNs));
      return;
    }
    if (!ranging && Math.abs(event.clientX - began.x) < DRAG) return;
    ranging = true;
    const now = Math.max(0, Math.min(view.endNs, view.pointerNs));
    view.range = { fromNs: Math.min(began.timeNs, now), toNs: Math.max(began.timeNs, now) };
    intents.hovered(null, 0, 0);
    intents.ranged(view.range, false);
  });
  element.addEventListener('pointerup', (event) => {
    if (began === null) return;
    if (ranging) intents.ranged(view.range, true);
    else if (!began.pan) {
      const found = view.hitAt(event.clientX, event.clientY);
      if (found !== null) intents.chosen(found);
      else {
        view.range = null;
        intents.ranged(null, true);
      }
    }
    began = null;
  });
  element.addEventListener('pointerleave', () => {
    view.pointerNs = null;
    intents.hovered(null, 0, 0);
    frame.invalidate();
  });
  element.addEventListener('dblclick', (event) => view.show(zoomed(view.span, 0.25, view.timeAt(event.clientX))));
  element.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    if (event.button !== 2) return;
    const found = view.hitAt(event.clientX, event.clientY);
    if (found !== null) intents.chosen(found);
    intents.menu(event.clientX, event.clientY);
  });
  element.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) {
        view.show(zoomed(view.span, WHEEL ** event.deltaY, view.timeAt(event.clientX)));
      } else {
        const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
        if (by === 0) return;
        view.show(panned(view.span, by * view.time.nsPerPixel, view.endNs));
      }
      event.preventDefault();
    },
    { passive: false },
  );
}

function useKeys(view: TimelineView, intents: Intents): void {
  const { lanesElement: element } = view;
  element.addEventListener('keydown', (event) => {
    if (handled(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });

  function handled(event: KeyboardEvent): boolean {
    const { span, endNs } = view;
    const length = span.toNs - span.fromNs;
    const at = view.cursor?.timeNs ?? (span.fromNs + span.toNs) / 2;
    const box = element.getBoundingClientRect();
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight': {
        const direction = event.key === 'ArrowRight' ? 1 : -1;
        if (event.shiftKey) view.show(panned(span, (direction * length) / 8, endNs));
        else step(direction);
        return true;
      }
      case 'ArrowUp':
      case 'ArrowDown':
        toLane((view.cursor?.lane ?? -1) + (event.key === 'ArrowDown' ? 1 : -1));
        return true;
      case 'PageUp':
      case 'PageDown':
        view.show(panned(span, event.key === 'PageDown' ? length : -length, endNs));
        return true;
      case 'Home':
        view.show({ fromNs: 0, toNs: length });
        return true;
      case 'End':
        view.show({ fromNs: endNs - length, toNs: endNs });
        return true;
      case '+':
      case '=':
        view.show(zoomed(span, 0.5, at));
        return true;
      case '-':
        view.show(zoomed(span, 2, at));
        return true;
      case '0':
        view.showAll();
        return true;
      case 'n':
      case 'N':
        intents.nextHit(event.key === 'n' ? 1 : -1);
        return true;
      case 'Enter':
        intents.open();
        return true;
      case 'm':
        intents.showInMap();
        return true;
      case 'r':
        intents.run();
        return true;
      case 'Escape':
        view.range = null;
        intents.ranged(null, true);
        view.frame.invalidate();
        return true;
      case 'ContextMenu':
        intents.menu(box.left + view.time.x(at), box.top + 40);
        return true;
      case 'F10':
        if (event.shiftKey) intents.menu(box.left + view.time.x(at), box.top + 40);
        return event.shiftKey;
      default:
        return false;
    }
  }

  function toLane(lane: number): void {
    const to = Math.max(0, Math.min(view.lanes.length - 1, lane));
    const timeNs = view.cursor?.timeNs ?? (view.span.fromNs + view.span.toNs) / 2;
    const before = neighbour(view.parts, to, timeNs + 1, -1);
    const after = neighbour(view.parts, to, timeNs - 1, 1);
    const nearest =
      before === null || (after !== null && after - timeNs < timeNs - before) ? (after ?? timeNs) : before;
    goTo(to, nearest);
  }

  function step(direction: 1 | -1): void {
    const lane = view.cursor?.lane ?? 0;
    const from = view.cursor?.timeNs ?? (direction > 0 ? view.span.fromNs - 1 : view.span.toNs);
    const to = neighbour(view.parts, lane, from, direction);
    if (to !== null) goTo(lane, to);
    else if (direction > 0 ? view.span.toNs < view.endNs : view.span.fromNs > 0) {
      const length = view.span.toNs - view.span.fromNs;
      view.show(panned(view.span, direction * length * 0.75, view.endNs));
    }
  }

  function goTo(lane: number, timeNs: number): void {
    view.cursor = { lane, timeNs, event: null };
    view.bringIn(timeNs);
    view.frame.invalidate();
    const { left, top } = element.getBoundingClientRect();
    const found = view.hitAt(left + view.time.x(timeNs) + 0.5, top + 24 + lane * 22 + 11);
    if (found !== null) intents.chosen(found);
  }
}
