/**
 * A context menu as VS Code shows it, for mouse and keyboard. Invariant: at most one is open; closing it gives the focus back to
 * where it came from.
 */
import { el, icon, iconClass } from './dom.js';

export interface MenuItem {
  readonly label: string;
  readonly icon?: string;
  readonly enabled?: boolean;
  /** Begins a new group. */
  readonly group?: boolean;
  readonly checked?: boolean;
  /** A menu with a choice stays open when it runs. */
  readonly run: () => void;
}

let close: (() => void) | null = null;

export function openMenu(label: string, items: readonly MenuItem[], x: number, y: number): void {
  close?.();
  const before = document.activeElement;
  const menu = el('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const buttons = items.map((item) => {
    const checkable = item.checked !== undefined;
    const button = el(
      'button',
      {
        type: 'button',
        class: item.group === true ? 'menu-item group' : 'menu-item',
        role: checkable ? 'menuitemcheckbox' : 'menuitem',
        'aria-checked': checkable ? String(item.checked) : null,
        disabled: item.enabled === false,
        tabindex: -1,
      },
      icon(checkable ? (item.checked ? 'check' : 'none') : (item.icon ?? 'none')),
      item.label,
    );
    button.addEventListener('click', () => {
      if (!checkable) shut();
      item.run();
      if (checkable) {
        const now = button.getAttribute('aria-checked') !== 'true';
        button.setAttribute('aria-checked', String(now));
        button.firstElementChild?.setAttribute('class', iconClass(now ? 'check' : 'none'));
      }
    });
    return button;
  });
  menu.append(...buttons);
  document.body.append(menu);
  menu.style.left = `${Math.max(0, Math.min(x, innerWidth - menu.offsetWidth - 4))}px`;
  menu.style.top = `${Math.max(0, Math.min(y, innerHeight - menu.offsetHeight - 4))}px`;

  const shut = (): void => {
    menu.remove();
    window.removeEventListener('pointerdown', outside, true);
    window.removeEventListener('blur', shut);
    close = null;
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  const outside = ({ target }: Event): void => {
    if (!(target instanceof Node && menu.contains(target))) shut();
  };
  window.addEventListener('pointerdown', outside, true);
  window.addEventListener('blur', shut);
  menu.addEventListener('keydown', (event) => {
    const enabled = buttons.filter(({ disabled }) => !disabled);
    const at = enabled.findIndex((button) => button === document.activeElement);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? enabled.length - 1 : at - 1 + enabled.length,
      Home: 0,
      End: enabled.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) enabled[to % enabled.length]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  close = shut;
  buttons.find(({ disabled }) => !disabled)?.focus();
}
