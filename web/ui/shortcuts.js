/* The dialog that lists the keyboard shortcuts, and the recognition of them. */
import { html } from 'lit';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

/** @typedef {'search' | 'new' | 'settings' | 'focus' | 'help' | 'stop'} Command */

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * What a key asks for, if anything.
 * @param {KeyboardEvent} event
 * @param {boolean} singleKeys  keys of one character count (outside of fields)
 * @returns {Command | null}
 */
export function commandOf(event, singleKeys) {
  if (event.isComposing || event.defaultPrevented) return null;
  const key = event.key.toLowerCase();
  if (mac ? event.metaKey : event.ctrlKey) {
    if (event.altKey) return null;
    if (event.shiftKey) return key === 'o' ? 'new' : null;
    return key === 'k' ? 'search' : key === ',' ? 'settings' : null;
  }
  if (event.altKey || event.metaKey || event.ctrlKey) return null;
  if (key === 'escape') return 'stop';
  const target = event.composedPath()[0];
  const inField = target instanceof Element && target.matches('input, textarea, select, [contenteditable]');
  if (inField || !singleKeys) return null;
  return key === '/' ? 'focus' : key === '?' ? 'help' : null;
}

export class OaShortcuts extends OaElement {
  open() {
    this.querySelector('dialog')?.showModal();
  }

  /** @override */
  render() {
    const name = (/** @type {string} */ key) => (key === 'Mod' && mac ? '⌘' : (t.keyNames[key] ?? key));
    const close = () => this.querySelector('dialog')?.close();
    return html`<dialog class="dialog narrow" aria-labelledby="keys-title" @click=${closeOnBackdrop}>
      <div class="dialog-head">
        <h2 id="keys-title">${t.shortcuts}</h2>
        <button class="quiet icon" type="button" aria-label=${t.close} title=${t.close} @click=${close}>
          ${icon('close')}
        </button>
      </div>
      <dl class="keys-list">
        ${t.shortcutList.map(
          ([keys, what]) =>
            html`<div>
              <dt>${/** @type {string[]} */ (keys).map((key) => html`<kbd>${name(key)}</kbd>`)}</dt>
              <dd>${what}</dd>
            </div>`,
        )}
      </dl>
    </dialog>`;
  }
}
customElements.define('oa-shortcuts', OaShortcuts);

/** Closes a dialog when the page behind it is clicked. @param {MouseEvent} event */
export function closeOnBackdrop(event) {
  const dialog = event.currentTarget;
  if (!(dialog instanceof HTMLDialogElement) || event.target !== dialog) return;
  const box = dialog.getBoundingClientRect();
  const outside =
    event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  if (outside) dialog.close();
}
