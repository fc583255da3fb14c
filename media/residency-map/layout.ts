/**
 * Where cells lie: areas one below the other, each under a line with its name, its cells in rows. All in pixels of the device,
 * from the top of the document. Pure arithmetic, which drawing and pointing share.
 *
 * Invariant: every page of every area is in exactly one cell of it; `cellAt` is the inverse of `rectOf`.
 */
import type { Area } from '../messages.js';
import type { Span } from './codes.js';

/** `cell`: side of a cell in CSS pixels; `level`: it stands for 4^level pages. From far to near. */
export interface Zoom {
  readonly level: number;
  readonly cell: number;
}
export const ZOOMS: readonly Zoom[] = [
  ...[5, 4, 3, 2, 1].map((level) => ({ level, cell: 1 })),
  ...[1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64].map((cell) => ({ level: 0, cell })),
];

export interface Block {
  readonly area: Area;
  /** Of the header; cells begin below it. */
  readonly top: number;
  readonly cellsTop: number;
  readonly bottom: number;
  readonly columns: number;
  readonly rows: number;
  /** Number of the first cell on its level, and how many. */
  readonly firstCell: number;
  readonly cellCount: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export interface LayoutOptions {
  readonly areas: readonly Area[];
  readonly zoom: Zoom;
  /** Device pixels: of the whole width, and of a CSS pixel. */
  readonly width: number;
  readonly scale: number;
}

/** CSS pixels. */
export const HEADER = 24;
const MARGIN = 12;
const GAP = 6;

export class Layout {
  readonly blocks: readonly Block[];
  readonly height: number;
  /** Device pixels. */
  readonly cell: number;
  readonly left: number;
  readonly level: number;

  constructor({ areas, zoom, width, scale }: LayoutOptions) {
    this.level = zoom.level;
    this.cell = Math.max(1, Math.round(zoom.cell * scale));
    this.left = Math.round(MARGIN * scale);
    const fitting = Math.max(1, Math.floor((width - 2 * this.left) / this.cell));
    // Rows of 16 pages are 64 KiB: what drivers count in begins at the left edge.
    const columns = fitting >= 16 ? fitting - (fitting % 16) : fitting;
    const header = Math.round(HEADER * scale);
    const gap = Math.round(GAP * scale);
    let top = 0;
    this.blocks = areas.map((area) => {
      const firstCell = area.firstPage >> (2 * zoom.level);
      const lastCell = (area.firstPage + area.pageCount - 1) >> (2 * zoom.level);
      const cellCount = lastCell - firstCell + 1;
      const rows = Math.ceil(cellCount / columns);
      const cellsTop = top + header;
      const bottom = cellsTop + rows * this.cell;
      const block = { area, top, cellsTop, bottom, columns, rows, firstCell, cellCount };
      top = bottom + gap;
      return block;
    });
    this.height = top + gap;
  }

  /** Indices of the blocks that show between two heights: from, and up to. */
  visible(top: number, bottom: number): readonly [number, number] {
    const from = this.#firstEndingAfter(top);
    let to = from;
    while (to < this.blocks.length && this.blocks[to]!.top < bottom) to += 1;
    return [from, to];
  }

  blockOf(page: number): Block | undefined {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { area } = this.blocks[middle]!;
      if (area.firstPage + area.pageCount <= page) low = middle + 1;
      else high = middle;
    }
    const block = this.blocks[low];
    return block !== undefined && block.area.firstPage <= page ? block : undefined;
  }

  /** The pages of the cell there. */
  cellAt(x: number, y: number): { readonly block: Block; readonly span: Span } | null {
    const block = this.blocks[this.#firstEndingAfter(y)];
    if (block === undefined || y < block.cellsTop || x < this.left) return null;
    const column = Math.floor((x - this.left) / this.cell);
    if (column >= block.columns) return null;
    const cell = Math.floor((y - block.cellsTop) / this.cell) * block.columns + column;
    return cell < block.cellCount ? { block, span: this.spanOf(block, cell) } : null;
  }

  /** @param cell counted from the block's first */
  spanOf(block: Block, cell: number): Span {
    const { firstPage, pageCount } = block.area;
    const shift = 2 * this.level;
    return {
      first: Math.max(firstPage, (block.firstCell + cell) << shift),
      end: Math.min(firstPage + pageCount, (block.firstCell + cell + 1) << shift),
    };
  }

  /** Counted from the block's first. */
  cellOf(block: Block, page: number): number {
    return (page >> (2 * this.level)) - block.firstCell;
  }

  rectOf(block: Block, cell: number): Rect {
    const row = Math.floor(cell / block.columns);
    const x = this.left + (cell - row * block.columns) * this.cell;
    return { x, y: block.cellsTop + row * this.cell, size: this.cell };
  }

  #firstEndingAfter(y: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.blocks[middle]!.bottom <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Nearer than this a few pages look like more than they are. */
const NEAREST_FIT = ZOOMS.findIndex(({ cell }) => cell === 24);

/** Nearer than this, or this near, cells can be told apart. */
const READABLE = ZOOMS.findIndex(({ cell }) => cell === 4);
/** In a low panel with many areas, headers would fill the height; so much of it is for cells then, and headers are scrolled to. */
const CELLS_SHARE = 2 / 3;

/** The nearest zoom at which everything is to be seen at once; or, if that is not readable because of the headers, all cells. */
export function fittingZoom(areas: readonly Area[], width: number, height: number, scale: number): number {
  const nearest = (fits: (layout: Layout) => boolean): number => {
    for (let zoom = NEAREST_FIT; zoom > 0; zoom--) {
      if (fits(new Layout({ areas, zoom: ZOOMS[zoom]!, width, scale }))) return zoom;
    }
    return 0;
  };
  const whole = nearest((layout) => layout.height <= height);
  if (whole >= READABLE) return whole;
  const cellsOf = ({ blocks }: Layout): number =>
    blocks.reduce((sum, { cellsTop, bottom }) => sum + bottom - cellsTop, 0);
  return Math.max(
    whole,
    nearest((layout) => cellsOf(layout) <= height * CELLS_SHARE),
  );
}
