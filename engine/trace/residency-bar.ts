/**
 * Where an allocation's pages are, as a bar of cells and as percentages. Each node has its own glyph as well as its own
 * colour, and a node that holds any page has at least one cell.
 */
import type { Paint, Painter } from './palette.js';

const GLYPHS: readonly string[] = ['░', '█', '▓', '▒', '■', '◆', '●', '▲', '▼'];
const PAINTS: readonly Paint[] = ['yellow', 'green', 'cyan', 'magenta', 'blue', 'red', 'green', 'cyan', 'magenta'];
const EMPTY = '·';

/** Cells per node, the last entry being pages that are nowhere. They sum to `cells`. */
export function shareCells(pages: readonly number[], totalPages: number, cells: number): number[] {
  const nowhere = Math.max(0, totalPages - pages.reduce((sum, one) => sum + one, 0));
  const parts = [...pages, nowhere];
  const total = parts.reduce((sum, one) => sum + one, 0);
  if (total === 0) return parts.map((_, index) => (index === parts.length - 1 ? cells : 0));
  const shares = parts.map((part) => (part === 0 ? 0 : Math.max(1, Math.round((part / total) * cells))));
  // Rounding and the one-cell minimum may be off by some cells: each is made up for where the error is largest.
  let surplus = shares.reduce((sum, one) => sum + one, 0) - cells;
  while (surplus !== 0) {
    const step = Math.sign(surplus);
    const errors = shares.map((share, index) =>
      step > 0 && share <= 1 ? Number.NEGATIVE_INFINITY : step * (share - (parts[index]! / total) * cells),
    );
    shares[errors.lastIndexOf(Math.max(...errors))]! -= step;
    surplus -= step;
  }
  return shares;
}

/** The bar as text, unpainted. */
export function residencyBar(pages: readonly number[], totalPages: number, cells: number): string {
  return shareCells(pages, totalPages, cells)
    .map((count, node) => (node === pages.length ? EMPTY : GLYPHS[node % GLYPHS.length]!).repeat(count))
    .join('');
}

/** Colours a text that holds a bar: every glyph of a bar in its node's colour. */
export function paintBar(text: string, paint: Painter): string {
  return text.replace(/([░█▓▒■◆●▲▼·])\1*/gu, (run, glyph: string) => {
    const node = GLYPHS.indexOf(glyph);
    return paint(node === -1 ? 'dim' : PAINTS[node]!, run);
  });
}

/** What each glyph stands for: `░ cpu  █ gpu0  · nowhere`. */
export function barLegend(nodes: readonly string[]): string {
  return [...nodes.map((node, index) => `${GLYPHS[index % GLYPHS.length]!} ${node}`), `${EMPTY} nowhere`].join('   ');
}

/** `0/100 %` in the order of the nodes; `<1` rather than 0 where there is something. */
export function residencyPercentages(pages: readonly number[], totalPages: number): string {
  const total = Math.max(
    totalPages,
    pages.reduce((sum, one) => sum + one, 0),
    1,
  );
  const percent = (part: number): string => {
    const rounded = Math.round((part / total) * 100);
    return part > 0 && rounded === 0 ? '<1' : part < total && rounded === 100 ? '>99' : String(rounded);
  };
  return `${pages.map(percent).join('/')} %`;
}
