/** What the suite measures, as plain data: the table and the JSON file are made of this. */

export interface Aim {
  readonly text: string;
  readonly met: boolean;
}

export interface Row {
  readonly name: string;
  /** In the order of the section's columns; null where it was not measured. */
  readonly figures: readonly (number | null)[];
  readonly aim: Aim | null;
}

export interface Column {
  readonly title: string;
  readonly unit: 'ms' | 'ns' | '×' | 'a second' | 'MiB';
}

export interface Section {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export function atMost(value: number, limit: number, unit: string): Aim {
  return { text: `≤ ${limit}${unit}`, met: value <= limit };
}

export function atLeast(value: number, limit: number, unit: string): Aim {
  return { text: `≥ ${limit}${unit}`, met: value >= limit };
}

/** The geometric mean: the one mean of ratios that does not depend on which side is the reference. */
export function meanRatio(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

export function renderSection({ title, columns, rows, notes }: Section): string {
  const header = ['', ...columns.map((column) => column.title), 'aim'];
  const body = rows.map((row) => [
    row.name,
    ...row.figures.map((figure, n) => format(figure, columns[n]?.unit ?? 'ms')),
    row.aim === null ? '' : `${row.aim.text} ${row.aim.met ? '✓' : '✗ MISSED'}`,
  ]);
  const widths = header.map((_, n) => Math.max(...[header, ...body].map((cells) => (cells[n] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, n) =>
        n === 0 || n === cells.length - 1 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [title, rule, line(header), ...body.map(line), ...notes.map((note) => `  ${note}`), ''].join('\n');
}

function format(figure: number | null, unit: Column['unit']): string {
  if (figure === null) return '–';
  if (unit === '×') return `${figure.toFixed(2)}×`;
  if (unit === 'MiB') return `${figure.toFixed(1)} MiB`;
  if (unit === 'ms') return `${figure.toFixed(figure < 100 ? 2 : 0)} ms`;
  return Math.round(figure).toLocaleString('en');
}
