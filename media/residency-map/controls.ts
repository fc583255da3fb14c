/** What pointer and keys mean on the map. Invariant: whatever the pointer can do, the keyboard can. */
import { CHANGED } from '../messages.js';
import type { Span } from './codes.js';
import { moved } from './selection.js';
import type { MapView } from './view.js';

export interface Intents {
  /** The pointer is over a cell, or over none. */
  readonly hovered: (span: Span | null, pointer: DOMRect) => void;
  /** Focus or selection is another; `announce`: tell it. */
  readonly moved: (announce: boolean) => void;
  readonly menu: (x: number, y: number) => void;
  /** The card of the focused cell. */
  readonly explain: () => void;
  readonly dismiss: () => void;
  readonly openMove: () => void;
}

export function control(view: MapView, intents: Intents): void {
  usePointer(view, intents);
  useKeys(view, intents);
}

function usePointer(view: MapView, intents: Intents): void {
  const { stage, selection, frame } = view;
  let dragging: 'select' | 'pan' | null = null;
  let panFrom = 0;
  /** Turning the wheel on the spot keeps the page that was there at first. */
  let zoomedAt: ZoomAnchor | null = null;
  const isCells = (target: EventTarget | null): boolean =>
    target instanceof Element && target.closest('.area') === null;

  stage.addEventListener('pointerdown', (event) => {
    if (!isCells(event.target)) return;
    if (event.button === 1) {
      dragging = 'pan';
      panFrom = event.clientY + view.scroller.scrollTop;
      stage.setPointerCapture(event.pointerId);
      event.preventDefault();
      return;
    }
    const hit = view.at(event.clientX, event.clientY);
    if (hit === null) {
      if (event.button === 0) {
        selection.clear();
        intents.moved(false);
        frame.invalidate();
      }
      return;
    }
    if (event.button === 0) {
      dragging = 'select';
      stage.setPointerCapture(event.pointerId);
      if (event.shiftKey) selection.go(hit.block, hit.span, true);
      else selection.select(hit.span);
    } else if (!selection.includes(hit.span.first)) {
      selection.select(hit.span);
    }
    event.preventDefault();
    view.cell.focus({ preventScroll: true });
    intents.moved(false);
    frame.invalidate();
  });
  stage.addEventListener('pointermove', (event) => {
    if (dragging === 'pan') {
      view.scroller.scrollTop = panFrom - event.clientY;
      return;
    }
    const hit = isCells(event.target) || dragging !== null ? view.at(event.clientX, event.clientY) : null;
    if (dragging === 'select' && hit !== null && inFocusedArea(view, hit.span)) {
      selection.go(hit.block, hit.span, true);
      intents.moved(false);
    }
    if (hit?.span.first !== view.hover?.first) {
      view.hover = hit?.span ?? null;
      frame.invalidate();
    }
    intents.hovered(hit?.span ?? null, new DOMRect(event.clientX, event.clientY, 0, 0));
  });
  const leave = (): void => {
    view.hover = null;
    intents.hovered(null, new DOMRect());
    frame.invalidate();
  };
  stage.addEventListener('pointerleave', leave);
  view.scroller.addEventListener('scroll', leave, { passive: true });
  stage.addEventListener('pointerup', () => {
    if (dragging === 'select') intents.moved(true);
    dragging = null;
  });
  stage.addEventListener('pointercancel', () => (dragging = null));
  stage.addEventListener('dblclick', (event) => {
    const hit = view.at(event.clientX, event.clientY);
    if (hit !== null && isCells(event.target)) zoomAt(view, event, 2, null);
  });
  stage.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    // Keys are handled below, where the menu opens at the cell.
    if (event.button === 2) intents.menu(event.clientX, event.clientY);
  });
  stage.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomedAt = zoomAt(view, event, event.deltaY < 0 ? 1 : -1, zoomedAt);
    },
    { passive: false },
  );
}

