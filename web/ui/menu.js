/* A menu below its button: arrow keys choose, Escape and Tab lead back to the button. */
import { html } from 'lit';
import { icon } from './icons.js';

/** @typedef {{ name: string, look: import('./icons.js').IconName, act: () => void, danger?: boolean, disabled?: boolean }} MenuItem */

/** @param {{ label: string, items: MenuItem[], close: () => void }} menu */
export function menu({ label, items, close }) {
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const own = /** @type {HTMLElement} */ (event.currentTarget);
    const all = [.../** @type {NodeListOf<HTMLButtonElement>} */ (own.querySelectorAll('button:not([disabled])'))];
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) all[(at + step + all.length) % all.length]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') {
      close();
      /** @type {HTMLElement | null | undefined} */ (own.parentElement?.querySelector('.menu-button'))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="menu" role="menu" aria-label=${label} @keydown=${key}>
    ${items.map(
      ({ name, look, act, danger = false, disabled = false }) =>
        html`<button
          role="menuitem"
          class=${danger ? 'danger' : ''}
          type="button"
          ?disabled=${disabled}
          @click=${() => (close(), act())}
        >
          ${icon(look)}${name}
        </button>`,
    )}
  </div>`;
}

/** Moves the focus into the menu that an element has just opened; what is touched elsewhere closes it. @param {import('./element.js').OaElement} element @param {() => void} close */
export async function enterMenu(element, close) {
  await element.updateComplete;
  const own = element.querySelector('.menu');
  /** @type {HTMLElement | null | undefined} */ (own?.querySelector('button:not([disabled])'))?.focus();
  /** @param {PointerEvent} event */
  const outside = (event) => {
    if (own?.parentElement && event.composedPath().includes(own.parentElement)) return;
    removeEventListener('pointerdown', outside, true);
    if (own?.isConnected) close();
  };
  addEventListener('pointerdown', outside, true);
}
