/**
 * What lies over the cells: the outline of the selection and of the cell under the pointer. Drawn on a canvas of its own, so
 * that the cells need not be drawn again when the pointer moves.
 */
import { el } from '../shared/dom.js';
import type { Theme } from '../shared/theme.js';
import type { Span } from './codes.js';
import type { Block, Layout } from './layout.js';

export class Overlay {
  readonly canvas = el('canvas', { class: 'overlay', 'aria-hidden': 'true' });
  #blank = true;

  draw(
    layout: Layout,
    scrollTop: number,
    size: { readonly width: number; readonly height: number; readonly scale: number },
    marks: { readonly selection: Span | null; readonly hover: Span | null },
    theme: Theme,
  ): void {
    const { width, height, scale } = size;
    const nothing = marks.selection === null && marks.hover === null;
    if (nothing && this.#blank) return;
    this.#blank = nothing;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const context = this.canvas.getContext('2d');
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    const outline = (span: Span, color: string, fill: boolean, line: number): void => {
      const block = layout.blockOf(span.first);
      if (block === undefined) return;
      const path = outlineOf(layout, block, span, scrollTop);
      context.globalAlpha = 0.22;
      context.fillStyle = color;
      if (fill) context.fill(path);
      context.globalAlpha = 1;
      // A line of the background's colour around keeps the outline visible on cells of any colour.
      context.lineJoin = 'round';
      context.strokeStyle = theme.background;
      context.lineWidth = line * 3;
      context.stroke(path);
      context.strokeStyle = color;
      context.lineWidth = line;
      context.stroke(path);
    };
    if (marks.selection !== null) {
      outline(marks.selection, theme.foreground, true, Math.max(1.5, 1.5 * scale));
    }
    if (marks.hover !== null) outline(marks.hover, theme.foreground, false, Math.max(1, scale));
  }
}

/** The outline of cells in reading order: a rectangle with a step at its beginning and one at its end. */
function outlineOf(layout: Layout, block: Block, span: Span, scrollTop: number): Path2D {
  const first = layout.cellOf(block, span.first);
  const last = Math.min(layout.cellOf(block, span.end - 1), block.cellCount - 1);
  const start = layout.rectOf(block, first);
  const end = layout.rectOf(block, last);
  const side = layout.cell;
  const left = layout.left;
  const right = layout.left + block.columns * side;
  const [top, bottom] = [start.y - scrollTop, end.y - scrollTop + side];
  const path = new Path2D();
  if (start.y === end.y) {
    path.rect(start.x, top, end.x + side - start.x, side);
    return path;
  }
  if (start.y + side === end.y && end.x + side <= start.x) {
    path.rect(start.x, top, right - start.x, side);
    path.rect(left, bottom - side, end.x + side - left, side);
    return path;
  }
  path.moveTo(start.x, top);
  path.lineTo(right, top);
  path.lineTo(right, bottom - side);
  path.lineTo(end.x + side, bottom - side);
  path.lineTo(end.x + side, bottom);
  path.lineTo(left, bottom);
  path.lineTo(left, top + side);
  path.lineTo(start.x, top + side);
  path.closePath();
  return path;
}
