/**
 * What a cell looks like: for each residency code a small picture, made of the theme's colours. Both renderers and the legend
 * draw these same pictures.
 *
 * Invariant: cells of eight pixels and more tell place, condition and change by their form, too: devices are hatched, each in
 * its own direction, the CPU is plain, what is nowhere is hollow; a condition is a figure inside, a change a corner.
 */
import { CHANGED, CONDITIONS, Place, type Condition } from '../messages.js';
import { css, mix, rgb, type Rgb, type Theme } from '../shared/theme.js';

export interface Palette {
  readonly background: Rgb;
  /** By node. */
  readonly nodes: readonly Rgb[];
  readonly nowhere: Rgb;
  readonly migrating: Rgb;
  readonly changed: Rgb;
  /** For figures on top of a colour. */
  readonly ink: Rgb;
  /** Whose page a read-duplicated one of node n is, too; null if that could be several. */
  readonly otherOf: (node: number) => number | null;
}

export function paletteOf(theme: Theme, nodeCount: number): Palette {
  return {
    background: rgb(theme.background),
    nodes: theme.nodes(),
    nowhere: rgb(theme.own('faultline.nowhere')),
    migrating: rgb(theme.own('faultline.migrating')),
    changed: rgb(theme.own('faultline.changed')),
    ink: theme.dark ? [16, 18, 22] : [255, 255, 255],
    otherOf: (node) => (node > 0 ? 0 : nodeCount === 2 ? 1 : null),
  };
}

/** Cells of so many pixels have figures; smaller ones have tints. */
const FIGURES = 8;
const GAPS = 3;

/** RGBA pixels, row by row. */
function sprite(code: number, cell: number, palette: Palette): Uint32Array {
  const pixels = new Uint32Array(cell * cell);
  const colorAt = cell >= FIGURES ? figure(code, cell, palette) : tint(code, cell, palette);
  for (let y = 0; y < cell; y++) {
    for (let x = 0; x < cell; x++) pixels[y * cell + x] = pack(colorAt(x, y));
  }
  return pixels;
}

