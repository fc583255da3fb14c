/**
 * The map without WebGL: puts the visible pixels together from sprites and hands them to a 2-D canvas as one image.
 * Invariant: work is bounded by the pixels that are seen, however many pages there are.
 */
import { PAGE_COUNT } from '../messages.js';
import { LEVELS, type PageCodes } from './codes.js';
import type { Block } from './layout.js';
import type { MapRenderer, Scene } from './renderer.js';

export class SoftwareRenderer implements MapRenderer {
  readonly kind = 'software';
  readonly canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  #image: ImageData | null = null;
  #pixels = new Uint32Array(0);
  #levels: readonly Uint8Array[] = Array.from({ length: LEVELS }, (_, n) => new Uint8Array(PAGE_COUNT >> (2 * n)));

  constructor() {
    const context = this.canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2-D canvas.');
    this.#context = context;
  }

  resize(width: number, height: number): void {
    if (this.#image?.width === width && this.#image.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.#image = this.#context.createImageData(width, height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  update(codes: PageCodes): void {
    this.#levels = codes.levels;
  }

  draw(scene: Scene): void {
    const image = this.#image;
    if (image === null) return;
    const { layout, sprites, scrollTop } = scene;
    const [red, green, blue] = sprites.background;
    this.#pixels.fill(0xff000000 | (blue << 16) | (green << 8) | red);
    const [from, to] = layout.visible(scrollTop, scrollTop + image.height);
    for (let n = from; n < to; n++) this.#drawBlock(layout.blocks[n]!, scene, image);
    this.#context.putImageData(image, 0, 0);
  }

  dispose(): void {
    this.#image = null;
  }

  #drawBlock(block: Block, { layout, sprites, scrollTop }: Scene, { width, height }: ImageData): void {
    const { cell, left } = layout;
    const codes = this.#levels[layout.level]!;
    const top = block.cellsTop - scrollTop;
    const firstRow = Math.max(0, Math.floor(-top / cell));
    const lastRow = Math.min(block.rows - 1, Math.floor((height - 1 - top) / cell));
    for (let row = firstRow; row <= lastRow; row++) {
      const firstCell = row * block.columns;
      const cells = Math.min(block.columns, block.cellCount - firstCell, Math.floor((width - left) / cell));
      const y = top + row * cell;
      const fromLine = Math.max(0, -y);
      const toLine = Math.min(cell, height - y);
      for (let n = 0; n < cells; n++) {
        const picture = sprites.of(codes[block.firstCell + firstCell + n]!);
        let to = (y + fromLine) * width + left + n * cell;
        for (let line = fromLine; line < toLine; line++, to += width) {
          for (let x = 0; x < cell; x++) this.#pixels[to + x] = picture[line * cell + x]!;
        }
      }
    }
  }
}
