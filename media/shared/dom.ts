/**
 * Elements made from code. Invariant: data becomes text nodes and attributes, never HTML; styles are set by property, which a
 * content security policy without `unsafe-inline` allows.
 */
export type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  const element = document.createElementNS(SVG, name);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/** False and null take an attribute away. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null) element.append(child);
}

/** The elements as they shall be; nothing happens if they are so already. */
export function replaceChildren(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null));
}

/** An icon of VS Code's icon font, which says nothing to a screen reader; `none` is room for one. */
export function icon(name: string): HTMLElement {
  return el('span', { class: iconClass(name), 'aria-hidden': 'true' });
}

export function iconClass(name: string): string {
  return `icon codicon codicon-${name}`;
}

export interface ButtonOptions {
  readonly icon?: string;
  readonly label: string;
  /** Shows the label, too, and not only as a hint. */
  readonly text?: boolean;
  readonly shortcut?: string;
  readonly run: () => void;
}

export function button({ icon: name, label, text = false, shortcut, run }: ButtonOptions): HTMLButtonElement {
  const title = shortcut === undefined ? label : `${label} (${shortcut})`;
  const element = el(
    'button',
    { type: 'button', class: text ? 'button text' : 'button', title, 'aria-label': text ? null : label },
    name === undefined ? null : icon(name),
    text ? label : null,
  );
  element.addEventListener('click', run);
  return element;
}