function pack([red, green, blue]: Rgb): number {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

type ColorAt = (x: number, y: number) => Rgb;

function tint(code: number, cell: number, palette: Palette): ColorAt {
  const { background } = palette;
  const side = cell > GAPS ? cell - 1 : cell;
  let color = tinted(code, palette);
  if ((code & CHANGED) !== 0) color = mix(color, palette.changed, 0.4);
  return (x, y) => (x < side && y < side ? color : background);
}

function tinted(code: number, palette: Palette): Rgb {
  const place = code & 0xf;
  if (place === Place.unmapped) return palette.background;
  if (place === Place.nowhere) {
    return mix(palette.background, palette.nowhere, conditionOf(code) === 'swapped' ? 0.7 : 0.35);
  }
  const own = palette.nodes[place - Place.firstNode] ?? palette.nowhere;
  switch (conditionOf(code)) {
    case 'plain':
    case 'swapped':
      return own;
    case 'migrating':
      return palette.migrating;
    case 'exclusive':
      return mix(own, palette.changed, 0.3);
    case 'pinned':
      return mix(own, palette.ink, 0.35);
    case 'both':
      return mix(own, palette.nodes[palette.otherOf(place - Place.firstNode) ?? 1] ?? own, 0.5);
    case 'file':
      return mix(own, palette.background, 0.3);
  }
}

function conditionOf(code: number): Condition {
  return CONDITIONS[(code >> 4) & 7] ?? 'plain';
}

function figure(code: number, cell: number, palette: Palette): ColorAt {
  const side = cell - 1;
  const body = bodyOf(code & 0xf, side, palette);
  const drawn = conditionFigure(code, side, body, palette);
  const corner = (code & CHANGED) === 0 ? 0 : Math.max(4, Math.round(side * 0.42));
  return (x, y) => {
    if (x >= side || y >= side) return palette.background;
    const intoCorner = x - (side - corner) - y;
    if (corner > 0 && intoCorner >= 0) return intoCorner === 0 ? palette.background : palette.changed;
    return drawn(x, y);
  };
}

const HATCH = 6;

function bodyOf(place: number, side: number, palette: Palette): ColorAt {
  const { background, nowhere } = palette;
  if (place === Place.unmapped) return () => background;
  if (place === Place.nowhere) {
    const rim = mix(background, nowhere, 0.75);
    const inside = mix(background, nowhere, 0.12);
    return (x, y) => (x === 0 || y === 0 || x === side - 1 || y === side - 1 ? rim : inside);
  }
  const node = place - Place.firstNode;
  const plain = palette.nodes[node] ?? nowhere;
  if (node === 0) return () => plain;
  const stroke = mix(plain, palette.ink, 0.24);
  const hatched = [
    (x: number, y: number) => (x + y) % HATCH < 2,
    (x: number, y: number) => (x - y + HATCH * 64) % HATCH < 2,
    (x: number) => x % HATCH < 2,
    (_: number, y: number) => y % HATCH < 2,
  ][(node - 1) % 4]!;
  return (x, y) => (hatched(x, y) ? stroke : plain);
}

function conditionFigure(code: number, side: number, body: ColorAt, palette: Palette): ColorAt {
  const { ink, background, migrating } = palette;
  const place = code & 0xf;
  const middle = (side - 1) / 2;
  switch (conditionOf(code)) {
    case 'plain':
      return body;
    case 'migrating':
      return (x, y) => ((x + y) % 8 < 4 ? migrating : mix(body(x, y), ink, 0.3));
    case 'pinned': {
      const half = Math.max(1.5, side / 6);
      return (x, y) => {
        const away = Math.max(Math.abs(x - middle), Math.abs(y - middle));
        return away <= half ? ink : body(x, y);
      };
    }
    case 'exclusive': {
      const inset = Math.max(1, Math.round(side / 8));
      const width = side >= 16 ? 2 : 1;
      return (x, y) => {
        const away = Math.min(x, y, side - 1 - x, side - 1 - y);
        return away >= inset && away < inset + width ? ink : body(x, y);
      };
    }
    case 'both': {
      const other = place >= Place.firstNode ? palette.otherOf(place - Place.firstNode) : null;
      const second: ColorAt =
        other === null
          ? (x, y) => ((x + y) % 2 === 0 ? body(x, y) : background)
          : bodyOf(Place.firstNode + other, side, palette);
      return (x, y) => (x + y === side - 1 ? background : x + y < side - 1 ? body(x, y) : second(x, y));
    }
    case 'swapped': {
      // A bar at the foot: put down, to be fetched again.
      const from = Math.round(side * 0.6);
      return (x, y) => (y >= from && y < side - 2 && x >= 2 && x < side - 2 ? palette.nowhere : body(x, y));
    }
    case 'file': {
      const from = Math.round(side * 0.55);
      return (x, y) => (y >= from && (y - from) % 3 === 0 && x > 0 && x < side - 1 ? ink : body(x, y));
    }
  }
}

/** A picture of its own, for the legend. */
export function drawSprite(canvas: HTMLCanvasElement, code: number, cell: number, palette: Palette): void {
  canvas.width = canvas.height = cell;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.fillStyle = css(palette.background);
  const image = context.createImageData(cell, cell);
  new Uint32Array(image.data.buffer).set(sprite(code, cell, palette));
  context.putImageData(image, 0, 0);
}

/** Pictures by code, made when they are first needed. */
export class SpriteSet {
  readonly cell: number;
  readonly #palette: Palette;
  readonly #made: (Uint32Array | undefined)[] = [];

  constructor(cell: number, palette: Palette) {
    this.cell = cell;
    this.#palette = palette;
  }

  get background(): Rgb {
    return this.#palette.background;
  }

  of(code: number): Uint32Array {
    return (this.#made[code] ??= sprite(code, this.cell, this.#palette));
  }
}
