/**
 * Which cell is focused and which pages are selected. Pure state, in pages, so that it outlives a change of zoom.
 * Invariant: a selection lies within one area and begins or ends where it was begun.
 */
import type { Span } from './codes.js';
import type { Block, Layout } from './layout.js';

export class Selection {
  /** Null: nothing is mapped. */
  focus: number | null = null;
  span: Span | null = null;
  #anchor: Span | null = null;

  /** Keeps what is still mapped. */
  settle(layout: Layout): void {
    if (this.focus === null || layout.blockOf(this.focus) === undefined) {
      this.focus = layout.blocks[0]?.area.firstPage ?? null;
    }
    if (this.span !== null && layout.blockOf(this.span.first) === undefined) this.clear();
  }

  clear(): void {
    this.span = this.#anchor = null;
  }

  /** Focuses a cell; selects it, or everything between it and where the selection began. */
  go(block: Block, cell: Span, extend: boolean): void {
    const from = this.#anchor ?? this.#focusedCell(cell);
    this.focus = cell.first;
    if (!extend) {
      this.span = this.#anchor = null;
      return;
    }
    const { firstPage, pageCount } = block.area;
    const inside = from.first >= firstPage && from.first < firstPage + pageCount;
    this.#anchor = inside ? from : cell;
    this.span = {
      first: Math.min(this.#anchor.first, cell.first),
      end: Math.max(this.#anchor.end, cell.end),
    };
  }

  select(span: Span): void {
    this.focus = span.first;
    this.span = this.#anchor = span;
  }

  includes(page: number): boolean {
    return this.span !== null && page >= this.span.first && page < this.span.end;
  }

  #focusedCell(otherwise: Span): Span {
    return this.focus === null ? otherwise : { first: this.focus, end: this.focus + 1 };
  }
}

/** Where a key leads from a cell: by rows and columns, over the edges of areas. Null if nowhere. */
export function moved(
  layout: Layout,
  page: number,
  key: string,
  toEnds: boolean,
  pageRows: number,
): { readonly block: Block; readonly cell: number } | null {
  const block = layout.blockOf(page);
  if (block === undefined) return null;
  const index = layout.blocks.indexOf(block);
  const cell = layout.cellOf(block, page);
  const { columns, cellCount } = block;
  const inRow = cell % columns;
  const last = layout.blocks.length - 1;
  switch (key) {
    case 'ArrowRight':
      return reached(layout, index, cell + 1, 0);
    case 'ArrowLeft':
      return reached(layout, index, cell - 1, Infinity);
    case 'ArrowDown':
      return reached(layout, index, rowsDown(cell, 1, block), inRow);
    case 'ArrowUp':
      return reached(layout, index, cell - columns, inRow + Infinity);
    case 'PageDown':
      return reached(layout, index, rowsDown(cell, pageRows, block), inRow);
    case 'PageUp':
      return reached(layout, index, cell - columns * pageRows, inRow + Infinity);
    case 'Home':
      return toEnds ? reached(layout, 0, 0, 0) : { block, cell: cell - inRow };
    case 'End':
      return toEnds
        ? reached(layout, last, layout.blocks[last]!.cellCount - 1, 0)
        : { block, cell: Math.min(cell - inRow + columns - 1, cellCount - 1) };
    default:
      return null;
  }
}

/** From the last row but one down to a shorter last row goes to its end. */
function rowsDown(cell: number, rows: number, { columns, cellCount }: Block): number {
  const to = cell + rows * columns;
  const hasRowBelow = Math.floor(cell / columns) < Math.floor((cellCount - 1) / columns);
  return to >= cellCount && hasRowBelow ? cellCount - 1 : to;
}

/** The cell itself; before the block's first one the end of the block before; behind its last one the start of the next. */
function reached(
  layout: Layout,
  index: number,
  cell: number,
  entry: number,
): { readonly block: Block; readonly cell: number } | null {
  const block = layout.blocks[index];
  if (block === undefined) return null;
  if (cell >= 0 && cell < block.cellCount) return { block, cell };
  const next = layout.blocks[cell < 0 ? index - 1 : index + 1];
  if (next === undefined) return { block, cell: cell < 0 ? 0 : block.cellCount - 1 };
  return { block: next, cell: Math.min(entry, next.cellCount - 1) };
}
