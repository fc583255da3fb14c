/**
 * The theme's colours as numbers, for what is drawn on a canvas. VS Code writes them as CSS variables of the root element and
 * the kind of theme as a class of the body, and changes both when the theme changes.
 *
 * Invariant: a variable that a theme leaves out has a value all the same.
 */
import { COLORS, cssVariable } from '../colors.js';
import { MOST_NODES } from '../messages.js';

export type Rgb = readonly [red: number, green: number, blue: number];
type ContributedName = (typeof COLORS)[number]['id'];

export class Theme {
  readonly dark: boolean;
  readonly highContrast: boolean;
  readonly #style: CSSStyleDeclaration;

  constructor() {
    const classes = document.body.classList;
    this.highContrast = classes.contains('vscode-high-contrast') || classes.contains('vscode-high-contrast-light');
    this.dark = !classes.contains('vscode-light') && !classes.contains('vscode-high-contrast-light');
    this.#style = getComputedStyle(document.documentElement);
  }

  /** A colour of ours. */
  own(id: ContributedName): string {
    const value = this.#style.getPropertyValue(cssVariable(id)).trim();
    if (value !== '') return value;
    const color = COLORS.find((candidate) => candidate.id === id);
    if (color === undefined) return '#888888';
    if (this.highContrast) return this.dark ? color.highContrast : color.highContrastLight;
    return this.dark ? color.dark : color.light;
  }

  /** Of node `n`: 0 is the CPU. */
  node(n: number): string {
    if (n === 0) return this.own('faultline.cpu');
    const devices = ['faultline.gpu0', 'faultline.gpu1', 'faultline.gpu2', 'faultline.gpu3'] as const;
    return this.own(devices[(n - 1) % devices.length] ?? 'faultline.gpu0');
  }

  nodes(): Rgb[] {
    return Array.from({ length: MOST_NODES }, (_, n) => rgb(this.node(n)));
  }

  /** A variable of VS Code's, without `--vscode-`. */
  color(name: string, otherwise: string): string {
    const value = this.#style.getPropertyValue(`--vscode-${name}`).trim();
    return value === '' ? otherwise : value;
  }

  get background(): string {
    return this.color('faultline-canvas', this.color('editor-background', this.dark ? '#1f1f1f' : '#ffffff'));
  }

  get foreground(): string {
    return this.color('editor-foreground', this.dark ? '#cccccc' : '#3b3b3b');
  }

  get muted(): string {
    return this.color('descriptionForeground', this.dark ? '#9d9d9d' : '#3b3b3b');
  }

  get line(): string {
    if (this.highContrast) return this.color('contrastBorder', this.foreground);
    return this.color('panel-border', this.dark ? '#2b2b2b' : '#e5e5e5');
  }

  get focus(): string {
    return this.color('focusBorder', this.dark ? '#0078d4' : '#005fb8');
  }

  get font(): string {
    return this.color('font-family', 'system-ui, sans-serif');
  }
}

/** Calls when the theme changed. */
export function onThemeChange(changed: (theme: Theme) => void): void {
  const observer = new MutationObserver(() => changed(new Theme()));
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}

/** Of a CSS colour as a theme writes it: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`. What else there may be is grey. */
export function rgb(color: string): Rgb {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?$/i.exec(color);
  if (short) return [twice(short[1]), twice(short[2]), twice(short[3])];
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(color);
  if (long) return [hex(long[1]), hex(long[2]), hex(long[3])];
  const [red, green, blue] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [red ?? 128, green ?? 128, blue ?? 128];
}

/** `share` of the second and the rest of the first. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const part = (one: number, other: number): number => Math.round(one + (other - one) * share);
  return [part(a[0], b[0]), part(a[1], b[1]), part(a[2], b[2])];
}

export function css([red, green, blue]: Rgb, alpha = 1): string {
  return `rgb(${red} ${green} ${blue} / ${alpha})`;
}

function hex(digits: string | undefined): number {
  return Number.parseInt(digits ?? '80', 16);
}

function twice(digit: string | undefined): number {
  return hex(`${digit ?? '8'}${digit ?? '8'}`);
}
