/**
 * The map by WebGL 2: one texture of one byte a page, zoomed-out levels as its mip levels, and a second one with the sprites,
 * which is the palette. A fragment finds its cell by division, the cell's code in the first, its pixel in the second.
 *
 * Invariant: a frame costs a draw call for each visible area and nothing for each page; only rows of the texture with changed
 * pages are uploaded. When the context is lost nothing is drawn; when it comes back everything is uploaded again.
 */
import { PAGE_COUNT } from '../messages.js';
import { LEVELS, type PageCodes, type Span } from './codes.js';
import type { MapRenderer, Scene } from './renderer.js';
import type { SpriteSet } from './sprites.js';

const SIDE = 1024;
const CODES = 256;
const ATLAS_COLUMNS = 16;

const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
uniform highp usampler2D codes;
uniform highp sampler2D sprites;
uniform int canvasHeight, cell, columns, level, bits, firstCell, cellCount;
uniform float perCell;
uniform ivec2 origin;
out vec4 color;
void main() {
  ivec2 at = ivec2(int(gl_FragCoord.x), canvasHeight - 1 - int(gl_FragCoord.y)) - origin;
  // Multiplied by the reciprocal: a division of integers is slow where the processor draws.
  ivec2 place = ivec2((vec2(at) + 0.5) * perCell);
  int n = place.y * columns + place.x;
  if (at.x < 0 || at.y < 0 || place.x >= columns || n >= cellCount) discard;
  int index = firstCell + n;
  int code = int(texelFetch(codes, ivec2(index & ((1 << bits) - 1), index >> bits), level).r);
  ivec2 corner = ivec2(code & ${ATLAS_COLUMNS - 1}, code >> ${Math.log2(ATLAS_COLUMNS)}) * cell;
  color = vec4(texelFetch(sprites, corner + at - place * cell, 0).rgb, 1.0);
}`;

const UNIFORMS = [
  'canvasHeight',
  'cell',
  'perCell',
  'columns',
  'level',
  'bits',
  'firstCell',
  'cellCount',
  'origin',
] as const;
type Uniform = (typeof UNIFORMS)[number];

interface Resources {
  readonly codes: WebGLTexture;
  readonly sprites: WebGLTexture;
  readonly at: Readonly<Record<Uniform, WebGLUniformLocation | null>>;
}

/** Browsers say that a processor emulates WebGL by the renderer's name alone: some ignore `failIfMajorPerformanceCaveat`. */
function isEmulated(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = info === null ? '' : gl.getParameter(info.UNMASKED_RENDERER_WEBGL);
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(String(name));
}

export class WebglRenderer implements MapRenderer {
  readonly kind = 'webgl';
  readonly canvas = document.createElement('canvas');
  readonly #gl: WebGL2RenderingContext;
  readonly #restored: () => void;
  #resources: Resources | null;
  #atlas: { readonly set: SpriteSet; readonly has: Uint8Array; bytes: Uint32Array } | null = null;

  /**
   * @param emulated takes a WebGL that is slower than doing without it
   * @param restored called when everything has to be uploaded and drawn again
   */
  constructor(emulated: boolean, restored: () => void) {
    this.#restored = restored;
    const gl = this.canvas.getContext('webgl2', {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      failIfMajorPerformanceCaveat: !emulated,
    });
    if (gl === null) throw new Error('This browser has no WebGL 2.');
    if (!emulated && isEmulated(gl)) throw new Error('WebGL is emulated here.');
    this.#gl = gl;
    this.#resources = this.#create();
    this.canvas.addEventListener('webglcontextlost', this.#lose);
    this.canvas.addEventListener('webglcontextrestored', this.#restore);
  }

  resize(width: number, height: number): void {
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  update(codes: PageCodes, { first, end }: Span): void {
    const gl = this.#gl;
    if (this.#resources === null || first >= end) return;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#resources.codes);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    for (let level = 0; level < LEVELS; level++) {
      const side = SIDE >> level;
      const firstRow = Math.floor((first >> (2 * level)) / side);
      const endRow = Math.floor((end - 1) / 4 ** level / side) + 1;
      const rows = codes.levels[level]!.subarray(firstRow * side, endRow * side);
      gl.texSubImage2D(
        gl.TEXTURE_2D,
        level,
        0,
        firstRow,
        side,
        endRow - firstRow,
        gl.RED_INTEGER,
        gl.UNSIGNED_BYTE,
        rows,
      );
    }
    this.#prepareSprites(codes, { first, end });
  }

  draw({ layout, sprites, scrollTop }: Scene): void {
    const gl = this.#gl;
    const resources = this.#resources;
    if (resources === null) return;
    this.#uploadSprites(sprites, resources);
    const { width, height } = this.canvas;
    const [red, green, blue] = sprites.background;
    gl.viewport(0, 0, width, height);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(red / 255, green / 255, blue / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
    const { at } = resources;
    gl.uniform1i(at.canvasHeight, height);
    gl.uniform1i(at.cell, layout.cell);
    gl.uniform1f(at.perCell, 1 / layout.cell);
    gl.uniform1i(at.level, layout.level);
    gl.uniform1i(at.bits, Math.log2(SIDE) - layout.level);
    const [from, to] = layout.visible(scrollTop, scrollTop + height);
    for (let n = from; n < to; n++) {
      const block = layout.blocks[n]!;
      const top = Math.max(0, block.cellsTop - scrollTop);
      const bottom = Math.min(height, block.bottom - scrollTop);
      if (top >= bottom) continue;
      gl.uniform2i(at.origin, layout.left, block.cellsTop - scrollTop);
      gl.uniform1i(at.columns, block.columns);
      gl.uniform1i(at.firstCell, block.firstCell);
      gl.uniform1i(at.cellCount, block.cellCount);
      gl.scissor(
        layout.left,
        height - bottom,
        Math.min(width - layout.left, block.columns * layout.cell),
        bottom - top,
      );
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }

  dispose(): void {
    this.canvas.removeEventListener('webglcontextlost', this.#lose);
    this.canvas.removeEventListener('webglcontextrestored', this.#restore);
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
    this.#resources = null;
  }

  readonly #lose = (event: Event): void => {
    // Says that we can go on when it is given back.
    event.preventDefault();
    this.#resources = null;
  };

  readonly #restore = (): void => {
    this.#resources = this.#create();
    this.#atlas = null;
    this.#restored();
  };

  #create(): Resources {
    const gl = this.#gl;
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(type);
      if (shader === null) throw new Error('WebGL makes no shader.');
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true && !gl.isContextLost()) {
      throw new Error(`WebGL does not take the shader: ${gl.getProgramInfoLog(program) ?? ''}`);
    }
    gl.useProgram(program);
    gl.uniform1i(gl.getUniformLocation(program, 'codes'), 0);
    gl.uniform1i(gl.getUniformLocation(program, 'sprites'), 1);
    const at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
    const codes = this.#texture(gl.TEXTURE0);
    gl.texStorage2D(gl.TEXTURE_2D, LEVELS, gl.R8UI, SIDE, SIDE);
    const sprites = this.#texture(gl.TEXTURE1);
    return { codes, sprites, at: at as Resources['at'] };
  }

  #texture(unit: number): WebGLTexture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.activeTexture(unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(
      gl.TEXTURE_2D,
      gl.TEXTURE_MIN_FILTER,
      unit === gl.TEXTURE0 ? gl.NEAREST_MIPMAP_NEAREST : gl.NEAREST,
    );
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    return texture;
  }

  /** Which codes there are: pictures of codes that no page has are never made. */
  readonly #present = new Uint8Array(CODES);

  #prepareSprites(codes: PageCodes, { first, end }: Span): void {
    const { pages } = codes;
    for (let page = first; page < Math.min(end, PAGE_COUNT); page++) this.#present[pages[page]!] = 1;
    for (let level = 1; level < LEVELS; level++) {
      const cells = codes.levels[level]!;
      const last = (end - 1) >> (2 * level);
      for (let n = first >> (2 * level); n <= last; n++) this.#present[cells[n]!] = 1;
    }
  }

  #uploadSprites(set: SpriteSet, { sprites }: Resources): void {
    const gl = this.#gl;
    const { cell } = set;
    const side = ATLAS_COLUMNS * cell;
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, sprites);
    if (this.#atlas?.set !== set) {
      this.#atlas = { set, has: new Uint8Array(CODES), bytes: new Uint32Array(0) };
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, side, side, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
    }
    const { has } = this.#atlas;
    for (let code = 0; code < CODES; code++) {
      if (this.#present[code] === 0 || has[code] === 1) continue;
      has[code] = 1;
      const pixels = new Uint8Array(set.of(code).buffer);
      const x = (code % ATLAS_COLUMNS) * cell;
      const y = Math.floor(code / ATLAS_COLUMNS) * cell;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, cell, cell, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    }
  }
}
