/**
 * Tables in text: columns as wide as their widest cell, numbers on the right, one elastic column that gives way when the
 * line would be longer than the terminal. Widths are counted before painting, so that escape codes take no room.
 */

export interface TextColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Gives way when the line is too long, in the middle of its text or at the end of it; at most one column. */
  readonly elastic?: 'middle' | 'end';
}

/** A cell's text, with what paints it once it has its width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const GAP = '  ';
const MIN_ELASTIC = 6;

/** Lines of at most `width` characters where the elastic column allows it: the titles, then one line a row; no titles, no title line. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly Cell[])[],
  options: { readonly width: number; readonly indent: string; readonly paintTitle: (text: string) => string },
): string[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, length(textOf(row[index]))), length(column.title)),
  );
  const elastic = columns.findIndex((column) => column.elastic !== undefined);
  if (elastic !== -1) {
    const total = options.indent.length + widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1);
    const natural = widths[elastic]!;
    widths[elastic] = Math.max(Math.min(natural, MIN_ELASTIC), natural - Math.max(0, total - options.width));
  }

  const layOut = (cells: readonly Cell[], paintAll: ((text: string) => string) | null): string => {
    const laid = columns.map((column, index) => {
      const text = clip(textOf(cells[index]), widths[index]!, column.elastic);
      const padding = ' '.repeat(widths[index]! - length(text));
      const cell = cells[index];
      const painted = paintAll !== null ? paintAll(text) : typeof cell === 'object' ? cell.paint(text) : text;
      const last = index === columns.length - 1;
      return column.align === 'right' ? padding + painted : painted + (last ? '' : padding);
    });
    return (options.indent + laid.join(GAP)).trimEnd();
  };

  const titles = columns.map((column) => column.title);
  return [
    ...(titles.every((title) => title === '') ? [] : [layOut(titles, options.paintTitle)]),
    ...rows.map((row) => layOut(row, null)),
  ];
}

/** Shortens to `width`: names of functions and paths in the middle, where they tell least, text at its end. */
export function clip(text: string, width: number, where: 'middle' | 'end' = 'middle'): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  if (width <= 1) return '…'.slice(0, width);
  const head = where === 'end' ? width - 1 : Math.ceil((width - 1) / 2);
  const tail = width - 1 - head;
  return `${characters.slice(0, head).join('')}…${tail === 0 ? '' : characters.slice(-tail).join('')}`;
}

/** Text broken at spaces into lines of at most `width` characters; a longer word has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && length(line) + 1 + length(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

function textOf(cell: Cell | undefined): string {
  return cell === undefined ? '' : typeof cell === 'object' ? cell.text : cell;
}

function length(text: string): number {
  return Array.from(text).length;
}
