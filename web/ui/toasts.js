/* Short notices at the edge of the page, read out politely; one may offer a way back. */
import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

/** @typedef {{ id: number, words: string, act?: { label: string, run: () => void } }} Toast */

const SHOWN_MS = 8000;

export class OaToasts extends OaElement {
  static properties = { toasts: { state: true } };

  constructor() {
    super();
    /** @type {Toast[]} */
    this.toasts = [];
    this.count = 0;
  }

  /** @param {string} words @param {Toast['act']} [act] @param {{ stays?: boolean }} [options] stays: until it is dismissed */
  show(words, act, { stays = false } = {}) {
    const id = ++this.count;
    this.toasts = [...this.toasts.slice(-2), { id, words, ...(act ? { act } : {}) }];
    if (!stays) setTimeout(() => this.#drop(id), SHOWN_MS);
  }

  /** @param {number} id */
  #drop(id) {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** @override */
  render() {
    return html`<div class="toasts" role="status">
      ${repeat(
        this.toasts,
        (toast) => toast.id,
        ({ id, words, act }) =>
          html`<div class="toast">
            <span>${words}</span>
            ${act ? html`<button class="link" type="button" @click=${() => (act.run(), this.#drop(id))}>${act.label}</button>` : nothing}
            <button
              class="quiet icon"
              type="button"
              aria-label=${t.dismiss}
              title=${t.dismiss}
              @click=${() => this.#drop(id)}
            >
              ${icon('close')}
            </button>
          </div>`,
      )}
    </div>`;
  }
}
customElements.define('oa-toasts', OaToasts);
