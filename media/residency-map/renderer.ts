/**
 * What draws the cells. Two kinds: WebGL 2, and pixels put together here for browsers without it.
 * Invariant: both show the same picture, because both take it from the same sprites.
 */
import type { PageCodes, Span } from './codes.js';
import type { Layout } from './layout.js';
import type { SpriteSet } from './sprites.js';

export interface Scene {
  readonly layout: Layout;
  readonly sprites: SpriteSet;
  /** Device pixels from the top of the document. */
  readonly scrollTop: number;
}

export interface MapRenderer {
  readonly kind: 'webgl' | 'software';
  readonly canvas: HTMLCanvasElement;
  /** Device pixels. */
  resize(width: number, height: number): void;
  /** These pages have other codes than before. */
  update(codes: PageCodes, changed: Span): void;
  draw(scene: Scene): void;
  dispose(): void;
}
