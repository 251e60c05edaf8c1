/* The dialog of settings: its sections and how one moves between them. The sections are elements of their own. */
import { html, nothing } from 'lit';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { closeOnBackdrop } from './shortcuts.js';
import { text as t } from './text.js';
import './settings-chat.js';
import './settings-data.js';
import './settings-model.js';

/** @typedef {'chat' | 'model' | 'general' | 'data'} Section */

const SECTIONS = /** @type {const} */ ([
  ['chat', t.thisChat, 'settings'],
  ['model', t.model, 'chip'],
  ['general', t.general, 'sun'],
  ['data', t.data, 'lock'],
]);

export class OaSettings extends OaElement {
  static properties = {
    session: { attribute: false },
    engine: { attribute: false },
    prefs: { attribute: false },
    chats: { attribute: false },
    section: { state: true },
    shown: { state: true },
  };
  /** @override */
  static sources = ['prefs'];

  constructor() {
    super();
    /** @type {import('./session.js').Session | null} */
    this.session = null;
    /** @type {import('./engine.js').Engine | null} */
    this.engine = null;
    /** @type {import('./prefs.js').Prefs | null} */
    this.prefs = null;
    /** @type {import('./chat-list.js').ChatList | null} */
    this.chats = null;
    /** @type {Section} */
    this.section = 'chat';
    this.shown = false;
  }

  /** @param {Section} section */
  async open(section) {
    this.section = section;
    this.shown = true;
    await this.updateComplete;
    const dialog = this.querySelector('dialog');
    if (!dialog?.open) dialog?.showModal();
    void this.engine?.refresh();
  }

  close() {
    this.querySelector('dialog')?.close();
  }

  /** @param {Event} event  it comes late: the dialog may be open again */
  #closed(event) {
    this.shown = /** @type {HTMLDialogElement} */ (event.target).open;
  }

  /** @override */
  render() {
    return html`<dialog
      class="dialog settings"
      aria-labelledby="settings-title"
      @click=${closeOnBackdrop}
      @close=${this.#closed}
    >
      <div class="dialog-head">
        <h2 id="settings-title">${t.settings}</h2>
        <button class="quiet icon" type="button" aria-label=${t.close} title=${t.close} @click=${() => this.close()}>
          ${icon('close')}
        </button>
      </div>
      <div class="panes">
        <div class="tabs" role="tablist" aria-labelledby="settings-title" @keydown=${this.#key}>
          ${SECTIONS.map(
            ([id, name, look]) =>
              html`<button
                role="tab"
                type="button"
                id=${`tab-${id}`}
                aria-selected=${String(this.section === id)}
                aria-controls="pane"
                tabindex=${this.section === id ? 0 : -1}
                @click=${() => (this.section = id)}
              >
                ${icon(look)}<span>${name}</span>
              </button>`,
          )}
        </div>
        <div class="pane" id="pane" role="tabpanel" tabindex="0" aria-labelledby=${`tab-${this.section}`}>
          ${this.shown ? this.#pane() : nothing}
        </div>
      </div>
    </dialog>`;
  }

  #pane() {
    const { session, engine, prefs, chats } = this;
    switch (this.section) {
      case 'chat':
        return html`<oa-settings-chat .session=${session} .prefs=${prefs}></oa-settings-chat>`;
      case 'model':
        return html`<oa-settings-model .engine=${engine} .prefs=${prefs}></oa-settings-model>`;
      case 'data':
        return html`<oa-settings-data .engine=${engine} .chats=${chats}></oa-settings-data>`;
      default:
        return this.#general();
    }
  }

  #general() {
    const { prefs } = this;
    if (!prefs) return nothing;
    return html`<fieldset class="group">
        <legend>${t.theme}</legend>
        <div class="segments">
          ${
            /** @type {const} */ (['system', 'light', 'dark']).map(
              (id) =>
                html`<label
                  ><input
                    type="radio"
                    name="theme"
                    .checked=${prefs.value.theme === id}
                    @change=${() => prefs.set({ theme: id })}
                  />
                  <span>${t.themes[id]}</span></label
                >`,
            )
          }
        </div>
      </fieldset>
      <div class="group">
        <label class="switch"
          ><input
            type="checkbox"
            role="switch"
            .checked=${prefs.value.single_keys}
            @change=${(/** @type {Event} */ e) => prefs.set({ single_keys: /** @type {HTMLInputElement} */ (e.target).checked })}
          />
          <span><strong>${t.singleKeys}</strong><small>${t.singleKeysHelp}</small></span></label
        >
        <button class="button" type="button" @click=${() => this.emit('oa-shortcuts')}>
          ${icon('keyboard')}<span>${t.shortcuts}</span>
        </button>
      </div>`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step =
      event.key === 'ArrowDown' || event.key === 'ArrowRight'
        ? 1
        : event.key === 'ArrowUp' || event.key === 'ArrowLeft'
          ? -1
          : 0;
    if (!step) return;
    event.preventDefault();
    const at = SECTIONS.findIndex(([id]) => id === this.section);
    const next = SECTIONS[(at + step + SECTIONS.length) % SECTIONS.length];
    if (!next) return;
    this.section = next[0];
    void this.updateComplete.then(() =>
      /** @type {HTMLElement | null} */ (this.querySelector(`#tab-${this.section}`))?.focus(),
    );
  }
}
customElements.define('oa-settings', OaSettings);
