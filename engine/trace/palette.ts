/**
 * Colours of the report. A painter adds escape codes or nothing, so that whoever writes a line need not know whether it
 * goes to a terminal. Colour never says anything that the text does not.
 *
 * Own codes rather than `util.styleText`: that one came with Node 20.12 and looks at the process by itself.
 */

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

export type Painter = (paint: Paint, text: string) => string;

/** Select Graphic Rendition, ECMA-48 8.3.117: what switches each on and off. */
const SGR: Readonly<Record<Paint, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

const coloured: Painter = (paint, text) => {
  const [on, off] = SGR[paint];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
};

const plain: Painter = (_paint, text) => text;

export function painter(colour: boolean): Painter {
  return colour ? coloured : plain;
}
