/* The dialog of settings: its sections and how one moves between them. The sections are elements of their own. */
import { html, nothing } from 'lit';
import { formatNumber } from '../lib/format.js';
import { ASKED } from '../store/ask.js';
import { OaElement } from './element.js';
import { icon } from './icons.js';
import { install } from './install.js';
import { closeOnBackdrop } from './shortcuts.js';
import { settings as looks } from './styles/settings.js';
import { LANGUAGES, text as t } from './text.js';
import './settings-chat.js';
import './settings-data.js';
import './settings-model.js';

/** @typedef {'chat' | 'model' | 'general' | 'data' | 'feedback'} Section */

const SECTIONS = /** @type {const} */ ([
  ['chat', 'thisChat', 'settings'],
  ['model', 'model', 'chip'],
  ['general', 'general', 'sun'],
  ['feedback', 'feedback', 'up'],
  ['data', 'data', 'lock'],
]);

export class OaSettings extends OaElement {
  static properties = {
    session: { attribute: false },
    engine: { attribute: false },
    prefs: { attribute: false },
    chats: { attribute: false },
    install: { attribute: false },
    section: { state: true },
    shown: { state: true },
  };
  /** @override */
  static sheets = [looks];
  /** @override */
  static sources = ['prefs', 'install'];

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
    this.install = install;
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
                ${icon(look)}<span>${t[name]}</span>
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
      case 'feedback':
        import('./opinions.js').catch(() => this.emit('oa-notice', t.partMissing));
        return html`<oa-opinions .session=${session} .prefs=${prefs} .chats=${chats}></oa-opinions>`;
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
        <label for="language">${t.language}</label>
        <select
          id="language"
          @change=${(/** @type {Event} */ e) => prefs.set({ language: /** @type {HTMLSelectElement} */ (e.target).value })}
        >
          <option value="system" .selected=${prefs.value.language === 'system'}>${t.auto}</option>
          ${Object.entries(LANGUAGES).map(
            ([code, name]) =>
              html`<option value=${code} lang=${code} .selected=${prefs.value.language === code}>${name}</option>`,
          )}
        </select>
      </div>
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
      </div>
      ${this.#comparing(prefs)} ${install.offered ? this.#install() : nothing}`;
  }

  /** @param {import('./prefs.js').Prefs} prefs */
  #comparing(prefs) {
    return html`<fieldset class="group">
        <legend>${t.draftsTitle}</legend>
        <div class="segments">
          ${
            /** @type {const} */ ([2, 3, 4]).map(
              (n) =>
                html`<label
                  ><input
                    type="radio"
                    name="drafts"
                    .checked=${prefs.value.drafts === n}
                    @change=${() => prefs.set({ drafts: n })}
                  />
                  <span>${formatNumber(n)}</span></label
                >`,
            )
          }
        </div>
        <small>${t.draftsHelp}</small>
      </fieldset>
      <div class="group">
        <label class="switch"
          ><input
            type="checkbox"
            role="switch"
            .checked=${prefs.value.invite}
            @change=${(/** @type {Event} */ e) => prefs.set({ invite: /** @type {HTMLInputElement} */ (e.target).checked })}
          />
          <span><strong>${t.inviteTitle}</strong><small>${t.inviteHelp(Math.round(1 / ASKED))}</small></span></label
        >
      </div>`;
  }

  #install() {
    return html`<div class="group">
      <h3>${t.installTitle}</h3>
      <div class="row">
        <button class="button" type="button" @click=${() => void install.ask()}>
          ${icon('download')}<span>${t.install}</span>
        </button>
      </div>
      <small>${t.installHelp}</small>
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