function inFocusedArea(view: MapView, span: Span): boolean {
  const { focus } = view.selection;
  return focus !== null && view.layout.blockOf(focus) === view.layout.blockOf(span.first);
}

interface ZoomAnchor {
  readonly clientX: number;
  readonly clientY: number;
  readonly page: number;
}

function zoomAt(
  view: MapView,
  { clientX, clientY }: MouseEvent,
  steps: number,
  last: ZoomAnchor | null,
): ZoomAnchor | null {
  const same = last?.clientX === clientX && last.clientY === clientY;
  const page = same ? last.page : view.at(clientX, clientY)?.span.first;
  const y = clientY - view.stage.getBoundingClientRect().top;
  view.setZoom(view.zoom + steps, page === undefined ? undefined : { page, y });
  return page === undefined ? null : { clientX, clientY, page };
}

function useKeys(view: MapView, intents: Intents): void {
  const { selection } = view;
  view.cell.addEventListener('keydown', (event) => {
    if (handled(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });

  function handled(event: KeyboardEvent): boolean {
    const page = selection.focus;
    if (page === null) return false;
    const command = event.ctrlKey || event.metaKey;
    const pageRows = Math.max(1, Math.floor(view.height / view.layout.cell) - 2);
    const to = moved(view.layout, page, event.key, command, pageRows);
    if (to !== null) {
      selection.go(to.block, view.layout.spanOf(to.block, to.cell), event.shiftKey);
      view.show(selection.focus ?? page);
      intents.moved(true);
      return true;
    }
    const focused = view.rectOf(page);
    const keep = focused === null ? undefined : { page, y: focused.y - view.stage.getBoundingClientRect().top };
    switch (event.key) {
      case '+':
      case '=':
        view.setZoom(view.zoom + 1, keep);
        return true;
      case '-':
        view.setZoom(view.zoom - 1, keep);
        return true;
      case '0':
        view.fit();
        return true;
      case 'n':
      case 'N':
        goToChange(view, event.key === 'n' ? 1 : -1);
        intents.moved(true);
        return true;
      case ' ':
      case 'i':
        intents.explain();
        return true;
      case 'Enter':
        intents.openMove();
        return true;
      case 'ContextMenu':
        intents.menu(focused?.right ?? 0, focused?.bottom ?? 0);
        return true;
      case 'F10':
        if (event.shiftKey) intents.menu(focused?.right ?? 0, focused?.bottom ?? 0);
        return event.shiftKey;
      case 'Escape':
        selection.clear();
        intents.dismiss();
        intents.moved(false);
        view.frame.invalidate();
        return true;
      case 'a':
        if (!command) return false;
        selectArea(view, page);
        intents.moved(true);
        return true;
      default:
        return false;
    }
  }
}

function selectArea(view: MapView, page: number): void {
  const area = view.layout.blockOf(page)?.area;
  if (area === undefined) return;
  view.selection.select({ first: area.firstPage, end: area.firstPage + area.pageCount });
  view.frame.invalidate();
}

/** Selects the next run of pages that changed since the last stop. */
export function goToChange(view: MapView, direction: 1 | -1): void {
  const { pages } = view.codes;
  const isChanged = (page: number): boolean => (pages[page]! & CHANGED) !== 0;
  const { span, focus } = view.selection;
  let page = direction > 0 ? (span?.end ?? focus ?? 0) : (span?.first ?? focus ?? 0) - 1;
  for (let looked = 0; looked <= pages.length; looked++, page += direction) {
    page = (page + pages.length) % pages.length;
    if (!isChanged(page)) continue;
    const area = view.layout.blockOf(page)?.area;
    if (area === undefined) continue;
    let first = page;
    let end = page + 1;
    while (first > area.firstPage && isChanged(first - 1)) first -= 1;
    while (end < area.firstPage + area.pageCount && isChanged(end)) end += 1;
    view.selection.select({ first, end });
    view.show(first);
    return;
  }
}
