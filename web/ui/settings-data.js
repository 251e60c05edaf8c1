/* What is kept on this device: how safe it is there, taking it along, bringing it back, deleting it. Emits 'oa-export', 'oa-import' with
 * a File, 'oa-remove-all', 'oa-notice'. */
import { html, nothing } from 'lit';
import { formatBytes } from '../lib/format.js';
import { namedCollector } from './collector.js';
import { OaElement } from './element.js';
import { failureOf } from './engine.js';
import { icon } from './icons.js';
import { text as t } from './text.js';
import { Usage } from './usage.js';
import './storage.js';

export class OaSettingsData extends OaElement {
  static properties = {
    engine: { attribute: false },
    chats: { attribute: false },
    sure: { state: true },
    trains: { state: true },
  };
  /** @override */
  static sources = ['engine', 'chats', 'usage'];

  usage = new Usage();
  #measure = () => void this.usage.refresh(this.engine?.models ?? [], this.chats?.all ?? []);
  /** What was last measured, to see that it is no longer so. */
  #measured = '';

  constructor() {
    super();
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {import('./chat-list.js').ChatList | null} */
    this.chats = null;
    /** Deleting everything was asked for and is to be confirmed. */
    this.sure = false;
    /** The form of the export for training is there. */
    this.trains = false;
  }

  /** Measures again where chats or stored bytes are others. Not for each step of a download. @override */
  updated() {
    const { state, storage } = this.engine ?? {};
    const now = JSON.stringify([
      state,
      state === 'loading' || storage,
      this.chats?.imports,
      this.chats?.all.map((c) => [c.id, c.updated_date]),
    ]);
    if (now === this.#measured) return;
    this.#measured = now;
    this.#measure();
  }

  /** @override */
  render() {
    const choose = () => /** @type {HTMLInputElement | null} */ (this.querySelector('input[type=file]'))?.click();
    return html`<div class="group">
        <h3>${t.storage}</h3>
        <oa-storage .engine=${this.engine} .usage=${this.usage} @oa-measure=${this.#measure}></oa-storage>
      </div>
      <div class="group">
        <h3>${t.takeAlong}</h3>
        <div class="row wrap">
          <button class="button" type="button" @click=${() => this.emit('oa-export')}>
            ${icon('download')}<span>${t.exportAll}</span>
          </button>
          <button class="button" type="button" @click=${choose}>${icon('upload')}<span>${t.importAll}</span></button>
        </div>
        <small>${t.exportHelp} ${t.importHelp}</small>
        <input
          class="sr"
          type="file"
          accept=".jsonl,.json,.gz"
          tabindex="-1"
          aria-label=${t.importAll}
          @change=${this.#picked}
        />
      </div>
      <details class="group" @toggle=${this.#openTraining}>
        <summary>${t.training}</summary>
        ${this.trains ? html`<oa-training .chats=${this.chats}></oa-training>` : nothing}
      </details>
      ${namedCollector() === null ? nothing : html`<oa-share-consent></oa-share-consent>`}
      <div class="group danger-zone">
        <h3>${t.removeAll}</h3>
        <p>${this.#lost()}</p>
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

  /** Fetches the form when it is first asked for. @param {Event} event */
  async #openTraining(event) {
    this.trains = /** @type {HTMLDetailsElement} */ (event.target).open;
    if (!this.trains) return;
    try {
      await import('./training.js');
    } catch (error) {
      this.trains = false;
      this.emit('oa-notice', t.exportFailed(failureOf(error).message));
    }
  }

  /** What "everything" is. */
  #lost() {
    const { chats, models, modelBytes } = this.usage;
    return t.removeAllHelp(chats.length, models.length, formatBytes(modelBytes));
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
