/* What is kept on this device: how safe it is there, taking it along, bringing it back, deleting it. Emits 'oa-export', 'oa-import' with
 * a File, 'oa-remove-all', 'oa-notice'. */
import { html, nothing } from 'lit';
import { formatBytes } from '../lib/format.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { text as t } from './text.js';

export class OaSettingsData extends OaElement {
  static properties = { engine: { attribute: false }, chats: { attribute: false }, sure: { state: true } };
  /** @override */
  static sources = ['engine', 'chats'];

  constructor() {
    super();
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {import('./chat-list.js').ChatList | null} */
    this.chats = null;
    /** Deleting everything was asked for and is to be confirmed. */
    this.sure = false;
  }

  /** @override */
  render() {
    const { quota, usage, persisted } = this.engine?.storage ?? {};
    const choose = () => /** @type {HTMLInputElement | null} */ (this.querySelector('input[type=file]'))?.click();
    return html`<div class="group">
        <h3>${t.storage}</h3>
        <p>${persisted ? t.persisted : t.notPersisted}</p>
        ${quota === undefined ? nothing : html`<p class="fine">${t.space(formatBytes(usage ?? 0), formatBytes(quota))}</p>`}
        ${persisted ? nothing : html`<button class="button" type="button" @click=${() => void this.#persist()}>${t.persistAsk}</button>`}
      </div>
      <div class="group">
        <h3>${t.chats}</h3>
        <div class="row wrap">
          <button
            class="button"
            type="button"
            ?disabled=${!this.chats?.all.length}
            @click=${() => this.emit('oa-export')}
          >
            ${icon('download')}<span>${t.exportAll}</span>
          </button>
          <button class="button" type="button" @click=${choose}>${icon('upload')}<span>${t.importAll}</span></button>
        </div>
        <small>${t.exportHelp}</small>
        <input
          class="sr"
          type="file"
          accept=".jsonl,.json,.gz"
          tabindex="-1"
          aria-label=${t.importAll}
          @change=${this.#picked}
        />
      </div>
      <div class="group danger-zone">
        <h3>${t.removeAll}</h3>
        <p>${t.removeAllHelp}</p>
        ${
          this.sure
            ? html`<div role="alertdialog" aria-label=${t.removeAllSure} class="row wrap">
                <strong>${t.removeAllSure}</strong>
                <button class="button danger" type="button" @click=${() => this.#removeAll()}>${t.removeAllYes}</button>
                <button class="button" type="button" @click=${() => (this.sure = false)}>${t.cancel}</button>
              </div>`
            : html`<button class="button danger" type="button" @click=${() => void this.#ask()}>
                ${icon('trash')}<span>${t.removeAll}</span>
              </button>`
        }
      </div>`;
  }

  async #persist() {
    const agreed = await navigator.storage?.persist?.().catch(() => false);
    await this.engine?.refresh();
    if (!agreed) this.emit('oa-notice', t.persistRefused);
  }

  /** @param {Event} event */
  #picked(event) {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (file) this.emit('oa-import', file);
    input.value = '';
  }

  async #ask() {
    this.sure = true;
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector('[role=alertdialog] .button:last-child'))?.focus();
  }

  #removeAll() {
    this.sure = false;
    this.emit('oa-remove-all');
  }
}
customElements.define('oa-settings-data', OaSettingsData);
